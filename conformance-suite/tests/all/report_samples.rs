//! Three reports that the tests of every format share: one that conforms, one that does not, one full of hostile strings.

use indexmap::IndexMap;
use lmstd_conformance_suite::verdict::{
    Bar, ClauseReport, Confusion, DatasetReport, FileReport, Finding, LayerReport, Level, Measured, ModelReport,
    Outcome, Report, SignerReport, SplitReport, StandardReport, SubmissionReport, Text, ToolReport, Trust, Verdict,
};

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
    }
}

fn estimate(m: Measured, interval: [f64; 2], n: u64, method: &str) -> Measured {
    Measured { interval: Some(interval), confidence: Some(0.95), n: Some(n), method: method.to_owned(), ..m }
}

fn check(measure: &str, facts: &[(&str, &str)]) -> Measured {
    Measured { value: None, bar: None, facts: words(facts), ..number(measure, 0.0, "", "==", 0.0) }
}

fn layer(scope: &str, ops: &[&str], shape: &str, parameters: u64) -> LayerReport {
    let ops = ops.iter().map(|o| (*o).to_owned()).collect();
    LayerReport { scope: scope.to_owned(), ops, shape: shape.to_owned(), parameters }
}

fn split(name: &str, rows: u64, classes: [u64; 2]) -> SplitReport {
    SplitReport {
        path: format!("data/{name}.csv"),
        sha256: digest(name),
        bytes: rows * 131,
        rows: Some(rows),
        classes: map(&[("negative", classes[0]), ("positive", classes[1])]),
    }
}

fn layers() -> Vec<LayerReport> {
    let block = ["linear", "linear", "linear", "attention", "linear", "add", "layer_norm", "linear", "relu", "linear"];
    let mut out = vec![
        layer("", &["tokens"], "[batch, 64]", 0),
        layer("embedding", &["embed", "position_embed", "add"], "[batch, 64, 32]", 258_048),
    ];
    out.extend((0..12).map(|i| layer(&format!("encoder.layer.{i}"), &block, "[batch, 64, 32]", 10_656)));
    out.push(layer("pooler", &["mean"], "[batch, 32]", 0));
    out.push(layer("dense", &["linear", "relu"], "[batch, 20]", 660));
    out.push(layer("classifier", &["linear", "softmax"], "[batch, 2]", 42));
    out
}

fn measured_clauses() -> Vec<ClauseReport> {
    let confusion = Confusion {
        labels: vec!["negative".to_owned(), "positive".to_owned()],
        counts: vec![vec![771, 229], vec![224, 776]],
    };
    let mut accuracy = number("accuracy(classifier, reviews.test)", 0.7735, "", ">=", 0.75);
    accuracy = Measured { confusion: Some(confusion), ..estimate(accuracy, [0.7547, 0.7913], 2000, "wilson") };
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
    qual2.measured = vec![estimate(quality, [0.7558, 0.7921], 2000, "bootstrap-percentile")];
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

fn clauses() -> Vec<ClauseReport> {
    let mut arch = clause(
        "ARCH-1",
        Level::Must,
        "The weights are exactly those of the declared architecture: no tensor missing, extra, misshapen or of another type.",
        "权重必须与声明的架构完全一致：不得缺少、多余、形状或类型不符。",
        "conforms(classifier)",
    );
    arch.controls = vec!["eu-ai-act.annex-xi-1-1-d".to_owned()];
    arch.measured = vec![check("conforms(classifier)", &[("tensors compared", "22")])];
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
    let origin = "derived: 2.4e-6 = γ(64·32) · measured amplification 1.9, f32 against f64";
    sem.measured = vec![Measured {
        facts: words(&[("tolerance", origin), ("compared outputs", "128")]),
        ..number("agrees(classifier).max_error", 3.1e-7, "", "<=", 2.4e-6)
    }];
    let mut data = clause(
        "DATA-2",
        Level::Must,
        "No text stands in two splits.",
        "任何文本不得同时出现在两个数据划分中。",
        "duplicates(reviews) == 0",
    );
    data.measured = vec![number("duplicates(reviews)", 0.0, "", "==", 0.0)];
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
    dialect.reason = text("`reviews` has no column `dialect`.", "`reviews` 没有 `dialect` 列。");
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
        dtypes: map(&[("f32", 22)]),
        config: words(&[("vocab_size", "8000"), ("max_len", "64"), ("embed_dim", "32"), ("num_heads", "2")]),
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
    };
    Report {
        outcome: Outcome::Conforms,
        date: "2026-03-14T09:26:53Z".to_owned(),
        attempt: 1,
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
        },
        datasets: map(&[("reviews", reviews)]),
        models: map(&[("classifier", model)]),
        tool: ToolReport {
            name: "lmstd-check".to_owned(),
            version: "0.1.0".to_owned(),
            platform: "linux x86_64".to_owned(),
            threads: 4,
            limits: words(&[("memory", "8 GiB"), ("time", "600 s"), ("files", "none writable"), ("network", "none")]),
        },
        seeds: words(&[("bootstrap", &digest("bootstrap")), ("batches", &digest("batches"))]),
        signer: SignerReport { key: "q83vEjRWeJASNFZ4kBI0VniQEjRWeJASNFZ4kBI0Vng=".to_owned(), one_time: true },
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
            "The architecture needs this tensor and the file does not have it.",
            "model.safetensors: classifier.bias",
            "f32[2]",
            "nothing",
            "Save the model with its classification head.",
        ),
        finding(
            "transposed_weight",
            "The tensor has the transposed shape.",
            "model.safetensors: dense.weight",
            "f32[20, 32]",
            "f32[32, 20]",
            "Transpose it: this architecture keeps [out, in].",
        ),
    ];
    let qual = find(&mut report, "QUAL-1");
    qual.verdict = Verdict::Fail;
    qual.reason = text(
        "The interval's upper end 0.7314 stays below 0.75: more data would not help, a better model would.",
        "区间上限 0.7314 低于 0.75：增加数据无济于事，需要更好的模型。",
    );
    qual.measured[0].value = Some(0.7115);
    qual.measured[0].interval = Some([0.6912, 0.7314]);
    let ops = find(&mut report, "OPS-1");
    ops.verdict = Verdict::Undecided;
    ops.reason = text(
        "The interval straddles 200 ms; about 1,200 runs would decide.",
        "区间横跨 200 毫秒；约 1,200 次运行可判定。",
    );
    ops.measured[0].value = Some(0.1995);
    ops.measured[0].interval = Some([0.188, 0.2304]);
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
    qual.measured[0].interval = Some([f64::NEG_INFINITY, f64::INFINITY]);
    qual.measured[0].measure = evil.to_owned();
    qual.measured[0].facts = words(&[(evil, link)]);
    qual.measured[0].confusion = Some(Confusion {
        labels: vec![evil.to_owned(), long.clone(), String::new()],
        counts: vec![vec![u64::MAX, 0, 1], vec![3]],
    });
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
    model.layers = vec![layer(evil, &[evil, link], evil, u64::MAX), layer(&long, &[], &long, 0)];
    report.models.insert(evil.to_owned(), ModelReport { layers: vec![], ..report.models["classifier"].clone() });
    report
}
