//! The chat template makes one text of a conversation.

use super::api::{Arguments, check, facts, failure, measure};
use super::reading::{Failure, Reading};
use crate::session::{Session, finding_of, refused};
use crate::verdict::Finding;
use lmstd_runtime::intake::chat::{ChatTemplate, Conversation, Rendered};
use lmstd_runtime::intake::error::printable;
use lmstd_runtime::intake::tokenizer::TextTokenizer;
use serde_json::json;

measure! {
    /// # Chat template renders
    ///
    /// ## Measures
    /// That the submission's chat template, run in a box with so much work, depth and output, makes a text of a fixed
    /// conversation of a user and an assistant; that the text has every message, in order; and that every marker of the
    /// form `<|name|>` in it is a token of the submission's tokenizer.
    ///
    /// ## Why it matters
    /// The template is a program that everyone who uses the model runs. One that loops holds its user up, one that drops a
    /// message changes what the model is asked, and a marker that is no token reaches the model as loose characters.
    ///
    /// ## How to mend
    /// Render the template with `apply_chat_template` of transformers and compare. Add markers to the tokenizer as tokens.
    ///
    /// ## References
    /// `chat_template.jinja` and `tokenizer_config.json` of the transformers library.
    ///
    /// ```lms pass chat
    /// chat_template_renders(bert)
    /// ```
    /// ```lms fail chat-unknown-marker
    /// chat_template_renders(bert)
    /// ```
    "chat_template_renders", Header, "measure chat_template_renders(model: model) -> check", run
}

/// What is said; each is told apart from the others.
const SAID: [(&str, &str); 3] =
    [("user", "Name a prime above two."), ("assistant", "Three is one."), ("user", "And one above that?")];
/// The time that templates are told: the same for all runs.
const NOW: u64 = 1_735_689_600;
/// Most ids of the text.
const MOST_IDS: usize = 65_536;

fn run(arguments: &Arguments, session: &Session) -> Result<Reading, Failure> {
    arguments.model()?;
    let template = ChatTemplate::open(&session.submission).map_err(refused)?.ok_or_else(|| {
        let mend = "add chat_template.jinja, or `chat_template` to tokenizer_config.json";
        failure("missing_file", "the submission has no chat template", "chat_template.jinja", mend)
    })?;
    let tokenizer = session.tokenizer()?;
    let messages = SAID.iter().map(|(role, content)| json!({"role": role, "content": content})).collect();
    let conversation = Conversation { messages, add_generation_prompt: true, now: NOW, ..Conversation::default() };
    let text = match template.render(&conversation) {
        Ok(Rendered::Text(text)) => text,
        Ok(Rendered::Refused(message)) => {
            let message = format!("the chat template refuses a plain conversation: {message}");
            return Ok(check(vec![wrong(message, "a text", "")], facts([])));
        }
        Err(error) => return Ok(check(vec![finding_of(&refused(error))], facts([]))),
    };
    let mut findings = Vec::new();
    let mut rest = text.as_str();
    for (_, content) in SAID {
        match rest.split_once(content) {
            Some((_, after)) => rest = after,
            None => findings.push(wrong("a message is not in the text, or not in its place".into(), content, "")),
        }
    }
    findings.extend(unknown_markers(&text, &tokenizer));
    let ids = tokenizer.encode(&text, MOST_IDS).map_err(refused)?.ids;
    Ok(check(findings, facts([("bytes", text.len().to_string()), ("ids", ids.len().to_string())])))
}

fn wrong(message: String, expected: &str, found: &str) -> Finding {
    Finding {
        fault: "malformed_tokenizer".into(),
        message,
        at: "chat_template".into(),
        expected: expected.into(),
        found: printable(found),
        mend: "render the template with `apply_chat_template` of transformers and correct it".into(),
    }
}

/// Markers that are no tokens, each once.
fn unknown_markers(text: &str, tokenizer: &TextTokenizer) -> Vec<Finding> {
    let mut seen: Vec<&str> = Vec::new();
    for part in text.split("<|").skip(1) {
        let Some((name, _)) = part.split_once("|>") else { continue };
        if !name.is_empty() && !name.contains(char::is_whitespace) && !seen.contains(&name) {
            seen.push(name);
        }
    }
    let unknown = seen.into_iter().filter(|name| tokenizer.id_of(&format!("<|{name}|>")).is_none()).take(8);
    let one = |name: &str| {
        wrong("the text has a marker that is no token".into(), "a token of the tokenizer", &format!("<|{name}|>"))
    };
    unknown.map(one).collect()
}
