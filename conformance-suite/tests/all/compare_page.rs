//! Comparisons on a terminal and as a page: both languages, every verdict, the answer, and hostile names that stay text.

use lmstd_conformance_suite::compare::outcome::{Choice, Compared, MetricCompared, Refused, Side};
use lmstd_conformance_suite::compare::page::page;
use lmstd_conformance_suite::compare::terminal::terminal;
use lmstd_conformance_suite::compare::told::Answer;
use lmstd_conformance_suite::compare::words::Words;
use lmstd_conformance_suite::report::Lang;

const LANGS: [Lang; 2] = [Lang::En, Lang::Zh];
const HOSTILE: &str = "<script>alert(1)</script> \u{1b}[31mred\u{1b}[0m \u{202e}gnp.exe\u{2066} {{ 7*7 }} \"'&\n# x";
/// Elements without an end tag.
const EMPTY: [&str; 6] = ["meta", "br", "path", "circle", "rect", "line"];

fn side(submission: &str, out: &str) -> Side {
    Side {
        out: out.to_owned(),
        submission: submission.to_owned(),
        root: format!("sha256:{}", "ab".repeat(32)),
        standard: "sentiment-classifier 1.0.0".to_owned(),
        date: "2026-01-01T00:00:00Z".to_owned(),
    }
}

fn metric(measure: &str, [a, b]: [f64; 2], interval: [f64; 2], adjusted_p: f64, verdict: Choice) -> MetricCompared {
    MetricCompared {
        measure: measure.to_owned(),
        signature: format!("{measure}|reference:scikit-learn 1.7"),
        higher_is_better: true,
        pairs: 1000,
        a,
        b,
        difference: b - a,
        interval: Some(interval),
        method: "bayesian-bootstrap".to_owned(),
        only: Some([41, 76]),
        p: Some(adjusted_p / 4.0),
        adjusted_p: Some(adjusted_p),
        test: "mcnemar-exact".to_owned(),
        verdict,
        needs: None,
    }
}

fn compared() -> Compared {
    let error = MetricCompared {
        higher_is_better: false,
        only: None,
        test: "approximate-randomisation".to_owned(),
        ..metric("calibration_error(reviews.test)", [0.0512, 0.0489], [-0.011, 0.0061], 1.0, Choice::NoDifferenceShown)
    };
    let few = MetricCompared {
        pairs: 12,
        needs: Some(3400),
        test: "mcnemar-corrected".to_owned(),
        ..metric("accuracy(challenge.test)", [0.5, 0.6667], [-0.2, 0.5], 0.66, Choice::TooFewItems)
    };
    Compared {
        a: side("sentiment-base", "out/base"),
        b: side("sentiment-new", "out/new"),
        confidence: 0.95,
        seed: "0f".repeat(32),
        metrics: vec![
            metric("accuracy(reviews.test)", [0.8123, 0.8301], [0.004, 0.031], 0.0084, Choice::Better),
            metric("f1(reviews.test, average: \"macro\")", [0.79, 0.76], [-0.05, -0.01], 0.0065, Choice::Worse),
            error,
            few,
        ],
        refused: vec![Refused {
            measure: "recall(reviews.test)".to_owned(),
            reason: "signatures_differ".to_owned(),
            message: "Run A has zero_division: skip and run B has zero_division: one.".to_owned(),
        }],
    }
}

/// Without the metrics of one verdict.
fn without(mut compared: Compared, verdict: Choice) -> Compared {
    compared.metrics.retain(|metric| metric.verdict != verdict);
    compared
}

/// Hostile text wherever somebody else's text stands.
fn hostile() -> Compared {
    let mut all = compared();
    let long = HOSTILE.repeat(30);
    for side in [&mut all.a, &mut all.b] {
        (side.out, side.submission) = (HOSTILE.to_owned(), long.clone());
        (side.root, side.standard, side.date) = (HOSTILE.to_owned(), long.clone(), HOSTILE.to_owned());
    }
    for metric in &mut all.metrics {
        (metric.measure, metric.signature) = (long.clone(), long.clone());
        (metric.method, metric.test) = (HOSTILE.to_owned(), HOSTILE.to_owned());
    }
    all.seed = HOSTILE.to_owned();
    all.refused = vec![Refused { measure: long.clone(), reason: HOSTILE.to_owned(), message: long }; 9];
    all
}

/// Nothing at all, and numbers that a picture cannot show.
fn odd() -> [Compared; 2] {
    let mut all = compared();
    all.metrics.truncate(3);
    for (metric, value) in all.metrics.iter_mut().zip([0.0, f64::MAX, 1e-300]) {
        (metric.a, metric.b, metric.difference) = (value, value, value);
        (metric.interval, metric.p, metric.adjusted_p, metric.only) = (None, None, None, None);
    }
    [Compared { metrics: vec![], refused: vec![], ..compared() }, all]
}

fn samples() -> Vec<Compared> {
    vec![
        compared(),
        without(compared(), Choice::Worse),
        without(without(compared(), Choice::Worse), Choice::TooFewItems),
        hostile(),
    ]
    .into_iter()
    .chain(odd())
    .collect()
}

fn rendered(compared: &Compared, lang: Lang) -> String {
    page(compared, lang).expect("a comparison renders")
}

/// What a reader sees of a page: everything after its style sheet.
fn body(page: &str) -> &str {
    page.split_once("</style>").expect("a style sheet").1
}

fn hidden(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
}

fn without_colour(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |out, part| out + part.split_once('m').expect("a colour sequence ends in m").1)
}

#[test]
fn the_terminal_has_one_line_a_metric_and_the_answer_last() {
    let text = terminal(&compared(), Lang::En, false, 120);
    for line in [
        "A  sentiment-base · out/base · sentiment-classifier 1.0.0 · 2026-01-01T00:00:00Z",
        "✓ better      accuracy(reviews.test)",
        "0.8123 → 0.8301  +0.0178 [0.004, 0.031]    p 0.0084  n 1,000",
        "✗ worse       f1(reviews.test, average: \"macro\")",
        "-0.0300 [-0.050, -0.010]  p 0.0065  n 1,000",
        "– none shown  calibration_error(reviews.test)",
        "? too few     accuracy(challenge.test)",
        "all 4 metrics together (Holm), is at most 0.05",
        "Not compared:\n- recall(reviews.test): Run A has zero_division: skip and run B has zero_division: one.",
    ] {
        assert!(text.contains(line), "{line:?} is not in\n{text}");
    }
    assert!(text.lines().count() <= 20, "{text}");
    let (_, last) = text.rsplit_once("\n\n").unwrap();
    assert!(last.starts_with("✗ B cannot take A's place without a regression: it is worse in 1 of 4"), "{last}");
    let chinese = terminal(&compared(), Lang::Zh, false, 100);
    for word in ["✓ 更好", "✗ 更差", "– 未见差异", "? 项数太少", "未比较：", "的含义不同", "✗ 以 B 取代 A 会有退步"]
    {
        assert!(chinese.contains(word), "{word} is not in\n{chinese}");
    }
}

#[test]
fn the_answer_is_no_where_anything_is_worse_and_open_where_items_are_too_few() {
    let last = |compared: &Compared, lang: Lang| {
        let text = terminal(compared, lang, false, 160);
        text.rsplit_once("\n\n").unwrap().1.replace('\n', " ")
    };
    let unknown = without(compared(), Choice::Worse);
    let none = without(unknown.clone(), Choice::TooFewItems);
    let [empty, _] = odd();
    assert_eq!(Answer::of(&compared()), Answer::Regression);
    assert_eq!(Answer::of(&unknown), Answer::CannotTell);
    assert_eq!(Answer::of(&none), Answer::NoneShown);
    assert_eq!(Answer::of(&empty), Answer::CannotTell);
    assert!(last(&compared(), Lang::En).contains("(f1(reviews.test, average: \"macro\"))"));
    assert!(last(&unknown, Lang::En).starts_with("? Whether B can take A's place"));
    assert!(last(&unknown, Lang::En).contains("about 3,400 pairs are needed"));
    assert!(last(&unknown, Lang::Zh).contains("约需 3,400 对"));
    assert!(last(&none, Lang::En).starts_with("✓ No regression is shown"));
    assert!(last(&none, Lang::En).contains("nothing is known of 1 that could not be compared"));
    assert!(last(&none, Lang::Zh).starts_with("✓ 以 B 取代 A 未见退步"));
    assert!(last(&empty, Lang::En).contains("no metric could be compared."));
    let mut unsure = unknown;
    unsure.metrics.iter_mut().for_each(|metric| metric.needs = None);
    assert!(!last(&unsure, Lang::En).contains("pairs are needed"));
}

#[test]
fn the_terminal_keeps_its_width_and_colour_is_only_decoration() {
    for compared in samples() {
        for lang in LANGS {
            for width in [1, 40, 60, 80, 100, 160] {
                let plain = terminal(&compared, lang, false, width);
                assert_eq!(plain.chars().find(|c| hidden(*c)), None, "{plain}");
                for line in plain.lines() {
                    let columns: usize =
                        line.chars().map(|c| if ('\u{2e80}'..='\u{ffdc}').contains(&c) { 2 } else { 1 }).sum();
                    assert!(columns <= width.max(40), "{lang:?} {width}: {columns} columns in {line:?}");
                }
                let coloured = terminal(&compared, lang, true, width);
                assert!(coloured.contains('\u{1b}'));
                assert_eq!(without_colour(&coloured), plain);
            }
        }
    }
}

#[test]
fn everything_is_on_the_page_in_both_languages() {
    for lang in LANGS {
        let (compared, words) = (compared(), Words::of(lang));
        let page = rendered(&compared, lang);
        let tag = if lang == Lang::En { "<html lang=\"en\">" } else { "<html lang=\"zh-Hans\">" };
        assert!(page.contains(tag));
        let mut wanted = vec![words.title, words.in_use, words.candidate, words.answer_regression, words.axes];
        wanted.extend([words.better, words.worse, words.not_shown, words.too_few, words.higher, words.lower]);
        wanted.extend([words.mcnemar_corrected, words.randomisation, words.signatures_differ, words.how_told]);
        wanted.extend(["sentiment-base", "out/new", "sentiment-classifier 1.0.0", "2026-01-01T00:00:00Z"]);
        wanted.extend(["0.8301", "+0.0178", "[0.004, 0.031]", "0.0084", "1,000", "A 41", "B 76", "3,400"]);
        wanted.extend(["f1(reviews.test, average: &quot;macro&quot;)", "zero_division: one.", "95%"]);
        wanted.extend(["scikit-learn 1.7", compared.a.root.as_str(), compared.seed.as_str()]);
        for text in wanted {
            let text = text.replace('\'', "&#39;");
            assert!(body(&page).contains(&text), "{text:?} is not on the page");
        }
        assert!(!body(&page).contains('{'), "a place in a sentence was not filled");
    }
    assert!(rendered(&compared(), Lang::Zh).contains("<span lang=\"en\">Run A has zero_division"));
}

#[test]
fn the_page_is_well_formed_and_loads_nothing() {
    for compared in samples() {
        for lang in LANGS {
            let page = rendered(&compared, lang);
            let mut open: Vec<&str> = Vec::new();
            for tag in body(&page).split('<').skip(1) {
                let (inner, _) = tag.split_once('>').expect("a tag that is closed");
                let name = inner.split([' ', '/']).find(|part| !part.is_empty()).unwrap();
                if inner.starts_with('/') {
                    assert_eq!(open.pop().unwrap_or(name), name);
                } else if !EMPTY.contains(&name) {
                    let told = name != "svg" || inner.contains("role=\"img\"") || inner.contains("aria-hidden");
                    assert!(told, "<{inner}> tells nothing to those who do not see it");
                    open.push(name);
                }
                for word in [" on", " src=", " style=", "http", "javascript"] {
                    assert!(!inner.contains(word), "{word:?} in <{inner}>");
                }
                assert!(!inner.contains("href=") || inner.contains("href=\"#"), "<{inner}>");
            }
            assert_eq!(open, Vec::<&str>::new());
            assert!(!page.contains("@import") && !page.contains("NaN"));
            for id in ["outcome", "differences", "metrics", "refused", "how"] {
                assert_eq!(page.matches(&format!(" id=\"{id}\"")).count(), 1, "{id}");
            }
        }
    }
}

#[test]
fn hostile_names_stay_text_and_are_seen() {
    for lang in LANGS {
        let page = rendered(&hostile(), lang);
        assert_eq!(page.chars().find(|c| hidden(*c)), None);
        assert!(!page.to_ascii_lowercase().contains("<script"));
        let seen = "&lt;script&gt;alert(1)&lt;/script&gt; \\u{1B}[31mred\\u{1B}[0m \\u{202E}gnp.exe\\u{2066}";
        assert!(page.contains(seen));
        assert!(page.contains("{{ 7*7 }}"), "a template in a name was run");
        assert!(page.len() < 150_000, "long strings are clipped: {} bytes", page.len());
        let text = terminal(&hostile(), lang, false, 100);
        assert!(text.contains("\\u{1B}[31mred") && text.contains("\\u{202E}gnp.exe"), "{text}");
        assert!(text.len() < 12_000, "long strings are clipped: {} bytes", text.len());
    }
}

#[test]
fn the_same_comparison_gives_the_same_bytes_and_its_json_comes_back() {
    for compared in samples() {
        for lang in LANGS {
            assert_eq!(rendered(&compared, lang), rendered(&compared, lang));
            assert_eq!(terminal(&compared, lang, true, 90), terminal(&compared, lang, true, 90));
        }
        let json = serde_json::to_string(&compared).unwrap();
        assert_eq!(serde_json::from_str::<Compared>(&json).unwrap(), compared);
    }
    assert_ne!(rendered(&compared(), Lang::En), rendered(&compared(), Lang::Zh));
}

#[test]
fn a_small_difference_never_looks_like_none() {
    let mut compared = compared();
    let metric = &mut compared.metrics[0];
    (metric.a, metric.b, metric.difference) = (0.8123, 0.81231, 0.00001);
    metric.interval = Some([0.000002, 0.0004]);
    metric.adjusted_p = Some(0.0499996);
    let text = terminal(&compared, Lang::En, false, 160);
    assert!(text.contains("0.81230 → 0.81231  +0.00001 [0.000002, 0.0004]"), "{text}");
    assert!(text.contains("p 0.0499996"), "{text}");
}

#[test]
fn differences_of_like_size_share_an_axis_and_numbers_have_their_own() {
    let mut compared = compared();
    compared.metrics.push(metric("bleu(sentences.test)", [31.5, 32.25], [-0.5, 2.0], 0.2, Choice::NoDifferenceShown));
    let page = rendered(&compared, Lang::En);
    let pictures: Vec<&str> = page.split("class=\"chart figure intervals\"").skip(1).collect();
    let dots: Vec<usize> =
        pictures.iter().map(|one| one.split("</svg>").next().unwrap().matches("class=\"dot\"").count()).collect();
    // Accuracy, F1 and the calibration error; the metric of 12 pairs; BLEU.
    assert_eq!(dots, [3, 1, 1]);
    assert!(pictures[0].contains("<title>Differences B − A: fractions</title>"), "{}", pictures[0]);
    let told = "calibration_error(reviews.test): -0.0023 [-0.011, 0.006], lower is better, none shown";
    assert!(pictures[0].contains(told), "{}", pictures[0]);
    assert!(pictures[1].contains("too few items") && pictures[2].contains("bleu(sentences.test)"));
}
