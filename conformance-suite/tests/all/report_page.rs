//! The HTML report: well formed, self-contained, readable by ear, complete, and deaf to hostile strings.

use std::collections::HashSet;

use lmstd_conformance_suite::report::{Format, Lang, render};
use lmstd_conformance_suite::verdict::{Confusion, Report};

use crate::report_samples::{all, conforms, does_not_conform, hostile};

const LANGS: [(Lang, &str); 2] = [(Lang::En, "en"), (Lang::Zh, "zh-Hans")];
/// Elements the page is made of; nothing that loads, runs or submits anything is among them.
const ELEMENTS: &str = " a article body br caption circle code dd defs desc div dl dt figcaption figure footer h1 h2 h3 h4 \
    head header html li line main meta nav ol p path pattern pre rect section span strong style svg table tbody td text th \
    thead title tr ul ";

fn page(report: &Report, lang: Lang) -> String {
    String::from_utf8(render(report, Format::Html, lang).expect("a report renders")).expect("reports are UTF-8")
}

fn pages() -> impl Iterator<Item = (String, &'static str)> {
    all().into_iter().flat_map(|(_, report)| LANGS.map(|(lang, tag)| (page(&report, lang), tag)))
}

/// A start tag with its attributes, or an end tag.
#[derive(Debug)]
struct Tag {
    name: String,
    end: bool,
    attributes: Vec<(String, String)>,
    /// Where its text starts.
    after: usize,
}

impl Tag {
    fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}

/// All tags. Strict on purpose: quotes around every value, no `<` or `>` anywhere but around tags.
fn tags(page: &str) -> Vec<Tag> {
    let start = page.strip_prefix("<!DOCTYPE html>").expect("a doctype");
    let mut out = Vec::new();
    let mut rest = start;
    while let Some(open) = rest.find('<') {
        assert!(!rest[..open].contains('>'), "a stray > in {:?}", &rest[..open]);
        let close = rest[open..].find('>').expect("a tag that is closed") + open;
        let inner = &rest[open + 1..close];
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
        rest = &rest[close + 1..];
        out.push(Tag { name: name.to_owned(), end, attributes, after: page.len() - rest.len() });
        if name == "style" && !end {
            rest = &rest[rest.find("</style>").expect("the style sheet's end")..];
        }
    }
    out
}

#[test]
fn the_page_is_well_formed() {
    for (page, lang) in pages() {
        let mut open: Vec<String> = Vec::new();
        for tag in tags(&page) {
            assert!(ELEMENTS.contains(&format!(" {} ", tag.name)), "<{}> is no element of the page", tag.name);
            let empty = ["meta", "br", "path", "circle", "rect", "line"].contains(&tag.name.as_str());
            if tag.end {
                assert_eq!(open.pop().as_ref(), Some(&tag.name));
            } else if !empty {
                open.push(tag.name.clone());
            }
            if tag.name == "html" && !tag.end {
                assert_eq!(tag.get("lang"), Some(lang));
            }
        }
        assert_eq!(open, Vec::<String>::new());
    }
}

#[test]
fn nothing_is_loaded_run_or_sent() {
    for (page, _) in pages() {
        for tag in tags(&page) {
            for (key, value) in &tag.attributes {
                assert!(
                    !key.starts_with("on") && !["src", "style", "action", "srcset"].contains(&key.as_str()),
                    "{tag:?}"
                );
                assert!(!value.contains("//") || key == "xmlns" || key == "aria-label", "{tag:?}");
                assert!(!key.contains("href") || value.starts_with('#'), "{tag:?}");
            }
        }
        let (head, _) = page.split_once("</style>").expect("a style sheet");
        let (_, style) = head.split_once("<style>").expect("a style sheet");
        assert!(!style.contains("@import") && !style.contains("//") && !style.contains("javascript"));
        assert!(style.match_indices("url(").all(|(at, _)| style[at..].starts_with("url(#")));
        assert!(!page.to_ascii_lowercase().contains("<script"));
    }
    for report in [conforms(), does_not_conform()] {
        for (lang, _) in LANGS {
            assert!(!page(&report, lang).contains("http:") && !page(&report, lang).contains("https:"));
        }
    }
}

#[test]
fn the_page_can_be_walked_by_ear() {
    for (page, _) in pages() {
        let tags = tags(&page);
        let starts: Vec<&Tag> = tags.iter().filter(|t| !t.end).collect();
        let ids: Vec<&str> = starts.iter().filter_map(|t| t.get("id")).collect();
        let known: HashSet<&str> = ids.iter().copied().collect();
        assert_eq!(known.len(), ids.len(), "an id twice");
        let mut level = 0;
        for tag in &starts {
            if let Some(target) = tag.get("href") {
                assert!(known.contains(&target[1..]), "{target} leads nowhere");
            }
            if let Some(label) = tag.get("aria-labelledby") {
                assert!(known.contains(label), "{label} labels nothing");
            }
            if let Some(digit) = tag.name.strip_prefix('h').and_then(|d| d.parse::<usize>().ok()) {
                assert!(digit <= level + 1, "h{digit} after h{level}");
                level = digit;
            }
            if tag.name == "th" {
                assert!(matches!(tag.get("scope"), Some("col" | "row")), "{tag:?}");
            }
            if tag.name == "svg" && tag.get("aria-hidden").is_none() {
                assert_eq!(tag.get("role"), Some("img"));
                assert!(page[tag.after..].starts_with("<title>") && !page[tag.after..].starts_with("<title></title>"));
            }
        }
        for landmark in ["header", "main", "nav", "footer", "h1"] {
            let n = starts.iter().filter(|t| t.name == landmark).count();
            assert!(n == 1 || landmark == "header" && n > 0, "{n} of {landmark}");
        }
        let first = starts.iter().find(|t| t.name == "a").expect("a link");
        assert_eq!((first.get("class"), first.get("href")), (Some("skip"), Some("#outcome")));
    }
}

#[test]
fn sections_stand_in_the_order_of_the_design() {
    for (page, _) in pages() {
        let tags = tags(&page);
        let order: Vec<&str> = tags.iter().filter(|t| t.name == "section").filter_map(|t| t.get("id")).collect();
        assert_eq!(order, ["outcome", "decided", "clauses", "model", "data", "numbers", "trace", "check"]);
    }
}

/// Text as the page writes it; the samples have none of the characters that hide.
fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace('"', "&quot;").replace('\'', "&#39;")
}

#[test]
fn nothing_of_the_report_is_left_out() {
    for report in [conforms(), does_not_conform()] {
        for (lang, _) in LANGS {
            let page = page(&report, lang);
            let mut wanted =
                vec![&report.date, &report.standard.lock, &report.standard.sha256, &report.submission.root];
            wanted.extend([
                &report.signer.key,
                &report.tool.platform,
                &report.standard.title.en,
                &report.standard.title.zh,
            ]);
            wanted.extend(report.submission.files.iter().flat_map(|f| [&f.path, &f.sha256]));
            wanted.extend(report.submission.declared.iter().chain(&report.seeds).flat_map(|(k, v)| [k, v]));
            wanted.extend(report.tool.limits.iter().flat_map(|(k, v)| [k, v]));
            wanted.extend(report.models.values().flat_map(|m| m.config.iter().flat_map(|(k, v)| [k, v])));
            for dataset in report.datasets.values() {
                wanted.extend(dataset.fields.iter().flat_map(|(k, v)| [k, v]));
                wanted.extend(dataset.splits.values().flat_map(|s| [&s.path, &s.sha256]));
            }
            for clause in &report.clauses {
                wanted.extend([&clause.id, &clause.text.en, &clause.text.zh, &clause.bar]);
                wanted.extend(clause.controls.iter().chain(&clause.evidence));
                wanted.extend(clause.measured.iter().map(|m| &m.measure));
                wanted.extend(clause.measured.iter().flat_map(|m| m.facts.iter().flat_map(|(k, v)| [k, v])));
                wanted.extend(clause.findings.iter().flat_map(|f| [&f.message, &f.at, &f.expected, &f.found, &f.mend]));
            }
            for text in wanted {
                assert!(page.contains(&escaped(text)), "{text:?} is not on the page");
            }
        }
    }
}

#[test]
fn hostile_strings_stay_text_and_are_seen() {
    for (lang, _) in LANGS {
        let page = page(&hostile(), lang);
        assert!(
            page.contains("&lt;script&gt;alert(1)&lt;/script&gt; \\u{1B}[31mred\\u{1B}[0m \\u{202E}gnp.exe\\u{2066}")
        );
        assert!(page.contains("&lt;/dd&gt;&lt;/dl&gt;&lt;h1&gt;MIT"));
        assert!(page.contains("{{ 7*7 }}"), "a template in a name was run");
        assert!(page.len() < 200_000, "long strings are clipped: {} bytes", page.len());
    }
}

#[test]
fn what_is_declared_is_never_called_measured() {
    for (lang, _) in LANGS {
        let page = page(&conforms(), lang);
        let heading = if lang == Lang::En { "What the submitter declares" } else { "提交者的声明" };
        let (_, after) = page.split_once(&format!("<h3>{heading}</h3>")).expect("the section");
        let (section, _) = after.split_once("</section>").expect("its end");
        assert!(section.contains("t-declared") && !section.contains("测量值") && !section.contains("t-measured"));
        // The clause that rests on a declaration says so beside its verdict.
        let (_, clause) = page.split_once("class=\"clause v-attested\"").expect("the clause");
        let (clause, _) = clause.split_once("</header>").expect("its head");
        assert!(clause.contains("t-declared") && !clause.contains("t-measured"));
    }
}

#[test]
fn a_key_made_for_one_run_is_warned_of() {
    let warned = |report: &Report| page(report, Lang::En).contains("not who signed");
    assert!(warned(&conforms()));
    assert!(!warned(&does_not_conform()));
}

#[test]
fn a_matrix_too_large_to_draw_lists_its_worst_confusions() {
    let mut report = conforms();
    let labels: Vec<String> = (0..40).map(|i| format!("class-{i}")).collect();
    let mut counts = vec![vec![0; 40]; 40];
    counts[7][9] = 12_345;
    counts[8][8] = 99_999;
    report.clauses[4].measured[0].confusion = Some(Confusion { labels, counts });
    let page = page(&report, Lang::En);
    assert!(page.contains("Too many classes to draw"));
    assert!(page.contains("<th scope=\"row\">class-7</th><td>class-9</td><td class=\"n\">12,345</td>"));
    assert!(!page.contains("99,999"), "a right answer is no confusion");
}
