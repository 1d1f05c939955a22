//! The judge against a table: every state, every boundary, and sample counts from an independent search.

use indexmap::IndexMap;
use lmstd_compiler::standard::{
    ClauseSpec, Comparison, Measurement, MeasurementId, Requirement, Standard, Text, Tolerance, ValueRef,
};
use lmstd_compiler::ty::trust::Trust as Ground;
use lmstd_compiler::ty::unit::Kind;
use lmstd_conformance_suite::judge::{Facts, Judged, clause_report, judge, multiplicity, reading_digest};
use lmstd_conformance_suite::measure::reading::{Content, Failure, OutputCloseness, ReadValue, Reading};
use lmstd_conformance_suite::verdict::{AttestedReport, FileReport, Finding, SubmissionReport, Trust, Verdict};
use lmstd_grammar::ast::Level;
use lmstd_grammar::span::{FileId, Span};

/// The day on which everything here is decided.
const TODAY: &str = "2026-06-15";
/// Whose attestations the standard asks for.
const AUDITOR: &str = "lmstd-ed25519:AAAA";

fn standard(measurements: usize) -> Standard {
    let measurement = |index: usize| Measurement {
        measure: "m".into(),
        arguments: IndexMap::new(),
        display: format!("m{index}(classifier)"),
        confidence: 0.95,
    };
    Standard {
        id: "s".into(),
        version: "1.0.0".into(),
        title: Text::default(),
        doc: String::new(),
        lock: "00".into(),
        models: IndexMap::new(),
        datasets: IndexMap::new(),
        clauses: Vec::new(),
        measurements: (0..measurements).map(measurement).collect(),
    }
}

fn clause(requirement: Requirement) -> ClauseSpec {
    ClauseSpec {
        id: "C-1".into(),
        level: Level::Must,
        text: Text::default(),
        when: None,
        requirement,
        bar: String::new(),
        satisfies: Vec::new(),
        trust: Ground::Measured,
        span: Span::new(FileId(0), 0..0),
    }
}

/// A submission of one model card that declares this.
fn submission(declared: &[(&str, &str)]) -> SubmissionReport {
    SubmissionReport {
        name: "submission".into(),
        root: "00".into(),
        files: vec![FileReport { path: "README.md".into(), sha256: "cc".into(), bytes: 1 }],
        declared: declared.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
        attested: Vec::new(),
        attestation_faults: Vec::new(),
        opaque: None,
    }
}

/// Judges `requirement` over `readings` (absent ones were not measured) and what is stated of a submission.
fn decide_on(requirement: Requirement, readings: &[Option<Reading>], submission: &SubmissionReport) -> Judged {
    let facts = Facts { submission: Some(submission), changed: false, today: TODAY };
    let read = |id: MeasurementId| readings.get(id.0 as usize).and_then(Option::as_ref);
    judge(&clause(requirement), &read, &facts, &standard(readings.len()))
}

/// Judges `requirement` over `readings` and declarations.
fn decide(requirement: Requirement, readings: &[Option<Reading>], declared: &[(&str, &str)]) -> Judged {
    decide_on(requirement, readings, &submission(declared))
}

/// A fact that `signer` has attested, in its own file.
fn attestation(signer: &str, value: &str, issued: &str, expires: Option<&str>) -> AttestedReport {
    AttestedReport {
        signer: signer.into(),
        key: "audit".into(),
        value: value.into(),
        issued: issued.into(),
        expires: expires.map(str::to_owned),
        file: format!("attestations/{value}-{issued}.json"),
    }
}

/// That the auditor attests the audit as passed.
fn audited() -> Requirement {
    let (key, accepted) = ("audit".into(), vec!["passed".into()]);
    Requirement::Fact { trust: Ground::Attested, key, accepted, signer: Some(AUDITOR.into()) }
}

fn at(index: u32) -> ValueRef {
    ValueRef { measurement: MeasurementId(index), result: None }
}

fn value(content: Content) -> Reading {
    let value = ReadValue { result: None, content, facts: IndexMap::new(), confusion: None, figures: Vec::new() };
    Reading { values: vec![value], ..Reading::default() }
}

fn exact(number: f64) -> Reading {
    let method = String::new();
    value(Content::Number {
        value: Some(number),
        interval: None,
        confidence: None,
        n: None,
        needs: None,
        method,
        exact: true,
    })
}

fn estimate(point: f64, interval: [f64; 2], n: u64, method: &str) -> Reading {
    value(Content::Number {
        value: Some(point),
        interval: Some(interval.map(Some)),
        confidence: Some(0.95),
        n: Some(n),
        needs: None,
        method: method.into(),
        exact: false,
    })
}

fn fault() -> Finding {
    Finding {
        fault: "missing_tensor".into(),
        message: "the tensor `x` is missing.".into(),
        at: "model.safetensors: x".into(),
        expected: "[2]".into(),
        found: String::new(),
        mend: "save it".into(),
    }
}

fn check(holds: bool) -> Reading {
    let findings = if holds { Vec::new() } else { vec![fault()] };
    Reading { findings, ..value(Content::Check { holds }) }
}

fn compare(index: u32, op: Comparison, bar: f64) -> Requirement {
    Requirement::Compare { value: at(index), op, bar, kind: Kind::Rate, confidence: Some(0.95) }
}

fn fact(key: &str, accepted: &[&str]) -> Requirement {
    let accepted = accepted.iter().map(|one| (*one).to_owned()).collect();
    Requirement::Fact { trust: Ground::Declared, key: key.into(), accepted, signer: None }
}

fn not(requirement: Requirement) -> Requirement {
    Requirement::Not(Box::new(requirement))
}

#[test]
fn an_estimate_is_decided_on_its_bound() {
    use Comparison::{Eq, Ge, Gt, Le, Lt, Ne};
    use Verdict::{Fail, Pass, Undecided};
    let table = [
        (Ge, 0.70, Pass, "bound beyond"),
        (Ge, 0.75, Pass, "bound on the bar"),
        (Ge, 0.80, Undecided, "point on the bar"),
        (Ge, 0.76, Undecided, "point beyond, bound not"),
        (Ge, 0.85, Undecided, "upper bound on the bar"),
        (Ge, 0.86, Fail, "all below"),
        (Gt, 0.75, Undecided, "bound on the bar does not exceed it"),
        (Gt, 0.74, Pass, "all above"),
        (Gt, 0.85, Fail, "upper bound on the bar does not exceed it"),
        (Le, 0.85, Pass, "upper bound on the bar"),
        (Le, 0.84, Undecided, "straddles"),
        (Le, 0.75, Undecided, "lower bound on the bar"),
        (Le, 0.74, Fail, "all above"),
        (Lt, 0.85, Undecided, "upper bound on the bar"),
        (Lt, 0.86, Pass, "all below"),
        (Lt, 0.75, Fail, "lower bound on the bar"),
        (Eq, 0.80, Undecided, "an estimate is never exactly the bar"),
        (Eq, 0.90, Fail, "bar outside"),
        (Ne, 0.80, Undecided, "bar inside"),
        (Ne, 0.90, Pass, "bar outside"),
    ];
    for (op, bar, verdict, why) in table {
        let reading = [Some(estimate(0.8, [0.75, 0.85], 246, "wilson"))];
        let judged = decide(compare(0, op, bar), &reading, &[]);
        assert_eq!(judged.verdict, verdict, "{} {bar}: {why}", op.symbol());
        let flipped = decide(not(compare(0, op, bar)), &reading, &[]);
        let opposite = match verdict {
            Pass => Fail,
            Fail => Pass,
            other => other,
        };
        assert_eq!(flipped.verdict, opposite, "not {} {bar}: {why}", op.symbol());
        let shown = &judged.measured[0];
        assert_eq!(shown.bar.as_ref().map(|bar| (bar.op.as_str(), bar.value)), Some((op.symbol(), bar)));
        assert_eq!((shown.value, shown.interval, shown.n), (Some(0.8), Some([Some(0.75), Some(0.85)]), Some(246)));
    }
}

#[test]
fn exact_values_are_decided_on_the_point() {
    use Comparison::{Eq, Ge, Gt, Le, Lt, Ne};
    for (value, op, bar, passes) in [
        (5.0, Eq, 5.0, true),
        (5.0, Ne, 5.0, false),
        (5.0, Le, 5.0, true),
        (5.0, Lt, 5.0, false),
        (5.0, Ge, 5.0, true),
        (5.0, Gt, 5.0, false),
        (-0.0, Eq, 0.0, true),
        (6.0, Le, 5.0, false),
    ] {
        let judged = decide(compare(0, op, bar), &[Some(exact(value))], &[]);
        assert_eq!(judged.verdict, if passes { Verdict::Pass } else { Verdict::Fail }, "{value} {} {bar}", op.symbol());
        assert_eq!(judged.trust, Trust::Measured);
    }
}

/// What cannot be trusted is an error, in the requirement and in its negation alike.
#[test]
fn what_is_undefined_missing_or_broken_never_passes() {
    let number = |value, interval: Option<[f64; 2]>, confidence, n, exact| {
        let interval = interval.map(|ends| ends.map(Some));
        self::value(Content::Number { value, interval, confidence, n, needs: None, method: "wilson".into(), exact })
    };
    let wide = Some([0.8, 0.9]);
    let cases: Vec<(&str, &str, Option<Reading>)> = vec![
        ("absent", "not_measured", None),
        ("undefined", "value_undefined", Some(number(None, None, None, None, true))),
        ("NaN", "reading_broken", Some(exact(f64::NAN))),
        ("infinite", "reading_broken", Some(exact(f64::INFINITY))),
        ("NaN bound", "reading_broken", Some(number(Some(0.9), Some([f64::NAN, 0.95]), Some(0.95), Some(9), false))),
        ("bounds swapped", "reading_broken", Some(number(Some(0.9), Some([0.95, 0.85]), Some(0.95), Some(9), false))),
        ("no interval", "interval_missing", Some(number(Some(0.9), None, None, Some(9), false))),
        ("no samples", "no_samples", Some(number(Some(0.9), wide, Some(0.95), Some(0), false))),
        ("less confidence", "confidence_too_low", Some(number(Some(0.9), wide, Some(0.9), Some(9), false))),
        ("no confidence", "reading_broken", Some(number(Some(0.9), wide, None, Some(9), false))),
        ("not a number", "reading_broken", Some(check(true))),
        ("no values", "reading_broken", Some(Reading::default())),
        (
            "failed",
            "limit_time",
            Some(Reading::failed(Failure {
                fault: "limit_time".into(),
                message: "it took more than 60 s".into(),
                at: "worker".into(),
                mend: "allow more time".into(),
            })),
        ),
    ];
    for (name, fault, reading) in cases {
        for requirement in [compare(0, Comparison::Ge, 0.5), not(compare(0, Comparison::Ge, 0.5))] {
            let judged = decide(requirement, std::slice::from_ref(&reading), &[]);
            assert_eq!(judged.verdict, Verdict::Error, "{name}");
            assert_eq!(judged.trust, Trust::None, "{name}");
            assert_eq!(judged.findings[0].fault, fault, "{name}");
            assert!(!judged.reason.en.is_empty() && !judged.reason.zh.is_empty(), "{name}: {:?}", judged.reason);
        }
    }
    let outside = decide(compare(7, Comparison::Ge, 0.5), &[Some(exact(1.0))], &[]);
    assert_eq!(outside.verdict, Verdict::Error, "a measurement that the standard does not have");
    let nan_bar = decide(compare(0, Comparison::Ge, f64::NAN), &[Some(exact(1.0))], &[]);
    assert_eq!(nan_bar.verdict, Verdict::Error, "a bar that is no number");
    let named = Requirement::Holds(ValueRef { measurement: MeasurementId(0), result: Some("p95".into()) });
    assert_eq!(decide(named, &[Some(check(true))], &[]).verdict, Verdict::Error, "no value of that name");
}

/// Counts from a Python search over all n (statsmodels' `proportion_confint`, wrong rows rounded against the answer): the
/// first n from which the bound stays beyond the bar, less the rows that are there.
#[test]
fn undecided_says_how_many_samples_decide() {
    let table = [
        (1762, 2000, 0.877, [0.866074014233923, 0.8944651957377622], "24,371"),
        (78, 100, 0.75, [0.6892964648501421, 0.849987176153946], "756"),
        (74, 100, 0.75, [0.6462901055081282, 0.8159530153525187], "7,274"),
        (9, 10, 0.6, [0.4927682287671065, 0.988148496588967], "6"),
        (1, 50, 0.05, [0.0035392592716462297, 0.10495443589637811], "208"),
    ];
    for (k, n, bar, interval, more) in table {
        let reading = estimate(k as f64 / n as f64, interval, n, "wilson");
        let judged = decide(compare(0, Comparison::Ge, bar), &[Some(reading)], &[]);
        assert_eq!(judged.verdict, Verdict::Undecided);
        assert!(judged.reason.en.contains(&format!("About {more} more samples")), "{k}/{n}: {}", judged.reason.en);
        assert!(judged.reason.zh.contains(&format!("再增加约 {more} 个样本")), "{}", judged.reason.zh);
    }
    // A bound 0.04 away must come within 0.02: a quarter of the width needs four times the samples.
    let bootstrap = estimate(0.75, [0.71, 0.79], 300, "bootstrap-percentile");
    let judged = decide(compare(0, Comparison::Ge, 0.73), &[Some(bootstrap)], &[]);
    let close_enough = ["About 899 more", "About 900 more", "About 901 more"];
    assert!(close_enough.iter().any(|words| judged.reason.en.contains(words)), "{}", judged.reason.en);
    let on_the_bar = estimate(0.75, [0.71, 0.79], 300, "wilson");
    let judged = decide(compare(0, Comparison::Ge, 0.75), &[Some(on_the_bar)], &[]);
    assert!(judged.reason.en.contains("lies on the bar itself"), "{}", judged.reason.en);
    let hair = estimate(0.75, [0.71, 0.79], 300, "wilson");
    let judged = decide(compare(0, Comparison::Ge, 0.75 - 1e-9), &[Some(hair)], &[]);
    assert!(judged.reason.en.contains("no practical number"), "{}", judged.reason.en);
}

/// A side that so small a sample cannot bound may miss a bar, but never meets one.
#[test]
fn an_open_interval_can_fail_but_not_pass() {
    use Comparison::{Eq, Ge, Gt, Le, Lt, Ne};
    use Verdict::{Fail, Pass, Undecided};
    let (low, high, none) = ([Some(2.0), None], [None, Some(3.0)], [None, None]);
    for (interval, op, bar, verdict) in [
        (low, Le, 1.0, Fail),
        (low, Lt, 2.0, Fail),
        (low, Le, 9.0, Undecided),
        (low, Ge, 2.0, Pass),
        (low, Gt, 2.0, Undecided),
        (low, Eq, 1.0, Fail),
        (low, Eq, 9.0, Undecided),
        (low, Ne, 1.0, Pass),
        (high, Ge, 4.0, Fail),
        (high, Ge, 1.0, Undecided),
        (high, Le, 3.0, Pass),
        (none, Le, 9.0, Undecided),
        (none, Ge, 0.0, Undecided),
    ] {
        let (confidence, n, needs, method) = (Some(0.95), Some(200), Some(368), "order-statistic".to_string());
        let content =
            Content::Number { value: Some(2.5), interval: Some(interval), confidence, n, needs, method, exact: false };
        let judged = decide(compare(0, op, bar), &[Some(value(content))], &[]);
        assert_eq!(judged.verdict, verdict, "{interval:?} {} {bar}: {}", op.symbol(), judged.reason.en);
        assert_eq!(judged.measured[0].interval, Some(interval));
        let unbounded = if 2.5 > bar { interval[0].is_none() } else { interval[1].is_none() };
        assert_eq!(
            judged.reason.en.contains("at least 368 are needed in all") && judged.reason.zh.contains("至少需要 368 个"),
            verdict == Undecided && unbounded,
            "{}",
            judged.reason.en
        );
    }
}

#[test]
fn checks() {
    let holds = || Requirement::Holds(at(0));
    let good = decide(holds(), &[Some(check(true))], &[]);
    assert_eq!((good.verdict, good.trust), (Verdict::Pass, Trust::Measured));
    let bad = decide(holds(), &[Some(check(false))], &[]);
    assert_eq!((bad.verdict, bad.findings.as_slice()), (Verdict::Fail, [fault()].as_slice()));
    assert!(bad.reason.en.ends_with("the tensor `x` is missing."), "{}", bad.reason.en);
    assert_eq!(decide(not(holds()), &[Some(check(false))], &[]).verdict, Verdict::Pass);
    assert_eq!(decide(not(holds()), &[Some(check(true))], &[]).verdict, Verdict::Fail);
    for (claims, findings) in [(true, vec![fault()]), (false, Vec::new())] {
        let contradictory = Reading { findings, ..value(Content::Check { holds: claims }) };
        assert_eq!(decide(holds(), &[Some(contradictory.clone())], &[]).verdict, Verdict::Error);
        assert_eq!(decide(not(holds()), &[Some(contradictory)], &[]).verdict, Verdict::Error);
    }
}

#[test]
fn closeness_has_three_zones() {
    let output = |name: &str, max_difference: f64| OutputCloseness {
        name: name.into(),
        max_difference,
        pass_bound: 1e-6,
        fail_bound: 1e-4,
        first_divergent: false,
    };
    use Tolerance::{Absolute, Derived};
    use Verdict::{Error, Fail, Pass, Undecided};
    let table = [
        (Derived, vec![0.0, 1e-6], Pass),
        (Derived, vec![0.0, 1.1e-6], Undecided),
        (Derived, vec![0.0, 1e-4], Undecided),
        (Derived, vec![2e-6, 1.1e-4], Fail),
        (Absolute(1e-5), vec![1e-5], Pass),
        (Absolute(1e-5), vec![1.1e-5], Fail),
        (Absolute(1e-7), vec![1e-7], Pass),
        (Absolute(1e-7), vec![5e-7], Undecided),
        (Absolute(1e-7), vec![1.1e-6], Fail),
        (Absolute(f64::NAN), vec![0.0], Error),
        (Derived, vec![f64::NAN], Error),
        (Derived, vec![f64::INFINITY], Error),
        (Derived, vec![-1.0], Error),
        (Derived, vec![], Error),
    ];
    for (tolerance, differences, verdict) in table {
        let outputs = differences.iter().map(|d| output("logits", *d)).collect();
        let reading = [Some(value(Content::Closeness { outputs }))];
        let close = || Requirement::Close { value: at(0), tolerance };
        assert_eq!(decide(close(), &reading, &[]).verdict, verdict, "{tolerance:?} {differences:?}");
        let opposite = match verdict {
            Pass => Fail,
            Fail => Pass,
            other => other,
        };
        assert_eq!(decide(not(close()), &reading, &[]).verdict, opposite, "not {tolerance:?} {differences:?}");
    }
    let crossed = OutputCloseness { pass_bound: 1.0, fail_bound: 0.5, ..output("logits", 0.7) };
    let reading = [Some(value(Content::Closeness { outputs: vec![crossed] }))];
    let close = Requirement::Close { value: at(0), tolerance: Derived };
    assert_eq!(decide(close, &reading, &[]).verdict, Error, "bounds the wrong way round");
}

/// All pairs of the six states, for `All` and `Any`, against the tables written out by hand.
#[test]
fn connectives() {
    // P pass, A attested, U undecided, E error, X expired, F fail.
    let leaf = |state: char, index: u32| match state {
        'P' | 'F' => (compare(index, Comparison::Ge, 1.0), Some(exact(if state == 'P' { 2.0 } else { 0.0 }))),
        'U' => (compare(index, Comparison::Ge, 0.5), Some(estimate(0.5, [0.4, 0.6], 9, "wilson"))),
        'E' => (compare(index, Comparison::Ge, 0.5), None),
        'X' => (audited(), None),
        _ => (fact("license", &["MIT"]), None),
    };
    let all = ["PAUEXF", "AAUEXF", "UUUEXF", "EEEEXF", "XXXXXF", "FFFFFF"];
    let any = ["PPPPPP", "PAAAAA", "PAUEUU", "PAEEEE", "PAUEXX", "PAUEXF"];
    let letters = "PAUEXF";
    let mut stated = submission(&[("license", "MIT")]);
    stated.attested.push(attestation(AUDITOR, "passed", "2025-01-01", Some("2025-12-31")));
    for (row, left) in letters.chars().enumerate() {
        for (column, right) in letters.chars().enumerate() {
            let (a, first) = leaf(left, 0);
            let (b, second) = leaf(right, 1);
            let readings = [first, second];
            for (requirement, table) in
                [(Requirement::All(vec![a.clone(), b.clone()]), all), (Requirement::Any(vec![a, b]), any)]
            {
                let judged = decide_on(requirement, &readings, &stated);
                let expected = match &table[row][column..=column] {
                    "P" => (Verdict::Pass, Trust::Measured),
                    "A" => (Verdict::Attested, Trust::Declared),
                    "U" => (Verdict::Undecided, Trust::Measured),
                    "E" => (Verdict::Error, Trust::None),
                    "X" => (Verdict::Expired, Trust::Attested),
                    _ => (Verdict::Fail, Trust::Measured),
                };
                assert_eq!((judged.verdict, judged.trust), expected, "{left}{right} {}", table[row]);
            }
        }
    }
    for nothing in [Requirement::All(vec![]), Requirement::Any(vec![]), not(Requirement::All(vec![]))] {
        assert_eq!(decide(nothing, &[], &[]).verdict, Verdict::Error, "nothing required is nothing shown");
    }
}

#[test]
fn declared_facts_are_attested_at_most() {
    use Verdict::{Attested, Fail};
    let accepted = ["Apache-2.0", "MIT", "GPL-3.0-only"];
    let table = [
        ("MIT", Attested, Fail),
        ("  mit ", Attested, Fail),
        ("apache-2.0", Attested, Fail),
        ("MIT OR Unlicense", Attested, Fail),
        ("MIT AND Unlicense", Fail, Fail),
        ("(mit OR Unlicense) AND apache-2.0", Attested, Fail),
        ("Apache-1.1+", Attested, Fail),
        ("GPL-2.0-only", Fail, Attested),
        ("Apache-2.0 WITH LLVM-exception", Fail, Attested),
        ("CC-BY-NC-4.0", Fail, Attested),
        ("MIT-ish", Fail, Fail),
        ("MIT OR", Fail, Fail),
        ("", Fail, Fail),
        ("   ", Fail, Fail),
    ];
    for (declared, plain, negated) in table {
        let judged = decide(fact("license", &accepted), &[], &[("license", declared)]);
        assert_eq!((judged.verdict, judged.trust), (plain, Trust::Declared), "{declared}");
        assert!(judged.measured.is_empty(), "a declaration is never shown as measured");
        if plain == Fail {
            let fault = if declared.trim().is_empty() { "not_declared" } else { "license_not_accepted" };
            assert_eq!(judged.findings[0].fault, fault, "{declared}");
        }
        let judged = decide(not(fact("license", &accepted)), &[], &[("license", declared)]);
        assert_eq!(judged.verdict, negated, "not {declared}");
    }
    assert_eq!(decide(not(fact("license", &["MIT"])), &[], &[]).verdict, Fail, "silence is no declaration");
    // Other keys: exact after trimming, case and all.
    let risk = || fact("risk", &["low"]);
    assert_eq!(decide(risk(), &[], &[("risk", " low\n")]).verdict, Attested);
    assert_eq!(decide(risk(), &[], &[("risk", "Low")]).verdict, Fail);
    assert_eq!(decide(not(risk()), &[], &[("risk", "high")]).verdict, Attested);
    // A declaration rests on the card that it stands in.
    assert_eq!(decide(risk(), &[], &[("risk", "low")]).evidence, ["sha256:cc"]);
    // The submitter's word is not a third party's signature.
    assert_eq!(decide(audited(), &[], &[("audit", "passed")]).findings[0].fault, "not_attested");
    assert_eq!(decide(not(audited()), &[], &[("audit", "passed")]).verdict, Fail);
}

/// Whose attestations count, from when and until when, and what becomes of two.
#[test]
fn attested_facts_hold_for_their_days() {
    use Verdict::{Attested, Error, Expired, Fail};
    let own = |value: &str, issued: &str, expires: Option<&str>| attestation(AUDITOR, value, issued, expires);
    let other = attestation("lmstd-ed25519:BBBB", "passed", "2026-01-01", None);
    let live = || own("passed", "2026-01-01", Some(TODAY));
    let over = || own("passed", "2025-01-01", Some("2026-06-14"));
    let table: Vec<(&str, Vec<AttestedReport>, Verdict, Verdict, &str)> = vec![
        ("nobody", vec![], Fail, Fail, "not_attested"),
        ("somebody else", vec![other.clone()], Fail, Fail, "not_attested"),
        ("without end", vec![own("passed", "2026-01-01", None)], Attested, Fail, ""),
        ("to its last day", vec![live()], Attested, Fail, ""),
        ("from its first day", vec![own("passed", TODAY, None)], Attested, Fail, ""),
        ("the day after its last", vec![over()], Expired, Fail, "attestation_expired"),
        ("the day before its first", vec![own("passed", "2026-06-16", None)], Fail, Fail, "attestation_not_begun"),
        ("not accepted", vec![own("failed", "2026-01-01", None)], Fail, Attested, "attestation_not_accepted"),
        ("renewed", vec![over(), live()], Attested, Fail, ""),
        (
            "renewed with another answer",
            vec![over(), own("failed", "2026-06-15", None)],
            Fail,
            Attested,
            "attestation_not_accepted",
        ),
        ("contradicted", vec![live(), own("failed", "2026-02-01", None)], Error, Error, "attestations_contradict"),
        ("repeated", vec![live(), own("passed", "2026-02-01", None)], Attested, Fail, ""),
    ];
    for (name, attested, plain, negated, fault) in table {
        let stated = SubmissionReport { attested, ..submission(&[]) };
        let judged = decide_on(audited(), &[], &stated);
        assert_eq!(judged.verdict, plain, "{name}: {}", judged.reason.en);
        assert_eq!(judged.findings.first().map_or("", |finding| finding.fault.as_str()), fault, "{name}");
        assert_eq!(judged.trust, if plain == Error { Trust::None } else { Trust::Attested }, "{name}");
        assert!(judged.measured.is_empty() && !judged.reason.zh.is_empty(), "{name}");
        assert_eq!(decide_on(not(audited()), &[], &stated).verdict, negated, "not {name}");
    }
    // What was handed in and cannot be relied on leaves the question open; it is no failure of the model.
    let refused = Finding { fault: "attestation_not_signed".into(), ..fault() };
    let mut stated = SubmissionReport { attestation_faults: vec![refused.clone()], ..submission(&[]) };
    let judged = decide_on(audited(), &[], &stated);
    assert_eq!((judged.verdict, judged.findings), (Error, vec![refused]));
    // It does not spoil another attestation that is good, and what counts is named as evidence.
    let good = live();
    stated.files.push(FileReport { path: good.file.clone(), sha256: "aa".into(), bytes: 1 });
    stated.attested.push(good);
    let judged = decide_on(audited(), &[], &stated);
    assert_eq!((judged.verdict, judged.evidence), (Attested, vec!["sha256:aa".to_owned()]));
    // Of what could not be opened, or changed meanwhile, nothing is known.
    for (submission, changed) in [(None, false), (Some(&stated), true)] {
        let facts = Facts { submission, changed, today: TODAY };
        for requirement in [audited(), not(audited()), fact("license", &["MIT"])] {
            assert_eq!(judge(&clause(requirement), &|_| None, &facts, &standard(0)).verdict, Error);
        }
    }
}

/// Chances by hand: 95% gives a tail of 0.025, 99% one of 0.005; `==` takes both tails.
#[test]
fn chance_is_stated_over_all_must_clauses() {
    let at = |confidence: f64, op: Comparison| {
        let value = at(0);
        Requirement::Compare { value, op, bar: 0.5, kind: Kind::Rate, confidence: Some(confidence) }
    };
    let ge = Comparison::Ge;
    let exactly = Requirement::Compare { value: self::at(0), op: ge, bar: 0.5, kind: Kind::Count, confidence: None };
    let table: Vec<(Requirement, f64)> = vec![
        (at(0.95, ge), 0.025),
        (at(0.99, ge), 0.005),
        (at(0.95, Comparison::Eq), 0.05),
        (Requirement::All(vec![at(0.95, ge), at(0.99, ge), exactly.clone()]), 0.025),
        (Requirement::Any(vec![at(0.95, ge), at(0.99, ge)]), 0.03),
        (not(Requirement::Any(vec![at(0.95, ge), at(0.99, ge)])), 0.025),
        (not(Requirement::All(vec![at(0.95, ge), at(0.99, ge)])), 0.03),
    ];
    let mut standard = standard(1);
    let mut expected = 0.0;
    for (requirement, chance) in table {
        standard.clauses.push(clause(requirement));
        expected += chance;
    }
    standard.clauses.push(clause(exactly.clone()));
    standard.clauses.push(ClauseSpec { level: Level::Should, ..clause(at(0.5, ge)) });
    standard.clauses.push(clause(at(0.5, ge)));
    let stated = submission(&[]);
    let facts = Facts { submission: Some(&stated), changed: false, today: TODAY };
    let last = standard.clauses.len() - 1;
    let report = |(index, spec): (usize, &ClauseSpec)| {
        // The last one does not apply, so it can pass nothing.
        let refusal = (index == last).then(Default::default);
        clause_report(spec, refusal, &|_| None, &facts, &standard)
    };
    let clauses: Vec<_> = standard.clauses.iter().enumerate().map(report).collect();
    assert_eq!(clauses[last].verdict, Verdict::NotApplicable);
    let told = multiplicity(&standard, &clauses);
    assert_eq!((told.must_bounds, told.per_clause, told.conforms_falsely_at_most), (7, 0.05, 0.05));
    assert!((told.at_least_one_false_pass_at_most - expected).abs() < 1e-9, "{told:?} {expected}");
    let none = multiplicity(&self::standard(0), &[]);
    assert_eq!((none.must_bounds, none.at_least_one_false_pass_at_most), (0, 0.0));
}

#[test]
fn hostile_text_is_made_visible_and_short() {
    let hostile = "\u{1b}[2J\u{202e}evil\u{200b}aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    let judged = decide(fact("license", &["MIT"]), &[], &[("license", hostile)]);
    for text in [&judged.reason.en, &judged.reason.zh, &judged.findings[0].found] {
        assert!(!text.contains(['\u{1b}', '\u{202e}', '\u{200b}']), "{text:?}");
        assert!(text.contains("\\u{1b}") && text.chars().count() < 250, "{text:?}");
    }
}

#[test]
fn evidence_is_named_once_and_rounding_never_hides_the_side() {
    let mut reading = exact(0.87699);
    reading.evidence.push("sha256:aa".into());
    let digest = reading_digest(&reading).unwrap();
    let twice = Requirement::All(vec![compare(0, Comparison::Ge, 0.877), compare(0, Comparison::Le, 1.0)]);
    let judged = decide(twice, &[Some(reading)], &[]);
    assert_eq!(judged.evidence, [digest, "sha256:aa".into()]);
    assert_eq!(judged.verdict, Verdict::Fail);
    assert!(judged.reason.en.contains("is 0.87699,"), "{}", judged.reason.en);
}

#[test]
fn readings_have_one_spelling() {
    let reading = estimate(0.1 + 0.2, [0.1, 1.0 / 3.0], 7, "wilson");
    let bytes = reading.to_json().unwrap();
    assert_eq!(Reading::from_json(&bytes).unwrap(), reading);
    let text = String::from_utf8(bytes).unwrap();
    for other in [
        text.replace("\"n\":7", "\"n\":7,\"n\":7"),
        text.replace("\"n\":7", "\"n\": 7"),
        text.replace("\"n\":7", "\"m\":1,\"n\":7"),
        text.replace("\"exact\":false", "\"exact\":true"),
        format!("{text}\n"),
    ] {
        assert_ne!(other, text);
        assert!(Reading::from_json(other.as_bytes()).is_err(), "{other}");
    }
    assert!(exact(f64::NAN).to_json().is_err());
}
