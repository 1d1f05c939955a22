//! Faults of models that are only asked: a command, or an endpoint.

use super::faults;

// Not laid out by rustfmt, because it is a macro call.
faults! {
    "opaque_model" {
        "Model that is only asked", "仅可提问的模型";
        "The measurement looks at weights, config or tokenizer, and a model that is only asked shows none.", "该测量需查看权重、配置或分词器，而仅可提问的模型不予展示。";
        "Submit the model's files, or leave the clause out.", "提交模型文件，或不采用本条款。"
    }
    "no_answer" {
        "No answer", "没有回答";
        "The model ended, was silent for too long, or left a question without an answer.", "模型终止、过久无响应，或有问题未予回答。";
        "Answer every question in time.", "请按时回答每个问题。"
    }
    "rows_unanswered" {
        "Rows without an answer", "部分行未获回答";
        "The model answered some rows, and others not, however often they were put.", "模型回答了部分行，其余行无论询问多少次均未回答。";
        "Answer every row: one without an answer is not left out.", "请回答每一行：未获回答的行不会被略去。"
    }
    "malformed_answer" {
        "Malformed answer", "回答格式错误";
        "What the model says is no answer to what it was asked.", "模型所述并非对所提问题的回答。";
        "Answer as docs/opaque.md says.", "请按 docs/opaque.md 的规定作答。"
    }
    "address_refused" {
        "Address that is not asked", "不予访问的地址";
        "The endpoint's address is one that is not asked, or it leads to another one.", "端点地址属于不予访问之列，或跳转至其他地址。";
        "Name the host with `--allow-host` if it is meant.", "如确需访问，请以 `--allow-host` 指明该主机。"
    }
    "identity_changed" {
        "Model that changed during the run", "运行期间更换了模型";
        "The answers to the same questions changed during the run by more than chance explains.", "运行期间对相同问题的回答变化超出偶然所能解释的范围。";
        "Let one and the same model answer the whole run.", "请由同一模型回答整次运行。"
    }
}
