//! Cases 23 to 36: GGUF.

use super::bench::Bench;
use super::{Case, Must, case};

/// A GGUF file: counts, metadata and tensors as they are said, whatever they are.
#[derive(Clone)]
struct File {
    tensors: u64,
    keys: u64,
    metadata: Vec<u8>,
    infos: Vec<u8>,
    data: Vec<u8>,
}

/// Types of metadata values.
const U32: u32 = 4;
const STRING: u32 = 8;
const ARRAY: u32 = 9;

fn string(text: &[u8]) -> Vec<u8> {
    [&(text.len() as u64).to_le_bytes()[..], text].concat()
}

fn pair(key: &str, kind: u32, value: &[u8]) -> Vec<u8> {
    [&string(key.as_bytes())[..], &kind.to_le_bytes(), value].concat()
}

fn info(name: &str, shape: &[u64], kind: u32, offset: u64) -> Vec<u8> {
    let sizes = shape.iter().flat_map(|size| size.to_le_bytes());
    let mut bytes = string(name.as_bytes());
    bytes.extend((shape.len() as u32).to_le_bytes());
    bytes.extend(sizes);
    bytes.extend(kind.to_le_bytes());
    bytes.extend(offset.to_le_bytes());
    bytes
}

impl File {
    /// A file of two tensors of 32 bytes each, and what a reader needs of a small llama.
    fn new() -> File {
        let metadata = [
            pair("general.architecture", STRING, &string(b"llama")),
            pair("general.alignment", U32, &32_u32.to_le_bytes()),
            pair("llama.block_count", U32, &1_u32.to_le_bytes()),
        ];
        let infos = [info("a.weight", &[8], 0, 0), info("b.weight", &[8], 0, 32)];
        File { tensors: 2, keys: 3, metadata: metadata.concat(), infos: infos.concat(), data: vec![0; 64] }
    }

    fn key(mut self, key: &str, kind: u32, value: &[u8]) -> File {
        self.keys += 1;
        self.metadata.extend(pair(key, kind, value));
        self
    }

    /// With these bytes of one value in place of those of another.
    fn swap(mut self, old: &[u8], new: &[u8]) -> File {
        let at = self.metadata.windows(old.len()).position(|part| part == old).unwrap();
        self.metadata.splice(at..at + old.len(), new.iter().copied());
        self
    }

    fn infos(mut self, infos: &[Vec<u8>]) -> File {
        self.tensors = infos.len() as u64;
        self.infos = infos.concat();
        self
    }

    fn bytes(&self) -> Vec<u8> {
        let head = [&b"GGUF"[..], &3_u32.to_le_bytes(), &self.tensors.to_le_bytes(), &self.keys.to_le_bytes()].concat();
        let mut bytes = [head, self.metadata.clone(), self.infos.clone()].concat();
        bytes.resize(bytes.len().next_multiple_of(32), 0);
        bytes.extend(&self.data);
        bytes
    }

    fn submit(&self, bench: &mut Bench) {
        bench.file("model.gguf", self.bytes());
    }
}

fn alignment(bench: &mut Bench, alignment: u32) {
    let told = |number: u32| pair("general.alignment", U32, &number.to_le_bytes());
    File::new().swap(&told(32), &told(alignment)).submit(bench);
}

fn shaped(bench: &mut Bench, shape: &[u64]) {
    File::new().infos(&[info("a.weight", shape, 0, 0)]).submit(bench);
}

fn tokens(bench: &mut Bench, token: &str) {
    let list = |texts: &[&str]| {
        let texts: Vec<u8> = texts.iter().flat_map(|text| string(text.as_bytes())).collect();
        [&STRING.to_le_bytes()[..], &2_u64.to_le_bytes(), &texts].concat()
    };
    let types = [&5_u32.to_le_bytes()[..], &2_u64.to_le_bytes(), &1_u32.to_le_bytes(), &6_u32.to_le_bytes()].concat();
    File::new()
        .key("tokenizer.ggml.model", STRING, &string(b"plamo2"))
        .key("tokenizer.ggml.tokens", ARRAY, &list(&["a", token]))
        .key("tokenizer.ggml.token_type", ARRAY, &types)
        .submit(bench);
}

pub fn cases() -> Vec<Case> {
    headers().into_iter().chain(tensors()).chain(meanings()).collect()
}

fn headers() -> Vec<Case> {
    vec![
        case(23, "gguf: alignment 0 / 3 / 2^31", Must::Reject)
            .certify("malformed_header", "0", |bench| alignment(bench, 0))
            .certify("malformed_header", "3", |bench| alignment(bench, 3))
            .certify("malformed_header", "2^31", |bench| alignment(bench, 1 << 31)),
        case(24, "gguf: string length 2^63", Must::Reject).certify("truncated_file", "", |bench| {
            let value = [&(1_u64 << 63).to_le_bytes()[..], b"abc"].concat();
            File::new().key("general.name", STRING, &value).submit(bench);
        }),
        case(25, "gguf: tensor_count 2^64-1", Must::Reject).certify("truncated_file", "", |bench| {
            File { tensors: u64::MAX, ..File::new() }.submit(bench);
        }),
        case(26, "gguf: dims 2^40 x 2^40; single dim 2^62", Must::Reject)
            .certify("malformed_header", "2^40 x 2^40", |bench| shaped(bench, &[1 << 40, 1 << 40]))
            .certify("malformed_header", "2^62", |bench| shaped(bench, &[1 << 62])),
        case(27, "gguf: nbytes pad wrap (SIZE_MAX-3)", Must::Reject).certify("malformed_header", "", |bench| {
            // One byte an element, so that rounding up to the alignment would begin at nought again.
            File::new().infos(&[info("a.weight", &[u64::MAX - 3], 24, 0)]).submit(bench);
        }),
        case(28, "gguf: offset near 2^64", Must::Reject).certify("malformed_header", "", |bench| {
            File::new().infos(&[info("a.weight", &[8], 0, u64::MAX - 31)]).submit(bench);
        }),
    ]
}

fn tensors() -> Vec<Case> {
    vec![
        case(29, "gguf: overlapping tensors", Must::Reject).certify("malformed_header", "", |bench| {
            File::new().infos(&[info("a.weight", &[16], 0, 0), info("b.weight", &[8], 0, 32)]).submit(bench);
        }),
        case(30, "gguf: duplicate tensor name / kv key", Must::Reject)
            .certify("malformed_header", "name", |bench| {
                File::new().infos(&[info("a.weight", &[8], 0, 0), info("a.weight", &[8], 0, 32)]).submit(bench);
            })
            .certify("malformed_header", "key", |bench| {
                File::new().key("llama.block_count", U32, &2_u32.to_le_bytes()).submit(bench);
            }),
        case(31, "gguf: zero dimension", Must::Reject).certify("malformed_header", "", |bench| shaped(bench, &[8, 0])),
        case(32, "gguf: arrays nested 200k", Must::Reject).certify("limit_exceeded", "", |bench| {
            let level = [&ARRAY.to_le_bytes()[..], &1_u64.to_le_bytes()].concat();
            File::new().key("general.tags", ARRAY, &level.repeat(200_000)).submit(bench);
        }),
        case(33, "gguf: unknown/negative dtype id", Must::Reject)
            .certify("unsupported_format", "unknown", |bench| {
                File::new().infos(&[info("a.weight", &[8], 9_999, 0)]).submit(bench);
            })
            .certify("unsupported_format", "negative", |bench| {
                File::new().infos(&[info("a.weight", &[8], u32::MAX, 0)]).submit(bench);
            }),
    ]
}

fn meanings() -> Vec<Case> {
    vec![
        case(34, "gguf: token `<0x-1>`, `<0xZZ>`", Must::Reject)
            .certify("malformed_header", "<0x-1>", |bench| tokens(bench, "<0x-1>"))
            .certify("malformed_header", "<0xZZ>", |bench| tokens(bench, "<0xZZ>")),
        case(35, "gguf: block_count 2^31", Must::Reject).certify("malformed_header", "", |bench| {
            let told = |count: u32| pair("llama.block_count", U32, &count.to_le_bytes());
            File::new().swap(&told(1), &told(1 << 31)).submit(bench);
        }),
        case(36, "gguf: data truncated", Must::Reject).certify("truncated_file", "", |bench| {
            let mut bytes = File::new().bytes();
            let cut = 1 + bench.below(63);
            bytes.truncate(bytes.len() - cut);
            bench.file("model.gguf", bytes);
        }),
    ]
}
