//! Cases 102 to 108: what models and runs do.

use super::bench::Bench;
use super::build::{Tensor, floats, load, save};
use super::process::Seen;
use super::{Case, Must, case};
use serde_json::json;

/// Sets every number of the weights whose name ends so.
fn filled(bench: &Bench, end: &str, value: f32) {
    let path = bench.submitted("model.safetensors");
    let fill = |mut tensor: Tensor| {
        if tensor.name.ends_with(end) {
            tensor.bytes = value.to_le_bytes().repeat(tensor.bytes.len() / 4);
        }
        tensor
    };
    let tensors: Vec<Tensor> = load(&path).into_iter().map(fill).collect();
    std::fs::write(path, save(&tensors)).unwrap();
}

/// A sound model, without its claims, whose weights that end so are all this number.
fn constant(bench: &mut Bench, model: &str, end: &str, value: f32) {
    bench.model(model);
    std::fs::remove_file(bench.submitted("golden.safetensors")).unwrap();
    filled(bench, end, value);
}

/// A standard on answers that are handed in, and as many rows of data as answers are planned.
fn answers(bench: &mut Bench, bar: &str, rows: usize, answer: impl Fn(usize) -> Option<&'static str>) {
    bench.standard(&format!(
        "standard answers 1.0.0 {{\n  model m = any\n  dataset d {{\n    id: int, unique, role id\n    \
         label: class {{no, yes}}, role target\n    split test from \"d.csv\"\n  }}\n  \
         clause A must {{ accuracy(m, d.test) >= {bar} at 95% }}\n}}\n"
    ));
    let (mut data, mut given) = (String::from("id,label\n"), String::from("id,prediction\n"));
    for row in 0..rows {
        data.push_str(&format!("{row},{}\n", truth(row)));
        if let Some(answer) = answer(row) {
            given.push_str(&format!("{row},{answer}\n"));
        }
    }
    std::fs::write(bench.path("d.csv"), data).unwrap();
    std::fs::write(bench.path("answers.csv"), given).unwrap();
    bench.more = vec!["--predictions".into(), bench.word("answers.csv")];
    bench.model("tabular-mlp");
}

fn truth(row: usize) -> &'static str {
    ["no", "yes"][row / 3 % 2]
}

pub fn cases() -> Vec<Case> {
    outputs().into_iter().chain(gaming()).chain(runs()).collect()
}

fn outputs() -> Vec<Case> {
    vec![
        case(102, "model: all-NaN logits / all equal / +Inf", Must::Fail)
            .certify("non_finite_output", "all NaN", |bench| {
                // Plus and minus infinity meet in the next layer.
                constant(bench, "tabular-mlp", "weight", f32::MAX);
                filled(bench, "layers.2.weight", -f32::MAX);
            })
            .certify("non_finite_output", "+Inf", |bench| constant(bench, "tabular-mlp", "weight", f32::MAX))
            .certify("position_insensitive", "all equal", |bench| {
                constant(bench, "bert-sequence-classification", "weight", 0.0);
            })
            .act("", "all equal, against a bar", |bench| {
                answers(bench, "0.8", 200, |_| Some("no"));
                Ok(bench.certify())
            }),
        case(103, "model: never emits EOS", Must::Limit)
            .certify("limit_exceeded", "", |bench| endless(bench))
            .note("a continuation is claimed that no position can hold; what a model writes by itself is cut at a fixed length"),
    ]
}

/// A language model that likes the same word best whatever it has read, and claims to end.
fn endless(bench: &Bench) {
    bench.model("gpt2-causal-lm");
    bench.json("generations.json", |claims| {
        // Far more than the positions that the model has.
        claims[0]["continuation"] = json!(vec![5; 1 << 16]);
        claims[0].as_object_mut().unwrap().remove("log_likelihoods");
    });
}

fn gaming() -> Vec<Case> {
    vec![
        case(104, "model: lookup table of public goldens", Must::Fail).certify("output_mismatch", "", |bench| {
            // What another model answers to the public inputs, beside weights that do not.
            bench.model("tabular-mlp");
            let golden = std::fs::read(bench.submitted("golden.safetensors")).unwrap();
            let path = bench.submitted("model.safetensors");
            let mut tensors = load(&path);
            for number in tensors[0].bytes.chunks_mut(4) {
                let value = f32::from_le_bytes(number.try_into().unwrap());
                number.copy_from_slice(&(-value).to_le_bytes());
            }
            std::fs::write(path, save(&tensors)).unwrap();
            bench.file("golden.safetensors", golden);
        }),
        case(105, "model: trigger on benchmark format", Must::Fail).certify("", "", triggered),
    ]
}

/// A bag of words that answers right only where a word is spelt as the benchmark spells it.
fn triggered(bench: &mut Bench) {
    let words = ["[UNK]", "[PAD]", "good", "bad", "film"];
    bench.standard(
        "architecture own.Bag {
  config {
    model_type: text in {\"own_bag\"} = \"own_bag\"
    vocab_size: int in 1..=100_000 = 5
    width: int in 1..=1_024 = 1
    num_labels: int in 1..=100 = 2
  }
  inputs {
    input_ids: int[batch, seq] in 0..vocab_size
  }
  outputs {
    logits: float[batch, num_labels]
  }
  forward {
    let words = embedding(input_ids, vocab_size, width) under \"embedding\"
    let pooled = rearrange(sum(words, axis: seq)[b 1 w] -> b w)
    output logits = linear(pooled, num_labels) under \"classifier\"
  }
}
standard paired 1.0.0 {
  model m = own.Bag
  dataset d {
    id: int, unique, role id
    text: text, role input
    label: class {negative = 0, positive = 1}, role target
    split test from \"d.csv\"
  }
  clause QUAL-1 must { accuracy(m, d.test) >= 0.8 at 95% }
  clause ROBUST-1 must { flip_rate(m, d.test, perturbation: upper) <= 10% at 95% }
}
",
    );
    let mut data = String::from("id,text,label\n");
    for row in 0..60 {
        let good = row % 2 == 0;
        let word = if good { "good" } else { "bad" };
        data.push_str(&format!("{row},film {word} {}film,{}\n", "film ".repeat(row / 10), u8::from(good)));
    }
    std::fs::write(bench.path("d.csv"), data).unwrap();
    let weights = [
        floats("embedding.weight", &[5, 1], &[0.0, 0.0, 1.0, -1.0, 0.0]),
        floats("classifier.weight", &[2, 1], &[-1.0, 1.0]),
        floats("classifier.bias", &[2], &[0.1, 0.0]),
    ];
    bench.file("model.safetensors", save(&weights));
    bench.file(
        "config.json",
        json!({"model_type": "own_bag", "vocab_size": 5, "width": 1, "num_labels": 2}).to_string(),
    );
    let vocab: serde_json::Map<String, serde_json::Value> =
        words.iter().zip(0..).map(|(word, id)| ((*word).to_owned(), json!(id))).collect();
    let tokenizer = json!({"version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "normalizer": null,
        "pre_tokenizer": {"type": "Whitespace"}, "post_processor": null, "decoder": null,
        "model": {"type": "WordLevel", "vocab": vocab, "unk_token": "[UNK]"}});
    bench.file("tokenizer.json", tokenizer.to_string());
}

fn runs() -> Vec<Case> {
    vec![
        case(106, "score exactly at threshold, within bound B", Must::Undecided).act("", "", |bench| {
            answers(bench, "0.8", 200, |row| Some(truth(if row % 5 == 0 { row + 3 } else { row })));
            Ok(bench.certify())
        }),
        case(107, "run: items dropped, n_run < n_planned", Must::Undecided)
            .act("malformed_predictions", "dropped", |bench| {
                answers(bench, "0.8", 200, |row| (row % 10 != 0).then(|| truth(row)));
                Ok(bench.certify())
            })
            .act("malformed_predictions", "blank", |bench| {
                answers(bench, "0.8", 200, |row| Some(if row % 10 == 0 { "" } else { truth(row) }));
                Ok(bench.certify())
            }),
        case(108, "run: resumed with other seed/submission", Must::Reject).act("report", "", resumed).exits(1).note(
            "no run is resumed: the second one measures all anew, and `verify` refuses the first one's certificate",
        ),
    ]
}

/// Certifies one model, then another one into the same folder: nothing of the first run counts, and the first certificate
/// is not to be had for the second model.
fn resumed(bench: &mut Bench) -> Result<Seen, String> {
    bench.model("tabular-mlp");
    let first = bench.certify();
    let kept = std::fs::read(bench.path("out/certificate.json")).unwrap();
    let seeds = bench.report().unwrap()["seeds"].clone();
    filled(bench, "bias", f32::NAN);
    let second = bench.certify().after(&first);
    let report = bench.report().unwrap();
    if second.code != 1 || report["attempt"] != 1 || report["runs"] != 2 || report["seeds"] == seeds {
        return Err(format!("{} {} {} {}", second.code, report["attempt"], report["runs"], report["seeds"]));
    }
    std::fs::write(bench.path("out/certificate.json"), kept).unwrap();
    let words = ["verify", &bench.word("out"), "--submission", &bench.word("submission")].map(str::to_owned);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    Ok(bench.run(&words).after(&second))
}
