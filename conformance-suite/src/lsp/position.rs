//! Byte offsets and the protocol's positions: lines from 0, columns in UTF-16 units.
//!
//! Total on any input: a position behind the end of a line is its end, one inside a character is its start. A line
//! ends at `\n`, `\r\n` or `\r`, as the protocol says. Both directions take logarithmic time, however long a line is.

use lmstd_grammar::span::Span;
use lsp_types::{Position, Range};

/// The lines of a text.
#[derive(Clone, Debug)]
pub struct Lines {
    /// Where each line begins.
    starts: Vec<usize>,
    /// Where each line's own text ends, before its line break.
    ends: Vec<usize>,
    /// Every character of more than one byte, in order.
    wide: Vec<Wide>,
}

/// A character of more than one byte.
#[derive(Clone, Copy, Debug)]
struct Wide {
    start: usize,
    end: usize,
    /// How many more bytes than UTF-16 units the text has up to its end.
    excess: usize,
}

impl Lines {
    /// Looks at a text once.
    pub fn new(text: &str) -> Lines {
        let mut lines = Lines { starts: vec![0], ends: Vec::new(), wide: Vec::new() };
        let mut excess = 0;
        let mut chars = text.char_indices().peekable();
        while let Some((at, char)) = chars.next() {
            match char {
                '\n' => lines.line_break(at, at + 1),
                '\r' if chars.peek().is_some_and(|(_, next)| *next == '\n') => {
                    chars.next();
                    lines.line_break(at, at + 2);
                }
                '\r' => lines.line_break(at, at + 1),
                _ if char.is_ascii() => {}
                _ => {
                    excess += char.len_utf8() - char.len_utf16();
                    lines.wide.push(Wide { start: at, end: at + char.len_utf8(), excess });
                }
            }
        }
        lines.ends.push(text.len());
        lines
    }

    fn line_break(&mut self, end: usize, next: usize) {
        self.ends.push(end);
        self.starts.push(next);
    }

    /// The number of lines; at least one.
    pub fn count(&self) -> usize {
        self.starts.len()
    }

    /// Bytes beyond UTF-16 units before an offset that lies on a character boundary.
    fn excess(&self, offset: usize) -> usize {
        let before = self.wide.partition_point(|wide| wide.end <= offset);
        before.checked_sub(1).map_or(0, |last| self.wide[last].excess)
    }

    /// The position of a byte offset.
    pub fn position(&self, offset: usize) -> Position {
        let inside = self.wide.partition_point(|wide| wide.end <= offset);
        let offset = match self.wide.get(inside) {
            Some(wide) if wide.start < offset => wide.start,
            _ => offset,
        };
        let line = self.starts.partition_point(|start| *start <= offset).saturating_sub(1);
        let (start, end) = (self.starts[line], self.ends[line]);
        let offset = offset.clamp(start, end);
        let column = (offset - start) - (self.excess(offset) - self.excess(start));
        Position { line: number(line), character: number(column) }
    }

    /// The byte offset of a position, on a character boundary.
    pub fn offset(&self, position: Position) -> usize {
        let line = position.line as usize;
        let (Some(&start), Some(&end)) = (self.starts.get(line), self.ends.get(line)) else {
            return self.ends.last().copied().unwrap_or(0);
        };
        let column = position.character as usize;
        let base = self.excess(start);
        let first = self.wide.partition_point(|wide| wide.start < start);
        let last = self.wide.partition_point(|wide| wide.start < end);
        let in_line = &self.wide[first..last.max(first)];
        let passed = in_line.partition_point(|wide| (wide.end - start) - (wide.excess - base) <= column);
        let excess = passed.checked_sub(1).map_or(0, |index| in_line[index].excess - base);
        let offset = start.saturating_add(column).saturating_add(excess);
        // Inside a character of two units there is no boundary: its start is meant.
        let bound = in_line.get(passed).map_or(end, |next| next.start);
        offset.min(bound).min(end)
    }

    /// The range of a span of this text.
    pub fn range(&self, span: Span) -> Range {
        Range { start: self.position(span.start()), end: self.position(span.end()) }
    }
}

fn number(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}
