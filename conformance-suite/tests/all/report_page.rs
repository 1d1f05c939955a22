//! The HTML report: well formed, self-contained, readable by ear, complete, and deaf to hostile strings.

use std::collections::HashSet;

use lmstd_conformance_suite::report::{Format, Lang, render};
use lmstd_conformance_suite::verdict::{Confusion, Report};

use crate::report_samples::{ORIGIN, all, conforms, does_not_conform, hostile, pictured, without_weights};

const LANGS: [(Lang, &str); 2] = [(Lang::En, "en"), (Lang::Zh, "zh-Hans")];
/// Elements the page is made of; nothing that loads, runs or submits anything is among them.
const ELEMENTS: &str = " a article body br caption circle code dd defs desc div dl dt figcaption figure footer h1 h2 h3 h4 \
    head header html li line main meta nav ol p path pattern pre rect section span strong style svg table tbody td text th \
    thead title tr ul ";

fn page(report: &Report, lang: Lang) -> String {
    String::from_utf8(render(report, Format::Html, lang).expect("a report renders")).expect("reports are UTF-8")
}

fn pages() -> impl Iterator<Item = (String, &'static str)> {
    let reports = all().into_iter().map(|(_, report)| report).chain([without_weights(), pictured()]);
    reports.flat_map(|report| LANGS.map(|(lang, tag)| (page(&report, lang), tag)))
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
            wanted.extend(report.submission.declared.iter().flat_map(|(k, v)| [k, v]));
            wanted.extend(report.seeds.values());
            wanted.extend(report.models.values().flat_map(|m| m.config.iter().flat_map(|(k, v)| [k, v])));
            for dataset in report.datasets.values() {
                wanted.extend(dataset.fields.iter().flat_map(|(k, v)| [k, v]));
                wanted.extend(dataset.splits.values().flat_map(|s| [&s.path, &s.sha256, &s.rule]));
            }
            for clause in &report.clauses {
                wanted.extend([&clause.id, &clause.text.en, &clause.text.zh, &clause.bar, &clause.when]);
                wanted.extend(clause.controls.iter().chain(&clause.evidence));
                wanted.extend(clause.measured.iter().map(|m| &m.measure));
                wanted.extend(clause.findings.iter().flat_map(|f| [&f.at, &f.expected]));
            }
            for text in wanted {
                assert!(page.contains(&escaped(text)), "{text:?} is not on the page");
            }
            // What the checker says in words of its own is said in the reader's.
            let said = match lang {
                Lang::En => [ORIGIN, "8 GiB of address space", "no sockets", "origin of the tolerance"],
                Lang::Zh => ["16 次随机", "地址空间 8 GiB", "禁用套接字", "容差来源"],
            };
            for text in said {
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
    assert!(page.contains("Too many classes to draw") && page.contains("chart figure pairs"));
    assert!(page.contains("class-7 → class-9 12,345 of 12,345 (100%)"));
    assert!(!page.contains("99,999"), "a right answer is no confusion");
}

/// Each arrow of the drawing is something that a box reads; the last one leaves the drawing.
#[test]
fn the_drawing_has_an_arrow_for_everything_that_is_read_and_no_other() {
    let mut report = conforms();
    let heads = |report: &Report| {
        let page = page(report, Lang::En);
        let (_, drawing) = page.split_once("class=\"chart architecture\"").expect("a drawing");
        let (drawing, _) = drawing.split_once("</svg>").expect("its end");
        (drawing.matches("class=\"head\"").count(), drawing.to_owned())
    };
    let (arrows, drawing) = heads(&report);
    // Twelve layers are one box: ids → embedding, mask → layers and pooler, embedding → layers → pooler → dense →
    // classifier, and the result.
    assert_eq!(arrows, 8, "{drawing}");
    assert!(drawing.contains("encoder.layer.0…11"), "{drawing}");
    for told in [
        "embedding 258,048 params ← input input_ids [batch, 64]",
        "encoder.layer.0…11 10,656 params  × 12 ← input attention_mask [batch, 64], embedding [batch, 64, 32]",
        "classifier 42 params ← dense [batch, 20] → [batch, 2]",
    ] {
        assert!(drawing.contains(told), "{told:?} is not in {drawing}");
    }
    // Without what they read, boxes that stand below each other do not feed each other.
    report.models["classifier"].layers.iter_mut().for_each(|layer| layer.reads.clear());
    assert_eq!(heads(&report).0, 1, "only the result of the last box leaves it");
}

#[test]
fn a_key_can_be_pasted_and_is_demanded_only_of_a_lasting_signer() {
    for (lang, _) in LANGS {
        let (once, lasting) = (page(&conforms(), lang), page(&does_not_conform(), lang));
        for page in [&once, &lasting] {
            assert!(page.contains("lmstd-ed25519:q83vEjRWeJASNFZ4kBI0VniQEjRWeJASNFZ4kBI0Vng="));
        }
        assert!(!once.contains("--trust") && !once.contains("PUBKEY"));
        assert!(lasting.contains("--trust PUBKEY") && lasting.matches("PUBKEY").count() >= 2, "it says what PUBKEY is");
    }
}

/// A clause that misses its bar shows its interval, and says what mends it, where it is told what decided.
#[test]
fn what_decided_it_is_drawn_and_can_be_mended() {
    for (lang, _) in LANGS {
        let page = page(&does_not_conform(), lang);
        let (_, decided) = page.split_once("id=\"decided\"").expect("the section");
        let (decided, _) = decided.split_once("</section>").expect("its end");
        let cards: Vec<&str> = decided.split("class=\"card v-").skip(1).collect();
        assert_eq!(cards.len(), 3);
        assert!(cards[1].contains("chart interval") && cards[2].contains("chart interval"), "{}", cards[1]);
        let mend = if lang == Lang::En { "To mend it: </span>" } else { "修正方法：</span>" };
        assert_eq!(cards[0].matches(mend).count(), 2, "{}", cards[0]);
        assert!(cards[0].contains("<strong>") && cards[0].contains("</code><br>"), "a place is no part of a sentence");
    }
}

#[test]
fn the_same_counts_are_drawn_once() {
    let page = page(&conforms(), Lang::En);
    assert_eq!(page.matches("chart figure matrix").count(), 1);
    let (_, matrix) = page.split_once("<h3>Confusion matrix</h3>").expect("the heading");
    let (list, _) = matrix.split_once("chart figure matrix").expect("the matrix");
    assert!(list.contains("QUAL-1") && list.contains("QUAL-2"), "{list}");
}

#[test]
fn controls_stand_under_their_catalogue_and_what_does_not_hold_is_called_so() {
    let english = page(&does_not_conform(), Lang::En);
    for told in [
        "<h3>Regulation (EU) 2024/1689 (Artificial Intelligence Act), 2024-07-12</h3>",
        "<h3>NIST AI 100-1, Artificial Intelligence Risk Management Framework 1.0, 2023-01-26</h3>",
        "Article 15(1)<br><code>eu-ai-act.art-15-1</code>",
        "Annex XI 1(1)(d)<br><code>eu-ai-act.annex-xi-1-1-d</code>",
        "MEASURE 2.5<br><code>nist-ai-rmf.measure-2-5</code>",
        "<dt>Named, but not holding</dt><dd><code>eu-ai-act.annex-xi-1-1-d</code>",
    ] {
        assert!(english.contains(told), "{told:?}");
    }
    assert!(!english.contains("Not covered"));
    let chinese = page(&does_not_conform(), Lang::Zh);
    assert!(
        chinese.contains("欧盟《人工智能法》（条例 (EU) 2024/1689），2024-07-12") && chinese.contains("已引用但未成立")
    );
    assert!(chinese.contains("第 15 条(1)<br>"));
}

#[test]
fn data_and_model_pages_say_what_was_asked_of_them() {
    let page = page(&conforms(), Lang::En);
    for told in [
        "asked for: rows &gt;= 2_000",
        "text, length in 1..=2_000, role input",
        "<dt>Texts that stand in more than one split</dt><dd>0</dd>",
        "<dt>Weights as stored</dt><dd class=\"big\">1.47 MiB</dd>",
        "<th scope=\"row\">Tokens</th><td>8,000</td>",
        "<th scope=\"row\">Cuts texts after</th><td>64 ids</td>",
        "<th scope=\"row\">Pads texts to</th><td>no fixed length</td>",
    ] {
        assert!(page.contains(told), "{told:?}");
    }
}

#[test]
fn the_check_section_says_what_verification_does_and_where_seeds_come_from() {
    let english = page(&conforms(), Lang::En);
    for told in
        ["decided again from the readings", "made again from report.json", "a nonce that the evidence log commits to"]
    {
        assert!(english.contains(told), "{told:?}");
    }
    for told in ["probability of at most 2.5%", "at most 5%", "3 of any submission against this standard"] {
        assert!(english.contains(told), "{told:?}");
    }
    assert!(english.contains("signed by lmstd-ed25519:AAAA on 2026-01-01, in force until 2026-12-31"));
    let chinese = page(&conforms(), Lang::Zh);
    assert!(!english.contains("evidence tree") && !chinese.contains("证据树"), "there is a log, and no tree");
    assert!(!english.contains("nobody can choose") && !chinese.contains("无法选择"));
    for (word, zh) in [("margin", "裕度"), ("tolerance", "容差"), ("seed", "随机种子"), ("control", "控制项")]
    {
        assert!(english.contains(&format!("<dt>{word}</dt>")) && chinese.contains(&format!("<dt>{zh}</dt>")), "{word}");
    }
}

/// On a narrow screen no number is out of sight: wide tables are stacked, and every cell says what it is.
#[test]
fn narrow_screens_and_paper_lose_nothing() {
    let page = page(&conforms(), Lang::En);
    let (style, body) = page.split_once("</style>").expect("a style sheet");
    for table in ["class=\"stack\"", "class=\"splits stack\"", "class=\"dense stack\""] {
        let (_, table) = body.split_once(table).expect("a table that is stacked");
        let (table, _) = table.split_once("</table>").expect("its end");
        let row = table.split("<tr").nth(2).expect("a row");
        assert!(row.contains("class=\"narrow sub\""), "{row}");
    }
    assert!(!style.contains("table.dense { min-width"), "what is stacked is not kept wide");
    let (_, print) = style.split_once("@media print").expect("rules for paper");
    assert!(print.contains(".beside { display: block; }") && print.contains(".keep"));
    assert!(style.contains("@top-left { content: \"Sentiment\\000020classifier"), "each sheet says what it is of");
    let (_, clause) = body.split_once("class=\"keep\"").expect("what print keeps together");
    let (kept, _) = clause.split_once("</div>\n<").expect("its end");
    assert!(kept.contains("<header>") && kept.contains("class=\"measured\""), "a clause's head and its first figure");
}

/// A title cannot end the style sheet that it stands in.
#[test]
fn the_head_of_printed_sheets_is_only_text() {
    let mut report = conforms();
    report.standard.title.en = "\"; } body { display: none } </style><script>".to_owned();
    let page = page(&report, Lang::En);
    let (_, style) = page.split_once("<style>").expect("a style sheet");
    let (style, _) = style.split_once("</style>").expect("its end");
    let (_, head) = style.split_once("@top-left").expect("the head");
    assert!(!head.contains("display") || head.contains("\\00007B"), "{head}");
    assert!(!head.contains('<') && head.matches('"').count() == 2, "{head}");
}
