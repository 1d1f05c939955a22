//! GGUF files against what the gguf library, transformers and llama.cpp read in them (`tests/gguf/make.py`), and mutants of
//! these files.

use crate::mutate::{held, refused, rounds};
use lmstd_runtime::intake::checkpoint::{Checkpoint, read_tensor};
use lmstd_runtime::intake::config::read_config;
use lmstd_runtime::intake::door::{DoorLimits, Submission};
use lmstd_runtime::intake::error::IntakeError;
use lmstd_runtime::intake::tokenizer::TextTokenizer;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

fn stored(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/gguf").join(name)
}

fn json(name: &str) -> Value {
    serde_json::from_slice(&std::fs::read(stored(name)).unwrap()).unwrap()
}

/// A submission of one file.
pub(crate) fn submission(name: &str, bytes: &[u8]) -> (tempfile::TempDir, Submission) {
    let scratch = tempfile::tempdir().unwrap();
    std::fs::write(scratch.path().join(name), bytes).unwrap();
    let submission = Submission::open(scratch.path(), &DoorLimits::default()).unwrap();
    (scratch, submission)
}

/// Types, shapes and bytes by name.
pub(crate) type Read = BTreeMap<String, (String, Vec<u64>, Vec<u8>)>;

pub(crate) fn read(name: &str, bytes: &[u8]) -> Result<Read, IntakeError> {
    let (_scratch, submission) = submission(name, bytes);
    let checkpoint = Checkpoint::open(&submission)?;
    let mut read = Read::new();
    for (name, info) in &checkpoint.tensors {
        let bytes = read_tensor(&submission, info)?;
        assert_eq!(bytes.len() as u64, info.bytes, "{name}");
        read.insert(name.clone(), (info.dtype.to_string(), info.shape.clone(), bytes));
    }
    Ok(read)
}

pub(crate) fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.chunks_exact(4).map(|four| f32::from_le_bytes(four.try_into().unwrap())).collect()
}

#[test]
fn every_type_is_what_the_reference_makes_of_it() {
    let mut blocks = 0;
    for (file, goldens, tensors) in [("types.gguf", "numbers.safetensors", 22), ("own.gguf", "own.safetensors", 2)] {
        let found = read("model.gguf", &std::fs::read(stored(file)).unwrap()).unwrap();
        let goldens = read("model.safetensors", &std::fs::read(stored(goldens)).unwrap()).unwrap();
        assert_eq!(found.len(), tensors);
        for (name, (dtype, shape, bytes)) in &found {
            if name == "bfloat16" {
                let wide: Vec<u8> = bytes.chunks(2).flat_map(|two| [0, 0, two[0], two[1]]).collect();
                assert_eq!((dtype.as_str(), &wide), ("BF16", &goldens["bfloat16_as_float32"].2));
                continue;
            }
            let (golden_dtype, golden_shape, golden) = &goldens[name];
            assert_eq!((dtype, shape), (golden_dtype, golden_shape), "{name}");
            if !name.starts_with('q') {
                assert_eq!(bytes, golden, "{name}");
                continue;
            }
            // Bit for bit, but for the bits of what is no number.
            for (place, (a, b)) in floats(bytes).iter().zip(floats(golden)).enumerate() {
                assert!(a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan(), "{name} {place}: {a} {b}");
            }
            blocks += 1;
        }
    }
    assert_eq!(blocks, 12);
}

/// Whether one value says what the other does; numbers of 32 bits are told by their nearest.
fn agree(ours: &Value, theirs: &Value) -> bool {
    match (ours, theirs) {
        (Value::Number(a), Value::Number(b)) => {
            let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
            (a - b).abs() <= 1e-7 * b.abs().max(1e-30)
        }
        (Value::Object(a), Value::Object(_)) => a.iter().all(|(name, a)| agree(a, &theirs[name])),
        _ => ours == theirs,
    }
}

#[test]
fn configurations_are_those_that_the_files_were_made_from() {
    let configs = json("configs.json");
    assert_eq!(configs.as_object().unwrap().len(), 12);
    let mut compared = 0;
    for (file, told) in configs.as_object().unwrap() {
        let (_scratch, submission) = submission("model.gguf", &std::fs::read(stored(file)).unwrap());
        let config = read_config(&submission).unwrap_or_else(|error| panic!("{file}: {error}"));
        let (source, theirs) = (&told["source"], &told["transformers"]);
        for (name, value) in config.as_object().unwrap() {
            // Which class it is no configuration says before it is saved; Qwen2 has the usual width of a head and no word for it.
            if name != "architectures" && (name, file.as_str()) != (&"head_dim".to_owned(), "model-qwen2.gguf") {
                assert!(agree(value, &source[name]), "{file}: {name} {value} {}", source[name]);
                compared += 1;
            }
            // What transformers reads in the file itself; where it does not look, it has its defaults.
            let unread = match file.as_str() {
                "model-falcon.gguf" => name != "hidden_size" && name != "num_hidden_layers",
                "model-gpt2.gguf" => ["n_positions", "n_inner", "vocab_size"].contains(&name.as_str()),
                "model-qwen3.gguf" => name == "head_dim",
                "model-gemma2.gguf" => name == "query_pre_attn_scalar",
                "model-llama3.gguf" | "model-linear.gguf" => name == "rope_parameters" || name == "attention_bias",
                _ => false,
            };
            assert!(theirs[name].is_null() || unread || agree(value, &theirs[name]), "{file}: {name} {value}");
        }
    }
    assert!(compared > 140, "{compared}");
}

fn ids(file: &str, texts: &[String]) -> Vec<Vec<u32>> {
    let (_scratch, submission) = submission("model.gguf", &std::fs::read(stored(file)).unwrap());
    let tokenizer = TextTokenizer::open(&submission).unwrap_or_else(|error| panic!("{file}: {error}")).unwrap();
    texts.iter().map(|text| tokenizer.encode(text, 4_096).unwrap().ids).collect()
}

#[test]
fn texts_get_the_ids_that_llama_cpp_gives_them() {
    let texts: Vec<String> = serde_json::from_value(json("texts.json")).unwrap();
    let goldens: BTreeMap<String, Vec<Vec<u32>>> = serde_json::from_value(json("ids.json")).unwrap();
    assert_eq!(goldens.len(), 11);
    for (file, golden) in goldens {
        for ((text, ours), golden) in texts.iter().zip(ids(&file, &texts)).zip(golden) {
            assert_eq!(ours, golden, "{file}: {text:?}");
        }
    }
    let golden: Vec<Vec<u32>> = serde_json::from_value(json("bert-ids.json")).unwrap();
    assert_eq!(ids("tokens-bert.gguf", &texts), golden);
}

/// Places of numbers of four and eight bytes in the header, found by what they hold.
fn mutate(bytes: &mut Vec<u8>, whole: &[u8], chance: &mut ChaCha8Rng) {
    let mut below = |most: usize| chance.next_u64() as usize % most.max(1);
    let header = bytes.len().min(1_200);
    let at = below(header);
    let numbers =
        [0, 1, 2, 7, 8, 9, 12, 255, 1 << 20, 1 << 31, 1 << 32, 1 << 40, 1 << 62, 1 << 63, u64::MAX - 31, u64::MAX];
    match below(7) {
        0 => bytes[at] ^= 1 << below(8),
        1 | 2 => {
            let number = numbers[below(numbers.len())].to_le_bytes();
            let width = [4, 8][below(2)].min(bytes.len() - at);
            bytes[at..at + width].copy_from_slice(&number[..width]);
        }
        3 => bytes.truncate(below(bytes.len())),
        4 => {
            let (from, length) = (below(whole.len()), below(64));
            let piece = whole[from..(from + length).min(whole.len())].to_vec();
            bytes.splice(at..(at + below(64)).min(bytes.len()), piece);
        }
        5 => {
            // A count, length, axis or place, which are small numbers of eight bytes, grows or shrinks a little.
            let small: Vec<usize> =
                (0..header.saturating_sub(8)).filter(|at| bytes[*at] != 0 && bytes[at + 2..at + 8] == [0; 6]).collect();
            if let Some(at) = small.get(below(small.len())) {
                bytes[*at] = bytes[*at].wrapping_add([1, 255, 32, 128][below(4)]);
            }
        }
        _ => {
            let extra = vec![below(256) as u8; below(80)];
            bytes.splice(at..at, extra);
        }
    }
}

#[test]
fn mutated_files_are_read_or_refused() {
    let mut chance = ChaCha8Rng::seed_from_u64(20_266);
    let names = ["types.gguf", "model-llama3.gguf", "tokens-spm.gguf", "tokens-qwen2.gguf", "tokens-bert.gguf"];
    let files: Vec<Vec<u8>> = names.iter().map(|name| std::fs::read(stored(name)).unwrap()).collect();
    let (mut wrong, mut read_on) = (0, 0);
    for round in 0..rounds() {
        let whole = &files[round % files.len()];
        let mut bytes = whole.clone();
        for _ in 0..1 + chance.next_u32() % 2 {
            mutate(&mut bytes, whole, &mut chance);
            if bytes.is_empty() {
                bytes.push(0);
            }
        }
        let (_scratch, submission) = submission("model.gguf", &bytes);
        let checkpoint = Checkpoint::open(&submission);
        if refused(&checkpoint) {
            wrong += 1;
        } else {
            read_on += 1;
            let tensors = checkpoint.unwrap().tensors;
            assert!(tensors.values().map(|tensor| tensor.bytes).sum::<u64>() <= 16 * bytes.len() as u64);
            assert_eq!(held(&submission, &tensors), tensors.len());
        }
        refused(&read_config(&submission));
        let tokenizer = TextTokenizer::open(&submission);
        refused(&tokenizer);
        if let Ok(Some(tokenizer)) = tokenizer {
            refused(&tokenizer.encode("The quick brown 1234 fox", 1_000));
        }
    }
    assert!(wrong > rounds() / 2 && read_on > rounds() / 20, "{wrong} {read_on}");
}
