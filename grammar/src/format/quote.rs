//! Texts in quotes, for either spelling. What a reader could not see is written as an escape, so that two texts that
//! look the same are the same.

/// A text in quotes, as `.lms` writes it.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for char in text.chars() {
        match char {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            char if hidden(char) => quoted.push_str(&format!("\\u{{{:x}}}", u32::from(char))),
            char => quoted.push(char),
        }
    }
    quoted + "\""
}

/// A text on one line of YAML, plain where every reader takes it for the same text.
pub(super) fn scalar(text: &str) -> String {
    // Blanks at either end, of any kind, would be lost to the eye and to whoever trims lines.
    if text.is_empty() || text.trim() != text || text.contains(hidden) {
        return double_quoted(text);
    }
    match serde_yaml::to_string(&text) {
        Ok(line) if line.matches('\n').count() <= 1 => line.trim_end_matches('\n').to_owned(),
        _ => double_quoted(text),
    }
}

/// A text in YAML's double quotes.
pub(super) fn double_quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for char in text.chars() {
        match (char, u32::from(char)) {
            ('"', _) => quoted.push_str("\\\""),
            ('\\', _) => quoted.push_str("\\\\"),
            ('\n', _) => quoted.push_str("\\n"),
            ('\t', _) => quoted.push_str("\\t"),
            (char, _) if !hidden(char) => quoted.push(char),
            (_, code @ ..=0xff) => quoted.push_str(&format!("\\x{code:02x}")),
            (_, code @ ..=0xffff) => quoted.push_str(&format!("\\u{code:04x}")),
            (_, code) => quoted.push_str(&format!("\\U{code:08x}")),
        }
    }
    quoted + "\""
}

/// True where a literal block of YAML holds a text as it is.
pub(super) fn literal_holds(text: &str) -> bool {
    !text.starts_with([' ', '\n']) && !text.contains(|char: char| char != '\n' && hidden(char))
}

/// A comment's text as YAML takes it: a comment knows no escapes, so what YAML refuses is spelled out.
pub(super) fn printable(text: &str) -> String {
    let mut shown = String::new();
    for char in text.chars() {
        match char {
            '\t' => shown.push(char),
            char if char.is_control() || matches!(char, '\u{fffe}' | '\u{ffff}') => {
                shown.push_str(&format!("\\u{{{:x}}}", u32::from(char)));
            }
            char => shown.push(char),
        }
    }
    shown
}

/// True for a character that is not seen or that changes how others are seen: controls, separators of lines, marks of
/// direction, fillers, characters that Unicode lets readers ignore. Selectors of variants belong to what they follow.
fn hidden(char: char) -> bool {
    char.is_control()
        || matches!(
            char,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{115f}'..='\u{1160}'
                | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffb}'
                | '\u{fffe}'..='\u{ffff}'
                | '\u{1bca0}'..='\u{1bca3}'
                | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0000}'..='\u{e00ff}'
        )
}
