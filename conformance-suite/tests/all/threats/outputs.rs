//! Cases 93 to 96: what a submission says, as every report shows it.

use super::bench::Bench;
use super::process::{Seen, obeyed};
use super::{Case, Must, case};
use serde_json::Value;

/// A rendered report.
pub struct Page {
    pub format: &'static str,
    pub text: String,
}

/// The report of the last run in every format, and the terminal's.
pub fn pages(bench: &Bench) -> Result<Vec<Page>, String> {
    let mut pages = Vec::new();
    for format in ["html", "markdown", "json", "sarif", "junit"] {
        let run = bench.run(&["report", &bench.word("out"), "--format", format, "-o", &bench.word(format)]);
        if run.code != 0 {
            return Err(format!("{format}: exit code {}: {}", run.code, run.err));
        }
        let bytes = std::fs::read(bench.path(format)).unwrap();
        let text = String::from_utf8(bytes).map_err(|_| format!("{format} is not UTF-8"))?;
        pages.push(Page { format, text });
    }
    Ok(pages)
}

/// A submission that says `words` wherever its own words come into a report: in its name, in file names, in keys and
/// labels of its config, in metadata of its weights, in its card, and in cells of the data. It is certified, and every
/// report of it must be inert.
fn said(bench: &mut Bench, words: &[&str]) -> Result<Seen, String> {
    bench.standard(
        "standard said 1.0.0 {
  title en \"Said\" zh \"所言\"
  model m = mlp.TabularClassifier
  dataset d {
    id: int
    label: class {yes, no}
    text: text, length in 0..=1
    split test from \"d.csv\"
  }
  clause ARCH-1 should { conforms(m) }
  clause ROWS-1 must { rows(d.test) >= 1 }
  clause DATA-1 should { schema(d) }
  clause GOV-1 should { declared.license in {\"MIT\"} }
}
",
    );
    bench.model("tabular-mlp");
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let mut rows = String::from("id,label,text\n0,yes,a\n");
    for (row, word) in words.iter().enumerate() {
        rows.push_str(&format!("{},{},{}\n", row + 1, quoted(word), quoted(word)));
        bench.json("config.json", |config| {
            config[*word] = (*word).into();
            config["id2label"][row.to_string()] = (*word).into();
        });
        // The door refuses any name that is not plain; no name has a slash.
        let name = word.replace('/', "_");
        if name.chars().all(|c| c == ' ' || c.is_ascii_graphic() && !"\\:".contains(c)) {
            bench.file(&format!("{name}.bin"), "x");
        }
    }
    std::fs::write(bench.path("d.csv"), rows).unwrap();
    let license = serde_json::to_string(&words.concat()).unwrap();
    bench.file("README.md", format!("---\nlicense: {license}\n---\n"));
    let seen = bench.certify();
    if seen.code > 2 {
        return Ok(seen);
    }
    for page in pages(bench)? {
        inert(&page, words)?;
    }
    Ok(seen)
}

/// That a report only shows what was said.
fn inert(page: &Page, words: &[&str]) -> Result<(), String> {
    let refuse = |why: String| Err(format!("{}: {why}", page.format));
    // JSON escapes control characters; nothing else lets one through but ends of lines.
    if let Some(raw) = page.text.chars().find(|c| obeyed(*c) || matches!(*c, '\u{fffe}' | '\u{ffff}')) {
        return refuse(format!("has {}", raw.escape_unicode()));
    }
    match page.format {
        "html" => tags(&page.text).or_else(refuse),
        "junit" => well_formed(&page.text).or_else(refuse),
        "markdown" => {
            let shown = without_code(&page.text);
            let raw = words.iter().find(|word| shown.contains(**word));
            raw.map_or(Ok(()), |word| refuse(format!("has {word} as it was said")))
        }
        "sarif" => sarif(&page.text).or_else(refuse),
        _ => serde_json::from_str::<Value>(&page.text).map(drop).or_else(|error| refuse(error.to_string())),
    }
}

/// A text without its code spans, which show what they hold.
fn without_code(text: &str) -> String {
    let (mut out, mut rest) = (String::new(), text);
    while let Some(at) = rest.find('`') {
        out.push_str(&rest[..at]);
        let fence = &rest[at..at + rest[at..].chars().take_while(|c| *c == '`').count()];
        rest = &rest[at + fence.len()..];
        // A run of exactly as many ends the span; without one these are plain letters.
        let mut from = 0;
        while let Some(end) = rest[from..].find('`').map(|end| from + end) {
            let run = rest[end..].chars().take_while(|c| *c == '`').count();
            from = end + run;
            if run == fence.len() {
                rest = &rest[from..];
                break;
            }
        }
    }
    out + rest
}

/// Elements that run or load something, and attributes that do.
fn tags(text: &str) -> Result<(), String> {
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        let end = rest.find('>').ok_or("an element that does not end")?;
        let element = rest[..end].to_ascii_lowercase();
        let name: String = element.trim_start_matches('/').chars().take_while(|c| c.is_ascii_alphanumeric()).collect();
        if ["script", "iframe", "object", "embed", "base", "form", "img", "link"].contains(&name.as_str()) {
            return Err(format!("has the element <{element}>"));
        }
        // Attributes stand after a blank; what stands between quotes is their value.
        let outside: String = element.split('"').step_by(2).collect::<Vec<_>>().join("\"");
        if outside.split_ascii_whitespace().skip(1).any(|attribute| attribute.starts_with("on")) {
            return Err(format!("has the handler <{element}>"));
        }
        let links = element.split('"').collect::<Vec<_>>();
        let bad = |pair: &[&str]| pair[0].ends_with("href=") && !pair[1].starts_with(['#', 'h']);
        if links.windows(2).any(bad) || element.contains("href=\"http") && !element.contains("href=\"https://") {
            return Err(format!("has the link <{element}>"));
        }
        if element.contains("javascript:") {
            return Err(format!("has the script <{element}>"));
        }
    }
    Ok(())
}

/// Whether a text is well-formed XML 1.0, as far as elements, attributes and references go.
fn well_formed(text: &str) -> Result<(), String> {
    let legal = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    if let Some(bad) = text.chars().find(|c| !legal(*c)) {
        return Err(format!("has {}", bad.escape_unicode()));
    }
    if text.contains("]]>") {
        return Err("has ]]>".into());
    }
    for reference in text.split('&').skip(1) {
        let name = reference.split(';').next().unwrap_or_default();
        let known = ["lt", "gt", "amp", "quot", "apos"].contains(&name) || name.starts_with('#');
        if !known || !reference.contains(';') {
            return Err(format!("has the reference &{name}"));
        }
    }
    let (mut open, mut rest): (Vec<String>, _) = (Vec::new(), text);
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        let end = rest.find('>').ok_or("an element that does not end")?;
        let element = &rest[..end];
        if element.contains('<') || element.matches('"').count() % 2 == 1 {
            return Err(format!("has the element <{element}>"));
        }
        let name: String = element.trim_start_matches('/').split([' ', '/', '\n']).next().unwrap_or_default().into();
        match element {
            _ if element.starts_with(['?', '!']) || element.ends_with('/') => {}
            _ if element.starts_with('/') => {
                if open.pop().as_ref() != Some(&name) {
                    return Err(format!("closes {name}"));
                }
            }
            _ => open.push(name),
        }
        rest = &rest[end + 1..];
    }
    if open.is_empty() { Ok(()) } else { Err(format!("leaves {open:?} open")) }
}

/// Messages are plain text, and places are relative.
fn sarif(text: &str) -> Result<(), String> {
    let log: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let mut open = vec![&log];
    while let Some(value) = open.pop() {
        match value {
            Value::Object(fields) => {
                if fields.contains_key("markdown") {
                    return Err("has a message in Markdown".into());
                }
                for key in ["uri", "uriBaseId"] {
                    let uri = fields.get(key).and_then(Value::as_str).unwrap_or_default();
                    let plain = uri.chars().all(|c| c.is_ascii_graphic() && !"<>\"\\".contains(c));
                    if !plain || uri.contains("file:") || uri.contains("javascript:") {
                        return Err(format!("has the place {uri}"));
                    }
                }
                open.extend(fields.values());
            }
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
    Ok(())
}

pub fn cases() -> Vec<Case> {
    vec![
        case(93, "out: `<script>`, `<svg onload>`, `javascript:` in labels", Must::Inert).act("", "", |bench| {
            said(
                bench,
                &[
                    "<script>alert(1)</script>",
                    "<svg onload=alert(1)>",
                    "\"><img src=x onerror=alert(1)>",
                    "javascript:alert(1)",
                    "[a](javascript:alert(1))",
                    "' onmouseover='alert(1)",
                    "</style></title><script>alert(1)</script>",
                    "&lt;script&gt;",
                    "{{ 7 * 7 }}{% raw %}",
                ],
            )
        }),
        case(94, "out: `]]>`, NUL, U+FFFE, ESC in JUnit", Must::Inert).act("", "", |bench| {
            said(bench, &["]]>", "<![CDATA[", "a\u{1b}[31mb", "\u{fffe}\u{ffff}", "&bad;", "<!DOCTYPE x>", "--><!--"])
        }),
        case(95, "out: OSC 8/52, CSI 2J, bidi override on terminal", Must::Inert).act("", "", |bench| {
            said(
                bench,
                &[
                    "\u{1b}]8;;http://x\u{7}y\u{1b}]8;;\u{7}",
                    "\u{1b}]52;c;aGk=\u{7}",
                    "\u{1b}[2J\u{1b}[H",
                    "\u{9b}2J",
                    "\u{202e}evil\u{202c}",
                    "\u{2066}a\u{2069}",
                    "a\u{8}\u{8}b\u{7f}",
                ],
            )
        }),
        case(96, "out: SARIF markdown/HTML, `file://` URI", Must::Inert).act("", "", |bench| {
            said(
                bench,
                &[
                    "**bold** <b>x</b>",
                    "![x](http://x/y.png)",
                    "file:///etc/passwd",
                    "..%2f..%2fx",
                    "a|b|c",
                    "`x` <!-- -->",
                ],
            )
        }),
    ]
}
