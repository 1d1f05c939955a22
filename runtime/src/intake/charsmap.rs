//! A precompiled map of a normaliser, checked in full before the library walks it: the length of a trie in bytes, the trie
//! in words of 4 bytes (Darts-clone's), and the texts that it leads to, each ended by a zero.
//!
//! The library looks up a word by whatever the ones before it say. So every step that any text could take is taken here
//! once, and must end inside of the trie, or in front of a text.

use super::error::IntakeError;
use super::vocabulary::{limit, malformed};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Longest text that a precompiled map puts in the place of a character, in bytes; the longest in use has 33.
const MAPPED_BYTES: usize = 64;
/// Largest precompiled map in base64; those in use have about 0.3 MB.
const CHARSMAP_BYTES: usize = 2 << 20;

/// Holds a map in base64 against its rules; `at` is its place.
///
/// # Errors
/// `malformed_tokenizer`, `limit_exceeded`.
pub(super) fn check(map: &str, at: &str) -> Result<(), IntakeError> {
    if map.len() > CHARSMAP_BYTES {
        return Err(limit(at, "the precompiled map is too large (bytes)", CHARSMAP_BYTES, map.len()));
    }
    let broken = || malformed(at, "the precompiled map contradicts itself");
    let map = STANDARD.decode(map).map_err(|_| broken())?;
    let (length, rest) = map.split_first_chunk::<4>().ok_or_else(broken)?;
    let length = usize::try_from(u32::from_le_bytes(*length)).map_err(|_| broken())?;
    if length == 0 || length % 4 != 0 || length > rest.len() {
        return Err(broken().because(format!("a trie of at most {} bytes", rest.len()), length));
    }
    let (trie, texts) = rest.split_at(length);
    let longest = texts.split(|byte| *byte == 0).map(<[u8]>::len).max().unwrap_or(0);
    if longest > MAPPED_BYTES {
        return Err(limit(at, "a normaliser puts too much into a text (bytes)", MAPPED_BYTES, longest));
    }
    let texts = std::str::from_utf8(texts).map_err(|_| broken())?;
    let words: Vec<u32> = trie.as_chunks::<4>().0.iter().map(|word| u32::from_le_bytes(*word)).collect();
    walk(&words, texts).ok_or_else(broken)
}

/// Takes every step from every node that a text can reach; none where one leads outside.
fn walk(words: &[u32], texts: &str) -> Option<()> {
    let mut seen = vec![false; words.len()];
    let mut open = vec![offset(*words.first()?)];
    while let Some(node) = open.pop() {
        // The step for a byte looks at the word `node ^ byte`.
        let last = node | 0xFF;
        if last >= words.len() {
            return None;
        }
        if std::mem::replace(&mut seen[node], true) {
            continue;
        }
        for byte in 1..=0xFF {
            let at = node ^ byte;
            let word = words[at];
            if label(word) != byte {
                continue;
            }
            let next = at ^ offset(word);
            if has_leaf(word) && !texts.is_char_boundary(value(*words.get(next)?)) {
                return None;
            }
            open.push(next);
        }
    }
    Some(())
}

/// The byte that leads to a word; more than a byte where it is a leaf.
fn label(word: u32) -> usize {
    (word & (1 << 31 | 0xFF)) as usize
}

fn offset(word: u32) -> usize {
    ((word >> 10) << ((word & 1 << 9) >> 6)) as usize
}

fn has_leaf(word: u32) -> bool {
    word & 1 << 8 != 0
}

/// Where the text of a leaf begins.
fn value(word: u32) -> usize {
    (word & !(1 << 31)) as usize
}
