//! From tokens back to text: the decoder of a tokenizer, step by step, each paid for as the steps to ids are.
//!
//! The library would run the patterns of a decoder uncounted, and let each step double what the one before has made.

use super::error::IntakeError;
use super::meter::{BYTE, Meter, PIECE, guarded};
use super::pattern::{CLASSES, Counted, Pattern};
use super::pipeline::{leaves, replacement};
use serde::Deserialize;
use serde_json::Value;
use tokenizers::pattern::Pattern as _;
use tokenizers::{Decoder, DecoderWrapper};

/// The steps of a decoder.
#[derive(Debug)]
pub(super) struct Decoding(Vec<Step>);

#[derive(Debug)]
enum Step {
    Library(Box<DecoderWrapper>),
    Replace { pattern: Pattern, content: String },
}

impl Decoding {
    /// Reads the decoder of a file, whose name is `at`; none where it has none.
    pub(super) fn new(root: &Value, at: &str) -> Result<Option<Self>, IntakeError> {
        let place = format!("{at}: decoder");
        let Some(decoder) = root.get("decoder").filter(|decoder| !decoder.is_null()) else { return Ok(None) };
        let mut room = CLASSES;
        let step = |step: &Value| match step.get("type").and_then(Value::as_str) {
            Some("Replace") => {
                let (pattern, content) = replacement(step, &mut room, &place)?;
                Ok(Step::Replace { pattern, content })
            }
            _ => guarded("read", &place, || Ok(Step::Library(Box::new(DecoderWrapper::deserialize(step)?)))),
        };
        let steps = leaves(Some(decoder), "decoders", &place)?.into_iter().map(step);
        steps.collect::<Result<_, _>>().map(|steps| Some(Self(steps)))
    }

    /// The text of tokens.
    pub(super) fn text(&self, mut tokens: Vec<String>) -> tokenizers::Result<String> {
        let bytes = |tokens: &[String]| tokens.iter().map(String::len).sum::<usize>();
        let meter = Meter::new(bytes(&tokens));
        for step in &self.0 {
            tokens = match step {
                Step::Library(step) => step.decode_chain(tokens)?,
                Step::Replace { pattern, content } => {
                    let one = |token: String| replaced(&token, pattern, content, &meter);
                    tokens.into_iter().map(one).collect::<tokenizers::Result<_>>()?
                }
            };
            let bytes = bytes(&tokens);
            meter.hold(bytes)?;
            meter.spend(PIECE.saturating_mul(tokens.len() as u64).saturating_add(BYTE.saturating_mul(bytes as u64)))?;
        }
        Ok(tokens.concat())
    }
}

fn replaced(token: &str, pattern: &Pattern, content: &str, meter: &Meter) -> tokenizers::Result<String> {
    let parts = Counted { pattern, meter, content: content.len() }.find_matches(token)?;
    Ok(parts
        .into_iter()
        .map(|((from, to), found)| if found { content } else { token.get(from..to).unwrap_or("") })
        .collect())
}
