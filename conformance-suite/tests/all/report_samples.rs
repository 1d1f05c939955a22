//! Three reports that the tests of every format share: one that conforms, one that does not, one full of hostile strings.

mod pictured;

use indexmap::IndexMap;
use lmstd_conformance_suite::verdict::{
    AttestedReport, Bar, ClauseReport, ColumnReport, Confusion, DatasetReport, Figure, FileReport, Finding, GroupValue,
    HolmTest, LayerReport, Level, Measured, ModelReport, Multiplicity, Outcome, ReadReport, Report, SignerReport,
    SourceReport, SplitReport, StandardReport, SubmissionReport, Text, TokenizerReport, ToolReport, Trust, Verdict,
};

pub use pictured::pictured;

/// All three, with the names of their snapshots.
pub fn all() -> Vec<(&'static str, Report)> {
    vec![("conforms", conforms()), ("fails", does_not_conform()), ("hostile", hostile())]
}

fn text(en: &str, zh: &str) -> Text {
    Text { en: en.to_owned(), zh: zh.to_owned() }
}

fn map<V: Clone>(pairs: &[(&str, V)]) -> IndexMap<String, V> {
    pairs.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect()
}

fn words(pairs: &[(&str, &str)]) -> IndexMap<String, String> {
    pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
}

/// A digest-like string that differs for every name.
fn digest(name: &str) -> String {
    let mut state =
        name.bytes().fold(0xcbf2_9ce4_8422_2325u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
    (0..4).fold(String::new(), |out, _| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        format!("{out}{state:016x}")
    })
}

/// A clause that passes by measurement; tests change what they need.
fn clause(id: &str, level: Level, en: &str, zh: &str, bar: &str) -> ClauseReport {
    ClauseReport {
        id: id.to_owned(),
        level,
        verdict: Verdict::Pass,
        trust: Trust::Measured,
        text: text(en, zh),
        when: String::new(),
        reason: text("The check holds.", "检查成立。"),
        measured: vec![],
        bar: bar.to_owned(),
        findings: vec![],
        controls: vec![],
        evidence: vec![format!("sha256:{}", digest(id))],
    }
}

fn number(measure: &str, value: f64, unit: &str, op: &str, bar: f64) -> Measured {
    Measured {
        measure: measure.to_owned(),
        value: Some(value),
        unit: unit.to_owned(),
        interval: None,
        confidence: None,
        n: None,
        method: String::new(),
        bar: Some(Bar { op: op.to_owned(), value: bar }),
        facts: IndexMap::new(),
        confusion: None,
        figures: Vec::new(),
    }
}

fn estimate(m: Measured, interval: [f64; 2], n: u64, method: &str) -> Measured {
    Measured { interval: Some(interval.map(Some)), confidence: Some(0.95), n: Some(n), method: method.to_owned(), ..m }
}

fn check(measure: &str, facts: &[(&str, &str)]) -> Measured {
    Measured { value: None, bar: None, facts: words(facts), ..number(measure, 0.0, "", "==", 0.0) }
}

fn layer(scope: &str, ops: &[&str], shape: &str, parameters: u64) -> LayerReport {
    let ops = ops.iter().map(|o| (*o).to_owned()).collect();
    LayerReport { scope: scope.to_owned(), ops, shape: shape.to_owned(), parameters, reads: vec![], outputs: vec![] }
}

/// A box that reads from earlier ones, by their number.
fn reading(layer: LayerReport, from: &[(u64, &str)]) -> LayerReport {
    let reads = from.iter().map(|(layer, shape)| ReadReport { layer: *layer, shape: (*shape).to_owned() });
    LayerReport { reads: reads.collect(), ..layer }
}

fn split(name: &str, rows: u64, classes: [u64; 2]) -> SplitReport {
    SplitReport {
        path: format!("data/{name}.csv"),
        sha256: digest(name),
        bytes: rows * 131,
        rows: Some(rows),
        classes: map(&[("negative", classes[0]), ("positive", classes[1])]),
        rule: if name == "test" { "rows >= 2_000".to_owned() } else { String::new() },
        overridden: false,
        columns: IndexMap::from([
            ("label".to_owned(), column(0, &[("negative", classes[0]), ("positive", classes[1])])),
            ("text".to_owned(), column(3, &[("4 – 104", rows - 40), ("104 – 204", 37)])),
        ]),
    }
}

fn column(missing: u64, spread: &[(&str, u64)]) -> ColumnReport {
    ColumnReport { missing, spread: map(spread) }
}

fn layers() -> Vec<LayerReport> {
    let block = ["linear", "linear", "linear", "attention", "linear", "add", "layer_norm", "linear", "relu", "linear"];
    let (ids, hidden) = ("[batch, 64]", "[batch, 64, 32]");
    let embedding = layer("embedding", &["embed", "position_embed", "add"], hidden, 258_048);
    let mut out = vec![
        layer("", &["input input_ids"], ids, 0),
        layer("", &["input attention_mask"], ids, 0),
        reading(embedding, &[(0, ids)]),
    ];
    let block = |i: u64| layer(&format!("encoder.layer.{i}"), &block, hidden, 10_656);
    out.extend((0..12).map(|i| reading(block(i), &[(1, ids), (i + 2, hidden)])));
    out.push(reading(layer("pooler", &["masked_mean"], "[batch, 32]", 0), &[(1, ids), (14, hidden)]));
    out.push(reading(layer("dense", &["linear", "relu"], "[batch, 20]", 660), &[(15, "[batch, 32]")]));
    out.push(reading(layer("classifier", &["linear", "softmax"], "[batch, 2]", 42), &[(16, "[batch, 20]")]));
    out
}

fn measured_clauses() -> Vec<ClauseReport> {
    let confusion = Confusion {
        labels: vec!["negative".to_owned(), "positive".to_owned()],
        counts: vec![vec![771, 229], vec![224, 776]],
    };
    let mut accuracy = number("accuracy(classifier, reviews.test)", 0.7735, "", ">=", 0.75);
    let whole = |m: Measured| Measured { confusion: Some(confusion.clone()), ..m };
    accuracy = whole(estimate(accuracy, [0.7547, 0.7913], 2000, "clopper-pearson"));
    let quality = number("quality(classifier, reviews.test)", 0.7741, "", ">=", 0.75);
    let latency = number("latency(classifier).p95", 0.004_312, "s", "<=", 0.2);
    let mut qual1 = clause(
        "QUAL-1",
        Level::Must,
        "With 95% confidence at least three reviews in four are classified correctly.",
        "在 95% 置信度下，至少四分之三的评论分类正确。",
        "accuracy(classifier, reviews.test) >= 0.75 at 95%",
    );
    qual1.measured = vec![accuracy];
    qual1.reason = text("The interval's lower end 0.7547 clears 0.75.", "区间下限 0.7547 越过 0.75。");
    qual1.controls = vec!["eu-ai-act.art-15-1".to_owned(), "nist-ai-rmf.measure-2-5".to_owned()];
    let mut qual2 = clause(
        "QUAL-2",
        Level::Must,
        "With 95% confidence the weighted quality score is at least 0.75.",
        "在 95% 置信度下，加权质量分不低于 0.75。",
        "quality(classifier, reviews.test) >= 0.75 at 95%",
    );
    qual2.measured = vec![whole(estimate(quality, [0.7558, 0.7921], 2000, "bayesian-bootstrap"))];
    qual2.controls = vec!["eu-ai-act.art-15-1".to_owned()];
    let mut ops = clause(
        "OPS-1",
        Level::Should,
        "One review takes at most 200 ms at the 95th percentile, and the submission is at most 50 MiB.",
        "单条评论第 95 百分位延迟不超过 200 毫秒，提交文件不超过 50 MiB。",
        "latency(classifier).p95 <= 200 ms and size(classifier) <= 50 MiB",
    );
    ops.measured = vec![
        estimate(latency, [0.004_1, 0.004_9], 300, "order-statistic"),
        number("size(classifier)", 1_198_372.0, "B", "<=", 52_428_800.0),
    ];
    vec![qual1, qual2, ops]
}

/// Where a tolerance came from, as the checker tells it.
pub const ORIGIN: &str = "reference in f64, unfused; bound = twice the largest of 16 runs with random roundings; fail at 10 bounds; a fault that moves no value by a bound looks like rounding and passes";

fn clauses() -> Vec<ClauseReport> {
    let mut arch = clause(
        "ARCH-1",
        Level::Must,
        "The weights are exactly those of the declared architecture: no tensor missing, extra, misshapen or of another type.",
        "权重必须与声明的架构完全一致：不得缺少、多余、形状或类型不符。",
        "conforms(classifier)",
    );
    arch.controls = vec!["eu-ai-act.annex-xi-1-1-d".to_owned()];
    arch.measured = vec![check(
        "conforms(classifier)",
        &[("tensors", "22"), ("parameters", "386622"), ("not examined", "old (1).bin (pickle) and 2 more")],
    )];
    let mut small = clause(
        "ARCH-3",
        Level::Should,
        "The model has at most one million parameters.",
        "模型参数量不超过一百万。",
        "parameters(classifier) <= 1_000_000",
    );
    small.measured = vec![number("parameters(classifier)", 386_622.0, "", "<=", 1_000_000.0)];
    let mut sem = clause(
        "SEM-1",
        Level::Must,
        "The submitter's claimed outputs are what the architecture gives on these weights.",
        "提交者声明的输出必须与该架构在这些权重上的计算结果一致。",
        "agrees(classifier) within derived",
    );
    sem.measured = vec![Measured {
        facts: words(&[("tolerance", ORIGIN), ("pass_bound", "2.4000000000000001e-6")]),
        ..number("agrees(classifier): logits", 3.1e-7, "", "<=", 2.4e-6)
    }];
    let mut data = clause(
        "DATA-2",
        Level::Must,
        "No text stands in two splits.",
        "任何文本不得同时出现在两个数据划分中。",
        "leakage(reviews) == 0",
    );
    data.measured = vec![number("leakage(reviews)", 0.0, "", "==", 0.0)];
    data.controls = vec!["eu-ai-act.art-10-3".to_owned()];
    let mut gov = clause(
        "GOV-1",
        Level::Must,
        "The submitter declares a licence that permits commercial use.",
        "提交者声明允许商业使用的许可证。",
        "declared.license in {\"Apache-2.0\", \"MIT\", \"BSD-3-Clause\"}",
    );
    gov.verdict = Verdict::Attested;
    gov.trust = Trust::Declared;
    gov.reason = text("The submission declares `MIT`.", "提交物声明的许可证为 `MIT`。");
    gov.controls = vec!["eu-ai-act.annex-xi-1-1-f".to_owned()];
    let mut dialect = clause(
        "GOV-2",
        Level::May,
        "Accuracy is reported where the dialect is known.",
        "在已知方言时报告准确率。",
        "accuracy(classifier, reviews.test) >= 0.70 at 95%",
    );
    dialect.verdict = Verdict::NotApplicable;
    dialect.trust = Trust::None;
    dialect.when = "reviews has dialect".to_owned();
    dialect.reason = text(
        "The clause does not apply: `reviews` has no column `dialect`.",
        "本条款不适用：`reviews` 没有 `dialect` 列。",
    );
    dialect.evidence.clear();
    let mut out = vec![arch, small, sem, data];
    out.extend(measured_clauses());
    out.extend([gov, dialect]);
    out
}

/// Every required clause holds; one of them on a declaration.
pub fn conforms() -> Report {
    let file = |path: &str, bytes| FileReport { path: path.to_owned(), sha256: digest(path), bytes };
    let model = ModelReport {
        architecture: "article.TransformerBlockClassifier".to_owned(),
        parameters: Some(386_622),
        weight_bytes: Some(1_546_488),
        dtypes: map(&[("f32", 22)]),
        config: words(&[("vocab_size", "8000"), ("max_len", "64"), ("embed_dim", "32"), ("num_heads", "2")]),
        parts: vec!["claims".into()],
        tokenizer: Some(TokenizerReport { tokens: 8_000, largest_id: 7_999, truncation: Some(64), padding: None }),
        layers: layers(),
    };
    let reviews = DatasetReport {
        splits: map(&[
            ("train", split("train", 5_800, [2_890, 2_910])),
            ("validation", split("validation", 800, [401, 399])),
            ("test", split("test", 2_000, [1_000, 1_000])),
        ]),
        fields: words(&[
            ("id", "int, unique, role id"),
            ("rating", "real in -4.0..=4.0"),
            ("label", "class {negative = 0, positive = 1}, role target"),
            ("text", "text, length in 1..=2_000, role input"),
        ]),
        duplicates: Some(0),
        sources: vec![
            SourceReport {
                name: Some("reviews_of_films".to_owned()),
                said: words(&[
                    ("method", "Snippets that a newspaper site quotes."),
                    ("period", "2001-01-01/2004-12-31"),
                    ("licence", "MIT"),
                ]),
            },
            SourceReport {
                name: None,
                said: words(&[("annotators", "20"), ("guidelines", "rating-guide.pdf, version 3")]),
            },
        ],
        prepares: IndexMap::from([("text".to_owned(), vec!["nfc".to_owned(), "clean".to_owned()])]),
    };
    Report {
        outcome: Outcome::Conforms,
        date: "2026-03-14T09:26:53Z".to_owned(),
        attempt: 1,
        runs: 3,
        discarded: 0,
        standard: StandardReport {
            id: "sentiment-classifier".to_owned(),
            version: "1.0.0".to_owned(),
            lock: format!("sha256:{}", digest("lock")),
            sha256: digest("standard"),
            title: text("Sentiment classifier", "情感分类器"),
        },
        submission: SubmissionReport {
            name: "submission".to_owned(),
            root: format!("sha256:{}", digest("root")),
            files: vec![
                file("config.json", 398),
                file("golden.safetensors", 12_480),
                file("model.safetensors", 1_073_264),
                file("tokenizer.json", 112_230),
            ],
            declared: words(&[("license", "MIT"), ("contact", "models@example.org")]),
            attested: vec![AttestedReport {
                signer: "lmstd-ed25519:AAAA".to_owned(),
                key: "audit".to_owned(),
                value: "passed".to_owned(),
                issued: "2026-01-01".to_owned(),
                expires: Some("2026-12-31".to_owned()),
                file: "attestations/audit.json".to_owned(),
            }],
            attestation_faults: vec![],
            opaque: None,
        },
        datasets: map(&[("reviews", reviews)]),
        models: map(&[("classifier", model)]),
        tool: ToolReport {
            name: "lmstd-check".to_owned(),
            version: "0.1.0".to_owned(),
            platform: "linux x86_64".to_owned(),
            threads: 4,
            limits: words(&[
                ("memory", "8589934592 bytes of address space"),
                ("wall", "3600 seconds, held by the parent"),
                ("network", "no sockets (system-call filter)"),
            ]),
        },
        seeds: words(&[("bootstrap", &digest("bootstrap")), ("probe", &digest("probe"))]),
        signer: SignerReport { key: "q83vEjRWeJASNFZ4kBI0VniQEjRWeJASNFZ4kBI0Vng=".to_owned(), one_time: true },
        multiplicity: Multiplicity {
            must_bounds: 2,
            per_clause: 0.025,
            at_least_one_false_pass_at_most: 0.05,
            conforms_falsely_at_most: 0.025,
            holm: vec![HolmTest { clause: "QUAL-1".into(), p: 0.0075, adjusted_p: 0.0075 }],
        },
        clauses: clauses(),
    }
}

fn find<'a>(report: &'a mut Report, id: &str) -> &'a mut ClauseReport {
    report.clauses.iter_mut().find(|c| c.id == id).expect("a clause of the sample")
}

fn finding(fault: &str, message: &str, at: &str, expected: &str, found: &str, mend: &str) -> Finding {
    Finding {
        fault: fault.to_owned(),
        message: message.to_owned(),
        at: at.to_owned(),
        expected: expected.to_owned(),
        found: found.to_owned(),
        mend: mend.to_owned(),
    }
}

/// A submission without its weights: several clauses err by the same missing file, one fails beside them.
pub fn without_weights() -> Report {
    let mut report = conforms();
    report.outcome = Outcome::DoesNotConform;
    report.submission.files.clear();
    report.submission.declared.clear();
    for id in ["ARCH-1", "ARCH-3", "SEM-1"] {
        let clause = find(&mut report, id);
        clause.verdict = Verdict::Error;
        clause.trust = Trust::None;
        clause.reason = text(
            &format!("`{id}` could not be measured: there are no weights."),
            &format!("无法测量 `{id}`：没有权重。"),
        );
        clause.measured.clear();
        clause.findings =
            vec![finding("missing_file", "there are no weights", "model.safetensors", "", "", "add model.safetensors")];
    }
    let gov = find(&mut report, "GOV-1");
    gov.verdict = Verdict::Fail;
    gov.reason = text("The submission does not declare `license`.", "提交物未声明 `license`。");
    gov.findings = vec![finding("not_declared", "The submission does not declare `license`.", "license", "", "", "")];
    report
}

/// Two required clauses fail with findings; a recommended one is undecided.
pub fn does_not_conform() -> Report {
    let mut report = conforms();
    report.outcome = Outcome::DoesNotConform;
    report.attempt = 3;
    report.signer.one_time = false;
    let arch = find(&mut report, "ARCH-1");
    arch.verdict = Verdict::Fail;
    arch.reason = text("2 faults in the weights.", "权重中有 2 处问题。");
    arch.findings = vec![
        finding(
            "missing_tensor",
            "the parameter `classifier.bias` is not stored",
            "model.safetensors: classifier.bias",
            "[2]",
            "nothing",
            "save the checkpoint again with this tensor",
        ),
        finding(
            "transposed_weight",
            "`dense.weight` is stored transposed",
            "model.safetensors: dense.weight",
            "[20, 32]",
            "[32, 20]",
            "store the weight as [out, in]",
        ),
    ];
    let qual = find(&mut report, "QUAL-1");
    qual.verdict = Verdict::Fail;
    qual.reason = text(
        "No part of the interval meets the bar. To mend it: Train longer.",
        "整个区间均未达到门槛。修正方法：延长训练。",
    );
    qual.measured[0].value = Some(0.7115);
    qual.measured[0].interval = Some([Some(0.6912), Some(0.7314)]);
    let ops = find(&mut report, "OPS-1");
    ops.verdict = Verdict::Undecided;
    ops.reason = text(
        "The interval straddles 200 ms; about 1,200 runs would decide.",
        "区间横跨 200 毫秒；约 1,200 次运行可判定。",
    );
    ops.measured[0].value = Some(0.1995);
    ops.measured[0].interval = Some([Some(0.188), Some(0.2304)]);
    report
}

/// Names and values that try to break out of every format, one of them on every field a submission can reach.
pub fn hostile() -> Report {
    let evil = "<script>alert(1)</script> \u{1b}[31mred\u{1b}[0m \u{202e}gnp.exe\u{2066} ]]> \u{0} `|* \"'&amp; {{ 7*7 }} \n# x";
    let link = "[click](javascript:alert(1)) http://evil.example/ www.evil.example @everyone <!-- --> ![x](y)";
    let long = "encoder.".repeat(400);
    let mut report = conforms();
    report.outcome = Outcome::Error;
    report.submission.name = evil.to_owned();
    report.submission.declared = words(&[(evil, link), ("license", "</dd></dl><h1>MIT")]);
    for path in [evil, "../../etc/passwd", "a b/ü#?.bin", &long] {
        report.submission.files.push(FileReport { path: path.to_owned(), sha256: evil.to_owned(), bytes: u64::MAX });
    }
    let arch = find(&mut report, "ARCH-1");
    arch.verdict = Verdict::Error;
    arch.trust = Trust::None;
    arch.reason = text(evil, link);
    arch.findings = vec![
        finding(evil, link, evil, "<b>f32</b>", link, evil),
        finding("malformed_header", &long, "a b/ü#?.bin: x", &long, &long, &long),
        finding("unsafe_path", "Leaves the folder.", "../../etc/passwd", "", "", ""),
    ];
    arch.findings.extend((0..70).map(|i| finding("wrong_shape", "m", &format!("t{i}"), "a", "b", "")));
    let qual = find(&mut report, "QUAL-1");
    qual.verdict = Verdict::Undecided;
    qual.measured[0].value = Some(f64::NAN);
    qual.measured[0].interval = Some([Some(f64::NEG_INFINITY), Some(f64::INFINITY)]);
    qual.measured[0].measure = evil.to_owned();
    qual.measured[0].facts = words(&[(evil, link)]);
    qual.measured[0].confusion = Some(Confusion {
        labels: vec![evil.to_owned(), long.clone(), String::new()],
        counts: vec![vec![u64::MAX, 0, 1], vec![3]],
    });
    let group = |label: &str, value| GroupValue { label: label.to_owned(), n: 7, value, interval: None };
    qual.measured[0].figures = vec![
        Figure::Groups { groups: vec![group(evil, Some(0.5)), group(&long, None)] },
        Figure::Reliability { bins: vec![[0.0, 1.0, f64::NAN, 0.5]], rows: vec![7] },
    ];
    let reviews = report.datasets.get_mut("reviews").expect("the sample's dataset");
    reviews.fields.insert(evil.to_owned(), link.to_owned());
    let test = reviews.splits.get_mut("test").expect("the sample's split");
    test.rows = None;
    test.path = evil.to_owned();
    test.classes = map(&[(evil, u64::MAX), (long.as_str(), u64::MAX), ("none", 0)]);
    let model = report.models.get_mut("classifier").expect("the sample's model");
    model.parameters = None;
    model.architecture = evil.to_owned();
    model.config.insert(evil.to_owned(), long.clone());
    let nowhere = reading(layer(&long, &[], &long, 0), &[(0, evil), (0, link), (1, evil), (u64::MAX, evil)]);
    model.layers = vec![layer(evil, &[evil, link], evil, u64::MAX), nowhere];
    model.tokenizer =
        Some(TokenizerReport { tokens: u64::MAX, largest_id: 0, truncation: Some(u64::MAX), padding: Some(0) });
    report.models.insert(evil.to_owned(), ModelReport { layers: vec![], ..report.models["classifier"].clone() });
    report
}
