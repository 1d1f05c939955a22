//! The steps of a tokenizer around its model: what is done to a text before it is cut into words, how it is cut, and
//! what is put around the ids.
//!
//! Steps are built by the type they name, never guessed from their fields, so that what was checked is what runs. Those
//! with patterns are the checker's own; all others are the library's. Each pays for what it reads and writes.

use super::charsmap;
use super::error::{IntakeError, printable};
use super::meter::{BYTE, Meter, PIECE, Spent, guarded};
use super::pattern::{CLASSES, Counted, Pattern};
use super::vocabulary::{limit, malformed};
use serde::Deserialize;
use serde_json::Value;
use tokenizers::normalizers::BertNormalizer;
use tokenizers::pattern::Invert;
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::pre_tokenizers::delimiter::CharDelimiterSplit;
use tokenizers::processors::bert::BertProcessing;
use tokenizers::processors::roberta::RobertaProcessing;
use tokenizers::processors::sequence::Sequence;
use tokenizers::processors::template::TemplateProcessing;
use tokenizers::{
    AddedVocabulary, NormalizedString, Normalizer, NormalizerWrapper, OffsetReferential, OffsetType,
    PostProcessorWrapper, PreTokenizedString, PreTokenizer, PreTokenizerWrapper, SplitDelimiterBehavior,
};

/// Most steps of a kind, nested ones counted.
const STEPS: usize = 64;
/// Longest text put before another, and longest put in the place of a match, in bytes.
const PREFIX_BYTES: usize = 64;
const CONTENT_BYTES: usize = 256;
/// Bytes of all that a file says about what is put around ids.
const PROCESSOR_BYTES: usize = 64 << 10;

/// Normalisers that the library reads as they are. What they write for a character is bounded by Unicode.
const NORMALISERS: [&str; 11] =
    ["ByteLevel", "Lowercase", "NFC", "NFD", "NFKC", "NFKD", "Nmt", "Precompiled", "Prepend", "Strip", "StripAccents"];
/// Pre-tokenisers that the library reads as they are.
const SPLITTERS: [&str; 9] = [
    "BertPreTokenizer",
    "ByteLevel",
    "Digits",
    "FixedLength",
    "Metaspace",
    "Punctuation",
    "UnicodeScripts",
    "Whitespace",
    "WhitespaceSplit",
];

/// What is done to a text before it is cut into words, and how it is cut.
#[derive(Debug)]
pub(super) struct Steps {
    normalisers: Vec<Normaliser>,
    splitters: Vec<Splitter>,
}

#[derive(Debug)]
enum Normaliser {
    Library(Box<NormalizerWrapper>),
    Replace { pattern: Pattern, content: String },
}

#[derive(Debug)]
enum Splitter {
    Library(Box<PreTokenizerWrapper>),
    Pattern { pattern: Pattern, behavior: SplitDelimiterBehavior, invert: bool },
}

impl Steps {
    /// Reads the steps of a file; `at` is its name.
    pub(super) fn new(root: &Value, at: &str) -> Result<Self, IntakeError> {
        let mut room = CLASSES;
        let place = format!("{at}: normalizer");
        let steps = leaves(root.get("normalizer"), "normalizers", &place)?;
        let normalisers =
            steps.into_iter().map(|step| normaliser(step, &mut room, &place)).collect::<Result<_, _>>()?;
        let place = format!("{at}: pre_tokenizer");
        let steps = leaves(root.get("pre_tokenizer"), "pretokenizers", &place)?;
        let splitters = steps.into_iter().map(|step| splitter(step, &mut room, &place)).collect::<Result<_, _>>()?;
        Ok(Self { normalisers, splitters })
    }

    /// The normalisers as one, at the expense of `meter`.
    pub(super) fn normaliser<'s>(&'s self, meter: &'s Meter) -> Metered<'s> {
        Metered { steps: &self.normalisers, meter }
    }

    /// A text cut into words, and added tokens, which are not cut further.
    pub(super) fn words(
        &self,
        added: &AddedVocabulary,
        text: &str,
        meter: &Meter,
    ) -> tokenizers::Result<PreTokenizedString> {
        let mut pieces = added.extract_and_normalize(Some(&self.normaliser(meter)), text);
        // The library drops the errors of normalisers; the meter remembers them.
        charge(&pieces, meter)?;
        for splitter in &self.splitters {
            splitter.apply(&mut pieces, meter)?;
            charge(&pieces, meter)?;
        }
        Ok(pieces)
    }
}

/// Normalisers at work.
pub(super) struct Metered<'s> {
    steps: &'s [Normaliser],
    meter: &'s Meter,
}

impl Normalizer for Metered<'_> {
    fn normalize(&self, text: &mut NormalizedString) -> tokenizers::Result<()> {
        let done = self.steps.iter().try_for_each(|step| step.apply(text, self.meter));
        if done.is_err() {
            self.meter.stop();
        }
        done
    }
}

impl Normaliser {
    fn apply(&self, text: &mut NormalizedString, meter: &Meter) -> tokenizers::Result<()> {
        match self {
            Self::Library(step) => step.normalize(text)?,
            Self::Replace { pattern, content } => {
                text.replace(Counted { pattern, meter, content: content.len() }, content)?;
            }
        }
        meter.hold(text.len())?;
        meter.spend(PIECE.saturating_add(BYTE.saturating_mul(text.len() as u64)))?;
        Ok(())
    }
}

impl Splitter {
    fn apply(&self, pieces: &mut PreTokenizedString, meter: &Meter) -> tokenizers::Result<()> {
        match self {
            Self::Library(step) => step.pre_tokenize(pieces),
            Self::Pattern { pattern, behavior, invert } => {
                let counted = Counted { pattern, meter, content: 0 };
                pieces.split(|_, text| match *invert {
                    true => text.split(Invert(counted), *behavior),
                    false => text.split(counted, *behavior),
                })
            }
        }
    }
}

/// Charges for the pieces as they are now.
fn charge(pieces: &PreTokenizedString, meter: &Meter) -> Result<(), Spent> {
    let pieces = pieces.get_splits(OffsetReferential::Normalized, OffsetType::Byte);
    let bytes = pieces.iter().map(|(text, ..)| text.len()).sum::<usize>();
    meter.hold(bytes)?;
    meter.spend(PIECE.saturating_mul(pieces.len() as u64).saturating_add(BYTE.saturating_mul(bytes as u64)))
}

/// The steps of nested sequences. Depth is bounded by the JSON reader.
pub(super) fn leaves<'v>(step: Option<&'v Value>, inner: &str, at: &str) -> Result<Vec<&'v Value>, IntakeError> {
    let mut leaves = Vec::new();
    match step {
        None | Some(Value::Null) => {}
        Some(step) => gather(step, inner, at, &mut leaves)?,
    }
    Ok(leaves)
}

fn gather<'v>(step: &'v Value, inner: &str, at: &str, leaves: &mut Vec<&'v Value>) -> Result<(), IntakeError> {
    if kind(step) != "Sequence" {
        leaves.push(step);
        return if leaves.len() > STEPS {
            Err(limit(at, "the tokenizer has too many steps", STEPS, "more"))
        } else {
            Ok(())
        };
    }
    let parts = step.get(inner).and_then(Value::as_array);
    let parts = parts.ok_or_else(|| malformed(at, format!("`{inner}` is not a list")))?;
    parts.iter().try_for_each(|part| gather(part, inner, at, leaves))
}

fn kind(step: &Value) -> &str {
    step.get("type").and_then(Value::as_str).unwrap_or_default()
}

fn unknown(at: &str) -> IntakeError {
    malformed(at, "a step has no known type")
}

fn normaliser(step: &Value, room: &mut usize, at: &str) -> Result<Normaliser, IntakeError> {
    let library = |step: NormalizerWrapper| Normaliser::Library(Box::new(step));
    match kind(step) {
        "Replace" => {
            let (pattern, content) = replacement(step, room, at)?;
            Ok(Normaliser::Replace { pattern, content })
        }
        // The library reads the name it writes by guessing, and knows another.
        "Bert" | "BertNormalizer" => {
            guarded("read", at, || Ok(library(NormalizerWrapper::BertNormalizer(BertNormalizer::deserialize(step)?))))
        }
        name if NORMALISERS.contains(&name) => {
            let prefix = step.get("prepend").and_then(Value::as_str).map_or(0, str::len);
            if prefix > PREFIX_BYTES {
                return Err(limit(at, "a normaliser puts too much into a text (bytes)", PREFIX_BYTES, prefix));
            }
            if name == "Precompiled" {
                charsmap::check(step.get("precompiled_charsmap").and_then(Value::as_str).unwrap_or_default(), at)?;
            }
            guarded("read", at, || Ok(library(NormalizerWrapper::deserialize(step)?)))
        }
        _ => Err(unknown(at)),
    }
}

/// What a step looks for, and what it puts in its place.
pub(super) fn replacement(step: &Value, room: &mut usize, at: &str) -> Result<(Pattern, String), IntakeError> {
    let content = step.get("content").and_then(Value::as_str);
    let content = content.ok_or_else(|| malformed(at, "a step has no content"))?;
    if content.len() > CONTENT_BYTES {
        return Err(limit(at, "a step puts too much into a text (bytes)", CONTENT_BYTES, content.len()));
    }
    Ok((pattern(step, room, at)?, content.to_owned()))
}

fn splitter(step: &Value, room: &mut usize, at: &str) -> Result<Splitter, IntakeError> {
    let library = |step: PreTokenizerWrapper| Splitter::Library(Box::new(step));
    match kind(step) {
        "Split" => {
            let pattern = pattern(step, room, at)?;
            let [behavior, invert] = ["behavior", "invert"].map(|name| step.get(name).cloned().unwrap_or_default());
            guarded("read", at, || {
                let (behavior, invert) = (serde_json::from_value(behavior)?, serde_json::from_value(invert)?);
                Ok(Splitter::Pattern { pattern, behavior, invert })
            })
        }
        // The library reads the name it writes by guessing, and knows another.
        "CharDelimiterSplit" => {
            guarded("read", at, || Ok(library(PreTokenizerWrapper::Delimiter(CharDelimiterSplit::deserialize(step)?))))
        }
        name if SPLITTERS.contains(&name) => {
            guarded("read", at, || Ok(library(PreTokenizerWrapper::deserialize(step)?)))
        }
        _ => Err(unknown(at)),
    }
}

/// `{"String": …}`, which is looked for as it is, or `{"Regex": …}`.
fn pattern(step: &Value, room: &mut usize, at: &str) -> Result<Pattern, IntakeError> {
    let pattern = step.get("pattern").and_then(Value::as_object).filter(|pattern| pattern.len() == 1);
    let text = |name: &str| pattern.and_then(|pattern| pattern.get(name)).and_then(Value::as_str);
    match (text("String"), text("Regex")) {
        (Some(text), _) if text.len() > CONTENT_BYTES => {
            Err(limit(at, "a step looks for too long a text (bytes)", CONTENT_BYTES, text.len()))
        }
        (Some(text), _) => Ok(Pattern::literal(text)),
        (None, Some(text)) => guarded("read", at, || Ok(Pattern::new(text, room)))?
            .map_err(|why| malformed(at, format!("a pattern cannot be read: {}", printable(&why)))),
        (None, None) => Err(malformed(at, "a step has no pattern")),
    }
}

/// What is put around the ids; `at` is the file.
pub(super) fn processor(root: &Value, at: &str) -> Result<Option<PostProcessorWrapper>, IntakeError> {
    let place = format!("{at}: post_processor");
    let Some(step) = root.get("post_processor").filter(|step| !step.is_null()) else { return Ok(None) };
    let weight = weight(step);
    if weight > PROCESSOR_BYTES {
        return Err(limit(&place, "what is put around ids is too long (bytes)", PROCESSOR_BYTES, weight));
    }
    leaves(Some(step), "processors", &place)?.into_iter().try_for_each(|step| check_template(step, &place))?;
    guarded("read", &place, || build_processor(step)).map(Some)
}

fn build_processor(step: &Value) -> tokenizers::Result<PostProcessorWrapper> {
    Ok(match kind(step) {
        "BertProcessing" => BertProcessing::deserialize(step)?.into(),
        "RobertaProcessing" => RobertaProcessing::deserialize(step)?.into(),
        "ByteLevel" => ByteLevel::deserialize(step)?.into(),
        "TemplateProcessing" => TemplateProcessing::deserialize(step)?.into(),
        "Sequence" => {
            let parts = step.get("processors").and_then(Value::as_array).ok_or("`processors` is not a list")?;
            Sequence::new(parts.iter().map(build_processor).collect::<tokenizers::Result<Vec<_>>>()?).into()
        }
        _ => return Err("a step has no known type".into()),
    })
}

/// A template may use each text once, with a few special tokens around it.
fn check_template(step: &Value, at: &str) -> Result<(), IntakeError> {
    for name in ["single", "pair"] {
        let pieces = step.get(name).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let uses = |text: &str| {
            let is = |piece: &&Value| piece.pointer("/Sequence/id").and_then(Value::as_str) == Some(text);
            pieces.iter().filter(is).count()
        };
        let most = uses("A").max(uses("B"));
        if most > 1 || pieces.len() > STEPS {
            return Err(limit(at, "the template repeats the text or is too long", 1, most));
        }
    }
    let specials = step.get("special_tokens").and_then(Value::as_object);
    let longest =
        specials.into_iter().flatten().filter_map(|(_, token)| Some(token.get("ids")?.as_array()?.len())).max();
    match longest {
        Some(longest) if longest > STEPS => Err(limit(at, "a special token stands for too many ids", STEPS, longest)),
        _ => Ok(()),
    }
}

/// About as many bytes as the value has as text. Depth is bounded by the JSON reader.
fn weight(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(|item| weight(item) + 1).sum(),
        Value::Object(fields) => fields.iter().map(|(name, field)| name.len() + weight(field) + 1).sum(),
        _ => 1,
    }
}
