//! Two submissions held against each other: the same model in another format or number type, and models that differ.

use crate::support::{golden, lmstd_check, root};
use lmstd_conformance_suite::measure::reading::OutputCloseness;
use lmstd_conformance_suite::report::Lang;
use lmstd_conformance_suite::same::page::page;
use lmstd_conformance_suite::same::{Answer, Parameter, Proof, Side};
use lmstd_conformance_suite::verdict::Finding;
use lmstd_runtime::weights::Relation;
use std::path::{Path, PathBuf};

fn conversion(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conversions").join(name)
}

/// The exit code of `compare`, and what it told as JSON.
fn compared(a: &Path, b: &Path) -> (i32, serde_json::Value) {
    let (a, b) = (a.to_str().unwrap(), b.to_str().unwrap());
    let run = lmstd_check(&["compare", a, b, "--format", "json"]);
    let told = serde_json::from_str(&run.out).unwrap_or_else(|_| panic!("{}{}", run.out, run.err));
    (run.code, told)
}

fn architecture(name: &str) -> PathBuf {
    root().join("conformance-suite/tests/architectures").join(name)
}

/// A copy of a model whose F32 weights are rounded to bfloat16: to nearest, ties to even, as torch rounds.
fn to_bfloat16(model: &Path, to: &Path) {
    let config = std::fs::read_to_string(model.join("config.json")).unwrap();
    std::fs::write(to.join("config.json"), config.replace("float32", "bfloat16")).unwrap();
    let bytes = std::fs::read(model.join("model.safetensors")).unwrap();
    let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let mut header: serde_json::Value = serde_json::from_slice(&bytes[8..8 + length]).unwrap();
    for (name, tensor) in header.as_object_mut().unwrap() {
        if name != "__metadata__" {
            tensor["dtype"] = "BF16".into();
            let halves = tensor["data_offsets"].as_array().unwrap().iter().map(|at| at.as_u64().unwrap() / 2);
            tensor["data_offsets"] = halves.collect::<Vec<u64>>().into();
        }
    }
    let header = header.to_string();
    let mut file = [&(header.len() as u64).to_le_bytes()[..], header.as_bytes()].concat();
    for number in bytes[8 + length..].chunks_exact(4) {
        let bits = u32::from_le_bytes(number.try_into().unwrap());
        let rounded = bits + 0x7fff + (bits >> 16 & 1);
        file.extend(((rounded >> 16) as u16).to_le_bytes());
    }
    std::fs::write(to.join("model.safetensors"), file).unwrap();
}

fn relations(told: &serde_json::Value) -> Vec<String> {
    let mut relations: Vec<String> = told["parameters"]
        .as_array()
        .unwrap()
        .iter()
        .map(|parameter| {
            let to = parameter["to"].as_str().unwrap_or_default();
            format!("{} {to}", parameter["relation"].as_str().unwrap()).trim().to_owned()
        })
        .collect();
    relations.sort();
    relations.dedup();
    relations
}

#[test]
fn a_converted_model_is_the_same_model() {
    let sentiment = root().join("examples/sentiment/submission");
    let narrow = tempfile::tempdir().unwrap();
    to_bfloat16(&golden("llama"), narrow.path());
    let cases = [
        (golden("llama"), golden("llama-gguf"), "equal", vec!["equal"]),
        (golden("llama"), golden("llama-gguf-q8_0"), "within", vec!["equal", "quantised Q8_0"]),
        // Gains are stored with their one, rounded; by chance some are not rounded at all.
        (architecture("gemma-causal-lm"), golden("gemma-gguf"), "within", vec!["equal", "rounded F32"]),
        (conversion("sentiment-bin"), sentiment.clone(), "equal", vec!["equal"]),
        (conversion("sentiment-keras"), sentiment.clone(), "equal", vec!["equal"]),
        (conversion("sentiment-onnx"), sentiment, "equal", vec!["equal"]),
        (golden("bert-onnx"), golden("bert-sequence-classification"), "within", vec!["cut", "equal"]),
        (narrow.path().to_owned(), golden("llama"), "within", vec!["rounded BF16"]),
    ];
    for (a, b, answer, expected) in cases {
        let (code, told) = compared(&a, &b);
        assert_eq!((code, told["answer"].as_str()), (0, Some(answer)), "{told}");
        let found = relations(&told);
        // Biases of zeros and norms of ones are the same in any type.
        let found: Vec<&str> = found.iter().map(String::as_str).filter(|one| expected.contains(one)).collect();
        assert_eq!(found, expected, "{}", b.display());
        assert!(!relations(&told).iter().any(|relation| relation == "different"), "{told}");
    }
}

#[test]
fn two_models_differ_at_a_place() {
    let (code, told) = compared(&golden("gpt2"), &golden("broken/swapped-layers"));
    assert_eq!((code, told["answer"].as_str()), (1, Some("different")), "{told}");
    assert!(relations(&told).contains(&"different".to_owned()));
    let message = told["findings"][0]["message"].as_str().unwrap();
    assert!(message.contains("diverge first"), "{message}");
}

#[test]
fn what_cannot_be_compared_says_why() {
    let (bert, llama) = (golden("bert-masked-lm"), golden("llama"));
    let run = lmstd_check(&["compare", bert.to_str().unwrap(), llama.to_str().unwrap()]);
    assert_eq!(run.code, 2, "{}", run.err);
    assert!(run.err.contains("bert.MaskedLM") && run.err.contains("llama.CausalLM"), "{}", run.err);
    let run = lmstd_check(&["compare", llama.to_str().unwrap(), "/nowhere"]);
    assert_eq!(run.code, 3, "{}", run.err);
}

#[test]
fn the_page_tells_the_proof_in_both_languages() {
    let (llama, packed) = (golden("llama"), golden("llama-gguf-q8_0"));
    for (lang, words) in [
        (
            "en",
            [
                "The same model in another number type",
                "quantised to Q8_0",
                "moved by quantising",
                "what quantising costs",
            ],
        ),
        ("zh", ["同一模型，仅数值类型不同", "量化为 Q8_0", "因量化而偏移", "量化的代价"]),
    ] {
        let run = lmstd_check(&[
            "compare",
            llama.to_str().unwrap(),
            packed.to_str().unwrap(),
            "--format",
            "html",
            "--lang",
            lang,
        ]);
        assert_eq!(run.code, 0, "{}", run.err);
        for word in words.into_iter().chain(["model.gguf", "lm_head.weight", "hidden_states.0"]) {
            assert!(run.out.contains(word), "{word} is not on the page");
        }
        assert!(
            !run.out.contains("<script") && !run.out.contains("http:") && !run.out.contains("https:"),
            "the page is alone"
        );
    }
}

#[test]
fn names_on_the_page_stay_text() {
    let hostile = "<script>alert(1)</script> \u{1b}[31m \u{202e}x {{ 7*7 }} \"'&";
    let side =
        || Side { name: hostile.into(), root: "0".repeat(64), files: vec![hostile.into()], types: "1 F32".into() };
    let relation = Relation::Different { largest: None, at: 0 };
    let finding = Finding {
        fault: "output_mismatch".into(),
        message: hostile.into(),
        at: hostile.into(),
        expected: String::new(),
        found: String::new(),
        mend: String::new(),
    };
    let output = OutputCloseness {
        name: hostile.into(),
        max_difference: 1.0,
        pass_bound: 0.1,
        fail_bound: 0.2,
        first_divergent: true,
    };
    let proof = Proof {
        a: side(),
        b: side(),
        architecture: hostile.into(),
        parameters: vec![Parameter { name: hostile.into(), relation }],
        outputs: vec![output],
        findings: vec![finding],
        answer: Answer::Different,
    };
    for lang in [Lang::En, Lang::Zh] {
        let page = page(&proof, lang).unwrap();
        assert!(!page.contains("<script") && !page.contains(['\u{1b}', '\u{202e}']) && page.contains("{{ 7*7 }}"));
    }
}
