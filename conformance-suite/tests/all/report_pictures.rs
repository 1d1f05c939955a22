//! Pictures in reports: each once, with all that rest on it; groups in words where there are no pictures; how intervals
//! were made.

use lmstd_conformance_suite::report::{Format, Lang, render, summary};
use lmstd_conformance_suite::verdict::{Figure, Report, Verdict};

use crate::report_samples::{conforms, hostile, pictured};

const LANGS: [Lang; 2] = [Lang::En, Lang::Zh];

fn rendered(report: &Report, format: Format, lang: Lang) -> String {
    String::from_utf8(render(report, format, lang).expect("a report renders")).expect("reports are UTF-8")
}

/// The numbers of the page.
fn numbers(report: &Report, lang: Lang) -> String {
    let page = rendered(report, Format::Html, lang);
    let (_, section) = page.split_once("<section id=\"numbers\"").expect("the section");
    section.split_once("</section>").expect("its end").0.to_owned()
}

/// From a heading to the end of the picture below it.
fn picture<'s>(section: &'s str, heading: &str) -> &'s str {
    let (_, rest) = section.split_once(&format!("<h3>{heading}</h3>")).unwrap_or_else(|| panic!("{heading}"));
    rest.split_once("</svg>").expect("its end").0
}

#[test]
fn each_picture_is_drawn_once() {
    for lang in LANGS {
        let section = numbers(&pictured(), lang);
        // Fractions, durations, sizes and other numbers have an axis each.
        for (kind, n) in [
            ("intervals", 4),
            ("matrix", 1),
            ("histogram", 1),
            ("reliability", 1),
            ("curve", 2),
            ("groups", 1),
            ("pairs", 0),
        ] {
            assert_eq!(section.matches(&format!("class=\"chart figure {kind}\"")).count(), n, "{kind}");
        }
    }
    assert_eq!(numbers(&conforms(), Lang::En).matches("chart figure intervals").count(), 3);
}

#[test]
fn a_picture_names_what_rests_on_it() {
    let section = numbers(&pictured(), Lang::En);
    let rests: [(&str, &[&str]); 6] = [
        ("Confusion matrix", &["QUAL-1", "QUAL-2"]),
        ("Bootstrap distribution", &["CAL-1", "CAL-2"]),
        ("Reliability diagram", &["CAL-1", "CAL-2", "CAL-3"]),
        ("ROC curve", &["RANK-1"]),
        ("Precision-recall curve", &["RANK-2"]),
        ("Values by group", &["FAIR-1"]),
    ];
    for (heading, of) in rests {
        let (list, _) = picture(&section, heading).split_once("</ul>").expect("a list");
        let named: Vec<&str> = list.split("</a>").filter_map(|part| Some(part.rsplit_once('>')?.1)).collect();
        assert!(named.starts_with(of), "{heading}: {named:?}");
        assert_eq!(list.matches("<li>").count(), of.len(), "{heading}");
    }
    let fractions = picture(&section, "Values, intervals and bars: fractions");
    for name in ["accuracy(classifier, reviews.test)", "quality(", "ece(", "brier(", "roc_auc(", "average_precision("] {
        assert!(fractions.contains(name), "{name}");
    }
    assert!(!fractions.contains("perplexity") && !fractions.contains("latency"));
    // The error is that of the drawn bins, the area that of the measurement, guessing the share of positives.
    assert!(picture(&section, "Reliability diagram").contains("calibration error 0.0260"));
    assert!(picture(&section, "ROC curve").contains("area 0.8521"));
    assert!(picture(&section, "Precision-recall curve").contains("area 0.8377, guessing 0.5000"));
}

#[test]
fn the_bar_stands_in_the_groups_where_every_group_is_held_against_it() {
    let mut report = pictured();
    let bars = |report: &Report| {
        let section = numbers(report, Lang::En);
        picture(&section, "Values by group").matches("class=\"bar\"").count()
    };
    assert_eq!(bars(&report), 1);
    let clause = report.clauses.iter_mut().find(|clause| clause.id == "FAIR-1").expect("a clause");
    clause.measured[0].measure.push_str(" worst group");
    assert_eq!(bars(&report), 0);
}

#[test]
fn a_mark_says_how_a_number_stands_and_none_where_nothing_was_decided() {
    let mut report = pictured();
    let row = |report: &Report| {
        let section = numbers(report, Lang::En);
        let told = picture(&section, "Values, intervals and bars: other numbers").to_owned();
        told.split_once("<desc>").expect("words").1.split_once("</desc>").expect("their end").0.to_owned()
    };
    assert!(row(&report).ends_with(", bar ≤ 30, meets"), "{}", row(&report));
    let last = report.clauses.len() - 1;
    report.clauses[last].measured[0].interval = Some([Some(31.0), None]);
    assert!(row(&report).ends_with(", misses"), "{}", row(&report));
    report.clauses[last].measured[0].interval = Some([Some(21.9), None]);
    assert!(row(&report).ends_with(", undecided"), "{}", row(&report));
    report.clauses[last].verdict = Verdict::Error;
    assert!(row(&report).ends_with(", bar ≤ 30"), "{}", row(&report));
}

#[test]
fn groups_are_told_where_there_are_no_pictures() {
    let mut report = pictured();
    for (lang, heading, none, worst) in
        [(Lang::En, "Values by group", "no value", "worst groups"), (Lang::Zh, "各组数值", "无数值", "最差的组")]
    {
        let text = rendered(&report, Format::Markdown, lang);
        let (_, table) = text.split_once(&format!("### {heading}\n")).expect("a heading");
        let (table, _) = table.split_once("\n#").expect("the next heading");
        assert!(table.contains("FAIR-1 `accuracy(classifier, reviews.test) by gender`"), "{table}");
        assert!(table.contains("| `women` | 0.7858 | \\[0.756, 0.816\\] | 1,000 |"), "{table}");
        assert!(table.contains(&format!("| `<b>&` | {none} |  | 10 |")), "{table}");
        let summary = summary(&report, lang, false, 200, None);
        let line = summary.lines().find(|line| line.contains("FAIR-1")).expect("a line");
        assert!(line.contains(worst) && line.contains(&format!("<b>& {none}")), "{line}");
        assert!(line.contains("men 0.7612 [0.731, 0.791]") && !line.contains("women 0.7858"), "{line}");
    }
    let clause = report.clauses.iter_mut().find(|clause| clause.id == "FAIR-1").expect("a clause");
    clause.verdict = Verdict::Fail;
    let told = summary(&report, Lang::En, false, 80, None);
    assert!(told.contains("\n  worst groups: <b>& no value; men 0.7612 [0.731, 0.791]\n"), "{told}");
    assert_eq!(told.matches("worst groups").count(), 1);
}

#[test]
fn names_of_groups_stay_text() {
    for lang in LANGS {
        let section = numbers(&hostile(), lang);
        assert!(section.contains("chart figure groups") && !section.contains("chart figure reliability"));
        assert!(!section.to_ascii_lowercase().contains("<script") && section.contains("&lt;script&gt;"));
    }
    assert!(numbers(&pictured(), Lang::En).contains("&lt;b&gt;&amp;"));
}

#[test]
fn how_intervals_were_made_is_told_once_for_each_method() {
    for (lang, heading, clusters) in
        [(Lang::En, "How the intervals were made", "weighed as one"), (Lang::Zh, "区间的计算方法", "作为一个整体加权")]
    {
        for (format, report, streams) in [
            (Format::Html, conforms(), 1),
            (Format::Html, pictured(), 3),
            (Format::Markdown, conforms(), 1),
            (Format::Markdown, pictured(), 3),
        ] {
            let text = rendered(&report, format, lang);
            let (_, told) = text.split_once(heading).expect("the part");
            assert_eq!(told.matches("ChaCha20").count(), streams, "{format:?}");
            assert_eq!(told.contains(clusters), streams == 3, "{format:?}");
            assert!(told.contains("Clopper") && told.contains("-ln u"));
        }
    }
    let mut none = conforms();
    none.clauses.iter_mut().flat_map(|clause| &mut clause.measured).for_each(|m| m.method.clear());
    let text = rendered(&none, Format::Markdown, Lang::En);
    assert!(text.contains("### How the intervals were made\n\nNone.\n"), "{text}");
}

#[test]
fn facts_of_metrics_are_told_in_both_languages() {
    let mut report = conforms();
    let facts = [
        ("signature", "f1|equals:scikit-learn|version:1"),
        ("trials", "1000"),
        ("term f1", "undefined"),
        ("sensitivity", "0.77..0.78"),
    ];
    let own = &mut report.clauses[0].measured[0].facts;
    own.extend(facts.map(|(name, value)| (name.to_owned(), value.to_owned())));
    for (lang, told) in [
        (
            Lang::En,
            [
                "what numbers must share to be compared: f1",
                "answers to each item: 1,000",
                "term f1: undefined",
                "0.77 to 0.78",
            ],
        ),
        (Lang::Zh, ["可比标识（相同者方可比较）：f1", "每题回答次数：1,000", "组成项 f1：未定义", "0.77 至 0.78"]),
    ] {
        let text = rendered(&report, Format::Markdown, lang);
        for told in told {
            assert!(text.contains(told), "{told}");
        }
    }
    let named = ["bca-bootstrap", "clustered-bca-bootstrap", "clustered-bayesian-bootstrap", "wilson"];
    for method in named.into_iter().chain(["simultaneous-clopper-pearson"]) {
        report.clauses[4].measured[0].method = method.to_owned();
        for lang in LANGS {
            assert!(!rendered(&report, Format::Markdown, lang).contains(method), "{method} has no name");
        }
    }
    report.seeds.insert("perturbation".to_owned(), "00".repeat(32));
    assert!(rendered(&report, Format::Markdown, Lang::Zh).contains("扰动（改动的文本）"));
}

/// JSON has no NaN, and a picture of such numbers shows nothing.
#[test]
fn pictures_of_what_is_no_number_are_left_out() {
    let bytes = render(&hostile(), Format::Json, Lang::En).expect("renders");
    let back = lmstd_conformance_suite::report::from_json(&bytes).expect("reads back");
    let clause = back.clauses.iter().find(|clause| clause.id == "QUAL-1").expect("a clause");
    assert!(matches!(clause.measured[0].figures.as_slice(), [Figure::Groups { groups }] if groups.len() == 2));
}
