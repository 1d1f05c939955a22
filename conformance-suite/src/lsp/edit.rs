//! Edits of one document: as the protocol writes them, and the few bytes in which two texts differ.

use super::document::Checked;
use lmstd_grammar::span::Span;
use lsp_types::{TextEdit, WorkspaceEdit};
use std::collections::HashMap;
use std::ops::Range;

/// Edits of the document that is viewed; `None` where one of them concerns another text.
pub fn of_spans<'e>(view: &Checked, edits: impl IntoIterator<Item = (Span, &'e str)>) -> Option<WorkspaceEdit> {
    let own = view.snapshot.document().file;
    let one = |(span, text): (Span, &str)| {
        (span.file() == own).then(|| TextEdit { range: view.lines.range(span), new_text: text.to_owned() })
    };
    let edits = edits.into_iter().map(one).collect::<Option<Vec<TextEdit>>>()?;
    Some(WorkspaceEdit { changes: Some(HashMap::from([(view.uri.clone(), edits)])), ..WorkspaceEdit::default() })
}

/// The one edit that turns `old` into `new`: the bytes that are replaced, and by what. `None` where they are equal.
pub fn between<'n>(old: &str, new: &'n str) -> Option<(Range<usize>, &'n str)> {
    if old == new {
        return None;
    }
    let same = |(a, b): &(char, char)| a == b;
    let head: usize = old.chars().zip(new.chars()).take_while(same).map(|(char, _)| char.len_utf8()).sum();
    let (old_rest, new_rest) = (old.get(head..)?, new.get(head..)?);
    let reversed = old_rest.chars().rev().zip(new_rest.chars().rev());
    let tail: usize = reversed.take_while(same).map(|(char, _)| char.len_utf8()).sum();
    Some((head..old.len() - tail, new_rest.get(..new_rest.len() - tail)?))
}
