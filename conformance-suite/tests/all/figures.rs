//! Pictures of metrics: the same bytes for the same numbers, text that stays text, nothing drawn that is no number.

use lmstd_conformance_suite::report::Lang;
use lmstd_conformance_suite::report::figure::{
    Bins, Bound, Curve, CurveKind, CurveLine, EN, Estimate, Group, Groups, Histogram, IntervalRow, Intervals, Mark,
    Matrix, POINTS_MAX, Reliability, ReliabilityBin, Side, Words, ZH, confusion, curve, groups, histogram, intervals,
    reliability, thinned,
};
use lmstd_conformance_suite::verdict::{Bar, Measured, Verdict};

const HOSTILE: &str = "<script>alert(1)</script> \u{202e}\"'&";
/// Elements of a picture; the page knows them all.
const ELEMENTS: [&str; 8] = ["svg", "title", "desc", "rect", "line", "circle", "path", "text"];
const BAD: [f64; 3] = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY];

fn estimate(value: f64, [low, high]: [f64; 2], bar: Option<f64>) -> Estimate {
    Estimate {
        value: Some(value),
        interval: Some([Some(low), Some(high)]),
        bar: bar.map(|at| Bound { at, side: Side::Above }),
        unit: String::new(),
        told: format!("{value:.4} [{low:.3}, {high:.3}]"),
        bar_told: bar.map(|at| format!("≥ {at}")).unwrap_or_default(),
    }
}

fn bin(low: f64, confidence: f64, accuracy: f64, count: u64) -> ReliabilityBin {
    ReliabilityBin { low, high: low + 0.1, confidence, accuracy, count }
}

fn labels(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn line<'a>(label: &'a str, points: &'a [[f64; 2]]) -> CurveLine<'a> {
    CurveLine { label, points, area: Some(0.875), chance: Some(0.25) }
}

fn matrix(labels: &[String], counts: &[Vec<u64>], words: &Words<'_>) -> String {
    confusion(&Matrix { of: HOSTILE, labels, counts }, words)
}

fn calibration(bins: &[ReliabilityBin], error: f64, words: &Words<'_>) -> String {
    reliability(&Reliability { of: HOSTILE, bins, error: Some(error) }, words)
}

fn curves(kind: CurveKind, lines: &[CurveLine<'_>], words: &Words<'_>) -> String {
    curve(&Curve { of: HOSTILE, kind, lines }, words)
}

fn rows(words: &Words<'_>) -> String {
    let marks = [Some(Mark::Pass), Some(Mark::Fail), Some(Mark::Undecided), None];
    let row = |(i, mark): (usize, Option<Mark>)| {
        let value = 0.7 + 0.05 * i as f64;
        let bar = mark.map(|_| 0.75);
        IntervalRow { label: HOSTILE, estimate: estimate(value, [value - 0.03, value + 0.02], bar), mark }
    };
    let rows: Vec<IntervalRow<'_>> = marks.into_iter().enumerate().map(row).collect();
    intervals(&Intervals { of: HOSTILE, rows: &rows }, words)
}

fn by_group(words: &Words<'_>) -> String {
    let group = |(i, label): (usize, &'static str)| {
        let value = 0.5 + 0.1 * i as f64;
        Group { label, estimate: estimate(value, [value - 0.1, value + 0.1], None), n: 1000 * i as u64 }
    };
    let all: Vec<Group<'_>> = [HOSTILE, "b", "c"].into_iter().enumerate().map(group).collect();
    groups(&Groups { of: HOSTILE, groups: &all, all: &estimate(0.6, [0.55, 0.65], Some(0.58)) }, words)
}

fn distribution(bins: &Bins, of: &Estimate, words: &Words<'_>) -> String {
    histogram(&Histogram { of: HOSTILE, bins, estimate: of }, words)
}

/// Every picture of good numbers.
fn good(words: &Words<'_>) -> Vec<(&'static str, String)> {
    let three = labels(&[HOSTILE, "b", "c"]);
    let many: Vec<String> = (0..30).map(|i| format!("{HOSTILE}{i}")).collect();
    let counts: Vec<Vec<u64>> =
        (0..30).map(|i| (0..30).map(|j| if i == j { 900 } else { i * j % 7 }).collect()).collect();
    let bins = [bin(0.0, 0.0, 0.0, 0), bin(0.5, 0.55, 0.4, 20), bin(0.9, 0.97, 0.99, 123_456)];
    let points = [[0.0, 0.0], [0.0, 0.5], [0.25, 0.5], [0.25, 1.0], [1.0, 1.0]];
    let recall = [[1.0, 0.25], [0.5, 0.5], [0.5, 1.0], [0.0, 1.0]];
    let resampled = Bins::of(&[0.5, 0.625, 0.625, 0.75, 1.0], 4);
    vec![
        ("matrix", matrix(&three, &[vec![5, 1, 0], vec![0, 7, 2], vec![0, 0, 0]], words)),
        ("pairs", matrix(&many, &counts, words)),
        ("reliability", calibration(&bins, 0.031, words)),
        ("roc", curves(CurveKind::Roc, &[line(HOSTILE, &points), line("b", &points)], words)),
        ("precision", curves(CurveKind::PrecisionRecall, &[line(HOSTILE, &recall)], words)),
        ("intervals", rows(words)),
        ("groups", by_group(words)),
        ("histogram", distribution(&resampled, &estimate(0.7, [0.625, 0.75], Some(0.72)), words)),
    ]
}

/// Every picture of nothing, and of what is no number or no size.
fn degenerate(words: &Words<'_>) -> Vec<(&'static str, String)> {
    let mut all = vec![
        ("matrix", matrix(&[], &[], words)),
        ("ragged", matrix(&labels(&["a", "b"]), &[vec![1], vec![2, u64::MAX, 9], vec![u64::MAX]], words)),
        ("pairs", matrix(&labels(&[""; 21]), &[], words)),
        ("reliability", calibration(&[], f64::NAN, words)),
        ("roc", curves(CurveKind::Roc, &[], words)),
        ("precision", curves(CurveKind::PrecisionRecall, &[line("", &[])], words)),
        ("intervals", intervals(&Intervals { of: "", rows: &[] }, words)),
        ("groups", groups(&Groups { of: "", groups: &[], all: &Estimate::default() }, words)),
        ("histogram", distribution(&Bins::default(), &Estimate::default(), words)),
        ("flat", distribution(&Bins::of(&[0.5; 9], 10), &estimate(0.5, [0.5; 2], Some(0.5)), words)),
        ("zero", distribution(&Bins::of(&[0.0; 9], 10), &estimate(0.0, [0.0; 2], Some(1e300)), words)),
        ("wide", distribution(&Bins::of(&[f64::MAX, f64::MIN], 4), &estimate(0.0, [f64::MIN, f64::MAX], None), words)),
    ];
    for bad in BAD {
        let of = estimate(bad, [bad; 2], Some(bad));
        let one_sided = Estimate { interval: Some([None, Some(bad)]), ..estimate(1.0, [0.0; 2], Some(bad)) };
        let row = |estimate: &Estimate| IntervalRow { label: "", estimate: estimate.clone(), mark: Some(Mark::Fail) };
        let group = |estimate: &Estimate| Group { label: "", estimate: estimate.clone(), n: 0 };
        let lines = [CurveLine { label: "", points: &[[bad, 0.5], [0.5, bad]], area: Some(bad), chance: Some(bad) }];
        let bins = Bins { from: bad, to: 1.0, counts: vec![1, 2] };
        all.push(("reliability", calibration(&[bin(bad, 0.5, 0.5, 1), bin(0.5, bad, bad, 7)], bad, words)));
        all.push(("roc", curves(CurveKind::Roc, &lines, words)));
        all.push(("precision", curves(CurveKind::PrecisionRecall, &lines, words)));
        all.push(("intervals", intervals(&Intervals { of: "", rows: &[row(&of), row(&one_sided)] }, words)));
        all.push(("groups", groups(&Groups { of: "", groups: &[group(&of), group(&one_sided)], all: &of }, words)));
        all.push(("histogram", distribution(&bins, &of, words)));
        all.push(("resampled", distribution(&Bins::of(&BAD, 3), &one_sided, words)));
    }
    all
}

/// Every start tag: its name and its attributes.
fn tags(picture: &str) -> Vec<(&str, Vec<(&str, &str)>)> {
    let starts = picture.split('<').skip(1).filter(|tag| !tag.starts_with('/'));
    starts
        .map(|tag| {
            let inner = tag.split('>').next().unwrap().trim_end_matches('/');
            let (name, attributes) = inner.split_once(' ').unwrap_or((inner, ""));
            let pairs = attributes.split("\" ").filter(|pair| !pair.is_empty());
            (name, pairs.map(|pair| pair.trim_end_matches('"').split_once("=\"").unwrap()).collect())
        })
        .collect()
}

fn count(picture: &str, what: &str) -> usize {
    picture.matches(what).count()
}

#[test]
fn the_same_numbers_give_the_same_bytes() {
    for words in [&EN, &ZH] {
        assert_eq!(good(words), good(words));
    }
    assert_eq!(Words::of(Lang::Zh), &ZH);
    assert_ne!(good(&EN), good(&ZH));
}

#[test]
fn pictures_have_names_and_tell_what_they_show() {
    for words in [&EN, &ZH] {
        for (name, picture) in good(words).into_iter().chain(degenerate(words)) {
            assert!(picture.starts_with("<svg class=\"chart figure ") && picture.ends_with("</svg>"), "{name}");
            let (head, rest) = picture.split_once('>').unwrap();
            assert!(head.contains(" role=\"img\""), "{name}");
            let (title, rest) = rest.strip_prefix("<title>").unwrap().split_once("</title>").unwrap();
            let (desc, _) = rest.strip_prefix("<desc>").unwrap().split_once("</desc>").unwrap();
            assert!(!title.is_empty() && !desc.is_empty(), "{name}: {title:?} {desc:?}");
            let told = format!("{title}{desc}").replace("u{202E}", "");
            assert!(!told.contains('{'), "a place in a sentence of {name} was not filled: {desc}");
        }
    }
    assert!(good(&ZH)[0].1.contains("<title>混淆矩阵：") && good(&EN)[0].1.contains("<title>Confusion matrix: "));
}

#[test]
fn labels_stay_text() {
    for (name, picture) in good(&EN) {
        let lower = picture.to_ascii_lowercase();
        assert!(!lower.contains("<script") && picture.contains("&lt;script&gt;"), "{name}");
        assert!(!picture.contains('\u{202e}') && picture.contains("\\u{202E}"), "{name}");
        for (element, attributes) in tags(&picture) {
            assert!(ELEMENTS.contains(&element), "{name}: <{element}>");
            let bad = attributes.iter().find(|(key, _)| key.starts_with("on") || ["style", "id", "href"].contains(key));
            assert_eq!(bad, None, "{name}");
        }
    }
}

#[test]
fn only_numbers_inside_the_picture_are_drawn() {
    for (name, picture) in good(&EN).into_iter().chain(degenerate(&EN)) {
        let all = tags(&picture);
        let size = |wanted: &str| all[0].1.iter().find(|(key, _)| *key == wanted).unwrap().1.parse::<f64>().unwrap();
        let [width, height] = [size("width"), size("height")];
        for (element, attributes) in &all {
            for (key, value) in attributes {
                let limit = match *key {
                    "x" | "x1" | "x2" | "cx" | "width" => width,
                    "y" | "y1" | "y2" | "cy" | "height" => height,
                    "d" => {
                        assert!(!value.contains("NaN") && !value.contains("inf"), "{name}: {value}");
                        continue;
                    }
                    _ => continue,
                };
                let number: f64 = value.parse().unwrap();
                assert!(number.is_finite() && (0.0..=limit).contains(&number), "{name}: <{element} {key}={value}>");
            }
        }
        assert!(!picture.contains("NaN"), "{name}");
    }
}

#[test]
fn every_number_has_its_mark() {
    let all = good(&EN);
    let picture = |name: &str| all.iter().find(|(n, _)| *n == name).map(|(_, picture)| picture.as_str()).unwrap();
    let marks = |name: &str, wanted: &[(&str, usize)]| {
        for (class, n) in wanted {
            assert_eq!(count(picture(name), &format!("class=\"{class}\"")), *n, "{name}: {class}");
        }
    };
    marks("matrix", &[("heat", 9), ("cell hit", 3), ("cell", 6)]);
    marks("pairs", &[("heat", 0), ("count", 15)]);
    // Two bins have rows; the key has one of each.
    marks("reliability", &[("count", 3), ("gap", 3), ("cap", 2), ("chance", 2)]);
    marks("roc", &[("series s0", 2), ("series s1", 2), ("chance", 2)]);
    marks("precision", &[("series s0", 2), ("chance", 2)]);
    marks("intervals", &[("sign v-pass", 1), ("sign v-fail", 1), ("sign hollow v-undecided", 1), ("cut", 2)]);
    marks("intervals", &[("bar", 3), ("meets", 3), ("dot", 4), ("span", 4), ("cap", 8)]);
    marks("groups", &[("count", 3), ("dot", 3), ("whole", 1), ("bar", 1), ("meets", 1)]);
    marks("histogram", &[("count", 4), ("edge", 2), ("dot", 1), ("bar", 1), ("meets", 1)]);
    for word in ["meets", "misses", "undecided"] {
        assert!(picture("intervals").contains(&format!(">{word}</text>")), "{word}");
    }
}

#[test]
fn precision_is_drawn_as_steps_from_left_to_right() {
    let picture = curves(CurveKind::PrecisionRecall, &[line("", &[[1.0, 0.25], [0.5, 0.5], [0.0, 1.0]])], &EN);
    assert!(picture.contains("d=\"M46.0 28.0V188.0H206.0V268.0H366.0\""), "{picture}");
    let picture = curves(CurveKind::Roc, &[line("", &[[0.0, 0.0], [0.5, 0.5], [1.0, 1.0]])], &EN);
    assert!(picture.contains("d=\"M46.0 348.0L206.0 188.0L366.0 28.0\""), "{picture}");
}

#[test]
fn long_curves_are_thinned_and_keep_their_shape() {
    let stair = |i: u32| [f64::from(i / 2) / 10_000.0, (f64::from(i.div_ceil(2)) / 10_000.0).sqrt()];
    let points: Vec<[f64; 2]> = (0..=20_000).map(stair).collect();
    let kept = thinned(&points, POINTS_MAX);
    assert_eq!((kept.len(), kept[0], kept.last().copied()), (POINTS_MAX, points[0], points.last().copied()));
    assert!(kept.windows(2).all(|pair| pair[0][0] <= pair[1][0] && pair[0][1] <= pair[1][1]));
    let area = |points: &[[f64; 2]]| -> f64 {
        points.windows(2).map(|pair| (pair[1][0] - pair[0][0]) * (pair[0][1] + pair[1][1]) / 2.0).sum()
    };
    assert!((area(&kept) - area(&points)).abs() < 1e-3, "{} {}", area(&kept), area(&points));
    let picture = curves(CurveKind::Roc, &[line("", &points)], &EN);
    assert!(count(&picture, "L") <= POINTS_MAX && picture.len() < 8_000, "{}", picture.len());
    assert_eq!(thinned(&points[..3], POINTS_MAX), points[..3]);
    assert_eq!(thinned(&[[0.5, 0.5]; 300], POINTS_MAX).len(), POINTS_MAX);
}

#[test]
fn many_classes_become_a_list_of_the_worst_confusions() {
    let names: Vec<String> = (0..40).map(|i| format!("class-{i}")).collect();
    let mut counts = vec![vec![0; 40]; 40];
    counts[7][9] = 12_345;
    counts[7][7] = 12_345;
    counts[3][4] = 5;
    let picture = matrix(&names, &counts, &EN);
    let (worst, next) = (picture.find(">class-9<").unwrap(), picture.find(">class-4<").unwrap());
    assert!(worst < next && picture.contains(">12,345<") && picture.contains(">50%<"), "{picture}");
    assert!(picture.contains("class-7 → class-9 12,345 of 24,690 (50%); class-3 → class-4 5 of 5 (100%)"));
}

#[test]
fn what_is_too_much_is_cut_and_counted() {
    let long = "long ".repeat(10_000);
    let rows = vec![IntervalRow { label: &long, estimate: estimate(0.5, [0.4, 0.6], None), mark: None }; 100];
    let picture = intervals(&Intervals { of: &long, rows: &rows }, &EN);
    assert_eq!(count(&picture, "class=\"dot\""), 60);
    assert!(picture.contains(">40 more: see report.json</text>") && picture.len() < 60_000, "{}", picture.len());
    let group = Group { label: &long, estimate: estimate(0.5, [0.4, 0.6], None), n: u64::MAX };
    let picture = groups(&Groups { of: &long, groups: &vec![group; 45], all: &Estimate::default() }, &EN);
    assert!(picture.contains(">5 more: see report.json</text>") && picture.len() < 60_000, "{}", picture.len());
    let bins: Vec<ReliabilityBin> = (0..500).map(|i| bin(f64::from(i) / 500.0, 0.5, 0.5, 10_u64.pow(18))).collect();
    let picture = calibration(&bins, 0.0, &EN);
    assert!(
        picture.contains(">300 more: see report.json</text>")
            && picture.contains("; 480 more: see report.json.")
            && picture.len() < 80_000,
        "{}",
        picture.len()
    );
    let lines = [line("a", &[[0.0, 0.0], [1.0, 1.0]]); 9];
    assert!(curves(CurveKind::Roc, &lines, &EN).contains(">3 more: see report.json</text>"));
}

#[test]
fn an_estimate_is_told_as_the_tables_tell_it() {
    let measured = Measured {
        measure: "latency(m).p95".to_owned(),
        value: Some(0.195),
        unit: "s".to_owned(),
        interval: Some([Some(0.19), None]),
        confidence: Some(0.95),
        n: Some(100),
        method: "order-statistic".to_owned(),
        bar: Some(Bar { op: "<=".to_owned(), value: 0.2 }),
        facts: Default::default(),
        confusion: None,
        figures: Vec::new(),
    };
    let of = Estimate::from(&measured);
    assert_eq!((of.told.as_str(), of.bar_told.as_str()), ("195 ms [190 ms, ∞)", "≤ 200 ms"));
    assert_eq!(of.bar, Some(Bound { at: 0.2, side: Side::Below }));
    let row = IntervalRow { label: &measured.measure, estimate: of, mark: Mark::of(Verdict::Undecided) };
    let picture = intervals(&Intervals { of: "", rows: &[row] }, &ZH);
    assert!(picture.contains("<desc>latency(m).p95：195 ms [190 ms, ∞)，门槛 ≤ 200 ms，未判定</desc>"), "{picture}");
    assert_eq!(Mark::of(Verdict::NotApplicable), None);
}

#[test]
fn bins_hold_every_number_once() {
    let bins = Bins::of(&[0.0, 0.1, 0.5, 0.9, 1.0, f64::NAN], 4);
    assert_eq!(bins, Bins { from: 0.0, to: 1.0, counts: vec![2, 0, 1, 2] });
    assert_eq!(Bins::of(&[2.0; 3], 4), Bins { from: 2.0, to: 2.0, counts: vec![3] });
    assert_eq!(Bins::of(&BAD, 4), Bins::default());
}

#[test]
fn a_bar_far_away_stands_at_the_edge() {
    let bins = Bins::of(&[0.90, 0.91, 0.92], 3);
    let far = distribution(&bins, &estimate(0.91, [0.90, 0.92], Some(0.1)), &EN);
    assert!(far.contains(">← bar ≥ 0.1</text>"), "{far}");
    let near = distribution(&bins, &estimate(0.91, [0.90, 0.92], Some(0.89)), &EN);
    assert!(near.contains(">bar ≥ 0.89</text>"), "{near}");
}
