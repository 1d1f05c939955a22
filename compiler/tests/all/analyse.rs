//! Analyses at their edges: what is reported, and what must not be.

use crate::support::codes;

fn model(constraints: &str) -> Vec<&'static str> {
    codes(&format!("model n = bert.SequenceClassification {{ {constraints} }}\nclause A must {{ conforms(n) }}"))
}

#[test]
fn ranges() {
    let quiet: [&str; 8] = [
        "hidden_size in 10..=10",
        "hidden_size > 4  hidden_size < 6",
        "hidden_size in {128, 256}  hidden_size >= 256",
        "layer_norm_eps > 0.0  layer_norm_eps < 1e-300",
        "hidden_size % num_attention_heads == 0",
        "hidden_size >= 10 or hidden_size <= 5",
        "hidden_act in {\"gelu\"}",
        "hidden_size / num_attention_heads == 64",
    ];
    for text in quiet {
        assert_eq!(model(text), [""; 0], "{text}");
    }
    let cases = [
        ("hidden_size in 10..10", "LMS-E3007"),
        ("hidden_size > 4  hidden_size < 5", "LMS-E3008"),
        ("hidden_size >= 10 and hidden_size <= 5", "LMS-E3008"),
        ("10 <= hidden_size  5 >= hidden_size", "LMS-E3008"),
        ("hidden_size in {128, 256}  hidden_size >= 257", "LMS-E3008"),
        ("hidden_size in 1..=100  hidden_size in 50..=200  hidden_size in 150..=300", "LMS-E3008"),
        ("hidden_size >= 100_000", "LMS-E3008"),
        ("hidden_act in {\"swish\"}", "LMS-E3008"),
        ("hidden_act == \"swish\"", "LMS-E3008"),
        ("layer_norm_eps > 0.1", "LMS-E3008"),
        ("hidden_size >= 1", "LMS-W4007"),
    ];
    for (text, code) in cases {
        assert_eq!(model(text), [code], "{text}");
    }
}

#[test]
fn clauses() {
    let quiet = [
        "clause A must { size(m) >= 1 MiB }\nclause B must { size(m) <= 1 MiB }",
        "clause A must { size(m) >= 2 MiB }\nclause B should { size(m) < 1 MiB }",
        "clause A must { size(m) >= 2 MiB }\nclause B must when reviews has label { size(m) < 1 MiB }",
        "clause A must { size(m) >= 2 MiB or size(m) < 1 MiB }",
        "clause A must { not size(m) >= 2 MiB and size(m) < 1 MiB }",
        "clause A must { latency(m).p50 >= 2 ms }\nclause B must { latency(m).p95 < 1 ms }",
        "clause A must { accuracy(m, reviews.test) > 0.0 at 95% }",
    ];
    for text in quiet {
        assert_eq!(codes(text), [""; 0], "{text}");
    }
    let cases = [
        ("clause A must { size(m) > 1 MiB }\nclause B must { size(m) <= 1 MiB }", "LMS-E3009"),
        ("clause A should { size(m) > 2 MiB and size(m) <= 1 MiB }", "LMS-E3009"),
        ("clause A must { parameters(m) >= 0 }", "LMS-W4003"),
        ("clause A must { accuracy(m, reviews.test) <= 100% at 95% }", "LMS-W4003"),
        (
            "attestor lab = \"lmstd-ed25519:11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\"\nclause A must { attested.lab.audit == \"done\" }",
            "LMS-W4004",
        ),
    ];
    for (text, code) in cases {
        assert_eq!(codes(text), [code], "{text}");
    }
}

#[test]
fn bars_and_units() {
    let cases = [
        ("balance(reviews.test) >= 40%", ""),
        ("balance(reviews.test) >= 40% at 95%", "LMS-E2011"),
        ("0.8 <= accuracy(m, reviews.test)", "LMS-W4001"),
        ("accuracy(m, reviews.test) >= 80 ms at 95%", "LMS-E2001"),
        ("parameters(m) <= 50%", "LMS-E2001"),
        ("parameters(m) <= 1e6", ""),
        ("size(m) <= 1.5 GB", ""),
        ("size(m) <= -1 MB", "LMS-E2004"),
        ("accuracy(m, reviews.test) >= 1.0 at 95%", "LMS-E2004"),
        ("accuracy(m, reviews.test) == 0.9 at 95%", "LMS-E2004"),
        ("accuracy(m, reviews.test) > 1.0 at 95%", "LMS-E2004"),
        ("accuracy(m, reviews.test) >= 0.9 at 0.95", ""),
        ("accuracy(m, reviews.test) >= 0.9 at 95", "LMS-E2012"),
        ("accuracy(m, reviews.test) >= 0.9 at 50%", "LMS-E2012"),
        ("conforms(m) at 95%", "LMS-E2011"),
        ("latency(m) <= 5 ms", "LMS-E1009"),
        ("conforms(m).p95", "LMS-E1009"),
        ("latency(m, batch: 8).p95 <= 5 ms", ""),
        ("latency(m, batch: 8.5).p95 <= 5 ms", "LMS-E2006"),
        ("latency(m, btach: 8).p95 <= 5 ms", "LMS-E2006"),
        ("latency(m, 8, 9).p95 <= 5 ms", "LMS-E2006"),
        ("latency(m, model: m).p95 <= 5 ms", "LMS-E2006"),
        ("calibration(m, reviews.test, norm: l2) <= 0.1 at 95%", ""),
        ("accuracy(m, reviews) >= 0.9 at 95%", "LMS-E2006"),
        ("agrees(m) within derivd", "LMS-E2015"),
        ("agrees(m) <= 0.1", "LMS-E2010"),
        ("declared.a < \"b\"", "LMS-E2017"),
        ("accuracy(m, reviews.test) >= accuracy(m, reviews.test)", "LMS-E2008"),
    ];
    for (text, code) in cases {
        let wanted: Vec<&str> = if code.is_empty() { vec![] } else { vec![code] };
        assert_eq!(codes(&format!("clause A should {{ {text} }}")), wanted, "{text}");
    }
}

#[test]
fn conditions_that_the_constraints_exclude() {
    let with = |when: &str| {
        let model = "model n = bert.SequenceClassification { hidden_size in 128..=256 }";
        codes(&format!("{model}\nclause A must when {when} {{ conforms(n) }}"))
    };
    for quiet in ["n.hidden_size <= 128", "n.hidden_size > 256 or reviews has label", "not n.hidden_size > 256"] {
        assert_eq!(with(quiet), [""; 0], "{quiet}");
    }
    for never in ["n.hidden_size > 256", "reviews has label and n.hidden_size in {64}", "n.hidden_act == \"swish\""] {
        assert_eq!(with(never), ["LMS-W4006"], "{never}");
    }
    assert_eq!(with("n.hidden_size > m.hidden_size"), ["LMS-E2018"]);
    assert_eq!(with("n.hiden_size > 1"), ["LMS-E1008"]);
    assert_eq!(with("accuracy(n, reviews.test) > 0.5"), ["LMS-E2018"]);
    assert_eq!(with("reviews has lable"), ["LMS-W4006"]);
}
