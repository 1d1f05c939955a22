//! Texts that try to break out, on the real path: a submission and data full of them are certified by the binary, and what
//! every medium then shows is inert there. Nothing of them becomes markup, a link, a cell's formula or a terminal's command.
//! (No report is written as CSV or TSV: answers go out as JSON lines.)

use crate::report::markdown_outside_code;
use crate::support::{Run, copy, lmstd_check, root};
use candle_core::{Device, safetensors};
use serde_json::Value;
use std::fs;
use std::path::Path;

/// What a name may hold that the door lets pass.
const NAMES: [&str; 10] = [
    "<img src=x onerror=alert(1)>.txt",
    "=HYPERLINK(\"http;evil\").csv",
    "@SUM(1).md",
    "+cmd|' calc'!A0",
    "-1+1.tsv",
    "[click](javascript:alert(1)).md",
    "file:etc.json",
    "a ]]> b.xml",
    "``` | `tick` | \"'&amp; {{ 7*7 }}",
    "\"; } <style><svg onload=alert(2)>",
];

/// What a text may hold.
const TEXT: &str = "<script>alert(1)</script> <svg onload=alert(2)> [c](javascript:alert(3)) ![i](http://evil.example/i) \
     =HYPERLINK(\"x\") ]]> `|* @everyone www.evil.example {{ 7*7 }} \u{202e}gnp.exe\u{2066} \u{1b}]8;;http://evil.example\u{7}x\
     \u{1b}]8;;\u{7} \u{1b}]52;c;ZXZpbA==\u{7} \u{1b}[2J \u{fffe} \u{feff}end";

/// The example with hostile names, card, config, tensor and tokens.
fn submission(to: &Path) {
    copy(&root().join("examples/sentiment/submission"), to);
    for name in NAMES {
        fs::write(to.join(name), "x").unwrap();
    }
    let quoted = serde_json::to_string(TEXT).unwrap();
    fs::write(
        to.join("README.md"),
        format!("---\nlicense: {quoted}\n\"evil {{{{ 7*7 }}}} <b>\": {quoted}\n---\n{TEXT}\n"),
    )
    .unwrap();
    let mut tensors = safetensors::load(to.join("model.safetensors"), &Device::Cpu).unwrap();
    let extra = tensors.values().next().unwrap().clone();
    tensors.insert("layer.<img src=x onerror=alert(1)>.[w](javascript:1).`|` ]]>".into(), extra);
    safetensors::save(&tensors, to.join("model.safetensors")).unwrap();
    let config = to.join("config.json");
    let mut json: Value = serde_json::from_slice(&fs::read(&config).unwrap()).unwrap();
    json["<script>alert(4)</script>"] = Value::from(TEXT);
    json["id2label"] = serde_json::json!({"0": TEXT, "1": "=1+1"});
    fs::write(config, json.to_string()).unwrap();
}

/// The example's data with a hostile column, class and text in a few rows.
fn data(to: &Path) {
    fs::create_dir_all(to).unwrap();
    let field = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    for split in ["train", "validation", "test"] {
        let mut text =
            format!("id,rating,label,text,{}\n", field("<img src=x onerror=alert(1)> =cmd|x ]]> [a](javascript:1)"));
        for row in 0..12 {
            let label = match row {
                5 => field("<script>alert(5)</script> | `x`"),
                6 => field("=HYPERLINK(\"x\")"),
                _ => (row % 2).to_string(),
            };
            text.push_str(&format!("{split}{row},0.5,{label},{},1\n", field(&format!("row {row} {TEXT}"))));
        }
        fs::write(to.join(format!("{split}.csv")), text).unwrap();
    }
}

/// No control character but the line feed, nothing that reorders or hides.
#[track_caller]
fn shows_itself(text: &str, what: &str) {
    let hidden = |c: char| {
        (c.is_control() && c != '\n')
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
    };
    assert_eq!(text.chars().find(|c| hidden(*c)), None, "{what}");
}

/// Every string of a JSON value with the key that it stands under.
fn strings<'v>(value: &'v Value, key: &'v str, out: &mut Vec<(&'v str, &'v str)>) {
    match value {
        Value::String(text) => out.push((key, text)),
        Value::Array(items) => items.iter().for_each(|item| strings(item, key, out)),
        Value::Object(map) => map.iter().for_each(|(key, item)| strings(item, key, out)),
        _ => {}
    }
}

/// What begins like a URI with a scheme that does something.
fn acts(text: &str) -> bool {
    let lower = text.trim_start().to_ascii_lowercase();
    ["javascript:", "file:", "data:", "vbscript:"].iter().any(|scheme| lower.starts_with(scheme))
}

fn html_is_inert(page: &str, what: &str) {
    // Everything between `<` and `>` is a tag of ours: text from outside has neither character.
    for tag in page.split('<').skip(1) {
        let tag = tag.split('>').next().unwrap().to_ascii_lowercase();
        let name = tag.trim_start_matches('/').split(|c: char| c.is_whitespace()).next().unwrap();
        assert!(!["script", "img", "iframe", "object", "embed", "form", "base"].contains(&name), "{what}: <{tag}>");
        let outside_quotes: String = tag.split('"').step_by(2).collect();
        assert!(!outside_quotes.contains(" on"), "{what}: <{tag}>");
        for target in tag.split("href=\"").skip(1) {
            assert!(target.starts_with('#'), "{what}: <{tag}>");
        }
        assert!(!tag.contains("src="), "{what}: <{tag}>");
    }
    assert!(page.contains("&lt;script&gt;") || page.contains("&lt;img src"), "{what} shows what it was given");
}

fn markdown_is_inert(text: &str) {
    let lines = text.lines().filter(|line| !line.starts_with("```") && !line.starts_with("lmstd-check"));
    let open: String = lines.map(|line| markdown_outside_code(line) + "\n").collect();
    for live in ["<", "](", "![", "http:", "www.", "@", "javascript:"] {
        assert!(!open.contains(live), "{live:?} is live");
    }
}

fn sarif_is_inert(text: &str) {
    let json: Value = serde_json::from_str(text).unwrap();
    let mut all = Vec::new();
    strings(&json, "", &mut all);
    for (key, text) in all {
        assert!(key != "markdown" || !text.contains('<'), "{text}");
        if key == "uri" {
            assert!(!acts(text) && !text.split('/').next().unwrap().contains(':'), "{text}");
            assert!(text.bytes().all(|b| b.is_ascii_graphic() && !b"<>\"`|\\^{}".contains(&b)), "{text}");
        }
        // A viewer takes `[text](target)` in a message for a link.
        assert!(key != "text" || !text.replace("\\](", "").contains("]("), "{text}");
    }
}

#[test]
fn nothing_gets_out_of_any_report() {
    let scratch = tempfile::tempdir().unwrap();
    let path = |name: &str| scratch.path().join(name).to_str().unwrap().to_owned();
    submission(&scratch.path().join("submission"));
    data(&scratch.path().join("data/data"));
    let run = |lang: &str| -> Run {
        lmstd_check(&[
            "certify",
            "examples/sentiment/standard.lms",
            &path("submission"),
            "--data",
            &format!("reviews={}", path("data")),
            "--out",
            &path("out"),
            "--lang",
            lang,
        ])
    };
    for lang in ["en", "zh"] {
        let run = run(lang);
        assert!(matches!(run.code, 1 | 2), "{} {}", run.out, run.err);
        shows_itself(&run.out, "terminal");
        shows_itself(&run.err, "progress");
        let page = fs::read_to_string(path("out/report.html")).unwrap();
        shows_itself(&page, "page");
        html_is_inert(&page, "page");
        let report = |format: &str| {
            let run = lmstd_check(&["report", &path("out"), "--format", format, "--lang", lang]);
            assert_eq!(run.code, 0, "{format}: {}", run.err);
            shows_itself(&run.out, format);
            run.out
        };
        html_is_inert(&report("html"), "html");
        markdown_is_inert(&report("markdown"));
        sarif_is_inert(&report("sarif"));
        let junit = report("junit");
        quick_junit::Report::deserialize_from_str(&junit).unwrap();
        assert!(!junit.contains("<![CDATA[") && !junit.contains("<script") && !junit.contains("<img"));
        let index: Value = serde_yaml::from_str(&report("model-index")).unwrap();
        assert_eq!(index.as_object().unwrap().keys().collect::<Vec<_>>(), ["model-index"], "no key of theirs");
        let croissant: Value = serde_json::from_str(&report("croissant")).unwrap();
        let mut all = Vec::new();
        strings(&croissant, "", &mut all);
        assert!(all.iter().all(|(key, text)| !["contentUrl", "url", "@id"].contains(key) || !acts(text)), "{all:?}");
    }
    // What was handed in is kept as it was: the bytes are in the manifest, by their digest.
    let report: Value = serde_json::from_slice(&fs::read(path("out/report.json")).unwrap()).unwrap();
    let files: Vec<&str> =
        report["submission"]["files"].as_array().unwrap().iter().filter_map(|file| file["path"].as_str()).collect();
    assert!(NAMES.iter().all(|name| files.contains(name)), "{files:?}");
}
