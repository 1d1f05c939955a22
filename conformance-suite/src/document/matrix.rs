//! Clauses against controls: rows are controls, columns are the clauses that name at least one.

use super::author::Author;
use super::clauses;
use super::paper::{Block, Line, Matrix, Section};
use super::wording::{listed, say, words};
use lmstd_compiler::standard::ClauseSpec;
use lmstd_compiler::ty::trust::Trust;
use std::collections::BTreeSet;

/// Columns that fit beside each other on A4; more clauses make further matrices.
const COLUMNS: usize = 14;

/// The sign of a trust. The signs differ in shape, and renderers give the word with each.
pub(super) fn sign(trust: Trust) -> &'static str {
    match trust {
        Trust::Measured => "●",
        Trust::Attested => "◆",
        Trust::Declared => "○",
    }
}

/// The section.
pub(super) fn section(author: &Author) -> Section {
    let mut section = Section::new("6", "matrix", words("matrix"));
    let numbered: Vec<(usize, &ClauseSpec)> = author.standard.clauses.iter().enumerate().collect();
    let (with, without): (Vec<_>, Vec<_>) = numbered.into_iter().partition(|(_, clause)| !clause.satisfies.is_empty());
    if with.is_empty() {
        return section.prose(words("matrix.none"));
    }
    let signs = [Trust::Measured, Trust::Attested, Trust::Declared].map(|trust| {
        let word = words(&format!("trust.{}", trust.word()));
        say("matrix.sign", &[("sign", &Line::text(sign(trust))), ("trust", &word)])
    });
    section = section.prose(say("matrix.note", &[("signs", &listed(&signs))])).prose(words("trace.note"));
    let controls: BTreeSet<&str> =
        with.iter().flat_map(|(_, clause)| clause.satisfies.iter().map(String::as_str)).collect();
    let all = with.len().div_ceil(COLUMNS);
    for (part, columns) in with.chunks(COLUMNS).enumerate() {
        let caption = match all {
            1 => words("matrix.caption"),
            _ => {
                let (n, all) = (Line::text((part + 1).to_string()), Line::text(all.to_string()));
                say("matrix.part", &[("n", &n), ("all", &all)])
            }
        };
        section.blocks.push(Block::Matrix(matrix(caption, columns, &controls)));
    }
    if !without.is_empty() {
        let link =
            |(index, clause): &(usize, &ClauseSpec)| Line::link(&clauses::anchor(*index, &clause.id), &clause.id);
        let links: Vec<Line> = without.iter().map(link).collect();
        section = section.prose(say("matrix.without", &[("clauses", &listed(&links))]));
    }
    section
}

fn matrix(caption: Line, columns: &[(usize, &ClauseSpec)], controls: &BTreeSet<&str>) -> Matrix {
    let row = |control: &&str| {
        let names = |clause: &ClauseSpec| clause.satisfies.iter().any(|named| named == control);
        let cells = columns.iter().map(|(_, clause)| names(clause).then_some(clause.trust));
        ((*control).to_owned(), cells.collect())
    };
    let rows = controls.iter().map(row);
    let heads = columns.iter().map(|(index, clause)| (clauses::anchor(*index, &clause.id), clause.id.clone()));
    Matrix { caption, columns: heads.collect(), rows: rows.collect() }
}
