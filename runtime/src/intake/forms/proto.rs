//! The `.model` file of SentencePiece: a protocol buffer, walked field by field with every length held against the bytes.
//!
//! Read are the pieces and those settings that decide how a text is cut. A setting written twice is refused, where the
//! format would let the last one win. Knows nothing of ids that a model family gives its pieces.

use crate::intake::error::{IntakeError, fault, printable};
use crate::intake::vocabulary::{limit, malformed};

/// Most pieces, and longest piece in bytes.
const PIECES: usize = 1 << 20;
const PIECE_BYTES: usize = 256;

/// What a piece is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// Found in texts.
    Normal,
    /// What stands for what is not known.
    Unknown,
    /// Put around texts, never found in them.
    Control,
    /// Always kept whole.
    UserDefined,
    /// Stands for a byte.
    Byte,
}

/// A piece of the vocabulary; its place is its id.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    /// Its text, blanks written as `▁`.
    pub(super) text: String,
    /// The logarithm of how likely it is, or its rank turned negative.
    pub(super) score: f32,
    /// What it is for.
    pub(super) kind: Kind,
}

/// A model as its file says it.
#[derive(Clone, Debug)]
pub(super) struct Model {
    /// By id.
    pub(super) pieces: Vec<Piece>,
    /// Whether pieces are joined (BPE); else the likeliest cut is taken (unigram).
    pub(super) bpe: bool,
    /// Whether bytes stand in for what is not known.
    pub(super) byte_fallback: bool,
    /// The place of the piece for what is not known.
    pub(super) unk: usize,
    /// The map of characters; empty where they stay as they are.
    pub(super) charsmap: Vec<u8>,
    /// Whether a blank is put before a text.
    pub(super) dummy_prefix: bool,
    /// Whether blanks at the ends go, and runs of them become one.
    pub(super) trims: bool,
}

/// A field: its number and its value.
enum Field<'b> {
    Number(u64),
    Bytes(&'b [u8]),
    Single(f32),
    Double,
}

/// What is left of a message.
struct Message<'b> {
    bytes: &'b [u8],
    at: &'b str,
}

impl<'b> Message<'b> {
    fn broken(&self) -> IntakeError {
        malformed(self.at, "the file is not a SentencePiece model: a field does not end where it must")
            .mend("copy the file again, or save the model again")
    }

    fn varint(&mut self) -> Result<u64, IntakeError> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.bytes.split_first().ok_or_else(|| self.broken())?;
            self.bytes = rest;
            let bits = u64::from(byte & 0x7F);
            if shift == 63 && bits > 1 {
                return Err(self.broken());
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(self.broken())
    }

    fn take(&mut self, length: u64) -> Result<&'b [u8], IntakeError> {
        let length = usize::try_from(length).map_err(|_| self.broken())?;
        let (taken, rest) = self.bytes.split_at_checked(length).ok_or_else(|| self.broken())?;
        self.bytes = rest;
        Ok(taken)
    }

    /// The next field and its number; none at the end.
    fn next(&mut self) -> Result<Option<(u64, Field<'b>)>, IntakeError> {
        if self.bytes.is_empty() {
            return Ok(None);
        }
        let tag = self.varint()?;
        let field = match tag & 7 {
            0 => Field::Number(self.varint()?),
            1 => self.take(8).map(|_| Field::Double)?,
            2 => {
                let length = self.varint()?;
                Field::Bytes(self.take(length)?)
            }
            5 => {
                let bytes = self.take(4)?.try_into().map_err(|_| self.broken())?;
                Field::Single(f32::from_le_bytes(bytes))
            }
            _ => return Err(self.broken()),
        };
        match tag >> 3 {
            0 => Err(self.broken()),
            number => Ok(Some((number, field))),
        }
    }
}

/// Settings of a message, each at most once.
#[derive(Default)]
struct Settings<'b>(Vec<(u64, Field<'b>)>);

impl<'b> Settings<'b> {
    /// Keeps the fields that are asked for; the others mean nothing to a text.
    fn read(bytes: &'b [u8], at: &'b str, wanted: &[u64]) -> Result<Self, IntakeError> {
        let mut message = Message { bytes, at };
        let mut fields: Vec<(u64, Field<'b>)> = Vec::new();
        while let Some((number, field)) = message.next()? {
            if !wanted.contains(&number) {
                continue;
            }
            if fields.iter().any(|(other, _)| *other == number) {
                return Err(twice(at, number));
            }
            fields.push((number, field));
        }
        Ok(Self(fields))
    }

    fn get(&self, number: u64) -> Option<&Field<'b>> {
        self.0.iter().find(|(other, _)| *other == number).map(|(_, field)| field)
    }

    fn number(&self, number: u64, default: u64, at: &str) -> Result<u64, IntakeError> {
        match self.get(number) {
            None => Ok(default),
            Some(Field::Number(value)) => Ok(*value),
            Some(_) => Err(malformed(at, format!("field {number} of the settings is not a number"))),
        }
    }

    fn flag(&self, number: u64, default: bool, at: &str) -> Result<bool, IntakeError> {
        Ok(self.number(number, u64::from(default), at)? != 0)
    }
}

fn twice(at: &str, number: u64) -> IntakeError {
    malformed(at, format!("field {number} stands twice")).because("each setting once", "two")
}

/// Reads the bytes of a model; `at` is its file.
pub(super) fn read(bytes: &[u8], at: &str) -> Result<Model, IntakeError> {
    let mut message = Message { bytes, at };
    let mut pieces = Vec::new();
    let (mut trainer, mut normaliser) = (None, None);
    while let Some((number, field)) = message.next()? {
        let place = match (number, field) {
            (1, Field::Bytes(bytes)) => {
                if pieces.len() == PIECES {
                    return Err(limit(at, "the model has too many pieces", PIECES, "more"));
                }
                pieces.push(piece(bytes, at, pieces.len())?);
                continue;
            }
            (2, Field::Bytes(bytes)) => trainer.replace(bytes),
            (3, Field::Bytes(bytes)) => normaliser.replace(bytes),
            (1..=3, _) => return Err(message.broken()),
            _ => continue,
        };
        if place.is_some() {
            return Err(twice(at, number));
        }
    }
    let (Some(trainer), Some(normaliser)) = (trainer, normaliser) else {
        return Err(malformed(at, "the model does not say how it was made")
            .mend("save the model again with the sentencepiece library"));
    };
    settings(pieces, trainer, normaliser, at)
}

fn settings(pieces: Vec<Piece>, trainer: &[u8], normaliser: &[u8], at: &str) -> Result<Model, IntakeError> {
    let trainer = Settings::read(trainer, at, &[3, 24, 35])?;
    let normaliser = Settings::read(normaliser, at, &[2, 3, 4, 5])?;
    let bpe = match trainer.number(3, 1, at)? {
        1 => false,
        2 => true,
        _ => return Err(unsupported(at, "the model is neither a unigram nor a BPE model")),
    };
    if trainer.flag(24, false, at)? {
        return Err(unsupported(at, "the model puts blanks after words"));
    }
    if !normaliser.flag(5, true, at)? {
        return Err(unsupported(at, "the model leaves blanks as they are"));
    }
    let charsmap = match normaliser.get(2) {
        None => Vec::new(),
        Some(Field::Bytes(map)) => map.to_vec(),
        Some(_) => return Err(malformed(at, "the map of characters is not a text of bytes")),
    };
    let mut unknown = pieces.iter().enumerate().filter(|(_, piece)| piece.kind == Kind::Unknown).map(|(id, _)| id);
    let (Some(unk), None) = (unknown.next(), unknown.next()) else {
        return Err(malformed(at, "the model has no piece, or two, for what is not known"));
    };
    let bytes = pieces.iter().filter(|piece| piece.kind == Kind::Byte).count();
    let byte_fallback = trainer.flag(35, false, at)?;
    if bytes != if byte_fallback { 256 } else { 0 } {
        return Err(malformed(at, "the pieces that stand for bytes are not all there, or not asked for")
            .because(if byte_fallback { 256 } else { 0 }, bytes));
    }
    let (dummy_prefix, trims) = (normaliser.flag(3, true, at)?, normaliser.flag(4, true, at)?);
    Ok(Model { pieces, bpe, byte_fallback, unk, charsmap, dummy_prefix, trims })
}

fn piece(bytes: &[u8], at: &str, id: usize) -> Result<Piece, IntakeError> {
    let fields = Settings::read(bytes, at, &[1, 2, 3])?;
    let broken = |what: &str| malformed(at, format!("piece {id} {what}"));
    let text = match fields.get(1) {
        Some(Field::Bytes(text)) => std::str::from_utf8(text).map_err(|_| broken("is not UTF-8"))?,
        _ => return Err(broken("has no text")),
    };
    if text.is_empty() || text.len() > PIECE_BYTES {
        return Err(broken("is empty or too long (bytes)").because(format!("1 to {PIECE_BYTES}"), text.len()));
    }
    let score = match fields.get(2) {
        None => 0.0,
        Some(Field::Single(score)) if score.is_finite() => *score,
        Some(_) => return Err(broken("has no finite score")),
    };
    let kind = match fields.number(3, 1, at)? {
        1 => Kind::Normal,
        2 => Kind::Unknown,
        3 => Kind::Control,
        4 => Kind::UserDefined,
        5 => return Err(unsupported(at, &format!("piece {id} (`{}`) is set aside", printable(text)))),
        6 => Kind::Byte,
        _ => return Err(broken("is of no known kind")),
    };
    Ok(Piece { text: text.to_owned(), score, kind })
}

fn unsupported(at: &str, what: &str) -> IntakeError {
    IntakeError::new(fault::UNSUPPORTED_FORMAT, at, format!("{what}, which this version does not read"))
        .mend("convert the tokenizer to `tokenizer.json` with the tokenizers library")
}
