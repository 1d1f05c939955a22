//! The tree as canonical text, in either spelling.
//!
//! Members of a standard stand in the order models, datasets, metrics, attestors, clauses, each kind in source order.
//! Comments go back to what they stood above or beside, and one empty line is kept where the source has some between two
//! entries of a list. Formatting a formatted text changes nothing.

mod comments;
mod expr;
mod items;
mod lms;
mod places;
mod quote;
mod settle;
mod yaml;
mod yaml_items;

use crate::ast::{Document, Expr, Member, Standard};
use crate::source::{SourceMap, Spelling};

use comments::Comments;
use lms::Lines;

/// The widest line, in characters, where a line can be broken at all.
const WIDTH: usize = 120;

/// The canonical text of a document. `source` is the map the document was parsed from: comments find their place by it.
pub fn format(document: &Document, source: &SourceMap, to: Spelling) -> String {
    let comments = Comments::new(document, source.get(document.file));
    match to {
        Spelling::Lms => lms::Writer::new(comments, Lines::Broken).document(document),
        Spelling::Yaml => yaml::Writer::new(comments).document(document),
    }
}

/// The canonical text of one expression on one line of the `.lms` spelling, without comments, whichever spelling it was
/// read from; empty for what could not be parsed.
pub fn expression(expr: &Expr) -> String {
    lms::Writer::new(Comments::none(), Lines::One).expr(expr, 0, 0)
}

/// The members in canonical order.
fn ordered(standard: &Standard) -> Vec<&Member> {
    let rank = |member: &Member| match member {
        Member::Model(_) => 0,
        Member::Dataset(_) => 1,
        Member::Metric(_) => 2,
        Member::Attestor(_) => 3,
        Member::Clause(_) => 4,
    };
    let mut members: Vec<&Member> = standard.members.iter().collect();
    members.sort_by_key(|member| rank(member));
    members
}
