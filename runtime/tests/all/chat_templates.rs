//! Chat templates, against what transformers renders (`tests/tokenizers/make.py`), and templates that never end, write
//! without end, or ask for what is not theirs: case 75 of the threat matrix.

use crate::intake::{assert_fault, open};
use crate::mutate::{refused, rounds};
use lmstd_runtime::intake::chat::{ChatTemplate, Conversation, Rendered};
use lmstd_runtime::intake::error::IntakeError;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde_json::{Map, Value, json};
use std::path::Path;
use std::time::{Duration, Instant};

/// 29 February 2024, 13:05:09.
const NOW: u64 = 1_709_211_909;

fn stored() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tokenizers/chats.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn special() -> Map<String, Value> {
    Map::from_iter([("bos_token".to_owned(), json!("<s>")), ("eos_token".to_owned(), json!("</s>"))])
}

fn template(text: &str) -> Result<ChatTemplate, IntakeError> {
    ChatTemplate::from_text(text, special(), "chat_template.jinja")
}

fn conversation() -> Conversation {
    let messages = json!([{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]);
    Conversation { messages, add_generation_prompt: true, now: NOW, ..Conversation::default() }
}

fn render(text: &str) -> Result<Rendered, IntakeError> {
    template(text)?.render(&conversation())
}

#[test]
fn texts_are_those_of_transformers() {
    let stored = stored();
    let (mut seen, mut wrong) = (0, Vec::new());
    for case in stored["rendered"].as_array().unwrap() {
        let name = case["template"].as_str().unwrap();
        let conversation = Conversation {
            messages: stored["chats"][case["messages"].as_u64().unwrap() as usize].clone(),
            tools: if case["tools"] == json!(true) { stored["tools"].clone() } else { Value::Null },
            documents: case["documents"].clone(),
            add_generation_prompt: case["prompt"] == json!(true),
            now: NOW,
        };
        let text = stored["templates"][name].as_str().unwrap();
        let rendered = template(text).unwrap_or_else(|error| panic!("{name}: {error}")).render(&conversation);
        let found = match &rendered {
            Ok(Rendered::Text(text)) => json!(text),
            Ok(Rendered::Refused(message)) => json!({"error": message}),
            Err(error) => json!(error.to_string()),
        };
        seen += 1;
        if found != case["rendered"] {
            wrong.push(format!("{name} {}: {found}\n   not {}", case["messages"], case["rendered"]));
        }
    }
    assert!(wrong.is_empty(), "{} of {seen}\n{}", wrong.len(), wrong.join("\n"));
    assert!(seen >= 100, "{seen}");
}

#[test]
fn case_75_templates_end_and_stay_in_their_box() {
    let start = Instant::now();
    let endless = [
        "{% for a in range(100000) %}{% for b in range(100000) %}{{ a }}{% endfor %}{% endfor %}",
        "{% for a in range(1000000000) %}{% endfor %}",
        "{{ range(1000000000)|list|length }}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{% macro m(n) %}{{ m(n + 1) }}{{ m(n + 1) }}{% endmacro %}{{ m(0) }}",
        "{% set ns = namespace(a='ab') %}{% for n in range(60) %}{% set ns.a = ns.a + ns.a %}{% endfor %}{{ ns.a }}",
        "{{ 'a' * 1000000000 }}",
        "{{ ['a'] * 1000000000 }}",
        "{% for n in range(100000) %}{{ 'abcdefgh' * 1000 }}{% endfor %}",
        "{% set x = 'ab' * 2000 %}{% for n in range(3000) %}{% set y = x.replace('a', x) %}{% endfor %}",
        "{% set ns = namespace(a=[]) %}{% for n in range(90000) %}{% set ns.a = [ns.a] %}{% endfor %}{{ ns.a }}",
        "{% set ns = namespace(a=[]) %}{% for n in range(30000) %}{% set ns.a = [ns.a] %}{% endfor %}{{ ns.a | tojson }}",
        "{{ '%1000000000d' | format(1) }}",
    ];
    for text in endless {
        match render(text) {
            Err(error) => assert_eq!(error.fault, "limit_exceeded", "{text}: {error}"),
            Ok(rendered) => panic!("{text}: {rendered:?}"),
        }
    }
    assert!(start.elapsed() < Duration::from_secs(60), "{:?}", start.elapsed());
    let outside = [
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ ''['__class__'] }}",
        "{{ messages.__init__.__globals__ }}",
        "{{ namespace.__init__ }}",
        "{% include '/etc/passwd' %}",
        "{% import 'x' as x %}{{ x.y }}",
        "{% extends 'base' %}",
        "{{ open('/etc/passwd').read() }}",
        "{{ messages.append(1) }}",
        "{{ cycler.next.call() }}",
        "{{ messages[0].content.nothing() }}",
        "{{ 1 // 0 }}",
        "{% if %}",
        "{{ messages",
        "{% for x in %}{% endfor %}",
    ];
    for text in outside {
        match render(text) {
            Err(error) => assert_eq!(error.fault, "malformed_tokenizer", "{text}: {error}"),
            Ok(rendered) => panic!("{text}: {rendered:?}"),
        }
    }
    let parens = format!("{{{{ {}1{} }}}}", "(".repeat(100_000), ")".repeat(100_000));
    assert!(render(&parens).is_err());
    assert!(render(&"{% if true %}".repeat(50_000)).is_err());
    assert_fault(template(&" ".repeat((1 << 20) + 1)), "limit_exceeded");
}

#[test]
fn a_template_refuses_in_its_own_words() {
    assert_eq!(
        render("{{ raise_exception('no \u{1b}[31mway') }}").unwrap(),
        Rendered::Refused("no \\u{1b}[31mway".into())
    );
    assert_eq!(
        render("{{ strftime_now('%A %-d %B %Y %H:%M') }}").unwrap(),
        Rendered::Text("Thursday 29 February 2024 13:05".into())
    );
    // The same conversation twice is the same text.
    assert_eq!(render("{{ messages }}").unwrap(), render("{{ messages }}").unwrap());
}

#[test]
fn templates_are_found_where_transformers_finds_them() {
    let scratch = tempfile::tempdir().unwrap();
    let put = |name: &str, text: &str| std::fs::write(scratch.path().join(name), text).unwrap();
    let read = || ChatTemplate::open(&open(scratch.path()).unwrap());
    put("config.json", "{}");
    assert!(read().unwrap().is_none());
    put(
        "tokenizer_config.json",
        r#"{"chat_template": "{{ bos_token }}{{ messages[0].content }}", "bos_token": {"content": "<s>"}}"#,
    );
    assert_eq!(read().unwrap().unwrap().render(&conversation()).unwrap(), Rendered::Text("<s>Hi".into()));
    put("chat_template.jinja", "{{ bos_token }}{{ messages[0].content }}");
    assert_eq!(read().unwrap().unwrap().names().collect::<Vec<_>>(), ["default"]);
    put("chat_template.json", r#"{"chat_template": "x"}"#);
    assert_fault(read(), "ambiguous_files");
    put("chat_template.json", r#"{"other": "x"}"#);
    assert_fault(read(), "malformed_tokenizer");
    std::fs::remove_file(scratch.path().join("chat_template.json")).unwrap();
    let named = r#"{"chat_template": [{"name": "default", "template": "d"}, {"name": "tool_use", "template": "t"}]}"#;
    put("tokenizer_config.json", named);
    assert_fault(read(), "ambiguous_files");
    std::fs::remove_file(scratch.path().join("chat_template.jinja")).unwrap();
    let both = read().unwrap().unwrap();
    assert_eq!(both.render(&conversation()).unwrap(), Rendered::Text("d".into()));
    let tools = Conversation { tools: json!([]), ..conversation() };
    assert_eq!(both.render(&tools).unwrap(), Rendered::Text("t".into()));
    put("tokenizer_config.json", r#"{"chat_template": 1}"#);
    assert_fault(read(), "malformed_tokenizer");
    put(
        "tokenizer_config.json",
        r#"{"chat_template": [{"name": "rag", "template": "d"}, {"name": "x", "template": "t"}]}"#,
    );
    assert_fault(read().unwrap().unwrap().render(&conversation()), "malformed_tokenizer");
}

/// Parts of templates, to be put into one another.
const PARTS: [&str; 24] = [
    "{%",
    "%}",
    "{{",
    "}}",
    "{#",
    "-",
    " for m in messages ",
    " endfor ",
    " if ",
    " else ",
    " endif ",
    " set x = ",
    "[::-1]",
    "|tojson",
    "|length",
    ".strip()",
    " * 9999999",
    "range(99999)",
    "messages",
    "(",
    ")",
    "'",
    "{% generation %}",
    " ~ ",
];

#[test]
fn mutated_templates_give_a_text_or_a_refusal() {
    let stored = stored();
    let templates: Vec<&str> =
        stored["templates"].as_object().unwrap().values().map(|text| text.as_str().unwrap()).collect();
    let mut random = ChaCha8Rng::seed_from_u64(20_275);
    let mut below = |most: usize| (random.next_u64() % most.max(1) as u64) as usize;
    let mut texts = 0;
    for round in 0..rounds() {
        let mut chars: Vec<char> = templates[round % templates.len()].chars().collect();
        for _ in 0..=below(3) {
            let at = below(chars.len());
            match below(4) {
                0 => drop(chars.drain(at..(at + below(30)).min(chars.len()))),
                1 => chars.truncate(at.max(20)),
                2 => {
                    let end = (at + below(40)).min(chars.len());
                    let part = chars[at..end].to_vec();
                    let to = below(chars.len());
                    chars.splice(to..to, part);
                }
                _ => drop(chars.splice(at..at, PARTS[below(PARTS.len())].chars())),
            }
        }
        let text: String = chars.into_iter().collect();
        let rendered = template(&text).and_then(|template| template.render(&conversation()));
        refused(&rendered);
        texts += usize::from(matches!(rendered, Ok(Rendered::Text(_))));
    }
    assert!((1..rounds()).contains(&texts), "{texts}");
}
