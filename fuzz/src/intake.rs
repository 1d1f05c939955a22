//! What the targets hold the readers of untrusted files to, whatever the bytes: nothing panics, a refusal has a fault
//! of the list and can be shown, a tensor that is told lies in its file, and what is taken is taken the same again.

// The promises of the mutation tests, in their own words.
#[allow(dead_code, reason = "the tests change files by themselves")]
#[path = "../../runtime/tests/all/mutate.rs"]
mod mutate;

use indexmap::IndexMap;
use lmstd_compiler::standard::{ColumnType, DatasetSpec, FieldSpec, SplitSpec};
use lmstd_runtime::dataset::Limits;
use lmstd_runtime::dataset::query::Engine;
use lmstd_runtime::intake::card::read_card;
use lmstd_runtime::intake::chat::{ChatTemplate, Conversation};
use lmstd_runtime::intake::checkpoint::{Checkpoint, read_tensor};
use lmstd_runtime::intake::config::read_config;
use lmstd_runtime::intake::door::{DoorLimits, Submission};
use lmstd_runtime::intake::golden::read_texts;
use lmstd_runtime::intake::tokenizer::TextTokenizer;
use lmstd_runtime::media::picture::{self, Mode};
use lmstd_runtime::media::{MediaLimits, sound};
use lmstd_runtime::onnx::{self, Budget};
use mutate::{held, refused};
use serde_json::{Map, Value, json};
use std::sync::Once;
use tempfile::TempDir;

/// Most bytes of tensors that are read of one input.
const READ: u64 = 1 << 26;
/// Most ids of a text.
const IDS: usize = 1 << 12;
/// A text that has words, marks, digits and characters of several bytes.
const TEXT: &str = "The film isn't bad, 1,234 \u{1f600} \u{4e2d}\u{6587}.";

/// Lets a panic of a library pass that a reader catches and refuses, which the mutation tests hold it to: libFuzzer would
/// end at it. One that nobody catches ends the run all the same, and so does every one of ours.
fn only_ours() {
    static SET: Once = Once::new();
    SET.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let file = panic.location().map_or("", |place| place.file());
            if !file.contains("/registry/src/") && !file.contains("/rustc/") {
                before(panic);
            }
        }));
    });
}

/// A submission of these files; the folder lives as long as the first value.
fn submitted(files: &[(&str, &[u8])]) -> (TempDir, Submission) {
    let folder = tempfile::tempdir().expect("a scratch folder");
    for (name, bytes) in files {
        std::fs::write(folder.path().join(name), bytes).expect("a file in the scratch folder");
    }
    let submission =
        Submission::open_unhashed(folder.path(), &DoorLimits::default()).expect("plain files pass the door");
    (folder, submission)
}

/// Reads the input as the one file of weights, with the configuration and the vocabulary that some formats hold.
pub fn weights(name: &str, data: &[u8]) {
    only_ours();
    let (_folder, submission) = submitted(&[(name, data)]);
    refused(&read_config(&submission));
    if let Some(tokenizer) = taken(TextTokenizer::open(&submission)).flatten() {
        encode(&tokenizer);
    }
    let Some(checkpoint) = taken(Checkpoint::open(&submission)) else { return };
    assert_eq!(Checkpoint::open(&submission).as_ref(), Ok(&checkpoint));
    let mut left = READ;
    let mut tensors = checkpoint.tensors;
    tensors.retain(|_, tensor| {
        let fits = tensor.bytes <= left;
        left -= if fits { tensor.bytes } else { 0 };
        fits
    });
    held(&submission, &tensors);
}

/// Reads the input as a graph in ONNX, with the tensors that it holds, and runs it where it takes nothing.
pub fn graph(data: &[u8]) {
    let (_folder, submission) = submitted(&[("model.onnx", data), ("weights.bin", &[0; 64])]);
    if let Some(checkpoint) = taken(Checkpoint::open(&submission)) {
        for tensor in checkpoint.tensors.values().filter(|tensor| tensor.bytes <= READ) {
            refused(&read_tensor(&submission, tensor));
        }
    }
    let file = submission.file("model.onnx").expect("the file that was written");
    let program = onnx::open(&submission, file).and_then(|model| model.load(&submission, READ));
    if let Some(program) = taken(program) {
        refused(&program.run(IndexMap::new(), &Budget::new(1 << 24, 1 << 24)));
    }
}

/// Reads the input as a `tokenizer.json`.
pub fn tokenizer(data: &[u8]) {
    only_ours();
    if let Some(tokenizer) = taken(TextTokenizer::from_bytes(data)) {
        encode(&tokenizer);
    }
}

/// Reads the input as each of the vocabularies of before `tokenizer.json` that are one file.
pub fn vocabulary(data: &[u8]) {
    only_ours();
    for name in ["vocab.txt", "spiece.model", "vocabulary.txt"] {
        let (_folder, submission) = submitted(&[(name, data)]);
        if let Some(tokenizer) = taken(TextTokenizer::open(&submission)).flatten() {
            encode(&tokenizer);
        }
    }
}

/// Encodes a text and goes back.
fn encode(tokenizer: &TextTokenizer) {
    let encoding = tokenizer.encode(TEXT, IDS);
    assert_eq!(tokenizer.encode(TEXT, IDS), encoding);
    if let Some(encoding) = taken(encoding) {
        assert!(encoding.ids.iter().all(|id| *id <= tokenizer.max_id()));
        refused(&tokenizer.decode(&encoding.ids));
    }
}

/// Reads the input as a configuration, as claims on texts, as an index of one shard, and as a card.
pub fn words(data: &[u8]) {
    let shard = br#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#;
    let shard = [&(shard.len() as u64).to_le_bytes()[..], shard, &[7]].concat();
    let index = ("model.safetensors.index.json", data);
    let (_folder, submission) = submitted(&[index, ("model-00001-of-00001.safetensors", &shard[..])]);
    if let Some(checkpoint) = taken(Checkpoint::open(&submission)) {
        assert_eq!(held(&submission, &checkpoint.tensors), 1);
    }
    let (_folder, submission) = submitted(&[("config.json", data), ("texts.json", data), ("README.md", data)]);
    if let Some(config) = taken(read_config(&submission)) {
        assert_eq!(serde_json::from_slice::<Value>(data).ok(), Some(config));
    }
    refused(&read_texts(&submission));
    refused(&read_card(&submission));
}

/// Reads the input as a chat template, and renders a conversation.
pub fn template(data: &[u8]) {
    let special = Map::from_iter([("bos_token".to_owned(), json!("<s>")), ("eos_token".to_owned(), json!("</s>"))]);
    let template = ChatTemplate::from_text(&crate::text(data), special, "chat_template.jinja");
    let messages = json!([{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]);
    let conversation = Conversation { messages, add_generation_prompt: true, ..Conversation::default() };
    if let Some(template) = taken(template) {
        let rendered = template.render(&conversation);
        refused(&rendered);
        assert_eq!(template.render(&conversation), rendered);
    }
}

/// Reads the input as a table, whose format its content tells, and holds its cells against their types.
pub fn table(data: &[u8]) {
    only_ours();
    thread_local! {
        static ENGINE: Engine<'static> = Engine::new(Limits {
            threads: 1,
            memory_bytes: 256 << 20,
            ..Limits::default()
        })
        .expect("an engine of one thread");
    }
    let field = |name: &str, ty: ColumnType| FieldSpec { optional: true, ..FieldSpec::new(name, ty) };
    let fields = vec![
        field("id", ColumnType::Int),
        field("weight", ColumnType::Real),
        field("place", ColumnType::Text),
        field("fragile", ColumnType::Bool),
        field("opened", ColumnType::Date),
    ];
    let spec = DatasetSpec { fields, ..DatasetSpec::default() };
    let split = SplitSpec { name: "all".into(), from: None, rows: (0, u64::MAX) };
    let folder = tempfile::tempdir().expect("a scratch folder");
    let path = folder.path().join("table");
    std::fs::write(&path, data).expect("a file in the scratch folder");
    ENGINE.with(|engine| {
        let table = engine.open("d", &spec, &split, &path);
        match table.and_then(|table| Ok((engine.check_schema(&table)?.rows, table.rows))) {
            Ok((judged, rows)) => assert_eq!(judged, rows),
            Err(error) => {
                let known = ["malformed_data", "limit_exceeded", "missing_column"];
                assert!(known.contains(&error.fault), "{error:?}");
                let escaped = ["broke off", "could not be checked"].iter().any(|words| error.message.contains(*words));
                assert!(!escaped, "{error:?}");
            }
        }
    });
}

/// Decodes the input as a picture and as a recording.
pub fn media(data: &[u8]) {
    only_ours();
    let limits = MediaLimits { pixels: 1 << 20, samples: 1 << 20, ..MediaLimits::default() };
    if let Ok(found) = picture::decode(data, Mode::Rgb, &limits) {
        assert_eq!(found.data.len(), found.height * found.width * 3);
    }
    if let Ok(found) = sound::decode(data, &limits) {
        assert!(found.samples.len() as u64 <= limits.samples && found.samples.len() % found.channels == 0);
    }
}

/// What was taken; a refusal is held against what every refusal owes.
fn taken<T>(result: Result<T, lmstd_runtime::intake::error::IntakeError>) -> Option<T> {
    refused(&result);
    result.ok()
}
