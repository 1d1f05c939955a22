//! Cases 72 to 75: configs and chat templates.

use super::bench::Bench;
use super::{Case, Must, case};
use crate::support::{copy, golden};
use serde_json::{Value, json};

/// A sound BERT with one key of its config changed.
fn key(bench: &Bench, key: &str, value: Value) {
    bench.model("bert-sequence-classification");
    bench.json("config.json", |config| config[key] = value);
}

/// A sound model whose tokenizer has this chat template.
fn template(bench: &mut Bench, template: &str) {
    bench.standard(
        "standard chat 1.0.0 {\n  model m = bert.SequenceClassification\n  clause CHAT-1 must { chat_template_renders(m) }\n}\n",
    );
    copy(&golden("bert-tokenizer"), &bench.path("submission"));
    let config = json!({"tokenizer_class": "PreTrainedTokenizerFast", "chat_template": template});
    bench.file("tokenizer_config.json", config.to_string());
}

pub fn cases() -> Vec<Case> {
    vec![
        case(72, "config: auto_map + .py file", Must::Fail)
            .certify("custom_code", "auto_map", |bench| {
                key(bench, "auto_map", json!({"AutoModel": "modeling_own.Model"}));
                bench.file("modeling_own.py", "print('harmless')\n");
            })
            .certify("custom_code", "deep inside", |bench| {
                key(bench, "text_config", json!({"a": [{"auto_map": {"AutoModel": "own--x.Model"}}]}));
            }),
        case(73, "config: hidden_size 0 / 2^31 / -1 / 1e308", Must::Reject)
            .certify("config_out_of_range", "0", |bench| key(bench, "hidden_size", json!(0)))
            .exits(1)
            .certify("config_out_of_range", "2^31", |bench| key(bench, "hidden_size", json!(1_u64 << 31)))
            .exits(1)
            .certify("config_out_of_range", "-1", |bench| key(bench, "hidden_size", json!(-1)))
            .exits(1)
            .certify("config_out_of_range", "1e308", |bench| key(bench, "hidden_size", json!(1e308)))
            .exits(1)
            .note("the config is well-formed and is no instance of the architecture: a clause fails, nothing is run"),
        case(74, "config vs tensor shapes disagree", Must::Fail)
            .certify("wrong_shape", "", |bench| key(bench, "intermediate_size", json!(40))),
        case(75, "chat template: infinite loop, 10^9 range, attribute escape", Must::Limit)
            .certify("limit_exceeded", "10^9 range", |bench| {
                template(
                    bench,
                    "{% for a in range(1000000000) %}{% for b in range(1000000000) %}x{% endfor %}{% endfor %}",
                );
            })
            .exits(1)
            .certify("limit_exceeded", "recursion", |bench| {
                template(bench, "{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}");
            })
            .exits(1)
            .certify("limit_exceeded", "output", |bench| {
                template(bench, "{% for a in range(100000) %}{{ messages[0].content * 100000 }}{% endfor %}");
            })
            .exits(1)
            .certify("malformed_tokenizer", "attribute escape", |bench| {
                template(bench, "{{ ''.__class__.__mro__[1].__subclasses__() }}");
            })
            .note("a template that does not end in its box fails the clause that asks for one that does"),
    ]
}
