//! The mends of diagnostics, made in the text. Only those that are sure, and of two that touch each other the first.

use lmstd_compiler::diag::Diagnostic;
use lmstd_grammar::span::FileId;

/// The text of `file` with every sure mend made, and how many there were.
pub fn mended(text: &str, file: FileId, diagnostics: &[Diagnostic]) -> (String, usize) {
    let mut edits: Vec<(std::ops::Range<usize>, &str)> = Vec::new();
    let mut made = 0;
    for fix in diagnostics.iter().filter_map(|fault| fault.fixes.iter().find(|fix| fix.sure)) {
        let places: Vec<_> = fix.edits.iter().map(|(span, words)| (span.range(), words.as_str())).collect();
        let inside = fix.edits.iter().all(|(span, _)| span.file() == file && text.get(span.range()).is_some());
        let free = |(range, _): &(std::ops::Range<usize>, &str)| {
            edits.iter().all(|(taken, _)| range != taken && (range.end <= taken.start || range.start >= taken.end))
        };
        if inside && places.iter().all(free) {
            edits.extend(places);
            made += 1;
        }
    }
    edits.sort_by_key(|(range, _)| range.start);
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for (range, words) in edits {
        out.push_str(&text[done..range.start]);
        out.push_str(words);
        done = range.end;
    }
    out.push_str(&text[done..]);
    (out, made)
}
