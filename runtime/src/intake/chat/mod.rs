//! Chat templates: how a conversation becomes one text, as the submission itself says it, in a box.
//!
//! A template is a program by somebody else. It runs with so much fuel, writes so much, nests so deep, loads nothing and
//! sees nothing but the conversation, the special tokens and the time that it is told. What it may call is what
//! transformers gives to templates (`python`). Knows no tokenizer and no model.

mod python;

use super::door::Submission;
use super::error::{IntakeError, fault, printable};
use super::json;
use super::vocabulary::malformed;
use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior, Value as Seen};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::error::Error as _;
use std::io;

const CONFIG: &str = "tokenizer_config.json";
const FILE: &str = "chat_template.jinja";
const OLD_FILE: &str = "chat_template.json";
/// Largest file with a template, and largest template, in bytes.
const FILE_BYTES: u64 = 48 << 20;
const TEMPLATE_BYTES: usize = 1 << 20;
/// Steps of the engine, each of which makes at most 64 bytes; those in use take some thousands for a conversation.
const FUEL: u64 = 400_000;
/// Longest text that a template may write in bytes.
const OUTPUT_BYTES: usize = 4 << 20;
/// Deepest nesting of blocks and macros.
const DEPTH: usize = 200;
/// Values may be as deep as the fuel allows, and the engine goes down into them: with this it can.
const STACK_BYTES: usize = 512 << 20;
/// Names by which templates have left the box of the engine they are written for. None is needed in a template.
const INNER: [&str; 12] = [
    "__class__",
    "__mro__",
    "__base__",
    "__bases__",
    "__subclasses__",
    "__globals__",
    "__builtins__",
    "__import__",
    "__init__",
    "__dict__",
    "__getattribute__",
    "__code__",
];

/// The chat templates of a submission, read and parsed.
#[derive(Clone, Debug)]
pub struct ChatTemplate {
    /// By name, each with the place it comes from; one is called `default`, or it is alone.
    templates: BTreeMap<String, (String, String)>,
    /// `bos_token` and the like, as the templates see them.
    special: Map<String, Value>,
}

/// What is said to a template.
#[derive(Clone, Debug, Default)]
pub struct Conversation {
    /// A list of messages, each an object with `role` and `content`.
    pub messages: Value,
    /// Tools in the form of JSON schemas; null where there are none.
    pub tools: Value,
    /// Documents with `title` and `text`; null where there are none.
    pub documents: Value,
    /// Whether the answer is to be begun.
    pub add_generation_prompt: bool,
    /// The time that the template is told, in seconds since 1970 (UTC).
    pub now: u64,
}

/// What comes of a conversation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Rendered {
    /// The text.
    Text(String),
    /// The template says that it does not take this conversation, in its own words.
    Refused(String),
}

impl ChatTemplate {
    /// Reads the templates of a submission: `chat_template.jinja` with those in `additional_chat_templates`,
    /// `chat_template` in `tokenizer_config.json`, `chat_template.json`; none where there are none.
    ///
    /// # Errors
    /// `malformed_json`, `duplicate_key`; `malformed_tokenizer` for what is no template or asks for the inside of the
    /// engine; `ambiguous_files` where two files have different templates of one name; `limit_exceeded`.
    pub fn open(submission: &Submission) -> Result<Option<Self>, IntakeError> {
        let config = object(submission, CONFIG)?;
        let mut all = Self { templates: BTreeMap::new(), special: special(&config) };
        if let Some(value) = config.get("chat_template").filter(|value| !value.is_null()) {
            all.take(value, &format!("{CONFIG}: chat_template"))?;
        }
        let old = object(submission, OLD_FILE)?;
        if let Some(value) = old.get("chat_template") {
            all.take(value, &format!("{OLD_FILE}: chat_template"))?;
        } else if submission.file(OLD_FILE).is_some() {
            return Err(malformed(OLD_FILE, "there is no `chat_template`"));
        }
        for file in submission.files() {
            let path = file.entry().path.as_str();
            let name = match path.strip_prefix("additional_chat_templates/") {
                Some(name) => name.strip_suffix(".jinja"),
                None => (path == FILE).then_some("default"),
            };
            let Some(name) = name else { continue };
            let bytes = file.read_all(FILE_BYTES)?;
            let text = String::from_utf8(bytes).map_err(|_| malformed(path, "the template is not UTF-8"))?;
            all.put(name, &text, path)?;
        }
        Ok((!all.templates.is_empty()).then_some(all))
    }

    /// A template and its special tokens; `at` is its place.
    ///
    /// # Errors
    /// As [`ChatTemplate::open`].
    pub fn from_text(text: &str, special: Map<String, Value>, at: &str) -> Result<Self, IntakeError> {
        let mut all = Self { templates: BTreeMap::new(), special };
        all.put("default", text, at)?;
        Ok(all)
    }

    /// The names of the templates.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.templates.keys().map(String::as_str)
    }

    /// The text of a conversation, by the template that transformers would take: that for tools where there are tools
    /// and such a template, else the default.
    ///
    /// # Errors
    /// `limit_exceeded` where the template takes too much work, nests too deep or writes too much; `malformed_tokenizer`
    /// where it fails.
    pub fn render(&self, conversation: &Conversation) -> Result<Rendered, IntakeError> {
        let wanted = if conversation.tools.is_null() { "default" } else { "tool_use" };
        let named = |name: &str| self.templates.get(name);
        let only = || self.templates.values().next().filter(|_| self.templates.len() == 1);
        let (at, text) = named(wanted).or_else(|| named("default")).or_else(only).ok_or_else(|| {
            malformed(CONFIG, "none of the chat templates is the default").mend("name one of them `default`")
        })?;
        let spent = || IntakeError::new(fault::LIMIT_EXCEEDED, at, "there is no memory to run the chat template");
        // Values that hold values are let go one within the other, so the depth of the stack is the template's word.
        std::thread::scope(|scope| {
            let run = || run(text, self.input(conversation), conversation.now).map_err(|error| refused(at, &error));
            let thread = std::thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, run);
            match thread.map_err(|_| spent())?.join() {
                Ok(Err(Fail::Raised(message))) => Ok(Rendered::Refused(printable(&message))),
                Ok(Err(Fail::Error(error))) => Err(error),
                Ok(Ok(text)) => Ok(Rendered::Text(text)),
                Err(_) => Err(malformed(at, "the chat template cannot be run: the library gave up")),
            }
        })
    }

    /// All that a template sees.
    fn input(&self, conversation: &Conversation) -> Seen {
        let mut input = self.special.clone();
        input.insert("messages".into(), plain(&conversation.messages));
        for (name, value) in [("tools", &conversation.tools), ("documents", &conversation.documents)] {
            input.insert(name.into(), value.clone());
        }
        input.insert("add_generation_prompt".into(), conversation.add_generation_prompt.into());
        seen(&Value::Object(input))
    }

    /// One template, or a list of named ones.
    fn take(&mut self, value: &Value, at: &str) -> Result<(), IntakeError> {
        match value {
            Value::String(text) => self.put("default", text, at),
            Value::Object(named) => named.iter().try_for_each(|(name, text)| {
                let text = text.as_str().ok_or_else(|| malformed(at, "a template is not a text"))?;
                self.put(name, text, at)
            }),
            Value::Array(list) => list.iter().try_for_each(|entry| {
                let part = |name: &str| entry.get(name).and_then(Value::as_str);
                let (Some(name), Some(text)) = (part("name"), part("template")) else {
                    return Err(malformed(at, "an entry is not a name and a template"));
                };
                self.put(name, text, at)
            }),
            _ => Err(malformed(at, "the chat template is not a text")),
        }
    }

    fn put(&mut self, name: &str, text: &str, at: &str) -> Result<(), IntakeError> {
        check(text, at)?;
        match self.templates.get(name) {
            Some((_, other)) if other == text => Ok(()),
            Some((place, _)) => Err(IntakeError::new(
                fault::AMBIGUOUS_FILES,
                at,
                format!("`{}` stands here and in `{place}`, and the two differ", printable(name)),
            )
            .mend("leave one of the two out")),
            None => {
                self.templates.insert(name.to_owned(), (at.to_owned(), text.to_owned()));
                Ok(())
            }
        }
    }
}

/// Why there is no text.
enum Fail {
    Raised(String),
    Error(IntakeError),
}

/// A value as the engine sees it. Depth is bounded by the JSON reader.
fn seen(value: &Value) -> Seen {
    match value {
        Value::Null => Seen::from(()),
        Value::Bool(value) => Seen::from(*value),
        Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(number), _) => Seen::from(number),
            (None, Some(number)) => Seen::from(number),
            (None, None) => Seen::from(number.as_f64().unwrap_or(f64::NAN)),
        },
        Value::String(text) => Seen::from(text.as_str()),
        Value::Array(items) => items.iter().map(seen).collect(),
        Value::Object(fields) => Seen::from_pairs(fields.iter().map(|(name, value)| (name.as_str(), seen(value)))),
    }
}

/// Messages without what is null, as transformers hands them over.
fn plain(messages: &Value) -> Value {
    let mut messages = messages.clone();
    for message in messages.as_array_mut().into_iter().flatten() {
        if let Value::Object(fields) = message {
            fields.retain(|_, value| !value.is_null());
        }
    }
    messages
}

/// The special tokens of the settings, as texts.
fn special(config: &Map<String, Value>) -> Map<String, Value> {
    let token = |(name, value): (&String, &Value)| {
        let text = value.as_str().or_else(|| value.get("content")?.as_str())?;
        name.ends_with("_token").then(|| (name.clone(), Value::from(text)))
    };
    config.iter().filter_map(token).collect()
}

fn object(submission: &Submission, name: &str) -> Result<Map<String, Value>, IntakeError> {
    let Some(file) = submission.file(name) else { return Ok(Map::new()) };
    match json::parse(&file.read_all(FILE_BYTES)?, name, usize::MAX)? {
        Value::Object(fields) => Ok(fields),
        _ => Err(malformed(name, "the file is not an object")),
    }
}

/// What can be told of a template before it runs.
fn check(text: &str, at: &str) -> Result<(), IntakeError> {
    if text.len() > TEMPLATE_BYTES {
        return Err(IntakeError::new(fault::LIMIT_EXCEEDED, at, "the chat template is too long (bytes)")
            .because(format!("at most {TEMPLATE_BYTES}"), text.len()));
    }
    if let Some(name) = INNER.iter().find(|name| text.contains(**name)) {
        return Err(malformed(at, "the chat template asks for the inside of the engine that runs it")
            .because("messages, tools, documents and special tokens", name)
            .mend("write the template without it"));
    }
    let text = tagged(text);
    match environment(0).template_from_str(&text) {
        Ok(_) => Ok(()),
        Err(error) => match refused(at, &error) {
            Fail::Error(error) => Err(error),
            Fail::Raised(message) => Err(malformed(at, message)),
        },
    }
}

/// A box to run in, with nothing in it but what transformers puts there.
fn environment<'t>(now: u64) -> Environment<'t> {
    let mut env = Environment::new();
    env.set_debug(false);
    env.set_fuel(Some(FUEL));
    env.set_recursion_limit(DEPTH);
    env.set_undefined_behavior(UndefinedBehavior::Lenient);
    env.set_auto_escape_callback(|_| AutoEscape::None);
    if let Ok(syntax) = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build() {
        env.set_syntax(syntax);
    }
    env.remove_global("debug");
    python::furnish(&mut env, now);
    env
}

fn run(text: &str, input: Seen, now: u64) -> Result<String, Error> {
    let text = tagged(text);
    let env = environment(now);
    let template = env.template_from_str(&text)?;
    let mut out = Bounded(Vec::new());
    template.render_captured_to(input, &mut out)?;
    String::from_utf8(out.0).map_err(|_| Error::new(ErrorKind::BadSerialization, "the text is not UTF-8"))
}

/// The tags around what the model itself is to say, which only its training asks for, as a block of their own.
fn tagged(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("{%") {
        let (before, tag) = rest.split_at(start + 2);
        out.push_str(before);
        rest = tag;
        let Some(end) = tag.find("%}") else { break };
        let inner = &tag[..end];
        let name = inner.trim_start_matches(['-', '+']).trim_end_matches(['-', '+']).trim();
        let instead = match name {
            "generation" => "with",
            "endgeneration" => "endwith",
            _ => continue,
        };
        out.push_str(&inner.replacen(name, instead, 1));
        rest = &tag[end..];
    }
    out.push_str(rest);
    out
}

/// A text that may not grow without end.
struct Bounded(Vec<u8>);

impl io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.len() > OUTPUT_BYTES.saturating_sub(self.0.len()) {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What the engine's error is to the submitter.
fn refused(at: &str, error: &Error) -> Fail {
    let mut source = error.source();
    while let Some(inner) = source {
        if let Some(python::Raised(message)) = inner.downcast_ref() {
            return Fail::Raised(message.clone());
        }
        source = inner.source();
    }
    let said = error.detail().unwrap_or_default();
    let too_much = matches!(error.kind(), ErrorKind::OutOfFuel | ErrorKind::WriteFailure)
        || ["recursion limit", "too many elements", "too large", "exceeds"].iter().any(|word| said.contains(word));
    Fail::Error(if too_much {
        IntakeError::new(
            fault::LIMIT_EXCEEDED,
            at,
            "the chat template takes too much work, nests too deep or writes too much",
        )
        .because(format!("at most {FUEL} steps, {DEPTH} levels and {OUTPUT_BYTES} bytes"), error.kind())
        .mend("write the template so that its work grows with the conversation only")
    } else {
        let line = error.line().map_or(String::new(), |line| format!(" in line {line}"));
        malformed(at, format!("the chat template fails{line}: {}", printable(&format!("{} {said}", error.kind()))))
            .mend("run the template with `apply_chat_template` of transformers and correct it")
    })
}
