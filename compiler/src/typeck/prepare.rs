//! The steps by which a column is prepared before a model reads it, and what the author says of sources: words and
//! numbers checked here, done in `runtime`. Knows no pictures, no sound and no licences.

use crate::diag::{Diagnostic, Sink, code, one_of};
use crate::eval::{self, Value};
use crate::resolve::unknown;
use crate::standard::{ColumnType, FieldSpec, Filter, NoteSpec, PrepareSpec, Step};
use lmstd_grammar::ast::{Argument, Dataset, Expr, ExprKind, Name, Note, Prepare};
use lmstd_grammar::span::Span;
use std::collections::HashSet;

/// What the values of a column are on the way: a step takes one and gives one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stuff {
    /// A text.
    Text,
    /// The words of a text.
    Words,
    /// A number.
    Number,
    /// A file with a picture or a recording, not yet decoded.
    File,
    /// A decoded picture.
    Picture,
    /// Planes of numbers.
    Planes,
    /// Samples of a recording.
    Sound,
}

/// A step: word, what it takes and gives, its parameters, and what it is for.
pub struct StepRow {
    /// Its word.
    pub word: &'static str,
    /// What it takes.
    pub takes: Stuff,
    /// What it gives.
    pub gives: Stuff,
    /// Its parameters, in order.
    pub params: &'static [&'static str],
    /// One line for readers.
    pub doc: &'static str,
}

/// Every step, by what it takes.
pub const STEPS: &[StepRow] = &[
    row("nfc", Stuff::Text, Stuff::Text, &[], "Unicode normalisation form C."),
    row("nfd", Stuff::Text, Stuff::Text, &[], "Unicode normalisation form D."),
    row("nfkc", Stuff::Text, Stuff::Text, &[], "Unicode normalisation form KC."),
    row("clean", Stuff::Text, Stuff::Text, &[], "No control characters, and one blank for each run of white space."),
    row("lower", Stuff::Text, Stuff::Text, &[], "Small letters."),
    row("strip", Stuff::Text, Stuff::Text, &[], "No white space at the ends."),
    row("tokenise", Stuff::Text, Stuff::Words, &[], "The words between blanks."),
    row(
        "embed",
        Stuff::Words,
        Stuff::Planes,
        &["table", "sha256"],
        "The vectors of words from a table in the form of word2vec or GloVe; zeros for a word that it does not have.",
    ),
    row("scale", Stuff::Number, Stuff::Number, &["mean", "std"], "Less `mean`, in units of `std`."),
    row("decode", Stuff::File, Stuff::Picture, &["mode"], "The picture as `rgb` or `grey`."),
    row("resize", Stuff::Picture, Stuff::Picture, &["height", "width", "filter"], "As Pillow resizes."),
    row(
        "shortest",
        Stuff::Picture,
        Stuff::Picture,
        &["edge", "filter"],
        "The shorter edge at a length, proportions kept.",
    ),
    row("crop", Stuff::Picture, Stuff::Picture, &["height", "width"], "The middle."),
    row("rescale", Stuff::Picture, Stuff::Planes, &["by"], "Numbers, divided by `by`."),
    row(
        "normalise",
        Stuff::Planes,
        Stuff::Planes,
        &["mean", "std"],
        "Each channel less its mean, in units of its deviation.",
    ),
    row("resample", Stuff::File, Stuff::Sound, &["rate"], "One channel at so many samples a second."),
    row("standardise", Stuff::Sound, Stuff::Sound, &[], "Mean 0 and variance 1."),
    row("log_mel", Stuff::Sound, Stuff::Planes, &["mels"], "Half a minute of log-mel spectrum, as Whisper reads it."),
];

const fn row(
    word: &'static str,
    takes: Stuff,
    gives: Stuff,
    params: &'static [&'static str],
    doc: &'static str,
) -> StepRow {
    StepRow { word, takes, gives, params, doc }
}

/// The checked preparations; what does not fit is reported and left out.
pub fn check(dataset: &Dataset, fields: &[FieldSpec], sink: &mut Sink) -> Vec<PrepareSpec> {
    let mut seen = HashSet::new();
    let mut prepares = Vec::new();
    for prepare in &dataset.prepares {
        let Some(field) = fields.iter().find(|field| field.name == prepare.column.value) else {
            let names = fields.iter().map(|field| field.name.as_str());
            sink.push(unknown(&code::UNKNOWN_WORD, "column", &prepare.column, "", names));
            continue;
        };
        if !seen.insert(field.name.clone()) {
            let message = format!("the column `{}` is prepared twice", field.name);
            let fault = Diagnostic::error(&code::REPEATED, prepare.column.span, message);
            sink.push(fault.here("the second").help("write all steps in one `prepare`"));
        }
        prepares.push(PrepareSpec { column: field.name.clone(), steps: steps(prepare, field, sink) });
    }
    prepares
}

fn steps(prepare: &Prepare, field: &FieldSpec, sink: &mut Sink) -> Vec<Step> {
    let mut stuff = match field.ty {
        ColumnType::Text => Stuff::Text,
        ColumnType::Int | ColumnType::Real => Stuff::Number,
        ColumnType::Image | ColumnType::Audio => Stuff::File,
        _ => {
            let message = format!("the column `{}` holds nothing that can be prepared", field.name);
            let fault = Diagnostic::error(&code::BAD_FIELD_RULE, prepare.column.span, message);
            sink.push(fault.help("texts, numbers, pictures and recordings are prepared"));
            return Vec::new();
        }
    };
    let mut steps = Vec::new();
    for expr in &prepare.steps {
        let (word, arguments): (&Name, &[Argument]) = match &expr.kind {
            ExprKind::Call { callee, arguments } => (callee, arguments),
            ExprKind::Path(path) if path.len() == 1 => (&path[0], &[]),
            ExprKind::Error => continue,
            _ => {
                let fault = Diagnostic::error(&code::NOT_A_CONDITION, expr.span, "this is no step");
                sink.push(fault.help("write for example `lower` or `resize(224, 224, bilinear)`"));
                continue;
            }
        };
        let Some(row) = STEPS.iter().find(|row| row.word == word.as_str()) else {
            sink.push(unknown(&code::UNKNOWN_WORD, "step", word, "", STEPS.iter().map(|row| row.word)));
            continue;
        };
        if row.takes != stuff || is_of_other_file(row.word, &field.ty) {
            let fitting = STEPS.iter().filter(|row| row.takes == stuff && !is_of_other_file(row.word, &field.ty));
            let words: Vec<&str> = fitting.map(|row| row.word).collect();
            let message = format!("`{}` cannot stand here", row.word);
            let fault = Diagnostic::error(&code::BAD_FIELD_RULE, expr.span, message);
            sink.push(fault.help(format!("what can follow is {}", one_of(&words))));
            continue;
        }
        stuff = row.gives;
        steps.extend(step(row, word, arguments, sink));
    }
    steps
}

/// A picture is not resampled and a recording not decoded as a picture.
fn is_of_other_file(word: &str, ty: &ColumnType) -> bool {
    matches!((word, ty), ("decode", ColumnType::Audio) | ("resample", ColumnType::Image))
}

/// The arguments of a step by parameter.
struct Given<'a> {
    word: &'a Name,
    values: Vec<Option<(&'a Expr, Value)>>,
    params: &'static [&'static str],
}

fn step(row: &'static StepRow, word: &Name, arguments: &[Argument], sink: &mut Sink) -> Option<Step> {
    let given = Given::of(row, word, arguments, sink)?;
    Some(match row.word {
        "nfc" => Step::Nfc,
        "nfd" => Step::Nfd,
        "nfkc" => Step::Nfkc,
        "clean" => Step::Clean,
        "lower" => Step::Lower,
        "strip" => Step::Strip,
        "tokenise" => Step::Tokenise,
        "embed" => Step::Embed { table: given.path("table", sink)?, sha256: given.digest("sha256", sink)? },
        "scale" => Step::Scale { mean: given.number("mean", sink)?, std: given.positive("std", sink)? },
        "decode" => Step::Decode { grey: given.word("mode", &["rgb", "grey"], sink)? == "grey" },
        "resize" => Step::Resize {
            height: given.size("height", sink)?,
            width: given.size("width", sink)?,
            filter: given.filter(sink)?,
        },
        "shortest" => Step::Shortest { edge: given.size("edge", sink)?, filter: given.filter(sink)? },
        "crop" => Step::Crop { height: given.size("height", sink)?, width: given.size("width", sink)? },
        "rescale" => Step::Rescale { by: given.positive("by", sink)? },
        "normalise" => Step::Normalise { mean: given.numbers("mean", sink)?, std: given.numbers("std", sink)? },
        "resample" => Step::Resample { rate: given.size("rate", sink)? },
        "standardise" => Step::Standardise,
        _ => Step::LogMel { mels: given.size("mels", sink)? },
    })
}

impl<'a> Given<'a> {
    fn of(row: &'static StepRow, word: &'a Name, arguments: &'a [Argument], sink: &mut Sink) -> Option<Given<'a>> {
        let mut values: Vec<Option<(&Expr, Value)>> = row.params.iter().map(|_| None).collect();
        for (index, argument) in arguments.iter().enumerate() {
            let place = match &argument.name {
                Some(name) => row.params.iter().position(|param| *param == name.as_str()),
                None => Some(index).filter(|index| *index < row.params.len()),
            };
            let Some(place) = place else {
                let span = argument.name.as_ref().map_or(argument.value.span, |name| name.span);
                sink.push(misfit(row, span));
                return None;
            };
            let value = match &argument.value.kind {
                ExprKind::Path(names) => Value::Text(eval::dotted(names)),
                _ => match eval::value(&argument.value, &|_| None) {
                    Ok(value) => value,
                    Err(_) => {
                        sink.push(misfit(row, argument.value.span));
                        return None;
                    }
                },
            };
            values[place] = Some((&argument.value, value));
        }
        Some(Given { word, values, params: row.params })
    }

    fn find(&self, param: &str) -> Option<&(&'a Expr, Value)> {
        let place = self.params.iter().position(|known| *known == param)?;
        self.values.get(place)?.as_ref()
    }

    /// Reports that a parameter is missing or is something else than `wanted`.
    fn needs<T>(&self, param: &str, wanted: &str, sink: &mut Sink) -> Option<T> {
        let span = self.find(param).map_or(self.word.span, |(expr, _)| expr.span);
        let message = format!("`{}` needs {wanted} as `{param}`", self.word.value);
        let all = self.params.join(", ");
        let fault = Diagnostic::error(&code::TYPE_MISMATCH, span, message);
        sink.push(fault.help(format!("write `{}({all})`", self.word.value)));
        None
    }

    fn number(&self, param: &str, sink: &mut Sink) -> Option<f64> {
        let number = self.find(param).and_then(|(_, value)| value.number()).filter(|number| number.is_finite());
        number.or_else(|| self.needs(param, "a number", sink))
    }

    fn positive(&self, param: &str, sink: &mut Sink) -> Option<f64> {
        let number = self.find(param).and_then(|(_, value)| value.number());
        number
            .filter(|number| number.is_finite() && *number > 0.0)
            .or_else(|| self.needs(param, "a number above 0", sink))
    }

    fn size(&self, param: &str, sink: &mut Sink) -> Option<u32> {
        let size = match self.find(param) {
            Some((_, Value::Int(size))) => u32::try_from(*size).ok().filter(|size| (1..=1_000_000).contains(size)),
            _ => None,
        };
        size.or_else(|| self.needs(param, "a whole number from 1 to 1,000,000", sink))
    }

    /// One number for all channels, or one for each of them.
    fn numbers(&self, param: &str, sink: &mut Sink) -> Option<Vec<f64>> {
        let numbers = match self.find(param) {
            Some((_, Value::List(list))) if !list.is_empty() => list.iter().map(Value::number).collect(),
            Some((_, value)) => value.number().map(|number| vec![number]),
            None => None,
        };
        let fits = |numbers: &Vec<f64>| {
            let finite = numbers.iter().all(|number| number.is_finite());
            finite && numbers.len() <= 64 && (param != "std" || numbers.iter().all(|number| *number > 0.0))
        };
        numbers.filter(fits).or_else(|| self.needs(param, "a number, or a list such as `[0.5, 0.5, 0.5]`,", sink))
    }

    /// A path below the folder of the data.
    fn path(&self, param: &str, sink: &mut Sink) -> Option<String> {
        let plain = |path: &str| {
            let odd = |c: char| c.is_control() || matches!(c, '"' | '\\');
            !path.contains(odd) && path.split('/').all(|part| !part.is_empty() && part != "..")
        };
        match self.find(param) {
            Some((_, Value::Text(path))) if plain(path) => Some(path.clone()),
            _ => self.needs(param, "a path below the folder of the data", sink),
        }
    }

    fn digest(&self, param: &str, sink: &mut Sink) -> Option<String> {
        match self.find(param) {
            Some((_, Value::Text(hex))) if hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
                Some(hex.to_ascii_lowercase())
            }
            _ => self.needs(param, "64 hex digits", sink),
        }
    }

    fn word(&self, param: &str, words: &[&'static str], sink: &mut Sink) -> Option<&'static str> {
        let word = match self.find(param) {
            Some((_, Value::Text(word))) => words.iter().find(|known| *known == word).copied(),
            _ => None,
        };
        word.or_else(|| self.needs(param, &one_of(words), sink))
    }

    fn filter(&self, sink: &mut Sink) -> Option<Filter> {
        Some(match self.word("filter", &["nearest", "bilinear", "bicubic"], sink)? {
            "nearest" => Filter::Nearest,
            "bilinear" => Filter::Bilinear,
            _ => Filter::Bicubic,
        })
    }
}

fn misfit(row: &StepRow, span: Span) -> Diagnostic {
    let message = format!("`{}` takes no such argument", row.word);
    let usage = match row.params {
        [] => format!("write `{}` alone", row.word),
        params => format!("write `{}({})`", row.word, params.join(", ")),
    };
    Diagnostic::error(&code::TYPE_MISMATCH, span, message).help(usage)
}

/// What the author says of sources and annotation; a source or a key that stands twice is reported.
pub fn notes(dataset: &Dataset, sink: &mut Sink) -> Vec<NoteSpec> {
    let mut names = HashSet::new();
    let twice = |name: &Name, what: &str, sink: &mut Sink| {
        let message = format!("{what} `{}` stands twice", name.value);
        sink.push(Diagnostic::error(&code::REPEATED, name.span, message).here("the second").help("keep one of them"));
    };
    let spec = |note: &Note| {
        let mut spec = NoteSpec { source: note.source.as_ref().map(|name| name.value.clone()), ..NoteSpec::default() };
        if !names.insert(spec.source.clone()) {
            match &note.source {
                Some(name) => twice(name, "the source", sink),
                None => {
                    let fault = Diagnostic::error(&code::REPEATED, note.span, "the dataset has two annotations");
                    sink.push(fault.here("the second").help("write all of it in one"));
                }
            }
        }
        for entry in &note.entries {
            if spec.entries.insert(entry.key.value.clone(), entry.value.value.clone()).is_some() {
                twice(&entry.key, "the key", sink);
            }
        }
        spec
    };
    dataset.notes.iter().map(spec).collect()
}
