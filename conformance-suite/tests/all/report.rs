//! Reports in every format: snapshots, foreign validators, and hostile strings that must stay text.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use lmstd_conformance_suite::report::{Format, Lang, from_json, render, schema, summary};
use lmstd_conformance_suite::verdict::{Outcome, Report, Verdict};
use serde_json::Value;

use crate::report_samples::{all, conforms, does_not_conform, hostile, without_weights};

const LANGS: [(Lang, &str); 2] = [(Lang::En, "en"), (Lang::Zh, "zh")];

fn rendered(report: &Report, format: Format, lang: Lang) -> String {
    String::from_utf8(render(report, format, lang).expect("a report renders")).expect("reports are UTF-8")
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// Snapshots lie beside the tests, a folder for this topic.
fn snapshots(run: impl FnOnce()) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("snapshots/report");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(run);
}

fn hidden(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
}

fn samples() -> impl Iterator<Item = (&'static str, Report, Lang, &'static str)> {
    all().into_iter().flat_map(|(name, report)| LANGS.map(|(lang, tag)| (name, report.clone(), lang, tag)))
}

#[test]
fn snapshots_of_text_formats() {
    snapshots(|| {
        for (name, report, lang, tag) in samples() {
            insta::assert_snapshot!(format!("terminal.{name}.{tag}"), summary(&report, lang, false, 110, Some("out")));
            // The hostile report is long on purpose; what matters of it is asserted below.
            if name != "hostile" {
                insta::assert_snapshot!(format!("markdown.{name}.{tag}"), rendered(&report, Format::Markdown, lang));
                insta::assert_snapshot!(format!("junit.{name}.{tag}"), rendered(&report, Format::Junit, lang));
                insta::assert_snapshot!(format!("sarif.{name}.{tag}"), rendered(&report, Format::Sarif, lang));
            }
        }
    });
}

#[test]
fn terminal_keeps_its_width_and_its_length() {
    for (name, report, lang, tag) in samples() {
        for width in [40, 60, 80, 120] {
            let text = summary(&report, lang, false, width, Some("out"));
            for line in text.lines() {
                // Wide characters count twice; this sum is independent of the product's own table for our two languages.
                let columns: usize =
                    line.chars().map(|c| if ('\u{2e80}'..='\u{ffdc}').contains(&c) { 2 } else { 1 }).sum();
                assert!(columns <= width, "{name} {tag} {width}: {columns} columns in {line:?}");
            }
        }
    }
    let lines = summary(&does_not_conform(), Lang::En, false, 110, Some("out")).lines().count();
    assert!(lines <= 30, "a report of 9 clauses with 3 that do not hold takes {lines} lines");
    assert!(summary(&conforms(), Lang::En, false, 110, Some("out")).lines().count() <= 20);
}

#[test]
fn colour_is_only_decoration() {
    for (_, report, lang, _) in samples() {
        let plain = summary(&report, lang, false, 100, None);
        let coloured = summary(&report, lang, true, 100, None);
        assert!(coloured.contains('\u{1b}') && !plain.contains('\u{1b}'));
        assert_eq!(without_colour(&coloured), plain);
    }
}

fn without_colour(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |out, part| out + part.split_once('m').expect("a colour sequence ends in m").1)
}

#[test]
fn every_format_is_deterministic_and_shows_no_hidden_character() {
    for (name, report, lang, tag) in samples() {
        for format in [Format::Html, Format::Markdown, Format::Json, Format::Sarif, Format::Junit] {
            let text = rendered(&report, format, lang);
            assert_eq!(text, rendered(&report, format, lang), "{name} {tag} {format:?}");
            assert_eq!(text.chars().find(|c| hidden(*c)), None, "{name} {tag} {format:?}");
        }
        assert_eq!(summary(&report, lang, false, 100, Some("o\u{202e}ut")).chars().find(|c| hidden(*c)), None);
    }
}

#[test]
fn json_comes_back_whole_and_fits_its_schema() {
    let schema = schema();
    jsonschema::draft202012::meta::validate(&schema).expect("a schema of draft 2020-12");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    for (name, report) in all() {
        let bytes = render(&report, Format::Json, Lang::En).expect("renders");
        let value: Value = serde_json::from_slice(&bytes).expect("JSON");
        let errors: Vec<String> = validator.iter_errors(&value).map(|e| e.to_string()).collect();
        assert!(errors.is_empty(), "{name}: {errors:?}");
        let back = from_json(&bytes).expect("reads back");
        if name != "hostile" {
            assert_eq!(back, report);
        }
        assert_eq!(render(&back, Format::Json, Lang::En).expect("renders"), bytes, "{name}");
    }
}

#[test]
fn numbers_that_are_not_finite_are_told_not_lost() {
    let back = from_json(&render(&hostile(), Format::Json, Lang::En).expect("renders")).expect("reads back");
    let measured = &back.clauses.iter().find(|c| c.id == "QUAL-1").expect("the clause").measured[0];
    assert_eq!((measured.value, measured.interval), (None, None));
    assert!(measured.facts["not finite"].contains("NaN"), "{:?}", measured.facts);
}

/// What lies beside the weights is told in the language of the report.
#[test]
fn files_beside_the_weights_are_told_in_both_languages() {
    for (lang, told) in
        [(Lang::En, "old (1).bin (pickle) and 2 more"), (Lang::Zh, "old (1).bin（pickle 序列化文件），另有 2 个")]
    {
        assert!(rendered(&conforms(), Format::Html, lang).contains(told), "{told}");
    }
}

/// Data that the standard does not name is told where the outcome is.
#[test]
fn replaced_data_is_told_with_the_outcome() {
    let mut report = conforms();
    let (name, dataset) = report.datasets.iter_mut().next().expect("a dataset");
    let split = dataset.splits.get_mut("test").expect("a split");
    let plain = [Lang::En, Lang::Zh].map(|lang| summary(&conforms(), lang, false, 100, None));
    (split.path, split.overridden) = ("easy.csv".to_owned(), true);
    let place = format!("`{name}.test`");
    for ((lang, _), plain) in LANGS.into_iter().zip(plain) {
        let told = if lang == Lang::En { "which the command line names" } else { "由命令行指定" };
        let text = summary(&report, lang, false, 100, None);
        let head = text.lines().take(6).collect::<Vec<_>>().join(" ");
        assert!(head.contains(told) && head.contains(&place) && !plain.contains(told), "{text}");
        let page = rendered(&report, Format::Html, lang);
        let (outcome, rest) = page.split_once("</section>").expect("the outcome");
        assert!(outcome.contains(told) && rest.contains("easy.csv"), "{outcome}");
        assert!(rendered(&report, Format::Markdown, lang).matches("`easy.csv`").count() >= 2);
    }
}

/// A side of an interval that a small sample cannot bound is told and drawn as open.
#[test]
fn an_open_interval_is_told_as_open() {
    for (interval, told, caps) in [
        ([Some(0.76), Some(0.79)], "[0.760, 0.790]", 2),
        ([Some(0.76), None], "[0.760, ∞)", 1),
        ([None, Some(0.79)], "(-∞, 0.790]", 1),
        ([None, None], "(-∞, ∞)", 0),
    ] {
        let mut report = conforms();
        let clause = report.clauses.iter_mut().find(|c| c.id == "QUAL-1").expect("the clause");
        clause.measured[0].interval = Some(interval);
        for (lang, _) in LANGS {
            let page = rendered(&report, Format::Html, lang);
            let charts = page.split("<svg").skip(1).filter_map(|svg| svg.split_once("</svg>"));
            // The clauses' own charts; the picture of all numbers has several rows.
            let own = |svg: &str| svg.starts_with(" class=\"chart interval\"") && svg.contains(told);
            let charts: Vec<(&str, &str)> = charts.filter(|(svg, _)| own(svg)).collect();
            assert!(!charts.is_empty(), "{told}");
            for chart in charts {
                assert_eq!(chart.0.matches("class=\"cap\"").count(), caps, "{told}: {}", chart.0);
                assert_eq!(chart.0.matches("class=\"span\"").count(), 1, "{told}: {}", chart.0);
            }
            assert!(
                rendered(&report, Format::Markdown, lang).contains(told.trim_matches(['[', ']', '(', ')'])),
                "{told}"
            );
        }
        let back = from_json(&render(&report, Format::Json, Lang::En).expect("renders")).expect("reads back");
        assert_eq!(back, report);
    }
}

#[test]
fn json_is_read_strictly() {
    let good = rendered(&conforms(), Format::Json, Lang::En);
    for (what, bad) in [
        ("an unknown field", good.replacen("\"attempt\": 1,", "\"attempt\": 1, \"x\": 1,", 1)),
        ("a missing field", good.replacen("  \"attempt\": 1,\n", "", 1)),
        ("a key twice", good.replacen("\"attempt\": 1,", "\"attempt\": 1, \"attempt\": 1,", 1)),
        (
            "a map key twice",
            good.replacen("\"vocab_size\": \"8000\",", "\"vocab_size\": \"8\", \"vocab_size\": \"9\",", 1),
        ),
        ("an unknown verdict", good.replacen("\"verdict\": \"pass\"", "\"verdict\": \"fine\"", 1)),
        ("something after the end", format!("{good}x")),
        ("half of it", good[..good.len() / 2].to_owned()),
        ("nothing", String::new()),
    ] {
        assert_ne!(bad, good, "{what}: the sample was not changed");
        let error = from_json(bad.as_bytes()).expect_err(what);
        assert!(error.to_string().contains("line"), "{what}: {error}");
    }
}

/// Set `LMSTD_BLESS=1` to write the schema anew after a change of the contract.
#[test]
fn the_schema_in_the_repository_is_the_one_of_the_code() {
    let path = root().join("schemas/report.schema.json");
    let now = format!("{}\n", serde_json::to_string_pretty(&schema()).expect("JSON"));
    if std::env::var_os("LMSTD_BLESS").is_some() {
        std::fs::write(&path, &now).expect("the schema is written");
    }
    let kept = std::fs::read_to_string(&path).expect("schemas/report.schema.json");
    assert_eq!(kept, now, "run this test with LMSTD_BLESS=1");
}

#[test]
fn sarif_fits_the_published_schema() {
    let text = std::fs::read_to_string(root().join("tests/data/sarif-2.1.0.schema.json")).expect("the schema");
    // The published pattern has a stray `]`, which strict readers of ECMA 262 refuse; ours is the one that was meant.
    let stray = "^[a-zA-Z]{2}|^[a-zA-Z]{2}-[a-zA-Z]{2}]?$";
    assert!(text.contains(stray), "the schema was mended upstream: drop this");
    let schema: Value = serde_json::from_str(&text.replace(stray, "^[a-zA-Z]{2}(-[a-zA-Z]{2})?$")).expect("JSON");
    let validator = jsonschema::options().should_validate_formats(true).build(&schema).expect("a schema");
    for (name, report, lang, tag) in samples() {
        let log: Value = serde_json::from_str(&rendered(&report, Format::Sarif, lang)).expect("JSON");
        let errors: Vec<String> =
            validator.iter_errors(&log).map(|e| format!("{e} at {}", e.instance_path())).collect();
        assert!(errors.is_empty(), "{name} {tag}: {errors:#?}");
        let run = &log["runs"][0];
        let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
        let mut seen = HashSet::new();
        for result in run["results"].as_array().expect("results") {
            let index = usize::try_from(result["ruleIndex"].as_u64().expect("an index")).expect("small");
            assert_eq!(rules[index]["id"], result["ruleId"]);
            assert_eq!(rules[index]["defaultConfiguration"]["level"], result["level"]);
            assert!(seen.insert(result["partialFingerprints"].to_string()), "{name}: a fingerprint twice");
            let uri = &result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
            assert!(!uri.to_string().contains(".."), "{uri}");
        }
    }
}

#[test]
fn sarif_has_a_result_for_each_finding_and_none_for_what_holds() {
    let count = |report: &Report| {
        let log: Value = serde_json::from_str(&rendered(report, Format::Sarif, Lang::En)).expect("JSON");
        log["runs"][0]["results"].as_array().expect("results").clone()
    };
    assert!(count(&conforms()).is_empty());
    let results = count(&does_not_conform());
    let levels: Vec<(&str, &str)> =
        results.iter().map(|r| (r["ruleId"].as_str().expect("an id"), r["level"].as_str().expect("a level"))).collect();
    assert_eq!(levels, [("ARCH-1", "error"), ("ARCH-1", "error"), ("QUAL-1", "error"), ("OPS-1", "warning")]);
    let place = |results: &[Value], index: usize| {
        let place = &results[index]["locations"][0];
        let file = place["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap_or("nowhere").to_owned();
        (file, place["logicalLocations"][0]["fullyQualifiedName"].as_str().expect("a name").to_owned())
    };
    assert_eq!(place(&results, 0), ("model.safetensors".to_owned(), "model.safetensors: classifier.bias".to_owned()));
    // A number that misses its bar is about the model as a whole; scanners drop a result without a file.
    assert_eq!(place(&results, 2), ("config.json".to_owned(), "accuracy(classifier, reviews.test)".to_owned()));
    let evil: Vec<Value> = count(&hostile());
    assert_eq!(place(&evil, 1).0, "a%20b/%C3%BC%23%3F.bin");
    assert_eq!(place(&evil, 2).0, "model.safetensors", "a path that leaves the folder is no location");
    assert_eq!(place(&count(&without_weights()), 0).0, "nowhere", "there is no file to point to");
    let mut layer = does_not_conform();
    layer.clauses[0].findings[0].at = "bert.encoder.layer.0".to_owned();
    assert_eq!(place(&count(&layer), 0), ("model.safetensors".to_owned(), "bert.encoder.layer.0".to_owned()));
}

/// A log is in one language; only what authors and submitters write is in theirs.
#[test]
fn sarif_describes_its_rules_in_its_own_language() {
    for (lang, tag) in LANGS {
        let log: Value = serde_json::from_str(&rendered(&conforms(), Format::Sarif, lang)).expect("JSON");
        let rules = log["runs"][0]["tool"]["driver"]["rules"].as_array().expect("rules").clone();
        for rule in &rules {
            let chinese = |key: &str| has_chinese(rule[key]["text"].as_str().expect("a text"));
            assert_eq!((chinese("shortDescription"), chinese("fullDescription")), (tag == "zh", tag == "zh"), "{rule}");
        }
        assert_eq!(rules.last().expect("a rule")["properties"]["when"], "reviews has dialect");
    }
}

fn has_chinese(text: &str) -> bool {
    text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
}

/// Everything a Chinese reader is told about faults, facts and limits is Chinese, and no name or number of it is lost.
#[test]
fn chinese_reports_are_chinese() {
    let report = does_not_conform();
    let formats = [Format::Html, Format::Markdown, Format::Sarif, Format::Junit];
    let pages = formats.map(|format| rendered(&report, format, Lang::Zh));
    let terminal = summary(&report, Lang::Zh, false, 400, None);
    for page in pages.iter().chain([&terminal]) {
        for finding in report.clauses.iter().flat_map(|clause| &clause.findings) {
            assert!(!page.contains(&finding.mend), "{} is English", finding.mend);
        }
        assert!(page.contains("重新保存包含该张量的检查点"), "{page}");
        assert!(!page.contains("is not stored") && !page.contains("stored transposed"), "{page}");
        for other in ["门限", "置信区间", "提交内容"] {
            assert!(!page.contains(other), "{other} is another word for the same thing");
        }
    }
    let [html, markdown, ..] = &pages;
    for page in [html, markdown] {
        assert!(page.contains("classifier.bias") && page.contains("未存储"), "the sentence names its tensor");
        assert!(page.contains("16 次随机") && !page.contains("unfused"), "the origin of a tolerance");
        assert!(page.contains("8 GiB") && !page.contains("8589934592") && !page.contains("address space"), "a limit");
        assert!(page.contains("张量数") && page.contains("386,622"), "a fact");
    }
}

/// What no form of a sentence fits is told by the fault's own row, and the page keeps the English sentence beside it.
#[test]
fn an_unknown_sentence_is_told_by_its_fault() {
    let mut report = does_not_conform();
    report.clauses[0].findings[0].message = "something that no table has heard of".to_owned();
    for format in [Format::Html, Format::Markdown] {
        let page = rendered(&report, format, Lang::Zh);
        assert!(page.contains("架构所需的参数未存储"), "{page}");
        assert!(page.contains("检测程序原文") && page.contains("something that no table has heard of"));
    }
    assert!(!summary(&report, Lang::Zh, false, 100, None).contains("no table has heard of"));
}

#[test]
fn when_a_clause_applies_is_told_in_every_format() {
    for (lang, tag) in LANGS {
        let report = conforms();
        for format in [Format::Html, Format::Markdown, Format::Json, Format::Sarif, Format::Junit] {
            assert!(rendered(&report, format, lang).contains("reviews has dialect"), "{tag} {format:?}");
        }
        // The terminal has one line a clause: of one that does not apply, why.
        let line = summary(&report, lang, false, 200, None).lines().find(|l| l.contains("GOV-2")).map(str::to_owned);
        assert!(line.expect("a line").contains("`dialect`"), "{tag}");
    }
}

#[test]
fn the_terminal_leads_with_what_misses_and_tells_a_fault_once() {
    let mut report = does_not_conform();
    let ops = report.clauses.iter_mut().find(|clause| clause.id == "OPS-1").expect("a clause");
    ops.measured.reverse();
    let text = summary(&report, Lang::En, false, 200, None);
    let line = text.lines().find(|line| line.contains("OPS-1")).expect("a line");
    assert!(line.find("latency").expect("the number that misses") < line.find("size").expect("the one that holds"));
    for (lang, title) in [(Lang::En, "Missing file"), (Lang::Zh, "缺少文件")] {
        let text = summary(&without_weights(), lang, false, 110, Some("out"));
        assert_eq!(text.matches(title).count(), 1, "{text}");
        assert!(text.lines().count() <= 27, "{text}");
        let head = text.lines().rfind(|line| line.contains("ARCH-1")).expect("the group's head");
        assert!(head.contains("SEM-1"), "{head}");
    }
}

/// Many clauses that do not hold by different faults: the report has them, the terminal says how many.
#[test]
fn the_terminal_counts_what_it_leaves_out() {
    let mut report = does_not_conform();
    let arch = report.clauses[0].clone();
    for index in 0..9 {
        let mut clause = arch.clone();
        clause.id = format!("ARCH-1{index}");
        clause.findings.truncate(1);
        clause.findings[0].at = format!("tensor-{index}");
        report.clauses.push(clause);
    }
    let text = summary(&report, Lang::En, false, 110, None);
    assert!(text.contains("… 8 more clauses do not hold: see the report"), "{text}");
}

#[test]
fn the_sentence_counts_what_erred_beside_what_failed() {
    let en = summary(&without_weights(), Lang::En, false, 400, None);
    assert!(en.contains("1 of 6 required clauses that apply failed; 2 more could not be measured."), "{en}");
    let zh = summary(&without_weights(), Lang::Zh, false, 400, None);
    assert!(zh.contains("适用的 6 项必须条款中有 1 项不成立；另有 2 项未能测量。"), "{zh}");
}

/// Markdown is the same data as the page: numbers, tolerances, cover, commands; code stays code.
#[test]
fn markdown_leaves_nothing_of_the_page_out() {
    let report = does_not_conform();
    let text = rendered(&report, Format::Markdown, Lang::En);
    for wanted in [
        "| OPS-1 | `size(classifier)` | 1.14 MiB | ≤ 50 MiB |  |  |",
        "### Tolerances and where they come from",
        "bound = twice the largest of 16 runs",
        "**Covered by declaration only**: `eu-ai-act.annex-xi-1-1-f`",
        "**Named, but not holding**: `eu-ai-act.annex-xi-1-1-d`, `eu-ai-act.art-15-1`, `nist-ai-rmf.measure-2-5`",
        "lmstd-check verify OUT --submission DIR --standard STANDARD\n",
        "lmstd-check verify OUT --submission DIR --data DATASET=FOLDER\n",
        "lmstd-check verify OUT --submission DIR --standard STANDARD --trust PUBKEY\n",
        "the submission declares",
        "text, length in 1..=2_000, role input",
        "Texts that stand in more than one split",
        "Tokenizer",
        "1.47 MiB",
        "memory: 8 GiB of address space",
    ] {
        let found = text.to_lowercase().contains(&wanted.to_lowercase());
        assert!(found, "{wanted:?} is not in\n{text}");
    }
    assert!(!text.contains("\\`"), "a backtick is code, not a character");
    assert!(text.contains("declares `MIT`"), "{text}");
}

#[test]
fn nothing_is_an_answer_too() {
    let mut report = without_weights();
    for clause in &mut report.clauses {
        clause.measured.clear();
        clause.controls.clear();
    }
    for (format, empty) in [(Format::Markdown, "| --- |\n\n"), (Format::Html, "<tbody>\n</tbody>")] {
        let text = rendered(&report, format, Lang::En);
        assert!(!text.contains(empty), "a table without rows in {format:?}");
        for told in ["The submission has no files", "No clause rests on a number", "No clause names a control"] {
            assert!(text.contains(told), "{told:?} in {format:?}");
        }
    }
    let mut facts = conforms();
    facts.clauses[0].measured[0].facts.insert("undeclared columns".to_owned(), String::new());
    assert!(rendered(&facts, Format::Markdown, Lang::En).contains("undeclared columns: none"));
}

#[test]
fn junit_reads_back_and_maps_every_verdict() {
    let status = |verdict: Verdict, level: usize| {
        let mut report = conforms();
        // Clause 0 is `must`, clause 1 is `should`.
        report.clauses[level].verdict = verdict;
        let junit =
            quick_junit::Report::deserialize_from_str(&rendered(&report, Format::Junit, Lang::En)).expect("XML");
        let suites = &junit.test_suites;
        assert_eq!(suites.iter().map(|s| s.test_cases.len()).sum::<usize>(), report.clauses.len());
        let suite = &suites[level];
        assert_eq!(suite.name.as_str(), ["must", "should"][level]);
        (suite.failures, suite.errors, suite.skipped)
    };
    assert_eq!(status(Verdict::Pass, 0), (0, 0, 0));
    assert_eq!(status(Verdict::Attested, 0), (0, 0, 0));
    assert_eq!(status(Verdict::Fail, 0), (1, 0, 0));
    assert_eq!(status(Verdict::Expired, 0), (1, 0, 0));
    assert_eq!(status(Verdict::Error, 0), (0, 1, 0));
    assert_eq!(status(Verdict::Undecided, 0), (0, 1, 0));
    assert_eq!(status(Verdict::Undecided, 1), (0, 0, 1));
    assert_eq!(status(Verdict::NotApplicable, 0), (0, 0, 1));
    for (lang, _) in LANGS {
        quick_junit::Report::deserialize_from_str(&rendered(&hostile(), Format::Junit, lang)).expect("hostile XML");
    }
}

/// What a CommonMark reader may take for markup: text outside code spans, backslash escapes removed.
pub fn markdown_outside_code(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if c == '\\' {
            let skip = 1 + rest.chars().nth(1).map_or(0, char::len_utf8);
            rest = &rest[skip..];
        } else if c == '`' {
            let fence = rest.len() - rest.trim_start_matches('`').len();
            let (mark, after) = rest.split_at(fence);
            let mut at = 0;
            let end = loop {
                let found = after[at..].find(mark).expect("a code span that is closed") + at;
                let run = after[found..].len() - after[found..].trim_start_matches('`').len();
                if run == fence {
                    break found + fence;
                }
                at = found + run;
            };
            rest = &after[end..];
        } else {
            out.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    out
}

#[test]
fn markdown_lets_nothing_hostile_out() {
    for (lang, _) in LANGS {
        let text = rendered(&hostile(), Format::Markdown, lang);
        let lines = text.lines().filter(|l| !l.starts_with("```") && !l.starts_with("lmstd-check"));
        let open: String = lines.map(|l| markdown_outside_code(l) + "\n").collect();
        for bad in ["<", "](", "![", "http:", "www.", "@", "javascript:"] {
            assert!(!open.contains(bad), "{bad:?} is live in {lang:?}");
        }
        assert!(!open.lines().any(|l| l.trim_start().starts_with("# x")), "a heading of the submission's own");
        // A row of a table has as many cells as its head: no name splits a cell.
        let mut head = None;
        for line in text.lines() {
            let cells = line.replace("\\|", "").matches('|').count();
            head = line.starts_with('|').then(|| *head.get_or_insert(cells));
            assert!(head.is_none_or(|h| h == cells), "{line}");
        }
    }
}

#[test]
fn every_outcome_and_verdict_has_words_in_both_languages() {
    for verdict in [
        Verdict::Pass,
        Verdict::Fail,
        Verdict::Undecided,
        Verdict::Attested,
        Verdict::Expired,
        Verdict::NotApplicable,
        Verdict::Error,
    ] {
        for outcome in [Outcome::Conforms, Outcome::DoesNotConform, Outcome::Undecided, Outcome::Error] {
            let mut report = conforms();
            report.outcome = outcome;
            report.clauses[0].verdict = verdict;
            for (lang, tag) in LANGS {
                let page = rendered(&report, Format::Html, lang);
                // A style sheet's selectors look like keys.
                let (_, page) = page.split_once("</style>").expect("a style sheet");
                for text in [page.to_owned(), rendered(&report, Format::Markdown, lang)] {
                    for key in ["verdict.", "trust.", "level.", "outcome.", "section.", "gloss.", "cover.", "sentence."]
                    {
                        let raw = text
                            .match_indices(key)
                            .find(|(at, _)| text[at + key.len()..].starts_with(|c: char| c.is_ascii_lowercase()));
                        assert_eq!(raw, None, "{tag}: a key without words");
                    }
                }
            }
        }
    }
}
