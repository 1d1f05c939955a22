//! Tables of word vectors as word2vec and GloVe write them: a word a line and its numbers, after a line with the counts or
//! without one.

use super::Files;
use crate::dataset::shown;
use crate::media::Planes;
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// The most numbers of a vector.
const MOST_WIDE: usize = 65_536;

/// A vector of the same width for each of some words.
#[derive(Debug)]
pub struct Vectors {
    width: usize,
    rows: HashMap<String, usize>,
    data: Vec<f32>,
}

impl Files {
    /// The table in a file whose SHA-256 is `sha256`.
    ///
    /// # Errors
    /// A sentence, where it is not there, is another one, or is malformed.
    pub fn vectors(&self, path: &str, sha256: &str) -> Result<Vectors, String> {
        let bytes = self.read(path)?;
        let found = hex::encode(Sha256::digest(&bytes));
        if !found.eq_ignore_ascii_case(sha256) {
            return Err(format!(
                "the table `{}` is another one than the steps mean: its digest is {found}",
                shown(path)
            ));
        }
        Vectors::parse(&bytes).map_err(|why| format!("the table `{}` {why}", shown(path)))
    }
}

impl Vectors {
    /// Reads the text form. Words are told apart exactly; numbers are rounded from double to single precision, as
    /// torchtext and gensim do.
    ///
    /// # Errors
    /// The end of a sentence that begins with the table's name, with the line.
    pub fn parse(bytes: &[u8]) -> Result<Vectors, String> {
        let text = std::str::from_utf8(bytes).map_err(|_| "is not text in UTF-8".to_owned())?;
        let mut lines = text.split('\n').enumerate().filter(|(_, line)| !line.trim_end().is_empty()).peekable();
        let counts = lines.peek().and_then(|(_, line)| counts(line));
        if counts.is_some() {
            lines.next();
        }
        let mut table = Vectors { width: counts.map_or(0, |counts| counts.1), rows: HashMap::new(), data: Vec::new() };
        for (at, line) in lines {
            table.push(line).map_err(|why| format!("has a line {} {why}", at + 1))?;
        }
        match counts {
            Some((rows, _)) if rows != table.rows.len() => {
                Err(format!("announces {rows} words and has {}", table.rows.len()))
            }
            _ if table.rows.is_empty() => Err("has no words".to_owned()),
            _ => Ok(table),
        }
    }

    fn push(&mut self, line: &str) -> Result<(), String> {
        let mut parts = line.trim_end().split(' ');
        let word = parts.next().filter(|word| !word.is_empty()).ok_or("without a word")?;
        let begin = self.data.len();
        for part in parts {
            let number = part.parse::<f64>().ok().map(single).filter(|number| number.is_finite());
            self.data.push(number.ok_or_else(|| format!("with `{}`, which is no number", shown(part)))?);
        }
        let width = self.data.len() - begin;
        if self.width == 0 && self.rows.is_empty() {
            self.width = width;
        }
        if width != self.width || !(1..=MOST_WIDE).contains(&width) {
            return Err(format!("with {width} numbers where {} are expected", self.width.max(1)));
        }
        match self.rows.insert(word.to_owned(), self.rows.len()) {
            Some(_) => Err(format!("with the word `{}`, which stood before", shown(word))),
            None => Ok(()),
        }
    }

    /// The vectors of words, `[1, words, width]`: zeros for a word that the table does not have, as torchtext gives.
    #[must_use]
    pub fn embed(&self, words: &[String]) -> Planes {
        let mut data = Vec::with_capacity(words.len() * self.width);
        for word in words {
            match self.rows.get(word) {
                Some(row) => data.extend_from_slice(&self.data[row * self.width..(row + 1) * self.width]),
                None => data.resize(data.len() + self.width, 0.0),
            }
        }
        Planes { shape: vec![1, words.len(), self.width], data }
    }
}

fn single(number: f64) -> f32 {
    number as f32
}

/// The counts of words and of numbers, where a first line is nothing else.
fn counts(line: &str) -> Option<(usize, usize)> {
    let (rows, width) = line.trim_end().split_once(' ')?;
    Some((rows.parse().ok()?, width.parse().ok()?))
}
