//! SentencePiece models as tokenizers: texts are cut as the sentencepiece library cuts them, and pieces have the ids that
//! the model's family gives them, with its special tokens around a text.
//!
//! Special tokens written out in a text are taken as such, and a text goes on after them as if it began there, as
//! transformers has it; the sentencepiece library knows no such tokens.

use super::proto::{Kind, Model};
use super::settings::{Settings, content};
use super::{Converted, bounded, template, unknown_class};
use crate::intake::error::IntakeError;
use crate::intake::vocabulary::{limit, malformed};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use std::collections::{HashMap, HashSet};

/// The score of pieces that are always kept whole, and of those that the model must not choose.
const WHOLE: f64 = 10_000.0;
const DOWN: f64 = -100.0;
/// Most pairs of pieces that can be joined; the largest vocabularies in use have half a million.
const MERGES: usize = 4_000_000;
/// Most further ids of T5, and of Pegasus.
const EXTRA_IDS: u64 = 1_000;

/// The families of models and their ids.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Family {
    Plain,
    T5,
    Albert,
    Xlnet,
    XlmRoberta,
    Camembert,
    Pegasus,
    Llama,
}

/// Tokens before and after a text, with their segments; `$A` is the text.
type Around = Vec<(String, u32)>;

/// Pieces in the order of their ids, and what is put around a text.
struct Layout {
    vocab: Vec<(String, f64, Kind)>,
    unk: usize,
    /// Special tokens, in the order in which new ones are numbered.
    special: Vec<Value>,
    around: Around,
}

/// Builds the tokenizer of a model; `at` is its file.
pub(super) fn convert(at: &str, model: &Model, settings: &Settings) -> Result<Converted, IntakeError> {
    let family = family(at, model, settings)?;
    build(at, family, layout(at, family, model, settings)?, model, settings)
}

/// The model of a source language, whose pieces are numbered elsewhere.
pub(super) fn source(at: &str, model: &Model, special: &[String], eos: &str) -> Result<Converted, IntakeError> {
    let vocab =
        model.pieces.iter().map(|piece| (piece.text.clone(), score(piece.score, piece.kind), piece.kind)).collect();
    let special = special.iter().map(|token| json!({"content": token, "special": true})).collect();
    let around = vec![("$A".to_owned(), 0), (eos.to_owned(), 0)];
    build(at, Family::Plain, Layout { vocab, unk: model.unk, special, around }, model, &Settings::default())
}

fn score(score: f32, kind: Kind) -> f64 {
    if kind == Kind::UserDefined { WHOLE } else { f64::from(score) }
}

fn build(
    at: &str,
    family: Family,
    layout: Layout,
    model: &Model,
    settings: &Settings,
) -> Result<Converted, IntakeError> {
    let mut ids = HashMap::with_capacity(layout.vocab.len());
    for (id, (piece, ..)) in layout.vocab.iter().enumerate() {
        if let Some(other) = ids.insert(piece.as_str(), bounded(id)) {
            return Err(
                malformed(at, "a piece stands twice").because("each piece once", format!("pieces {other} and {id}"))
            );
        }
    }
    let id_of = |token: &str| ids.get(token).copied();
    let added = settings.added_tokens(&layout.special, &id_of, bounded(layout.vocab.len()))?;
    let mut special = Vec::new();
    for (token, _) in layout.around.iter().filter(|(token, _)| token != "$A") {
        let of = added.iter().find(|one| content(one) == Some(token)).and_then(|one| one["id"].as_u64());
        let id = of.or_else(|| id_of(token).map(u64::from));
        special.push((token.as_str(), id.ok_or_else(|| malformed(at, "a special token is not in the vocabulary"))?));
    }
    let around: Vec<(&str, u32)> = layout.around.iter().map(|(token, segment)| (token.as_str(), *segment)).collect();
    let post = if special.is_empty() { Value::Null } else { template(&around, &special) };
    let user: Vec<&str> = if as_added(model) { Vec::new() } else { whole(model).collect() };
    let (normalizer, cut) = steps(family, model, settings, &user)?;
    let root = json!({
        "version": "1.0",
        "added_tokens": added,
        "normalizer": normalizer,
        "pre_tokenizer": cut,
        "post_processor": post,
        "decoder": decoder(model),
        "model": if model.bpe { joined(at, &layout, model, &user)? } else { likeliest(&layout, model) },
    });
    Ok(Converted::new(at, root))
}

fn family(at: &str, model: &Model, settings: &Settings) -> Result<Family, IntakeError> {
    let family = match settings.class() {
        Some("T5") => Family::T5,
        Some("Albert") => Family::Albert,
        Some("XLNet") => Family::Xlnet,
        Some("XLMRoberta") => Family::XlmRoberta,
        Some("Camembert") => Family::Camembert,
        Some("Pegasus") => Family::Pegasus,
        Some("Llama" | "Gemma" | "CodeLlama") => Family::Llama,
        Some(other) => return Err(unknown_class(at, other)),
        None if at == "sentencepiece.bpe.model" => Family::XlmRoberta,
        None => Family::Plain,
    };
    if model.bpe && !matches!(family, Family::Plain | Family::Llama) {
        return Err(malformed(at, "the class of the tokenizer has a unigram model").because("a unigram model", "BPE"));
    }
    Ok(family)
}

fn layout(at: &str, family: Family, model: &Model, settings: &Settings) -> Result<Layout, IntakeError> {
    let piece = |token: &str, score: f64| (token.to_owned(), score, Kind::Control);
    let own = |skip: usize| {
        model.pieces.iter().skip(skip).map(|piece| {
            // SentencePiece learnt numbers with commas; ALBERT and XLNet cut them.
            let comma = matches!(family, Family::Albert | Family::Xlnet) && ends_as_number(&piece.text);
            (piece.text.clone(), score(piece.score, piece.kind) + if comma { DOWN } else { 0.0 }, piece.kind)
        })
    };
    let vocab: Vec<_> = match family {
        Family::Plain | Family::Llama | Family::Albert | Family::Xlnet => own(0).collect(),
        Family::T5 => {
            let extra = settings.number("extra_ids", 100, EXTRA_IDS)?;
            own(0).chain((0..extra).rev().map(|n| piece(&format!("<extra_id_{n}>"), 0.0))).collect()
        }
        Family::XlmRoberta => {
            let head = ["<s>", "<pad>", "</s>", "<unk>"].map(|token| piece(token, 0.0));
            head.into_iter().chain(own(3)).chain([piece("<mask>", 0.0)]).collect()
        }
        Family::Camembert => {
            let head = ["<s>NOTUSED", "<pad>", "</s>NOTUSED", "<unk>"].map(|token| piece(token, 0.0));
            head.into_iter().chain([piece("<unk>NOTUSED", DOWN)]).chain(own(1)).chain([piece("<mask>", 0.0)]).collect()
        }
        Family::Pegasus => {
            let offset = settings.number("offset", 103, EXTRA_IDS)?;
            let head = ["<pad>", "</s>", "<mask_1>", "<mask_2>"].map(|token| piece(token, 0.0));
            head.into_iter().chain((2..offset).map(|n| piece(&format!("<unk_{n}>"), DOWN))).chain(own(2)).collect()
        }
    };
    let unk = match family {
        Family::XlmRoberta | Family::Camembert => 3,
        Family::Pegasus => vocab.iter().position(|(_, _, kind)| *kind == Kind::Unknown).unwrap_or(0),
        _ => model.unk,
    };
    let expected: &[(usize, &str)] = match family {
        Family::XlmRoberta => &[(0, "<unk>"), (1, "<s>"), (2, "</s>")],
        Family::Camembert => &[(0, "<unk>")],
        Family::Pegasus => &[(0, "<pad>"), (1, "</s>")],
        _ => &[],
    };
    if let Some((place, token)) =
        expected.iter().find(|(place, token)| model.pieces.get(*place).is_none_or(|piece| piece.text != *token))
    {
        return Err(malformed(at, format!("piece {place} is not what the class of the tokenizer says"))
            .because(*token, model.pieces.get(*place).map_or("no piece", |piece| piece.text.as_str())));
    }
    let (special, around) = specials(family, model, settings, &vocab)?;
    Ok(Layout { vocab, unk, special, around })
}

/// Pieces that always stay whole.
fn whole(model: &Model) -> impl Iterator<Item = &str> {
    model.pieces.iter().filter(|piece| piece.kind == Kind::UserDefined).map(|piece| piece.text.as_str())
}

/// Whether they can be added tokens, of which there may be thousands: where a text goes on after them as it would without.
fn as_added(model: &Model) -> bool {
    !model.dummy_prefix && !model.trims
}

/// A digit and a comma at the end.
fn ends_as_number(piece: &str) -> bool {
    let mut last = piece.chars().rev();
    last.next() == Some(',') && last.next().is_some_and(char::is_numeric)
}

/// Special tokens of a family, and what is put around a text.
fn specials(
    family: Family,
    model: &Model,
    settings: &Settings,
    vocab: &[(String, f64, Kind)],
) -> Result<(Vec<Value>, Around), IntakeError> {
    let roles: &[(&str, &str)] = match family {
        Family::Plain => &[],
        Family::T5 => &[("eos_token", "</s>"), ("unk_token", "<unk>"), ("pad_token", "<pad>")],
        Family::Albert => &[
            ("bos_token", "[CLS]"),
            ("eos_token", "[SEP]"),
            ("unk_token", "<unk>"),
            ("sep_token", "[SEP]"),
            ("pad_token", "<pad>"),
            ("cls_token", "[CLS]"),
            ("mask_token", "[MASK]"),
        ],
        Family::Xlnet => &[
            ("bos_token", "<s>"),
            ("eos_token", "</s>"),
            ("unk_token", "<unk>"),
            ("sep_token", "<sep>"),
            ("pad_token", "<pad>"),
            ("cls_token", "<cls>"),
            ("mask_token", "<mask>"),
        ],
        Family::XlmRoberta | Family::Camembert => &[
            ("bos_token", "<s>"),
            ("eos_token", "</s>"),
            ("unk_token", "<unk>"),
            ("pad_token", "<pad>"),
            ("mask_token", "<mask>"),
        ],
        Family::Pegasus => {
            &[("eos_token", "</s>"), ("unk_token", "<unk>"), ("pad_token", "<pad>"), ("mask_token", "<mask_2>")]
        }
        Family::Llama => &[("bos_token", "<s>"), ("eos_token", "</s>"), ("unk_token", "<unk>")],
    };
    let mut special: Vec<Value> = Vec::new();
    let control = vocab.iter().filter(|(_, _, kind)| *kind == Kind::Control);
    special.extend(control.map(|(token, ..)| json!({"content": token, "special": true})));
    for (role, default) in roles {
        special.extend(settings.role(role, Some(default))?);
    }
    let named = |role: &str| {
        let default = roles.iter().find(|(name, _)| *name == role).map_or("", |(_, token)| token);
        settings.named(role, default)
    };
    let text = ("$A".to_owned(), 0);
    let around = match family {
        Family::Plain => Vec::new(),
        Family::T5 | Family::Pegasus => vec![text, (named("eos_token")?, 0)],
        Family::Albert => vec![(named("cls_token")?, 0), text, (named("sep_token")?, 0)],
        Family::Xlnet => vec![text, (named("sep_token")?, 0), (named("cls_token")?, 2)],
        Family::XlmRoberta | Family::Camembert => vec![(named("bos_token")?, 0), text, (named("eos_token")?, 0)],
        Family::Llama => {
            let mut around = Vec::new();
            if settings.flag("add_bos_token", true)? {
                around.push((named("bos_token")?, 0));
            }
            around.push(text);
            if settings.flag("add_eos_token", false)? {
                around.push((named("eos_token")?, 0));
            }
            around
        }
    };
    if as_added(model) {
        let user = |piece: &str| json!({"content": piece, "special": false, "normalized": true});
        special.extend(whole(model).map(user));
    }
    // Where bytes and whole pieces have their kinds, the piece for the unknown is special too.
    special.extend(
        model
            .pieces
            .get(model.unk)
            .filter(|_| family == Family::Plain)
            .map(|unk| json!({"content": unk.text, "special": true})),
    );
    Ok((special, around))
}

/// What is done to a text, and how pieces that stay whole are set apart.
fn steps(family: Family, model: &Model, settings: &Settings, user: &[&str]) -> Result<(Value, Value), IntakeError> {
    let replace = |pattern: Value, content: &str| json!({"type": "Replace", "pattern": pattern, "content": content});
    let mut steps = Vec::new();
    if matches!(family, Family::Albert | Family::Xlnet) {
        // The dealings of the two with text before SentencePiece sees it.
        steps.extend(["``", "''"].map(|quote| replace(json!({"String": quote}), "\"")));
        if !settings.flag("keep_accents", false)? {
            steps.extend(["NFKD", "StripAccents"].map(|kind| json!({"type": kind})));
        }
        if settings.flag("do_lower_case", family == Family::Albert)? {
            steps.push(json!({"type": "Lowercase"}));
        }
    }
    if !model.charsmap.is_empty() {
        steps.push(json!({"type": "Precompiled", "precompiled_charsmap": STANDARD.encode(&model.charsmap)}));
    }
    if model.trims {
        steps.push(replace(json!({"Regex": " {2,}"}), " "));
        steps.push(replace(json!({"Regex": r"\A "}), ""));
    }
    let first = family == Family::Llama && !settings.flag("legacy", true)?;
    let prefix = model.dummy_prefix && settings.flag("add_prefix_space", true)?;
    if !first {
        steps.push(replace(json!({"String": " "}), "▁"));
    }
    if model.trims {
        steps.push(replace(json!({"Regex": "[▁ ]+\\z"}), ""));
    }
    if prefix && !first {
        steps.push(json!({"type": "Prepend", "prepend": "▁"}));
    }
    let mut cuts = Vec::new();
    if first {
        let scheme = if prefix { "first" } else { "never" };
        cuts.push(json!({"type": "Metaspace", "replacement": "▁", "prepend_scheme": scheme, "split": false}));
    }
    if !user.is_empty() {
        let mut longest = user.to_vec();
        longest.sort_by_key(|piece| std::cmp::Reverse(piece.len()));
        let pattern = longest.iter().map(|piece| regex_syntax::escape(piece)).collect::<Vec<_>>().join("|");
        cuts.push(json!({"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": false}));
    }
    let cuts = if cuts.is_empty() { Value::Null } else { json!({"type": "Sequence", "pretokenizers": cuts}) };
    Ok((json!({"type": "Sequence", "normalizers": steps}), cuts))
}

fn decoder(model: &Model) -> Value {
    let mut steps = vec![json!({"type": "Replace", "pattern": {"String": "▁"}, "content": " "})];
    if model.byte_fallback {
        steps.push(json!({"type": "ByteFallback"}));
    }
    steps.push(json!({"type": "Fuse"}));
    if model.dummy_prefix {
        steps.push(json!({"type": "Strip", "content": " ", "start": 1, "stop": 0}));
    }
    json!({"type": "Sequence", "decoders": steps})
}

fn likeliest(layout: &Layout, model: &Model) -> Value {
    let vocab: Vec<Value> = layout.vocab.iter().map(|(piece, score, _)| json!([piece, score])).collect();
    json!({"type": "Unigram", "unk_id": layout.unk, "vocab": vocab, "byte_fallback": model.byte_fallback})
}

/// Two pieces are joined where the whole is a piece; the likeliest whole comes first.
fn joined(at: &str, layout: &Layout, model: &Model, user: &[&str]) -> Result<Value, IntakeError> {
    let normal: HashSet<&str> =
        layout.vocab.iter().filter(|(_, _, kind)| *kind == Kind::Normal).map(|(piece, ..)| piece.as_str()).collect();
    let mut wholes: Vec<(usize, &str, f64)> = layout
        .vocab
        .iter()
        .enumerate()
        .filter(|(_, (_, _, kind))| *kind == Kind::Normal)
        .map(|(id, (piece, score, _))| (id, piece.as_str(), *score))
        .collect();
    wholes.sort_by(|one, other| other.2.total_cmp(&one.2).then(one.0.cmp(&other.0)));
    let mut merges = Vec::new();
    for (_, whole, _) in wholes {
        for (place, _) in whole.char_indices().skip(1) {
            let (left, right) = whole.split_at(place);
            if normal.contains(left) && normal.contains(right) {
                merges.push(json!([left, right]));
            }
        }
        if merges.len() > MERGES {
            return Err(limit(at, "the pieces can be joined in too many ways", MERGES, "more"));
        }
    }
    let vocab: Map<String, Value> =
        layout.vocab.iter().enumerate().map(|(id, (piece, ..))| (piece.clone(), Value::from(id))).collect();
    let unk = layout.vocab.get(layout.unk).map(|(piece, ..)| piece);
    Ok(json!({"type": "BPE", "dropout": null, "unk_token": unk, "continuing_subword_prefix": null,
        "end_of_word_suffix": null, "fuse_unk": true, "byte_fallback": model.byte_fallback,
        "ignore_merges": !user.is_empty(), "vocab": vocab, "merges": merges}))
}
