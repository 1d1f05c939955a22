//! The YAML front end: granit's events become a tree of nodes, the published schema is held against it, and the tree of
//! the language is built from it. Expressions inside scalars go through the same grammar as `.lms`, with places mapped.

mod align;
mod check;
mod lower;
mod node;

use crate::ast::{Document, Item};
use crate::error::{SyntaxError, SyntaxErrorKind};
use crate::parse::MAX_TEXT;
use crate::schema::Head;
use crate::source::SourceMap;
use crate::span::{FileId, Span};

use check::Refused;
use lower::Lowering;
use node::Node;

/// Reads a document in the YAML spelling.
pub(crate) fn parse(file: FileId, source: &SourceMap) -> (Document, Vec<SyntaxError>) {
    let text = &source.get(file).text;
    let mut document = Document { file, uses: Vec::new(), items: Vec::new(), comments: Vec::new() };
    if text.len() > MAX_TEXT {
        let kind = SyntaxErrorKind::TooLong { limit: MAX_TEXT };
        return (document, vec![SyntaxError { kind, span: Span::new(file, 0..0) }]);
    }
    let tree = node::read(file, text);
    let mut errors = Vec::new();
    let mut lowering = Lowering { errors: Vec::new(), comments: tree.comments, refused: Refused::default() };
    if let Some(root) = &tree.root {
        document.items = items(root, &mut lowering, &mut errors);
        document.uses = lowering.uses(root);
    }
    errors.extend(lowering.errors);
    if let Some(cut) = tree.cut {
        // What stands behind is not known, and what stands before may go on there.
        errors.retain(|error| error.span.end() <= cut);
    }
    errors.extend(tree.errors);
    errors.sort_by_key(|error| error.span.start());
    document.comments = lowering.comments;
    document.comments.sort_by_key(|comment| comment.span.start());
    (document, errors)
}

fn items(root: &Node, lowering: &mut Lowering, errors: &mut Vec<SyntaxError>) -> Vec<Item> {
    let headed = Head::ALL.iter().any(|head| root.get(head.word()).is_some());
    let nodes: Vec<&Node> = match root.get("items").filter(|_| !headed) {
        Some(list) => {
            check::several(root, list, errors);
            root.get("use").into_iter().for_each(|uses| check::texts(uses, errors));
            list.items().iter().for_each(|item| check::inner(item, errors));
            list.items().iter().collect()
        }
        None => vec![root],
    };
    let mut items = Vec::new();
    for node in nodes {
        let Some(head) = Head::ALL.into_iter().find(|head| node.get(head.word()).is_some()) else {
            if !node.is_unwritten() && !node.holes() {
                check::headless(node, errors);
            }
            continue;
        };
        check::schema(head, node, errors, &mut lowering.refused);
        items.extend(lowering.item(head, node));
    }
    items
}
