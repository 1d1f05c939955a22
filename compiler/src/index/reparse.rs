//! After a change inside a standard, only the members that it touches, and one on either side, are parsed again.
//!
//! The neighbours are in because a change may reach into them: a metric's sum goes on over the next line. Where the
//! neighbour behind the change comes out as it was, nothing behind it can differ. Everything else is parsed whole: a
//! change of a head or title, an open bracket or quote (which mends itself by the indentation of the whole text), a
//! YAML document. So the result always is what parsing the whole text gives, and the tests hold it to that.

use super::shift::Shift;
use super::token::floor;
use lmstd_grammar::ast::{Comment, Doc, Document, Item, Member, Standard};
use lmstd_grammar::error::{SyntaxError, SyntaxErrorKind};
use lmstd_grammar::source::{SourceMap, Spelling};
use lmstd_grammar::span::{FileId, Span};
use std::ops::Range;

/// Longer texts are refused, which concerns the whole.
const LONGEST: usize = 1 << 20;
/// What stands around members that are parsed alone.
const HEAD: &str = "standard s 0.0.0 {";
const TAIL: &str = "\n}";

/// The version before a change.
pub(super) struct Before<'s> {
    pub(super) document: Document,
    pub(super) errors: Vec<SyntaxError>,
    pub(super) sources: &'s SourceMap,
}

/// What is parsed again.
struct Region {
    /// Index of the standard among the items.
    item: usize,
    /// The members that are replaced.
    members: Range<usize>,
    /// The bytes of the old text.
    old: Range<usize>,
    /// The last of the members must come out as it was.
    follows: bool,
}

impl Before<'_> {
    /// The tree and faults of `text`; `None` where the whole text must be parsed.
    pub(super) fn reparsed(mut self, file: FileId, text: &str) -> Option<(Document, Vec<SyntaxError>)> {
        let old = self.sources.get(self.document.file);
        let local = file == self.document.file && old.spelling == Spelling::Lms && text.len() <= LONGEST;
        if !local || self.errors.iter().any(reaches_far) {
            return None;
        }
        let change = changed(&old.text, text);
        let by = Shift(text.len() as isize - old.text.len() as isize);
        let region = self.region(&change, &old.text)?;
        let (from, to) = (region.old.start, region.old.end.checked_add_signed(by.0)?);
        let piece = Piece::parse(file, text.get(from..to)?)?;
        self.fits(&region, &piece, by)?;
        self.splice(&region, piece, by);
        Some((self.document, self.errors))
    }

    fn region(&self, change: &Range<usize>, text: &str) -> Option<Region> {
        let inside = |item: &Item| match item {
            Item::Standard(standard) => standard.span.start() < change.start && change.end < standard.span.end(),
            _ => false,
        };
        let item = self.document.items.iter().position(inside)?;
        let Item::Standard(standard) = &self.document.items[item] else { return None };
        let members = &standard.members;
        let first = members.partition_point(|member| end(member) < change.start);
        let last = members.partition_point(|member| start(member) <= change.end);
        // A title goes on as long as texts follow it, so what stands right behind it is not parsed alone.
        let before = first.checked_sub(1)?;
        let from = start(&members[before]);
        let (to, follows) = match members.get(last) {
            Some(next) => (end(next), true),
            None => (standard.span.end().checked_sub(1)?, false),
        };
        let closed = follows || text.as_bytes().get(to) == Some(&b'}');
        let apart = head_end(standard).is_none_or(|head| head <= from) && from < change.start && change.end <= to;
        let at_edge = self.errors.iter().any(|error| [from, to].contains(&error.span.start()));
        let members = before..last + usize::from(follows);
        (closed && apart && !at_edge).then_some(Region { item, members, old: from..to, follows })
    }

    /// The neighbours must begin and end where they did.
    fn fits(&self, region: &Region, piece: &Piece, by: Shift) -> Option<()> {
        let Item::Standard(standard) = &self.document.items[region.item] else { return None };
        let old = &standard.members[region.members.clone()];
        let own = region.old.start as isize - HEAD.len() as isize;
        let same = |old: &Member, new: &Member, by: isize| {
            let place = |at: usize, by: isize| at.checked_add_signed(by);
            std::mem::discriminant(old) == std::mem::discriminant(new)
                && place(start(old), by) == place(start(new), own)
                && place(end(old), by) == place(end(new), own)
        };
        if region.follows && !same(old.last()?, piece.members.last()?, by.0) {
            return None;
        }
        (start(piece.members.first()?) == HEAD.len()).then_some(())
    }

    fn splice(&mut self, region: &Region, mut piece: Piece, by: Shift) {
        let own = Shift(region.old.start as isize - HEAD.len() as isize);
        piece.members.iter_mut().for_each(|member| own.member(member));
        let count = piece.members.len();
        let behind = |span: Span| span.start() >= region.old.end;
        if let Item::Standard(standard) = &mut self.document.items[region.item] {
            drop(standard.members.splice(region.members.clone(), piece.members));
            standard.members[region.members.start + count..].iter_mut().for_each(|member| by.member(member));
            let end = standard.span.end().saturating_add_signed(by.0);
            standard.span = Span::new(standard.span.file(), standard.span.start()..end);
        }
        self.document.items[region.item + 1..].iter_mut().for_each(|item| by.item(item));
        self.document.uses.iter_mut().filter(|used| behind(used.span)).for_each(|used| by.used(used));

        let comments = &mut self.document.comments;
        comments.retain(|comment| !region.old.contains(&comment.span.start()));
        comments.iter_mut().filter(|comment| behind(comment.span)).for_each(|comment| by.comment(comment));
        piece.comments.iter_mut().for_each(|comment| own.comment(comment));
        comments.extend(piece.comments);
        comments.sort_by_key(|comment| comment.span.start());

        self.errors.retain(|error| !region.old.contains(&error.span.start()));
        self.errors.iter_mut().filter(|error| behind(error.span)).for_each(|error| by.error(error));
        piece.errors.iter_mut().for_each(|error| own.error(error));
        self.errors.extend(piece.errors);
        self.errors.sort_by_key(|error| error.span.start());
    }
}

/// Members parsed alone; places count from the start of [`HEAD`].
struct Piece {
    members: Vec<Member>,
    comments: Vec<Comment>,
    errors: Vec<SyntaxError>,
}

impl Piece {
    fn parse(file: FileId, text: &str) -> Option<Piece> {
        let mut sources = SourceMap::default();
        // Places carry the id of their text, so the piece takes that of the document.
        for _ in 0..file.0 {
            sources.add("", "", Spelling::Lms);
        }
        let id = sources.add("", format!("{HEAD}{text}{TAIL}"), Spelling::Lms);
        let (document, errors) = lmstd_grammar::parse(id, &sources);
        let inside = HEAD.len()..=HEAD.len() + text.len();
        let far = |error: &SyntaxError| reaches_far(error) || !inside.contains(&error.span.start());
        if errors.iter().any(far) || !document.uses.is_empty() {
            return None;
        }
        let mut items = document.items.into_iter();
        match (items.next(), items.next()) {
            (Some(Item::Standard(standard)), None) if standard.title.is_empty() && standard.extends.is_none() => {
                Some(Piece { members: standard.members, comments: document.comments, errors })
            }
            _ => None,
        }
    }
}

/// Faults that concern the text as a whole.
fn reaches_far(error: &SyntaxError) -> bool {
    match &error.kind {
        SyntaxErrorKind::Unclosed { .. }
        | SyntaxErrorKind::Unopened { .. }
        | SyntaxErrorKind::UnclosedString
        | SyntaxErrorKind::TooDeep { .. }
        | SyntaxErrorKind::TooLong { .. } => true,
        SyntaxErrorKind::Repeated { what, .. } => what == "title" || what == "extends",
        _ => false,
    }
}

/// The bytes of `old` that differ from `new`, cut to whole characters.
fn changed(old: &str, new: &str) -> Range<usize> {
    let same = old.bytes().zip(new.bytes()).take_while(|(a, b)| a == b).count();
    let start = floor(old, same);
    let longest = old.len().min(new.len()) - start;
    let tail = old.bytes().rev().zip(new.bytes().rev()).take(longest).take_while(|(a, b)| a == b).count();
    let end = (old.len() - tail..=old.len()).find(|&at| old.is_char_boundary(at)).unwrap_or(old.len());
    start..end.max(start)
}

/// Where the title and the parent of a standard end, if it has any.
fn head_end(standard: &Standard) -> Option<usize> {
    let title = standard.title.iter().map(|text| text.text.span.end());
    title.chain(standard.extends.iter().map(|parent| parent.span.end())).max()
}

fn parts(member: &Member) -> (&Doc, Span) {
    match member {
        Member::Model(model) => (&model.doc, model.span),
        Member::Dataset(dataset) => (&dataset.doc, dataset.span),
        Member::Metric(metric) => (&metric.doc, metric.span),
        Member::Attestor(attestor) => (&attestor.doc, attestor.span),
        Member::Clause(clause) => (&clause.doc, clause.span),
    }
}

/// Where a member begins, its documentation included.
fn start(member: &Member) -> usize {
    let (doc, span) = parts(member);
    doc.as_ref().map_or(span.start(), |doc| doc.span.start())
}

fn end(member: &Member) -> usize {
    parts(member).1.end()
}
