//! The tree as canonical text, in either spelling.
//!
//! Members of a standard stand in the order models, datasets, metrics, clauses, each kind in source order. Comments go
//! back to what they stood above or beside. Formatting a formatted text changes nothing.

mod comments;
mod expr;
mod items;
mod lms;
mod yaml;

use crate::ast::{Document, Member, Standard};
use crate::source::{SourceMap, Spelling};
use crate::span::Span;

use comments::Comments;

/// The widest line, in characters, where a line can be broken at all.
const WIDTH: usize = 120;

/// The canonical text of a document. `source` is the map the document was parsed from: comments find their place by it.
pub fn format(document: &Document, source: &SourceMap, to: Spelling) -> String {
    let comments = Comments::new(document, source.get(document.file));
    match to {
        Spelling::Lms => lms::Writer::new(comments).document(document),
        Spelling::Yaml => yaml::Writer::new(comments).document(document),
    }
}

/// The members in canonical order, each with where the source before it ends.
fn ordered(standard: &Standard) -> Vec<(&Member, usize)> {
    let rank = |member: &Member| match member {
        Member::Model(_) => 0,
        Member::Dataset(_) => 1,
        Member::Metric(_) => 2,
        Member::Clause(_) => 3,
    };
    let mut by_place: Vec<&Member> = standard.members.iter().collect();
    by_place.sort_by_key(|member| span_of(member).start());
    let mut floor = standard.title.last().map_or(standard.name.span.end(), |last| last.text.span.end());
    let mut floors = Vec::new();
    for member in by_place {
        floors.push((span_of(member).start(), floor));
        floor = floor.max(span_of(member).end());
    }
    let floor_of = |member: &Member| {
        let place = floors.iter().find(|(start, _)| *start == span_of(member).start());
        place.map_or(0, |(_, floor)| *floor)
    };
    let mut members: Vec<_> = standard.members.iter().map(|member| (member, floor_of(member))).collect();
    members.sort_by_key(|(member, _)| rank(member));
    members
}

fn span_of(member: &Member) -> Span {
    match member {
        Member::Model(model) => model.span,
        Member::Dataset(dataset) => dataset.span,
        Member::Metric(metric) => metric.span,
        Member::Clause(clause) => clause.span,
    }
}
