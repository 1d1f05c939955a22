//! Foreword and scope: what the document is, and what its standard is about.

use super::author::{Author, prose};
use super::paper::{Block, Line, Section, Table};
use super::wording::{listed, word, words};
use super::{data, models};
use crate::number::count;
use crate::report::Lang;
use lmstd_grammar::ast::Level;

/// Every level, the strictest first.
pub(super) const LEVELS: [Level; 3] = [Level::Must, Level::Should, Level::May];

/// The words of a level in both languages: both are normative, whatever the language of the document.
pub(super) fn both_words(level: Level) -> String {
    let key = format!("level.{}", level.word());
    format!("{} / {}", word(&key, Lang::En), word(&key, Lang::Zh))
}

/// The standard's own documentation, and what kind of document this is.
pub(super) fn foreword(author: &Author) -> Section {
    let mut section = Section::new("", "foreword", words("foreword"));
    section.blocks.extend(prose(&author.standard.doc).into_iter().map(Block::Prose));
    for key in ["foreword.made", "foreword.languages", "foreword.manual"] {
        section = section.prose(words(key));
    }
    section
}

/// Models, datasets and how many clauses of each level.
pub(super) fn scope(author: &Author) -> Section {
    let section = Section::new("1", "scope", words("scope")).prose(words("scope.purpose"));
    let mut section = with_models(author, section);
    section = with_datasets(author, section);
    section.blocks.push(Block::Table(clauses(author)));
    section
}

fn with_models(author: &Author, mut section: Section) -> Section {
    let models = &author.standard.models;
    if models.is_empty() {
        return section.prose(words("scope.no-models"));
    }
    let rows = models
        .iter()
        .enumerate()
        .map(|(index, (name, spec))| vec![Line::link(&models::anchor(index), name), Line::code(&spec.architecture)]);
    let head = vec![words("model"), words("architecture")];
    section.blocks.push(Block::Table(Table::new(words("scope.models"), head, rows.collect())));
    section
}

fn with_datasets(author: &Author, mut section: Section) -> Section {
    let datasets = &author.standard.datasets;
    if datasets.is_empty() {
        return section.prose(words("scope.no-data"));
    }
    let rows = datasets.iter().enumerate().map(|(index, (name, spec))| {
        let splits: Vec<Line> = spec.splits.iter().map(|split| Line::code(&split.name)).collect();
        vec![Line::link(&data::anchor(index), name), listed(&splits)]
    });
    let head = vec![words("dataset"), words("splits")];
    section.blocks.push(Block::Table(Table::new(words("scope.datasets"), head, rows.collect())));
    section
}

fn clauses(author: &Author) -> Table {
    let all = &author.standard.clauses;
    let mut rows: Vec<Vec<Line>> = Vec::new();
    for each in LEVELS {
        let n = all.iter().filter(|clause| clause.level == each).count();
        rows.push(vec![
            words(&format!("level.{}", each.word())),
            Line::text(count(n as u64)),
            words(&format!("gloss.{}", each.word())),
        ]);
    }
    rows.push(vec![words("scope.total"), Line::text(count(all.len() as u64)), Line::text("–")]);
    Table::new(words("scope.clauses"), vec![words("level"), words("scope.number"), words("scope.weight")], rows)
}
