//! What the mutation tests share: how many rounds, files and JSON that are changed at random where it hurts, and what
//! every reader owes whatever the bytes: a refusal that is filed and can be shown, or tensors that lie in their files.
//!
//! Every such test has `mutat` in its name; `fuzz/README.md` tells the long run.

use indexmap::IndexMap;
use lmstd_runtime::intake::checkpoint::read_tensor;
use lmstd_runtime::intake::door::Submission;
use lmstd_runtime::intake::error::{IntakeError, fault};
use lmstd_runtime::intake::tensor::{Layout, TensorInfo};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde_json::Value;

/// Rounds of a test: 2,000, or more where `LMSTD_MUTATIONS` says so.
pub fn rounds() -> usize {
    const FEWEST: usize = 2_000;
    let told = std::env::var("LMSTD_MUTATIONS").ok();
    told.map_or(FEWEST, |told| told.parse::<usize>().expect("LMSTD_MUTATIONS is a number").max(FEWEST))
}

/// Chance, the same in every run.
pub fn chance(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

// --- what is owed -------------------------------------------------------------------------------------------------

/// The faults that a reader may file: all but `tampered`, since nobody else writes to these files.
const FILED: [&str; 17] = [
    fault::MALFORMED_HEADER,
    fault::TRUNCATED_FILE,
    fault::UNSAFE_PATH,
    fault::UNSUPPORTED_FORMAT,
    fault::LIMIT_EXCEEDED,
    fault::UNREADABLE,
    fault::MISSING_FILE,
    fault::AMBIGUOUS_FILES,
    fault::UNREFERENCED_SHARD,
    fault::SHARD_MISMATCH,
    fault::MALFORMED_JSON,
    fault::DUPLICATE_KEY,
    fault::CUSTOM_CODE,
    fault::UNSAFE_PICKLE,
    fault::MALFORMED_TOKENIZER,
    fault::MALFORMED_CARD,
    fault::MALFORMED_DATA,
];

/// Whether it is a refusal. One must have a fault of the list, a place and a sentence, and show as it is.
#[track_caller]
pub fn refused<T>(result: &Result<T, IntakeError>) -> bool {
    let Err(error) = result else { return false };
    assert!(FILED.contains(&&*error.fault), "{}: {error}", error.fault);
    assert!(!error.message.is_empty() && !error.at.is_empty(), "{error:?}");
    assert!(!error.to_string().contains(char::is_control), "{error:?}");
    true
}

/// Reads every tensor: what lies as it is lies in its file, and what is read is as long as its shape says. Gives how
/// many were read; the others are refused.
#[track_caller]
pub fn held(submission: &Submission, tensors: &IndexMap<String, TensorInfo>) -> usize {
    let mut read = 0;
    for (name, tensor) in tensors {
        let file = submission.file(&tensor.file).unwrap_or_else(|| panic!("{name} lies in no file"));
        if tensor.layout == Layout::Rows {
            let end = tensor.offset.checked_add(tensor.stored_bytes());
            assert!(end.is_some_and(|end| end <= file.entry().bytes), "{name} ends at {end:?}");
        }
        let bytes = read_tensor(submission, tensor);
        if refused(&bytes) {
            continue;
        }
        let empty = tensor.shape.contains(&0);
        let whole = tensor.shape.iter().try_fold(tensor.dtype.size(), |product, axis| product.checked_mul(*axis));
        let expected = if empty { Some(0) } else { whole };
        assert_eq!((bytes.unwrap().len() as u64, Some(tensor.bytes)), (tensor.bytes, expected), "{name}");
        read += 1;
    }
    read
}

// --- bytes --------------------------------------------------------------------------------------------------------

/// Where one of these parts begins, and the beginning of the file.
pub fn marks(whole: &[u8], parts: &[&[u8]]) -> Vec<usize> {
    (0..whole.len()).filter(|at| *at == 0 || parts.iter().any(|part| whole[*at..].starts_with(part))).collect()
}

/// A file changed once: a bit, a number that becomes large, a piece that is cut out, doubled or moved, an end that is
/// missing; near one of the marks more often than not.
pub fn mutant(whole: &[u8], marks: &[usize], chance: &mut ChaCha8Rng, round: usize) -> Vec<u8> {
    let mut bytes = whole.to_vec();
    let mut below = |limit: usize| chance.next_u32() as usize % limit.max(1);
    let at = match round % 3 {
        0 => below(bytes.len()),
        _ => (marks[below(marks.len())] + below(96)).min(bytes.len() - 1),
    };
    match below(6) {
        0 => bytes[at] ^= 1 << below(8),
        1 => bytes[at] = [0, 1, 0x7F, 0x80, 0xFE, 0xFF][below(6)],
        2 => {
            let number = [0, 1, u64::MAX, u64::MAX - 7, 1 << 40, whole.len() as u64, at as u64][below(7)];
            let width = [1, 2, 4, 8][below(4)].min(bytes.len() - at);
            bytes[at..at + width].copy_from_slice(&number.to_le_bytes()[..width]);
        }
        3 => bytes.truncate(at),
        4 => drop(bytes.drain(at..(at + 1 + below(16)).min(whole.len()))),
        _ => {
            let (from, length) = (below(whole.len()), 1 + below(64));
            let piece = whole[from..(from + length).min(whole.len())].to_vec();
            let end = (at + piece.len()).min(bytes.len());
            let length = end - at;
            bytes[at..end].copy_from_slice(&piece[..length]);
        }
    }
    bytes
}

// --- JSON ---------------------------------------------------------------------------------------------------------

/// A value that was changed in up to three places.
pub fn changed(good: &Value, chance: &mut ChaCha8Rng) -> Value {
    let mut value = good.clone();
    for _ in 0..1 + chance.next_u32() % 3 {
        change(&mut value, chance);
    }
    value
}

/// The text of such a value; every fourth time its bytes are changed too, so that a bracket is missing or a name stands
/// twice.
pub fn json(good: &Value, chance: &mut ChaCha8Rng, round: usize) -> Vec<u8> {
    let bytes = changed(good, chance).to_string().into_bytes();
    match round % 4 {
        0 => mutant(&bytes, &marks(&bytes, &[&b"\":"[..], b"{\"", b"]"]), chance, round),
        _ => bytes,
    }
}

/// Values that are seldom right.
fn strange() -> Vec<Value> {
    let numbers = [-1, 0, 1, 2, 7, 255, 1 << 31, 1 << 32, 1 << 40, i64::MAX, i64::MIN].map(Value::from);
    let texts = ["", " ", "../a", "/etc/hostname", "a\u{202e}b", "a\u{0}b", "\u{e9}", "e\u{301}"].map(Value::from);
    let others = [Value::Null, Value::from(true), Value::from(0.5_f64), Value::from(1e300_f64), Value::from(u64::MAX)];
    let nests = [serde_json::json!([]), serde_json::json!({}), serde_json::json!([[[0]]])];
    let code = [serde_json::json!({"auto_map": {"AutoModel": "m.Model"}})];
    numbers.into_iter().chain(texts).chain(others).chain(nests).chain(code).collect()
}

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(fields) => fields.values().map(count).sum(),
        _ => 0,
    }
}

/// The value at a place, counted as the text has them.
fn nth<'v>(value: &'v mut Value, place: &mut usize) -> Option<&'v mut Value> {
    if *place == 0 {
        return Some(value);
    }
    *place -= 1;
    match value {
        Value::Array(items) => items.iter_mut().find_map(|item| nth(item, place)),
        Value::Object(fields) => fields.values_mut().find_map(|item| nth(item, place)),
        _ => None,
    }
}

/// One value becomes another one of the same text, a strange one, or a little other than it was.
fn change(value: &mut Value, chance: &mut ChaCha8Rng) {
    let mut below = |most: usize| chance.next_u32() as usize % most.max(1);
    let (mut from, mut to) = (below(count(value)), below(count(value)));
    let other = nth(value, &mut from).cloned().unwrap_or_default();
    let Some(place) = nth(value, &mut to) else { return };
    match below(4) {
        0 => *place = other,
        1 => *place = strange().swap_remove(below(strange().len())),
        _ => nudge(place, other, &mut below),
    }
}

fn nudge(place: &mut Value, other: Value, below: &mut dyn FnMut(usize) -> usize) {
    match place {
        Value::Object(fields) if !fields.is_empty() => {
            let at = below(fields.len());
            let name = fields.keys().nth(at).cloned().unwrap_or_default();
            let old = fields.remove(&name).unwrap_or_default();
            match below(3) {
                0 => {}
                1 => drop(fields.insert(format!("{name}x"), old)),
                _ => drop((fields.insert(format!("{name}x"), other), fields.insert(name, old))),
            }
        }
        Value::Array(items) if !items.is_empty() => {
            let at = below(items.len());
            match below(3) {
                0 => drop(items.remove(at)),
                1 => items.insert(at, other),
                _ => items.swap(0, at),
            }
        }
        Value::String(text) => {
            let mut chars: Vec<char> = text.chars().collect();
            let at = below(chars.len());
            match below(3) {
                0 => chars.truncate(at),
                1 => chars.insert(at, ['a', '0', '.', '/', '(', '\u{200b}'][below(6)]),
                _ => chars.extend(chars.clone()),
            }
            *text = chars.into_iter().collect();
        }
        Value::Number(number) => {
            let old = number.as_i64().unwrap_or_default();
            let new = [old.wrapping_add(1), old.wrapping_sub(1), old.wrapping_neg(), old.wrapping_mul(1_000)];
            *place = new[below(4)].into();
        }
        _ => *place = other,
    }
}
