//! Submissions that say one thing twice, or claim what nobody computes, are refused for that reason; old spellings that
//! mean the same are not.

use crate::support::{certify, copy, faults};
use candle_core::{DType, Device, Tensor, safetensors};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

type Tensors = HashMap<String, Tensor>;

/// A copy of the case under `tests/architectures` that may be changed.
struct Submission {
    folder: PathBuf,
    out: PathBuf,
    _scratch: tempfile::TempDir,
}

impl Submission {
    fn new(case: &str) -> Submission {
        let scratch = tempfile::tempdir().unwrap();
        let (folder, out) = (scratch.path().join("submission"), scratch.path().join("out"));
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/architectures").join(case), &folder);
        Submission { folder, out, _scratch: scratch }
    }

    /// Sets keys of the config, `a.b` inside an object.
    fn config(self, changes: &Value) -> Submission {
        let path = self.folder.join("config.json");
        let mut config: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        for (key, value) in changes.as_object().unwrap() {
            let place = key.split('.').fold(&mut config, |at, part| &mut at[part]);
            *place = value.clone();
        }
        std::fs::write(path, config.to_string()).unwrap();
        self
    }

    fn tensors(self, file: &str, change: impl FnOnce(Tensors) -> Tensors) -> Submission {
        let path = self.folder.join(file);
        let tensors = change(safetensors::load(&path, &Device::Cpu).unwrap());
        safetensors::save(&tensors, path).unwrap();
        self
    }

    /// The exit code and the faults.
    fn outcome(&self) -> (i32, Vec<String>) {
        let (run, report) = certify(Path::new("lmstd/architecture"), &self.folder, &self.out);
        (run.code, faults(&report))
    }

    fn is_certified(&self) {
        let found = self.outcome();
        assert_eq!(found.0, 0, "{found:?}");
    }

    fn is_refused(&self, code: i32, fault: &str) {
        let found = self.outcome();
        assert!(found.0 == code && found.1.iter().any(|one| one == fault), "{fault}: {found:?}");
    }
}

#[test]
fn config_keys_that_are_at_odds_are_refused() {
    for (case, changes) in [
        ("llama-causal-lm", json!({"rope_scaling": {"type": "linear", "factor": 2.0}})),
        ("llama-causal-lm", json!({"rope_parameters.rope_theta": 500.0, "rope_theta": 10000.0})),
        ("gpt2-causal-lm", json!({"num_attention_heads": 2})),
        ("distilbert-model", json!({"hidden_size": 16})),
        ("bart-conditional-generation", json!({"num_hidden_layers": 1})),
        // Names of the program that no checkpoint has.
        ("llama-causal-lm-linear", json!({"rope_factor": 2.5})),
        ("clip-text", json!({"hidden_act": "gelu", "text_hidden_act": "quick_gelu"})),
    ] {
        Submission::new(case).config(&changes).is_refused(1, "config_out_of_range");
    }
}

#[test]
fn config_keys_that_say_the_same_are_one() {
    for (case, changes) in [
        ("gpt2-causal-lm", json!({"num_hidden_layers": 2})),
        ("t5-conditional-generation", json!({"num_hidden_layers": 2})),
        ("llama-causal-lm", json!({"rope_theta": 10000})),
    ] {
        Submission::new(case).config(&changes).is_certified();
    }
}

#[test]
fn every_rename_that_fits_is_applied() {
    for (case, prefix) in [("albert-masked-lm", "albert."), ("electra-token-classification", "electra.")] {
        let old = |(name, tensor): (String, Tensor)| {
            let name = name.strip_prefix(prefix).unwrap_or(&name);
            let norm = name.contains("LayerNorm");
            let name = if norm { name.replace("weight", "gamma").replace("bias", "beta") } else { name.into() };
            (name, tensor)
        };
        let submission =
            Submission::new(case).tensors("model.safetensors", |tensors| tensors.into_iter().map(old).collect());
        submission.is_certified();
    }
}

#[test]
fn a_stored_copy_of_a_tied_weight_is_the_same_or_refused() {
    let with = |factor: f64| {
        Submission::new("bert-masked-lm").tensors("model.safetensors", |mut tensors| {
            let copy = (&tensors["bert.embeddings.word_embeddings.weight"] * factor).unwrap();
            tensors.insert("cls.predictions.decoder.weight".into(), copy);
            tensors
        })
    };
    with(1.0).is_certified();
    let differs = with(2.0);
    let standard = differs.folder.parent().unwrap().join("standard.lms");
    let text = "standard tied 1.0.0 {\n  title en \"Tied\"\n  model m = bert.MaskedLM\n  clause T-1 must {\n    text en \"Conforms.\"\n    conforms(m)\n  }\n}\n";
    std::fs::write(&standard, text).unwrap();
    let (run, report) = certify(&standard, &differs.folder, &differs.out);
    assert_eq!((run.code, faults(&report)), (1, vec!["tied_weights_differ".to_string()]), "{}", run.out);
}

#[test]
fn claims_are_of_the_program_and_of_rows_that_count() {
    let case = || Submission::new("bert-sequence-classification");
    let unknown = case().tensors("golden.safetensors", |mut claims| {
        claims.insert("logit".into(), claims["logits"].clone());
        claims
    });
    unknown.is_refused(2, "unknown_claim");
    let hidden = case().tensors("golden.safetensors", |mut claims| {
        let mask = &claims["attention_mask"];
        let rows = mask.dim(0).unwrap();
        let nothing = mask.narrow(0, 0, 1).unwrap().zeros_like().unwrap();
        let mask = Tensor::cat(&[&nothing, &mask.narrow(0, 1, rows - 1).unwrap()], 0).unwrap();
        claims.insert("attention_mask".into(), mask);
        claims
    });
    hidden.is_refused(2, "missing_claim");
    let narrow = case().tensors("golden.safetensors", |claims| {
        let narrowed = |(name, claim): (String, Tensor)| {
            let whole = claim.dtype() == DType::I64;
            (name, if whole { claim.to_dtype(DType::I32).unwrap() } else { claim })
        };
        claims.into_iter().map(narrowed).collect()
    });
    narrow.is_certified();
}
