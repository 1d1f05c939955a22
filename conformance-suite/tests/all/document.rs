//! Standards as documents: complete, well formed, self-contained, the same bytes every time, and deaf to hostile texts.

use std::collections::HashSet;

use lmstd_compiler::modules::NoDocuments;
use lmstd_compiler::standard::Standard;
use lmstd_compiler::{Compiled, compile};
use lmstd_conformance_suite::document::{Format, Paper, Tongues, compose, render};
use lmstd_conformance_suite::{measure, standards};

use crate::support::{lmstd_check, root};

const TONGUES: [(Tongues, &str); 3] = [(Tongues::En, "en"), (Tongues::Zh, "zh-Hans"), (Tongues::Both, "en")];
const FORMATS: [Format; 2] = [Format::Html, Format::Markdown];
/// Elements a document is made of; nothing that loads, runs or submits anything is among them.
const ELEMENTS: &str = " a article body br caption circle code dd desc div dl dt figcaption figure footer g h1 h2 \
    h3 h4 head header html li line main meta nav ol p path polyline rect section span style svg table tbody td text th \
    thead title tr ";

/// Every sign that could be markup, or move other text, wherever an author can write.
const HOSTILE: &str = r#"/// Doc `code`, <script>alert(2)</script>, a | pipe and BIDI. [link](javascript:x) ![i](y) &amp; {{ 7*7 }}
///
/// # not a heading
standard hostile 1.0.0 {
  title en "<script>alert(1)</script> | `tick BIDI http://evil.example/ www.evil.example @all" zh "</title><b>粗 | ``"

  /// Model doc ` lone tick | <i>
  model m = article.TransformerBlockClassifier {
    ff_activation in {"relu", "<b>|`"}
    vocab_size * 2 >= max_len
  }

  dataset d {
    /// Column doc <u> | `x`
    text: text, in {"a|b", "<script>"}
    label: class {no = "<0>|`", yes = "1"}
    split test from "data/<x>|.csv"
  }

  clause A-1 must {
    text en "Text <img src=x onerror=alert(1)> | `BIDI" zh "文本 <script> | `BIDI"
    accuracy(m, d.test) >= 0.87651 at 99.9%
  }

  clause A-2 must when m.max_len >= 64 {
    declared.license in {"<MIT>|`x`", "B"} or not (latency(m).p95 <= 1500 ms and size(m) <= 1_000_001 B)
    satisfies a.b-1, c.d
  }
}
"#;

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).expect("a file of the repository")
}

/// A compiled standard and its document.
struct Case {
    name: String,
    compiled: Compiled,
    paper: Paper,
}

impl Case {
    fn new(name: &str, text: &str) -> Case {
        let library = measure::library();
        let compiled = compile(name, text, &library, &NoDocuments);
        let paper = compose(&compiled, &library);
        let paper = paper.unwrap_or_else(|| panic!("{name}: {:?}", compiled.diagnostics));
        Case { name: name.to_owned(), compiled, paper }
    }

    fn standard(&self) -> &Standard {
        self.compiled.standard.as_ref().expect("a paper has a standard")
    }

    fn rendered(&self, format: Format, tongues: Tongues) -> String {
        String::from_utf8(render(&self.paper, format, tongues).expect("a paper renders")).expect("UTF-8")
    }
}

fn hostile() -> Case {
    Case::new("hostile.lms", &HOSTILE.replace("BIDI", "\u{202e}\u{2066}"))
}

/// The examples in both spellings and every built-in standard.
fn sound() -> Vec<Case> {
    let examples = ["standard.lms", "standard.yaml", "article-claim.lms"];
    let examples = examples.map(|name| Case::new(name, &read(&format!("examples/sentiment/{name}"))));
    let built_in = standards::ALL.iter().map(|(name, text)| Case::new(&format!("{name}.lms"), text));
    examples.into_iter().chain(built_in).collect()
}

fn all() -> Vec<Case> {
    sound().into_iter().chain([hostile()]).collect()
}

/// Text as a page writes it.
fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace('"', "&quot;").replace('\'', "&#39;")
}

fn hidden(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
}

#[test]
fn nothing_of_a_standard_is_left_out() {
    for case in sound() {
        let standard = case.standard();
        let mut wanted = vec![&standard.id, &standard.version, &standard.lock, &standard.title.en, &standard.title.zh];
        for (name, model) in &standard.models {
            wanted.extend([name, &model.architecture]);
            wanted.extend(model.constraints.iter().map(|constraint| &constraint.text));
            // Of a model that may be of any architecture there are no fields to tell.
            let Some(architecture) = case.compiled.architectures.get(&model.architecture) else { continue };
            wanted.extend(architecture.config.iter().map(|field| &field.name.value));
            wanted.extend(architecture.inputs.iter().chain(&architecture.outputs).map(|port| &port.name.value));
        }
        for (name, dataset) in &standard.datasets {
            wanted.push(name);
            wanted.extend(dataset.fields.iter().map(|field| &field.name));
            wanted.extend(dataset.splits.iter().flat_map(|split| std::iter::once(&split.name).chain(&split.from)));
        }
        for clause in &standard.clauses {
            wanted.extend([&clause.id, &clause.bar, &clause.text.en, &clause.text.zh]);
            wanted.extend(&clause.satisfies);
        }
        wanted
            .extend(standard.measurements.iter().flat_map(|measurement| [&measurement.measure, &measurement.display]));
        for (tongues, _) in TONGUES {
            let page = case.rendered(Format::Html, tongues);
            let text = case.rendered(Format::Markdown, tongues);
            let unescaped = text.replace('\\', "");
            for text in &wanted {
                assert!(page.contains(&escaped(text)), "{}: {text:?} is not on the page", case.name);
                assert!(unescaped.contains(text.as_str()), "{}: {text:?} is not in the Markdown", case.name);
            }
        }
    }
}

#[test]
fn every_fixed_word_is_told_in_words() {
    let prefixes =
        ["gloss.", "verdict.", "trust.", "level.", "outcome.", "define.", "rests.", "stage.", "kind.", "role."];
    for case in sound() {
        for format in FORMATS {
            for (tongues, tag) in TONGUES {
                let text = case.rendered(format, tongues);
                // A style sheet's selectors look like keys.
                let text = text.split_once("</style>").map_or(text.as_str(), |(_, body)| body);
                for key in prefixes {
                    let raw = text
                        .match_indices(key)
                        .find(|(at, _)| text[at + key.len()..].starts_with(|c: char| c.is_ascii_lowercase()));
                    assert_eq!(raw, None, "{} {format:?} {tag}: a key without words", case.name);
                }
            }
        }
    }
}

#[test]
fn every_clause_has_its_number_and_can_be_linked_to() {
    for case in sound() {
        for (index, clause) in case.standard().clauses.iter().enumerate() {
            let page = case.rendered(Format::Html, Tongues::En);
            let head = format!(
                "<h3 id=\"clause-{id}-title\"><span class=\"num\">5.{}</span> {id} (",
                index + 1,
                id = clause.id
            );
            assert!(page.contains(&head), "{}: {head}", case.name);
            let text = case.rendered(Format::Markdown, Tongues::Zh);
            let head = format!("### <a id=\"clause-{id}\"></a>5.{} {id} ", index + 1, id = clause.id);
            assert!(text.contains(&head), "{}: {head}", case.name);
        }
    }
}

#[test]
fn documents_are_the_same_every_time_and_show_no_hidden_character() {
    for (case, again) in all().iter().zip(all()) {
        for format in FORMATS {
            for (tongues, tag) in TONGUES {
                let text = case.rendered(format, tongues);
                assert_eq!(text, again.rendered(format, tongues), "{} {format:?} {tag}", case.name);
                assert_eq!(text.chars().find(|c| hidden(*c)), None, "{} {format:?} {tag}", case.name);
            }
        }
    }
}

/// The text without Annex A, digests and the names of files.
fn body(text: &str, format: Format) -> String {
    let mark = |annex: &str| match format {
        Format::Html => format!("<section id=\"{annex}\""),
        Format::Markdown => format!("## <a id=\"{annex}\""),
    };
    let (before, rest) = text.split_once(&mark("annex-a")).expect("Annex A");
    let (_, after) = rest.split_once(&mark("annex-b")).expect("Annex B");
    let mut out = String::new();
    let mut run = String::new();
    for c in format!("{before}{after} ").chars() {
        if c.is_ascii_hexdigit() {
            run.push(c);
            continue;
        }
        out.push_str(if run.len() == 64 { "DIGEST" } else { &run });
        out.push(c);
        run.clear();
    }
    out.replace("standard.yaml", "FILE").replace("standard.lms", "FILE")
}

#[test]
fn both_spellings_give_the_same_document() {
    let [lms, yaml] = ["standard.lms", "standard.yaml"]
        .map(|name| Case::new(&format!("/somewhere/{name}"), &read(&format!("examples/sentiment/{name}"))));
    for format in FORMATS {
        for (tongues, tag) in TONGUES {
            let (left, right) = (lms.rendered(format, tongues), yaml.rendered(format, tongues));
            assert_eq!(body(&left, format), body(&right, format), "{format:?} {tag}");
            assert!(!left.contains("somewhere"), "where a file lies is not part of a standard");
        }
    }
}

/// A start tag with its attributes, or an end tag. Strict on purpose: no `<` or `>` anywhere but around tags.
struct Tag {
    name: String,
    end: bool,
    attributes: Vec<(String, String)>,
}

impl Tag {
    fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

fn tags(page: &str) -> Vec<Tag> {
    let mut rest = page.strip_prefix("<!DOCTYPE html>").expect("a doctype");
    let mut out = Vec::new();
    while let Some((before, after)) = rest.split_once('<') {
        assert!(!before.contains('>'), "a stray > in {before:?}");
        let (inner, after) = after.split_once('>').expect("a tag that is closed");
        let (end, inner) = inner.strip_prefix('/').map_or((false, inner), |name| (true, name));
        let inner = inner.strip_suffix('/').unwrap_or(inner);
        let (name, mut left) = inner.split_once(' ').unwrap_or((inner, ""));
        let mut attributes = Vec::new();
        while !left.trim().is_empty() {
            let (key, value) = left.trim_start().split_once("=\"").expect("an attribute in quotes");
            let (value, tail) = value.split_once('"').expect("a closing quote");
            attributes.push((key.to_owned(), value.to_owned()));
            left = tail;
        }
        rest = match (name, end) {
            ("style", false) => &after[after.find("</style>").expect("the style sheet's end")..],
            _ => after,
        };
        out.push(Tag { name: name.to_owned(), end, attributes });
    }
    out
}

#[test]
fn pages_are_well_formed_and_can_be_walked_by_ear() {
    for case in all() {
        for (tongues, lang) in TONGUES {
            let page = case.rendered(Format::Html, tongues);
            let tags = tags(&page);
            let mut open: Vec<&str> = Vec::new();
            for tag in &tags {
                assert!(ELEMENTS.contains(&format!(" {} ", tag.name)), "<{}> in {}", tag.name, case.name);
                let empty = ["meta", "br", "circle", "path", "polyline", "rect", "line"].contains(&tag.name.as_str());
                if tag.end {
                    assert_eq!(open.pop(), Some(tag.name.as_str()), "{}", case.name);
                } else if !empty {
                    open.push(&tag.name);
                }
            }
            assert!(open.is_empty(), "{open:?}");
            let starts: Vec<&Tag> = tags.iter().filter(|tag| !tag.end).collect();
            let ids: Vec<&str> = starts.iter().filter_map(|tag| tag.get("id")).collect();
            let known: HashSet<&str> = ids.iter().copied().collect();
            assert_eq!(known.len(), ids.len(), "{}: an id twice", case.name);
            let mut level = 0;
            for tag in &starts {
                let leads = tag.get("href").map(|href| href.strip_prefix('#').expect("a link inside the page"));
                for target in leads.into_iter().chain(tag.get("aria-labelledby")) {
                    assert!(known.contains(target), "{}: {target} leads nowhere", case.name);
                }
                if let Some(digit) = tag.name.strip_prefix('h').and_then(|digit| digit.parse::<usize>().ok()) {
                    assert!(digit <= level + 1, "{}: h{digit} after h{level}", case.name);
                    level = digit;
                }
                if tag.name == "th" {
                    assert!(matches!(tag.get("scope"), Some("col" | "row")), "{:?}", tag.attributes);
                }
            }
            assert_eq!(starts.iter().find(|tag| tag.name == "html").and_then(|tag| tag.get("lang")), Some(lang));
            let sections = starts.iter().filter(|tag| tag.name == "section").filter_map(|tag| tag.get("id"));
            assert_eq!(
                sections.collect::<Vec<_>>().join(" "),
                "foreword scope terms models data clauses matrix decision annex-a annex-b"
            );
        }
    }
}

#[test]
fn nothing_is_loaded_run_or_sent() {
    for case in all() {
        for (tongues, _) in TONGUES {
            let page = case.rendered(Format::Html, tongues);
            for tag in tags(&page) {
                for (key, value) in &tag.attributes {
                    assert!(!key.starts_with("on") && !["src", "style", "action", "srcset"].contains(&key.as_str()));
                    assert!(!key.contains("href") || value.starts_with('#'), "{value}");
                    assert!(!value.contains("//") || key == "aria-label", "{key}={value}");
                }
            }
            let (head, _) = page.split_once("</style>").expect("a style sheet");
            let (_, style) = head.split_once("<style>").expect("a style sheet");
            assert!(!style.contains("@import") && !style.contains("//"));
            assert!(style.match_indices("url(").all(|(at, _)| style[at..].starts_with("url(#")));
            assert!(!page.to_ascii_lowercase().contains("<script"));
        }
    }
    let page = sound()[0].rendered(Format::Html, Tongues::Both);
    assert!(!page.contains("http:") && !page.contains("https:"));
}

#[test]
fn hostile_texts_stay_texts_on_the_page_and_are_seen() {
    for (tongues, _) in TONGUES {
        let page = hostile().rendered(Format::Html, tongues);
        for seen in [
            "&lt;script&gt;alert(1)&lt;/script&gt; | `tick \\u{202E}\\u{2066} http:",
            "&lt;/title&gt;&lt;b&gt;粗 | ``",
            "<code>code</code>, &lt;script&gt;alert(2)&lt;/script&gt;, a | pipe",
            "Model doc ` lone tick | &lt;i&gt;",
            "<code>&lt;0&gt;|`</code>",
            "Text &lt;img src=x onerror=alert(1)&gt; | `\\u{202E}\\u{2066}",
            "<code>&lt;MIT&gt;|`x`</code>",
            "{{ 7*7 }}",
        ] {
            assert!(page.contains(seen), "{seen:?}");
        }
    }
}

/// What a CommonMark reader may take for markup: no fenced blocks, no code spans, no escaped characters.
fn live(text: &str) -> String {
    let mut out = String::new();
    let mut fence: Option<&str> = None;
    for line in text.lines() {
        let ticks = &line[..line.len() - line.trim_start_matches('`').len()];
        match fence {
            Some(open) if line.len() == ticks.len() && ticks.len() >= open.len() => fence = None,
            Some(_) => {}
            None if ticks.len() >= 3 => fence = Some(ticks),
            None => out.push_str(&outside_code(line)),
        }
        out.push('\n');
    }
    assert_eq!(fence, None, "a fence that is not closed");
    out
}

fn outside_code(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        if c == '\\' {
            rest = &rest[1 + rest[1..].chars().next().map_or(0, char::len_utf8)..];
        } else if c == '`' {
            let ticks = rest.len() - rest.trim_start_matches('`').len();
            let (mark, mut after) = rest.split_at(ticks);
            loop {
                after = &after[after.find(mark).expect("a code span that is closed")..];
                let run = after.len() - after.trim_start_matches('`').len();
                after = &after[run..];
                if run == ticks {
                    break;
                }
            }
            rest = after;
        } else {
            out.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    out
}

#[test]
fn markdown_lets_nothing_hostile_out() {
    for case in all() {
        for (tongues, _) in TONGUES {
            let text = live(&case.rendered(Format::Markdown, tongues));
            let own = text.replace("<br>", "").replace("</a>", "").replace("<a id=\"", "").replace("](#", "");
            for bad in ["<", "](", "![", "http:", "www.", "@", "javascript:"] {
                assert!(!own.contains(bad), "{}: {bad:?} is live", case.name);
            }
            assert!(!text.lines().any(|line| line.trim_start().starts_with("# not a heading")));
        }
    }
}

#[test]
fn rows_of_markdown_tables_have_as_many_cells_as_their_heads() {
    let mut rows = 0;
    for case in all() {
        for (tongues, _) in TONGUES {
            let mut head = None;
            for line in case.rendered(Format::Markdown, tongues).lines() {
                let cells = line.replace("\\|", "").matches('|').count();
                head = line.starts_with('|').then(|| *head.get_or_insert(cells));
                assert!(head.is_none_or(|head| head == cells), "{}: {line}", case.name);
                rows += usize::from(line.starts_with('|'));
            }
        }
    }
    assert!(rows > 500, "{rows} rows");
}

#[test]
fn bars_are_told_exactly_with_their_units_and_confidences() {
    let page = hostile().rendered(Format::Html, Tongues::En);
    for words in [
        "<code>accuracy(m, d.test)</code>, a rate, is at least 0.87651, decided on the interval of 99.9% confidence",
        "<code>latency(m).p95</code>, a duration, is at most 1.5 s, decided on the interval of 95% confidence",
        "<code>size(m)</code>, a size, is at most 1000001 B, decided on the exact value",
        "<span class=\"label\">b)</span> This does not hold:",
        "<span class=\"label\">b.1)</span> All of these hold:",
        "<span class=\"label\">b.1.2)</span> <code>size(m)</code>",
        "when the configuration of <code>m</code> meets <code>m.max_len &gt;= 64</code>",
    ] {
        assert!(page.contains(words), "{words}");
    }
    let page = Case::new("standard.lms", &read("examples/sentiment/standard.lms")).rendered(Format::Html, Tongues::En);
    for words in ["is at least 75%", "is at most 200 ms", "is at most 50 MiB", "is at most 1,000,000", "is exactly 0,"]
    {
        assert!(page.contains(words), "{words}");
    }
}

#[test]
fn several_clauses_together_are_bounded() {
    let page = Case::new("standard.lms", &read("examples/sentiment/standard.lms")).rendered(Format::Html, Tongues::En);
    for words in
        ["rest on an estimate: 2.", "a probability of at most 5%,", "at most 10%,", "at least 90% every verdict"]
    {
        assert!(page.contains(words), "{words}");
    }
    let page = hostile().rendered(Format::Html, Tongues::En);
    assert!(page.contains("at most 5.1%,") && page.contains("at least 94.9% every verdict"));
    let exact = standards::find("lmstd/bert-sequence-classification").expect("a built-in standard");
    let exact = Case::new("exact.lms", exact);
    assert!(exact.rendered(Format::Html, Tongues::En).contains("No required clause rests on an estimate"));
}

#[test]
fn the_matrix_gives_the_word_of_each_mark() {
    let page = Case::new("standard.lms", &read("examples/sentiment/standard.lms")).rendered(Format::Html, Tongues::En);
    let row = |control: &str| {
        let (_, row) = page.split_once(&format!("<tr><th scope=\"row\"><code>{control}</code></th>")).expect(control);
        row.split_once("</tr>").expect("its end").0.to_owned()
    };
    let quality = row("eu-ai-act.art-15-1");
    assert_eq!(quality.matches("<span class=\"hide\">measured</span>").count(), 2);
    assert_eq!(quality.matches("<td></td>").count(), 4);
    let licence = row("eu-ai-act.annex-xi-1-1-f");
    assert!(licence.contains(">○</span><span class=\"hide\">declared</span>") && !licence.contains("measured"));
}

#[test]
fn the_source_stands_in_the_annex_line_by_line() {
    for case in sound() {
        let page = case.rendered(Format::Html, Tongues::Both);
        let (_, annex) = page.split_once("<ol class=\"source\">").expect("the source");
        let (annex, _) = annex.split_once("</ol>").expect("its end");
        let (_, source) = case.compiled.sources.iter().last().expect("the document");
        assert_eq!(annex.matches("<li>").count(), source.text.lines().count(), "{}", case.name);
        for line in source.text.lines() {
            assert!(annex.contains(&format!("<li><code>{}</code></li>", escaped(line))), "{}: {line}", case.name);
        }
    }
}

#[test]
fn a_text_without_a_standard_is_no_document() {
    let library = measure::library();
    let texts = [
        "architecture a.B {\n  outputs {\n  }\n  forward {\n  }\n}\n",
        "standard x 1.0.0 {\n  clause A must { nothing(m) }\n}\n",
    ];
    for text in texts {
        let compiled = compile("a.lms", text, &library, &NoDocuments);
        assert!(compose(&compiled, &library).is_none(), "{text}");
    }
}

#[test]
fn the_command_writes_what_the_library_renders() {
    let case = Case::new("examples/sentiment/standard.lms", &read("examples/sentiment/standard.lms"));
    let run = lmstd_check(&["doc", "examples/sentiment/standard.lms", "--format", "markdown", "--lang", "zh"]);
    assert_eq!((run.code, run.out.as_str()), (0, case.rendered(Format::Markdown, Tongues::Zh).as_str()));
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("standard.html");
    let run = lmstd_check(&["doc", "lmstd/transformer-post-norm", "-o", file.to_str().expect("UTF-8")]);
    assert_eq!((run.code, run.out.as_str()), (0, ""), "{}", run.err);
    assert!(std::fs::read_to_string(&file).expect("the page").contains("后归一化 Transformer 分类器"));
    assert_eq!(lmstd_check(&["doc", "nowhere.lms"]).code, 3);
    assert_eq!(lmstd_check(&["doc", "examples/sentiment/standard.lms", "--lang", "fr"]).code, 3);
}
