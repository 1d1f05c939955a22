//! Text that is safe and well measured: hostile strings made visible, columns that count wide characters, wrapping.
//! Knows nothing of reports.

use anstyle::Style;

/// `text` with everything that a reader cannot see, or that moves other text about, written out as `\u{202E}`.
///
/// That covers control characters, line and paragraph breaks, bidirectional controls, zero-width characters, tags,
/// and code points that XML forbids. Escape for the format afterwards.
pub fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_hidden(c) {
            out.push_str(&format!("\\u{{{:02X}}}", u32::from(c)));
        } else {
            out.push(c);
        }
    }
    out
}

/// Whether a character has no shape of its own, or changes how its neighbours are laid out.
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(u32::from(c),
            0xAD | 0x34F | 0x61C | 0x115F..=0x1160 | 0x17B4..=0x17B5 | 0x180B..=0x180F | 0x200B..=0x200F
            | 0x2028..=0x202E | 0x2060..=0x206F | 0x3164 | 0xFE00..=0xFE0F | 0xFEFF | 0xFFA0 | 0xFFF0..=0xFFFB
            | 0xFFFE..=0xFFFF | 0x1BCA0..=0x1BCA3 | 0x1D173..=0x1D17A | 0xE0000..=0xE0FFF)
}

/// At most `max` characters of `text`, the rest counted: an auditor finds it whole in `report.json`.
pub fn clip(text: &str, max: usize) -> String {
    match text.char_indices().nth(max) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}… [+{}]", &text[..end], text[end..].chars().count()),
    }
}

/// Terminal columns of a character: 2 for East Asian wide and full-width characters, 0 for combining marks, else 1.
///
/// A simple rule over the blocks that our two languages and common symbols use (Unicode TR 11).
fn columns(c: char) -> usize {
    match u32::from(c) {
        0x300..=0x36F | 0x483..=0x489 | 0x591..=0x5BD | 0x64B..=0x65F | 0x1AB0..=0x1AFF | 0x20D0..=0x20FF => 0,
        0x1100..=0x115F | 0x2E80..=0x303E | 0x3041..=0x33FF | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xA000..=0xA4CF => 2,
        0xAC00..=0xD7A3 | 0xF900..=0xFAFF | 0xFE30..=0xFE6F | 0xFF01..=0xFF60 | 0xFFE0..=0xFFE6 => 2,
        0x1F300..=0x1F64F | 0x1F900..=0x1F9FF | 0x20000..=0x3FFFD => 2,
        _ => 1,
    }
}

/// Terminal columns of a text without control characters.
pub fn width(text: &str) -> usize {
    text.chars().map(columns).sum()
}

/// `text` filled with spaces up to `to` columns.
pub fn pad(text: &str, to: usize) -> String {
    format!("{text}{}", " ".repeat(to.saturating_sub(width(text))))
}

/// `text` cut to `to` columns, with an ellipsis where something was left out.
pub fn fit(text: &str, to: usize) -> String {
    if width(text) <= to {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 1;
    for c in text.chars() {
        used += columns(c);
        if used > to {
            break;
        }
        out.push(c);
    }
    out.push('…');
    out
}

/// `text` with its middle left out beyond `max` characters: the ends of a tensor's or file's name tell most.
pub fn middle(text: &str, max: usize) -> String {
    let n = text.chars().count();
    if n <= max {
        return text.to_owned();
    }
    let (head, tail) = (max / 2, max.saturating_sub(max / 2 + 1));
    text.chars().take(head).chain(['…']).chain(text.chars().skip(n - tail)).collect()
}

/// Lines of at most `to` columns, broken at spaces, between wide characters, and in words that are too long.
pub fn wrap(text: &str, to: usize) -> Vec<String> {
    let to = to.max(8);
    let mut lines = Vec::new();
    let mut line = String::new();
    for piece in pieces(text) {
        if width(&line) + width(piece.trim_end()) > to && !line.is_empty() {
            lines.push(std::mem::take(&mut line).trim_end().to_owned());
        }
        for c in piece.chars() {
            if width(&line) + columns(c) > to && c != ' ' {
                lines.push(std::mem::take(&mut line).trim_end().to_owned());
            }
            line.push(c);
        }
    }
    if !line.trim_end().is_empty() || lines.is_empty() {
        lines.push(line.trim_end().to_owned());
    }
    lines
}

/// Words with the spaces after them; each wide character is a word, closing punctuation stays with what it closes.
fn pieces(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut start = 0;
    let mut before: Option<char> = None;
    for (at, c) in text.char_indices() {
        let breaks = match before {
            None => false,
            Some(' ') => c != ' ',
            Some(_) if c == ' ' || "，。：；、）”》」！？".contains(c) => false,
            Some(b) => !"（“《「".contains(b) && (columns(b) == 2 || columns(c) == 2),
        };
        if breaks {
            out.push(&text[start..at]);
            start = at;
        }
        before = Some(c);
    }
    if start < text.len() {
        out.push(&text[start..]);
    }
    out
}

/// A relative path as a URI reference (RFC 3986): every byte but unreserved ones and `/` percent-encoded.
pub fn percent_encode(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// Text in a style, if there is colour.
pub fn paint(text: &str, style: Style, colour: bool) -> String {
    if colour { format!("{style}{text}{style:#}") } else { text.to_owned() }
}

/// `text` after `label`, wrapped beside it to the width of the page, every line painted and ended.
pub fn beside(label: &str, text: &str, style: Style, (colour, page): (bool, usize)) -> String {
    let indent = width(label);
    let mut lines = String::new();
    for (index, line) in wrap(text, page.saturating_sub(indent)).into_iter().enumerate() {
        let before = if index == 0 { label.to_owned() } else { " ".repeat(indent) };
        lines.push_str(&format!("{before}{}\n", paint(&line, style, colour)));
    }
    lines
}
