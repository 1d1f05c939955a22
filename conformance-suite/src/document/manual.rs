//! The manual page of a measure, as far as a document quotes it: its title and what stands under *Measures*.

use super::paper::Run;

/// What a document quotes of a manual page.
pub(super) struct Manual {
    /// Its title.
    pub title: String,
    /// The paragraphs and list items under *Measures*.
    pub measures: Vec<Vec<Run>>,
}

/// Reads the Markdown of a manual page.
pub(super) fn read(doc: &str) -> Manual {
    let lines: Vec<&str> = doc.lines().map(str::trim).collect();
    let title = lines.iter().find_map(|line| line.strip_prefix("# ")).unwrap_or_default().to_owned();
    let under = lines.iter().skip_while(|line| **line != "## Measures").skip(1);
    let under = under.take_while(|line| !line.starts_with("## ") && !line.starts_with("```"));
    let mut paragraphs: Vec<String> = Vec::new();
    let mut open = false;
    for line in under {
        let item = line.starts_with("- ");
        match paragraphs.last_mut() {
            Some(last) if open && !item && !line.is_empty() => {
                last.push(' ');
                last.push_str(line);
            }
            _ if !line.is_empty() => paragraphs.push((*line).to_owned()),
            _ => {}
        }
        open = !line.is_empty();
    }
    Manual { title, measures: paragraphs.iter().map(|text| Run::marked(text)).collect() }
}
