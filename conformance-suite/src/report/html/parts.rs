//! The parts of the page as its templates read them: clauses, measurements, findings, models, data, matrices.

use minijinja::context;
use minijinja::value::Value;

use super::{AUTHORED, CHARACTERS, drawn, named, pair, pairs, prose, strings, whole};
use crate::report::wording::{Lang, fill, known, word};
use crate::report::{chart, datasheet, drawing, number, story, told};
use crate::verdict::{ClauseReport, Confusion, DatasetReport, Finding, Measured, ModelReport, SourceReport};

/// Findings shown for one clause; `report.json` has all.
const FINDINGS: usize = 50;

/// A clause; `index` counts from 0 in the report.
pub(super) fn clause(clause: &ClauseReport, index: usize, lang: Lang) -> Value {
    let text = story::pick(&clause.text, lang);
    let other = Some(story::pick(&clause.text, lang.other())).filter(|o| *o != text);
    let hidden = clause.findings.len().saturating_sub(FINDINGS);
    let more = (hidden > 0).then(|| fill(word("more", lang), &[("n", &number::count(hidden as u64))]));
    let findings = clause.findings.iter().take(FINDINGS);
    context! {
        anchor => format!("clause-{}", index + 1),
        id => &clause.id,
        level => story::level_key(clause.level),
        level_word => story::level_word(clause.level, lang),
        verdict => story::verdict_key(clause.verdict),
        verdict_word => story::verdict_word(clause.verdict, lang),
        trust => story::trust_key(clause.trust),
        trust_word => story::trust_word(clause.trust, lang),
        text => whole(text),
        other => other.map(whole),
        reason => prose(story::pick(&clause.reason, lang), AUTHORED),
        bar => whole(&clause.bar),
        when => Some(clause.when.as_str()).filter(|when| !when.is_empty()).map(whole),
        worst => story::worst_first(clause).into_iter().map(|m| measurement(m, lang)).collect::<Vec<_>>(),
        measured => clause.measured.iter().map(|m| measurement(m, lang)).collect::<Vec<_>>(),
        findings => findings.map(|f| finding(f, lang)).collect::<Vec<_>>(),
        finding_count => number::count(clause.findings.len() as u64),
        more => more,
        controls => strings(&clause.controls),
        evidence => strings(&clause.evidence),
    }
}

/// A measurement.
pub(super) fn measurement(m: &Measured, lang: Lang) -> Value {
    let method = Some(m.method.as_str())
        .filter(|method| !method.is_empty())
        .map(|method| known(&format!("method.{method}"), lang).unwrap_or(method).to_owned());
    context! {
        measure => &m.measure,
        line => story::line(m, lang),
        value => number::value(m),
        bar => m.bar.as_ref().map(|b| number::bar(b, &m.unit)),
        interval => number::interval(m),
        confidence => m.confidence.map(|c| fill(word("at", lang), &[("p", &number::percent(c))])),
        n => m.n.map(number::count),
        method => method,
        facts => named(told::facts(m, lang)),
        chart => drawn(chart::interval(m, lang)),
    }
}

fn finding(f: &Finding, lang: Lang) -> Value {
    let told = told::finding(f, lang);
    context! {
        title => told.title,
        message => prose(&told.message, CHARACTERS),
        original => told.original.map(|original| prose(&original, CHARACTERS)),
        at => told.at,
        expected => told.expected,
        found => told.found,
        mend => prose(&told.mend, CHARACTERS),
    }
}

/// A model.
pub(super) fn model(name: &str, model: &ModelReport, lang: Lang) -> Value {
    let dtypes = model.dtypes.iter().map(|(dtype, n)| pair(dtype, &number::count(*n)));
    let tokenizer = model.tokenizer.as_ref().map(|tokenizer| named(told::tokenizer(tokenizer, lang)));
    let unknown = || word("unknown", lang).to_owned();
    context! {
        name => name,
        architecture => &model.architecture,
        parameters => model.parameters.map_or_else(unknown, number::count),
        weight_bytes => model.weight_bytes.map_or_else(unknown, number::bytes),
        dtypes => dtypes.collect::<Vec<_>>(),
        config => pairs(&model.config),
        tokenizer => tokenizer.unwrap_or_default(),
        drawing => drawn(drawing::architecture(name, &model.layers, lang)),
    }
}

/// A dataset.
pub(super) fn dataset(name: &str, dataset: &DatasetReport, clauses: &[ClauseReport], lang: Lang) -> Value {
    let splits = dataset.splits.iter().map(|(split, s)| {
        let hidden = s.classes.len().saturating_sub(chart::BARS_MAX);
        let more = (hidden > 0).then(|| fill(word("more", lang), &[("n", &number::count(hidden as u64))]));
        let rule = (!s.rule.is_empty()).then(|| fill(word("rows.rule", lang), &[("rule", &s.rule)]));
        context! {
            name => split,
            path => &s.path,
            overridden => s.overridden,
            sha256 => &s.sha256,
            bytes => number::bytes(s.bytes),
            rows => s.rows.map_or_else(|| word("not-read", lang).to_owned(), number::count),
            rule => rule,
            chart => drawn(chart::classes(&s.classes, lang)),
            more => more,
        }
    });
    let controls = datasheet::controls(name, dataset, clauses, lang);
    context! {
        name => name,
        splits => splits.collect::<Vec<_>>(),
        fields => pairs(&dataset.fields),
        sources => sources(dataset, lang),
        prepares => dataset.prepares.iter().map(|(column, steps)| pair(column, &steps.join(" → "))).collect::<Vec<_>>(),
        columns => columns(dataset, lang),
        controls => controls.iter().map(|row| {
            context! { control => row.control, asks => row.asks, found => &row.found }
        }).collect::<Vec<_>>(),
        duplicates => dataset.duplicates.map_or_else(|| word("duplicates.unknown", lang).to_owned(), number::count),
    }
}

/// What is said of sources, one line a key.
fn sources(dataset: &DatasetReport, lang: Lang) -> Vec<Value> {
    let of = |source: &SourceReport| {
        let name = source.name.clone().unwrap_or_else(|| word("sheet.annotation", lang).to_owned());
        context! { name => name, said => pairs(&source.said) }
    };
    dataset.sources.iter().map(of).collect()
}

/// What the columns of the splits hold, one row a column.
fn columns(dataset: &DatasetReport, lang: Lang) -> Vec<Value> {
    let of = |column: &String| {
        let splits = dataset.splits.iter().filter_map(|(split, s)| {
            let held = s.columns.get(column)?;
            Some(context! {
                split => split,
                missing => number::count(held.missing),
                chart => drawn(chart::classes(&held.spread, lang)),
            })
        });
        context! { name => column, splits => splits.collect::<Vec<_>>() }
    };
    dataset.fields.keys().map(of).collect()
}

/// A sum that stays at the largest count instead of running over.
fn total(counts: impl Iterator<Item = u64>) -> String {
    number::count(counts.fold(0, u64::saturating_add))
}

/// Right answers, true rows and answers of each class.
pub(super) fn by_class(confusion: &Confusion) -> Vec<Value> {
    let counts = story::square(confusion);
    let row = |(i, label): (usize, &String)| {
        context! {
            label => label,
            correct => number::count(counts[i][i]),
            truth => total(counts[i].iter().copied()),
            answers => total(counts.iter().map(|row| row[i])),
        }
    };
    confusion.labels.iter().enumerate().map(row).collect()
}
