//! GGUF files that lie, each built for the rule that it breaks.

use crate::intake_gguf::{floats, read, submission};
use lmstd_runtime::intake::checkpoint::Checkpoint;
use lmstd_runtime::intake::config::read_config;
use lmstd_runtime::intake::door::{DoorLimits, Submission};
use lmstd_runtime::intake::tokenizer::TextTokenizer;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// A file in the making; each part may be made to lie.
#[derive(Clone)]
struct Builder {
    version: u32,
    counts: [Option<u64>; 2],
    keys: Vec<(Vec<u8>, Vec<u8>)>,
    tensors: Vec<(Vec<u8>, Vec<u64>, u32, u64)>,
    data: Vec<u8>,
    alignment: usize,
}

fn text(text: &[u8]) -> Vec<u8> {
    [&(text.len() as u64).to_le_bytes()[..], text].concat()
}

fn typed(kind: u32, bytes: &[u8]) -> Vec<u8> {
    [&kind.to_le_bytes()[..], bytes].concat()
}

fn u32_value(number: u32) -> Vec<u8> {
    typed(4, &number.to_le_bytes())
}

fn text_value(value: &str) -> Vec<u8> {
    typed(8, &text(value.as_bytes()))
}

fn list_value(kind: u32, count: u64, items: &[u8]) -> Vec<u8> {
    typed(9, &[&kind.to_le_bytes()[..], &count.to_le_bytes(), items].concat())
}

impl Builder {
    /// Two tensors of 8 and 6 numbers, and a key.
    fn new() -> Self {
        let tensors = vec![(b"a".to_vec(), vec![4, 2], 0, 0), (b"b".to_vec(), vec![3, 2], 0, 32)];
        let keys = vec![(b"general.architecture".to_vec(), text_value("llama"))];
        Self { version: 3, counts: [None; 2], keys, tensors, data: vec![0; 64], alignment: 32 }
    }

    fn key(mut self, name: &str, value: Vec<u8>) -> Self {
        self.keys.push((name.as_bytes().to_vec(), value));
        self
    }

    fn tensor(mut self, change: impl Fn(&mut (Vec<u8>, Vec<u64>, u32, u64))) -> Self {
        change(&mut self.tensors[1]);
        self
    }

    fn bytes(&self) -> Vec<u8> {
        let mut file = [&b"GGUF"[..], &self.version.to_le_bytes()].concat();
        file.extend(self.counts[0].unwrap_or(self.tensors.len() as u64).to_le_bytes());
        file.extend(self.counts[1].unwrap_or(self.keys.len() as u64).to_le_bytes());
        for (name, value) in &self.keys {
            file.extend(text(name));
            file.extend(value);
        }
        for (name, axes, kind, offset) in &self.tensors {
            file.extend(text(name));
            file.extend((axes.len() as u32).to_le_bytes());
            axes.iter().for_each(|axis| file.extend(axis.to_le_bytes()));
            file.extend(kind.to_le_bytes());
            file.extend(offset.to_le_bytes());
        }
        file.resize(file.len().next_multiple_of(self.alignment), 0);
        file.extend(&self.data);
        file
    }

    /// The fault and the sentence of the refusal.
    fn fault(&self) -> (String, String) {
        fault(&self.bytes())
    }
}

fn fault(bytes: &[u8]) -> (String, String) {
    match read("model.gguf", bytes) {
        Err(error) => (error.fault.to_string(), error.message.clone()),
        Ok(read) => panic!("{:?}", read.keys()),
    }
}

#[test]
fn what_writers_write_is_read() {
    assert_eq!(read("model.gguf", &Builder::new().bytes()).unwrap().len(), 2);
    // Under any name; of version 2; without the zeros at the end; aligned to 8; with lists in lists.
    let mut made = Builder::new();
    (made.version, made.data, made.alignment) = (2, vec![0; 56], 8);
    let lists = [list_value(5, 1, &7_i32.to_le_bytes()), list_value(8, 0, b"")].concat();
    // An inner list has no type of a value before it.
    let inner: Vec<u8> = [&lists[4..20], &lists[24..]].concat();
    let made = made.key("general.alignment", u32_value(8)).key("lists", list_value(9, 2, &inner));
    assert_eq!(read("weights", &made.bytes()).unwrap()["b"].1, [2, 3]);
}

#[test]
fn headers_that_lie_are_refused_for_their_reason() {
    let new = Builder::new;
    let with = |change: fn(&mut Builder)| {
        let mut made = Builder::new();
        change(&mut made);
        made
    };
    let deep = [9_u32.to_le_bytes().to_vec(), 1_u64.to_le_bytes().to_vec()].concat().repeat(200_000);
    let cases: Vec<(&str, &str, Builder)> = vec![
        ("unsupported_format", "the file is of a version of GGUF that is not read", with(|made| made.version = 1)),
        (
            "unsupported_format",
            "the file has big-endian numbers, which are not read",
            with(|made| made.version = 3 << 24),
        ),
        ("truncated_file", "the file ends before its tensors do (bytes)", with(|made| made.counts[0] = Some(u64::MAX))),
        ("truncated_file", "the file ends before its keys do (bytes)", with(|made| made.counts[1] = Some(u64::MAX))),
        ("malformed_header", "the number is out of range", new().key("general.alignment", u32_value(0))),
        (
            "malformed_header",
            "the alignment is no power of two as UINT32",
            new().key("general.alignment", u32_value(24)),
        ),
        ("malformed_header", "the number is out of range", new().key("general.alignment", u32_value(1 << 31))),
        (
            "malformed_header",
            "the alignment is no power of two as UINT32",
            new().key("general.alignment", typed(10, &32_u64.to_le_bytes())),
        ),
        (
            "truncated_file",
            "the file ends before its texts do (bytes)",
            new().key("t", typed(8, &(1_u64 << 63).to_le_bytes())),
        ),
        ("malformed_header", "a value in the header has an unknown type", new().key("t", typed(13, &[0; 8]))),
        (
            "malformed_header",
            "a value in the header has an unknown type",
            new().key("t", list_value(77, u64::MAX, b"")),
        ),
        ("malformed_header", "a truth value in the header is neither", new().key("t", typed(7, &[2]))),
        ("malformed_header", "a truth value in the header is neither", new().key("t", list_value(7, 3, &[0, 1, 9]))),
        ("truncated_file", "the file ends before its lists do (bytes)", new().key("t", list_value(0, u64::MAX, b""))),
        ("truncated_file", "the file ends before its lists do (bytes)", new().key("t", list_value(12, 1 << 61, b""))),
        ("truncated_file", "the file ends before its lists do (bytes)", new().key("t", list_value(8, 1 << 40, b""))),
        ("limit_exceeded", "lists in the header are too deep in each other", new().key("t", list_value(9, 1, &deep))),
        (
            "limit_exceeded",
            "a text in the header is too long (bytes)",
            new().key("t", text_value(&"x".repeat(2 << 20))),
        ),
        (
            "malformed_header",
            "the key stands twice in the header",
            new().key("general.architecture", text_value("gpt2")),
        ),
        ("malformed_header", "a key is empty, too long, or no plain text", new().key("a\u{202e}b", u32_value(1))),
        ("malformed_header", "a key is empty, too long, or no plain text", new().key("", u32_value(1))),
        ("unsupported_format", "the file is a part of a split model", new().key("split.count", typed(2, &[3, 0]))),
        ("malformed_header", "two tensors have one name", new().tensor(|b| b.0 = b"a".to_vec())),
        (
            "malformed_header",
            "a tensor's name is empty, too long, or has control characters or `..`",
            new().tensor(|b| b.0 = b"a\n".to_vec()),
        ),
        ("malformed_header", "the tensor has too many axes or none", new().tensor(|b| b.1 = vec![])),
        ("malformed_header", "the tensor has too many axes or none", new().tensor(|b| b.1 = vec![1; 5])),
        ("malformed_header", "an axis of the tensor has no length", new().tensor(|b| b.1 = vec![3, 0])),
        ("malformed_header", "the tensor's shape overflows", new().tensor(|b| b.1 = vec![1 << 40, 1 << 40])),
        ("malformed_header", "the tensor's shape overflows", new().tensor(|b| b.1 = vec![1 << 62])),
        ("truncated_file", "the file ends before the tensor does (bytes)", new().tensor(|b| b.1 = vec![1 << 50])),
        ("malformed_header", "the places of the tensors overflow", new().tensor(|b| b.1 = vec![(1 << 62) - 1])),
        ("malformed_header", "a row of the tensor is no whole number of blocks", new().tensor(|b| b.2 = 8)),
        (
            "unsupported_format",
            "the tensor has the blocks IQ4_XS, which are not computed here",
            new().tensor(|b| b.2 = 23),
        ),
        (
            "unsupported_format",
            "the tensor has numbers of an unknown type, which are not computed here",
            new().tensor(|b| b.2 = 4),
        ),
        (
            "unsupported_format",
            "the tensor has numbers of an unknown type, which are not computed here",
            new().tensor(|b| b.2 = u32::MAX),
        ),
        ("malformed_header", "the tensor overlaps another, or is not aligned", new().tensor(|b| b.3 = 0)),
        ("malformed_header", "the tensor overlaps another, or is not aligned", new().tensor(|b| b.3 = 28)),
        ("malformed_header", "the tensor leaves a hole before it", new().tensor(|b| b.3 = 64)),
        ("malformed_header", "the places of the tensors overflow", new().tensor(|b| b.3 = u64::MAX - 3)),
        ("malformed_header", "the file does not end with its last tensor", with(|made| made.data = vec![0; 60])),
        ("malformed_header", "the file does not end with its last tensor", with(|made| made.data = vec![0; 65])),
        ("truncated_file", "the file ends before the tensor does (bytes)", with(|made| made.data = vec![0; 55])),
        ("malformed_header", "byte 217 lies between tensors and is not zero", with(|made| made.data[57] = 1)),
    ];
    for (fault, message, made) in cases {
        assert_eq!(made.fault(), (fault.to_owned(), message.to_owned()));
    }
    let mut twin = new().tensor(|b| b.0 = "\u{e9}".as_bytes().to_vec());
    twin.tensors[0].0 = "e\u{301}".as_bytes().to_vec();
    assert_eq!(twin.fault().1, "another tensor's name differs only in its Unicode form");
    let invalid = new().key("t", typed(8, &text(b"\xff")));
    assert!(invalid.fault().1.starts_with("a text is not UTF-8 at byte"));
}

#[test]
fn several_files_are_not_chosen_from() {
    let scratch = tempfile::tempdir().unwrap();
    for name in ["a.gguf", "b.gguf"] {
        std::fs::write(scratch.path().join(name), Builder::new().bytes()).unwrap();
    }
    let submission = Submission::open(scratch.path(), &DoorLimits::default()).unwrap();
    assert_eq!(Checkpoint::open(&submission).unwrap_err().fault, "ambiguous_files");
}

/// What the configuration of a file is refused for, with the key or tensor.
fn config_fault(made: &Builder) -> (String, String) {
    let (_scratch, submission) = submission("model.gguf", &made.bytes());
    let error = read_config(&submission).unwrap_err();
    (error.fault.to_string(), format!("{} {}", error.at, error.message))
}

#[test]
fn numbers_of_a_model_are_refused_by_their_keys() {
    let base = |layers: u32| {
        let made = Builder::new().tensor(|b| b.0 = b"token_embd.weight".to_vec());
        let sizes = [("block_count", layers), ("embedding_length", 3), ("attention.head_count", 1)];
        let sizes = [&sizes[..], &[("feed_forward_length", 2), ("context_length", 9)]].concat();
        let made = sizes.iter().fold(made, |made, (key, number)| made.key(&format!("llama.{key}"), u32_value(*number)));
        made.key("llama.attention.layer_norm_rms_epsilon", typed(6, &1e-5_f32.to_le_bytes()))
    };
    let (_scratch, whole) = submission("model.gguf", &base(1).bytes());
    assert_eq!(read_config(&whole).unwrap()["vocab_size"], 2);
    let out_of_range = "model.gguf: llama.block_count the number is out of range";
    assert_eq!(config_fault(&base(1 << 31)), ("malformed_header".to_owned(), out_of_range.to_owned()));
    let cases = [
        (
            "malformed_header",
            "model.gguf: llama.vocab_size the key and `token_embd.weight` differ in their words",
            base(1).key("llama.vocab_size", u32_value(3)),
        ),
        (
            "malformed_header",
            "model.gguf: llama.rope.freq_base the number is out of range",
            base(1).key("llama.rope.freq_base", typed(6, &f32::NAN.to_le_bytes())),
        ),
        (
            "malformed_header",
            "model.gguf: llama.rope.freq_base the value is not a real number",
            base(1).key("llama.rope.freq_base", u32_value(1)),
        ),
        (
            "unsupported_format",
            "model.gguf: llama.expert_count a mixture of experts is not read from GGUF",
            base(1).key("llama.expert_count", u32_value(8)),
        ),
        (
            "unsupported_format",
            "model.gguf: llama.attention.head_count_kv the number differs from layer to layer",
            base(1).key("llama.attention.head_count_kv", list_value(0, 2, &[1, 2])),
        ),
        (
            "unsupported_format",
            "model.gguf: llama.rope.scaling.type the rotary scaling is not read from GGUF",
            base(1).key("llama.rope.scaling.type", text_value("longrope")),
        ),
        (
            "malformed_header",
            "model.gguf: tokenizer.ggml.bos_token_id the number is out of range",
            base(1).key("tokenizer.ggml.bos_token_id", u32_value(2)),
        ),
    ];
    for (fault, message, made) in cases {
        assert_eq!(config_fault(&made), (fault.to_owned(), message.to_owned()));
    }
    let mut lacking = base(1);
    lacking.keys.retain(|(name, _)| name != b"llama.context_length");
    assert!(config_fault(&lacking).1.ends_with("the header lacks the key `llama.context_length`"));
    let mut other = base(1);
    other.keys[0].1 = text_value("rwkv6");
    assert_eq!(config_fault(&other).0, "unsupported_format");
}

fn texts_value(texts: &[&str]) -> Vec<u8> {
    list_value(8, texts.len() as u64, &texts.iter().flat_map(|item| text(item.as_bytes())).collect::<Vec<_>>())
}

fn numbers_value(kind: u32, numbers: &[i32]) -> Vec<u8> {
    let bytes = |number: &i32| if kind == 6 { (*number as f32).to_le_bytes() } else { number.to_le_bytes() };
    list_value(kind, numbers.len() as u64, &numbers.iter().flat_map(bytes).collect::<Vec<_>>())
}

#[test]
fn vocabularies_that_lie_are_refused_for_their_reason() {
    let made = |kind: &str, tokens: &[&str], types: &[i32]| {
        let made = Builder::new().key("tokenizer.ggml.model", text_value(kind));
        let made = made.key("tokenizer.ggml.tokens", texts_value(tokens));
        made.key("tokenizer.ggml.token_type", numbers_value(5, types))
    };
    let spm = |tokens: &[&str], types: &[i32]| {
        let scores = vec![0; tokens.len()];
        made("llama", tokens, types).key("tokenizer.ggml.scores", numbers_value(6, &scores))
    };
    let refusal = |made: &Builder| {
        let (_scratch, submission) = submission("model.gguf", &made.bytes());
        let error = TextTokenizer::open(&submission).unwrap_err();
        (error.fault.to_string(), error.message.clone())
    };
    let long = "x".repeat(300);
    let cases: Vec<(&str, &str, Builder)> = vec![
        ("malformed_tokenizer", "a token for a byte names no byte", spm(&["a", "b", "<0x-1>"], &[1, 1, 6])),
        ("malformed_tokenizer", "a token for a byte names no byte", spm(&["a", "b", "<0xZZ>"], &[1, 1, 1])),
        ("malformed_tokenizer", "a token for a byte names no byte", spm(&["a", "b", "c"], &[1, 6, 1])),
        ("malformed_tokenizer", "the token `a` stands twice", spm(&["a", "b", "a"], &[1, 1, 1])),
        ("malformed_tokenizer", "token 1 has no known type", spm(&["a", "b"], &[1, 9])),
        ("malformed_tokenizer", "the list does not have an item a token", spm(&["a", "b"], &[1, 1, 1])),
        ("limit_exceeded", "a token is too long (bytes)", spm(&["a", "b", &long], &[1, 1, 1])),
        ("unsupported_format", "tokenizers of this kind are not read from GGUF", made("rwkv", &["a"], &[1])),
        ("malformed_header", "the header lacks the key `tokenizer.ggml.merges`", made("gpt2", &["a"], &[1])),
        (
            "unsupported_format",
            "this way of cutting texts is not read from GGUF",
            made("gpt2", &["a"], &[1]).key("tokenizer.ggml.pre", text_value("viking")),
        ),
        (
            "malformed_tokenizer",
            "merge 1 is not two tokens that make a third",
            made("gpt2", &["a", "b", "ab"], &[1; 3]).key("tokenizer.ggml.merges", texts_value(&["a b", "a b c"])),
        ),
        (
            "malformed_tokenizer",
            "merge 0 is not two tokens that make a third",
            made("gpt2", &["a", "b"], &[1; 2]).key("tokenizer.ggml.merges", texts_value(&["a b"])),
        ),
        (
            "malformed_tokenizer",
            "the token to put around texts is not named",
            made("gpt2", &["a", "b", "ab"], &[1; 3])
                .key("tokenizer.ggml.merges", texts_value(&["a b"]))
                .key("tokenizer.ggml.add_bos_token", typed(7, &[1])),
        ),
        (
            "malformed_header",
            "the number is out of range",
            spm(&["a", "b", "c"], &[1; 3]).key("tokenizer.ggml.bos_token_id", u32_value(3)),
        ),
    ];
    for (fault, message, made) in cases {
        assert_eq!(refusal(&made), (fault.to_owned(), message.to_owned()));
    }
    // A file without a vocabulary has no tokenizer.
    let (_scratch, none) = submission("model.gguf", &Builder::new().bytes());
    assert!(TextTokenizer::open(&none).unwrap().is_none());
}

#[test]
fn blocks_of_any_bytes_are_read() {
    let mut chance = ChaCha8Rng::seed_from_u64(5);
    for kind in [2, 3, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15] {
        let (elements, size) = match kind {
            2 => (32, 18),
            3 => (32, 20),
            6 => (32, 22),
            7 => (32, 24),
            8 => (32, 34),
            9 => (32, 36),
            10 => (256, 84),
            11 => (256, 110),
            12 => (256, 144),
            13 => (256, 176),
            14 => (256, 210),
            _ => (256, 292),
        };
        // More than is read at a time, at a place that no block begins at.
        let blocks = (3 << 19) / size + 7;
        let mut made = Builder::new();
        made.tensors = vec![(b"a".to_vec(), vec![2], 24, 0), (b"b".to_vec(), vec![elements, blocks], kind, 8)];
        let mut made = made.key("general.alignment", u32_value(8));
        made.alignment = 8;
        made.data = vec![0; 8 + (blocks * size) as usize];
        chance.fill_bytes(&mut made.data[8..]);
        let read = read("model.gguf", &made.bytes()).unwrap();
        assert_eq!(floats(&read["b"].2).len() as u64, elements * blocks);
    }
}
