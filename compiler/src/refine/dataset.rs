//! Datasets: columns with their rules, splits with their rows, and what the columns are for. What the data may be is
//! compared; what it is for the model (the classes of the target, a column's role) and which file holds a split is the
//! same or another.

use super::words::{self, Who};
use super::{Gap, Pair, Part};
use crate::eval::Value;
use crate::standard::{ColumnType, DatasetSpec, FieldSpec, NoteSpec, PrepareSpec, SplitSpec, Step};
use crate::values::Values;

/// The parts in which two datasets of one name differ.
pub(super) fn parts(pair: &Pair, old: &DatasetSpec, new: &DatasetSpec) -> Vec<Part> {
    let mut parts = roles(old, new);
    for field in &new.fields {
        let before = old.fields.iter().find(|other| other.name == field.name);
        parts.push(column(pair, before, Some(field), is_target(field, old, new)));
    }
    let gone = old.fields.iter().filter(|field| new.fields.iter().all(|other| other.name != field.name));
    parts.extend(gone.map(|field| column(pair, Some(field), None, false)));
    for split in &new.splits {
        let before = old.splits.iter().find(|other| other.name == split.name);
        parts.push(rows(pair, before, Some(split)));
    }
    let gone = old.splits.iter().filter(|split| new.splits.iter().all(|other| other.name != split.name));
    parts.extend(gone.map(|split| rows(pair, Some(split), None)));
    let preparation = |spec: &DatasetSpec| written_all(&spec.prepares, written_prepare);
    parts.push(another(preparation(old), preparation(new)));
    let notes = |spec: &DatasetSpec| written_all(&spec.notes, written_note);
    parts.push(another(notes(old), notes(new)));
    parts.retain(|part| part.loose.is_some() || part.tight.is_some());
    parts
}

/// A dataset in one line.
pub(super) fn written(spec: &DatasetSpec) -> String {
    let fields = spec.fields.iter().map(written_field);
    fields.chain(spec.splits.iter().map(written_split)).collect::<Vec<_>>().join("; ")
}

fn is_target(field: &FieldSpec, old: &DatasetSpec, new: &DatasetSpec) -> bool {
    [&old.target, &new.target].into_iter().any(|target| target.as_ref() == Some(&field.name))
}

/// Columns that are for something else than before. Where there was none, nothing could rest on it.
fn roles(old: &DatasetSpec, new: &DatasetSpec) -> Vec<Part> {
    let inputs = |spec: &DatasetSpec| Some(spec.inputs.join(", ")).filter(|names| !names.is_empty());
    let roles = [
        ("input", &inputs(old), &inputs(new)),
        ("target", &old.target, &new.target),
        ("id", &old.id, &new.id),
        ("cluster", &old.cluster, &new.cluster),
    ];
    let part = |(role, before, after): (&str, &Option<String>, &Option<String>)| {
        let (before, after) = (before.as_ref()?, after.as_ref()?);
        let gap = || Some(Gap { example: None });
        let (from, to) = (format!("{before}: role {role}"), format!("{after}: role {role}"));
        (before != after).then(|| Part { from, to, loose: gap(), tight: gap(), span: None })
    };
    roles.into_iter().filter_map(part).collect()
}

/// What one standard's data may be and the other's may not.
#[derive(Default)]
struct Gaps {
    loose: Option<Gap>,
    tight: Option<Gap>,
}

impl Gaps {
    /// Notes that the old one, or the new one, lacks what the other allows; the first example stays.
    fn note(&mut self, gap: Option<Gap>, loosened: bool) {
        let slot = if loosened { &mut self.loose } else { &mut self.tight };
        if slot.is_none() {
            *slot = gap;
        }
    }

    /// Notes that the two are not comparable, if they are not.
    fn differ(&mut self, differ: bool) {
        for loosened in [true, false] {
            self.note(differ.then_some(Gap { example: None }), loosened);
        }
    }

    /// Compares what two standards allow, where `gap` finds what the second allows and the first does not.
    fn compare<T>(&mut self, pair: &Pair, (old, new): (T, T), gap: impl Fn(&T, &T, Who) -> Option<Gap>) {
        self.note(gap(&old, &new, pair.names.loosened()), true);
        self.note(gap(&new, &old, pair.names.tightened()), false);
    }

    fn part(self, from: String, to: String) -> Part {
        Part { from, to, loose: self.loose, tight: self.tight, span: None }
    }
}

fn column(pair: &Pair, old: Option<&FieldSpec>, new: Option<&FieldSpec>, target: bool) -> Part {
    let mut gaps = Gaps::default();
    match (old, new) {
        (Some(old), Some(new)) => columns(pair, (old, new), target, &mut gaps),
        _ => gaps.compare(pair, (old, new), |allows_not, allows, who| match (allows_not, allows) {
            // What the one does not declare, it does not look at.
            (Some(field), None) => {
                let column = ("column", "列");
                let what =
                    if field.optional { words::unruly(&field.name) } else { words::lacking(column, &field.name) };
                Some(Gap { example: Some(words::data(what, who)) })
            }
            _ => None,
        }),
    }
    gaps.part(old.map(written_field).unwrap_or_default(), new.map(written_field).unwrap_or_default())
}

fn columns(pair: &Pair, (old, new): (&FieldSpec, &FieldSpec), target: bool, gaps: &mut Gaps) {
    let name = new.name.as_str();
    // What else a column says is the same or another.
    let FieldSpec { ty, length, range, allowed, unique, optional, .. } = old.clone();
    gaps.differ(*old != FieldSpec { ty, length, range, allowed, unique, optional, ..new.clone() });
    gaps.compare(pair, (&old.ty, &new.ty), |allowed, given, who| types((*allowed, *given), name, target, who));
    gaps.compare(pair, (lengths(old), lengths(new)), |allowed, given, who| {
        let length = given.without(allowed).whole();
        let example = |length: String| words::length(name, &length, who);
        (!length.is_empty()).then(|| Gap { example: length.sample(false).map(example) })
    });
    gaps.compare(pair, (old, new), |allowed, given, who| {
        let rest = values(given).without(&values(allowed));
        let rest = if allowed.ty == ColumnType::Int { rest.whole() } else { rest };
        let value = rest.sample(allowed.ty == ColumnType::Real);
        (!rest.is_empty()).then(|| Gap { example: value.map(|value| words::allowed(name, &value, who)) })
    });
    gaps.compare(pair, (old, new), |allowed, given, who| {
        let gap = |what: (String, String)| Some(Gap { example: Some(words::data(what, who)) });
        match (allowed.unique && !given.unique, given.optional && !allowed.optional) {
            (true, _) => gap(words::repeated(name)),
            (_, true) => gap(words::missing(name)),
            (false, false) => None,
        }
    });
}

/// A value of the second type that the first does not have.
fn types((allowed, given): (&ColumnType, &ColumnType), name: &str, target: bool, who: Who) -> Option<Gap> {
    match (allowed, given) {
        // The order of the target's labels is that of the model's outputs.
        (ColumnType::Class(labels), ColumnType::Class(others))
        | (ColumnType::Spans(labels), ColumnType::Spans(others))
            if !target =>
        {
            let (_, value) = others.iter().find(|label| !labels.contains(label))?;
            Some(Gap { example: Some(words::allowed(name, value, who)) })
        }
        (allowed, given) => (allowed != given).then_some(Gap { example: None }),
    }
}

/// The values that the rules of a column leave, whatever its type.
fn values(field: &FieldSpec) -> Values {
    let range = field.range.map_or(Values::All, |(low, high)| Values::between(low, high, true));
    let Some(allowed) = &field.allowed else { return range };
    let value = |text: &String| match field.ty {
        ColumnType::Int | ColumnType::Real => text.parse().map(Value::Real).unwrap_or(Value::Text(text.clone())),
        _ => Value::Text(text.clone()),
    };
    range.meet(&Values::of_list(&allowed.iter().map(value).collect::<Vec<_>>()))
}

fn lengths(field: &FieldSpec) -> Values {
    counts(field.length.unwrap_or((0, u64::MAX)))
}

/// Whole numbers between two ends, of which the largest stands for none.
fn counts((low, high): (u64, u64)) -> Values {
    Values::between(low as f64, if high == u64::MAX { f64::INFINITY } else { high as f64 }, true)
}

fn rows(pair: &Pair, old: Option<&SplitSpec>, new: Option<&SplitSpec>) -> Part {
    let mut gaps = Gaps::default();
    match (old, new) {
        (Some(old), Some(new)) => {
            gaps.differ(*old != SplitSpec { rows: old.rows, ..new.clone() });
            gaps.compare(pair, (old, new), |allowed, given, who| {
                let rest = counts(given.rows).without(&counts(allowed.rows)).whole();
                let example = |rows: String| words::allowed(&format!("{}.rows", new.name), &rows, who);
                (!rest.is_empty()).then(|| Gap { example: rest.sample(false).map(example) })
            });
        }
        _ => gaps.compare(pair, (old, new), |allows_not, allows, who| match (allows_not, allows) {
            (Some(split), None) => {
                let what = words::lacking(("split", "划分"), &split.name);
                Some(Gap { example: Some(words::data(what, who)) })
            }
            _ => None,
        }),
    }
    gaps.part(old.map(written_split).unwrap_or_default(), new.map(written_split).unwrap_or_default())
}

/// What is the same or another, as written.
fn another(from: String, to: String) -> Part {
    let mut gaps = Gaps::default();
    gaps.differ(from != to);
    gaps.part(from, to)
}

fn written_all<T>(items: &[T], written: fn(&T) -> String) -> String {
    items.iter().map(written).collect::<Vec<_>>().join("; ")
}

fn written_prepare(prepare: &PrepareSpec) -> String {
    format!("prepare {} {{{}}}", prepare.column, written_all(&prepare.steps, Step::to_string))
}

fn written_note(note: &NoteSpec) -> String {
    let entries: Vec<String> = note.entries.iter().map(|(key, said)| format!("{key}: \"{said}\"")).collect();
    let head = note.source.as_ref().map_or("annotation".to_owned(), |name| format!("source {name}"));
    format!("{head} {{{}}}", entries.join(", "))
}

fn written_field(field: &FieldSpec) -> String {
    let ty = match &field.ty {
        ColumnType::Text => "text".to_owned(),
        ColumnType::Int => "int".to_owned(),
        ColumnType::Real => "real".to_owned(),
        ColumnType::Bool => "bool".to_owned(),
        ColumnType::Class(labels) => format!("class {}", written_labels(labels)),
        ColumnType::Spans(labels) => format!("spans {}", written_labels(labels)),
        ColumnType::Tokens => "tokens".to_owned(),
        ColumnType::Date => "date".to_owned(),
        ColumnType::Image => "image".to_owned(),
        ColumnType::Audio => "audio".to_owned(),
    };
    let unit = field.unit.as_ref().map(|unit| format!(" {unit}")).unwrap_or_default();
    let length = field.length.map(|(low, high)| format!("length in {low}..={high}"));
    let range = field.range.map(|(low, high)| format!("in {low}..={high}"));
    let allowed = field.allowed.as_ref().map(|allowed| match field.ty {
        ColumnType::Int | ColumnType::Real => format!("in {{{}}}", allowed.join(", ")),
        _ => words::listed(allowed, true),
    });
    let flags = [(field.unique, "unique"), (field.optional, "optional")];
    let flags = flags.into_iter().filter(|(set, _)| *set).map(|(_, word)| word.to_owned());
    let pattern = field.pattern.as_ref().map(|pattern| format!("matches \"{pattern}\""));
    let rules: Vec<String> = [length, pattern, range, allowed].into_iter().flatten().chain(flags).collect();
    let rules = if rules.is_empty() { String::new() } else { format!(", {}", rules.join(", ")) };
    format!("{}: {ty}{unit}{rules}", field.name)
}

/// `{negative = 0, positive = 1}`
fn written_labels(labels: &[(String, String)]) -> String {
    let label = |(name, value): &(String, String)| match name == value {
        true => name.clone(),
        false => format!("{name} = {value}"),
    };
    format!("{{{}}}", labels.iter().map(label).collect::<Vec<_>>().join(", "))
}

fn written_split(split: &SplitSpec) -> String {
    let from = split.from.as_ref().map(|from| format!(" from \"{from}\"")).unwrap_or_default();
    let rows = match split.rows {
        (0, u64::MAX) => String::new(),
        (low, u64::MAX) => format!(" {{ rows >= {low} }}"),
        (low, high) if low == high => format!(" {{ rows == {low} }}"),
        (0, high) => format!(" {{ rows <= {high} }}"),
        (low, high) => format!(" {{ rows in {low}..={high} }}"),
    };
    format!("split {}{from}{rows}", split.name)
}
