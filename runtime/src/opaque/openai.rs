//! Questions in the form of OpenAI's public API, and answers out of it: chat completions for classes, numbers, tags and
//! texts, completions with the logarithms of probabilities for the likelihood of texts, embeddings for vectors. The
//! prompts are fixed, and part of `docs/opaque.md`.
//!
//! A response is data: what is not where the API says makes the answer malformed; a text that is no class, number or list
//! is no answer to its question.

use super::protocol::{Kind, Question, Reply};
use serde_json::{Map, Value, json};

/// Most tokens that a text may be answered with, and any other answer.
const MOST_TOKENS: u64 = 512;
const FEW_TOKENS: u64 = 64;

/// Why a response is no answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Unanswered {
    /// The response does not have the form of the API.
    Malformed(String),
    /// It has, but the model did not answer what was asked.
    Other,
}

/// One request: the path below the endpoint, and the body.
pub struct Post {
    /// `/chat/completions`, `/completions` or `/embeddings`.
    pub path: &'static str,
    /// Its body.
    pub body: Value,
}

/// The requests that a question takes, in order: one, or one for each continuation.
pub fn posts(model: &str, question: &Question) -> Vec<Post> {
    let completion = |prompt: String| Post {
        path: "/completions",
        body: json!({ "model": model, "prompt": prompt, "max_tokens": 1, "temperature": 0, "logprobs": 1, "echo": true }),
    };
    match question.kind {
        Kind::Likelihood => vec![completion(plain(question))],
        Kind::Choose => {
            let context = plain(question);
            question.choices.iter().map(|choice| completion(format!("{context}{choice}"))).collect()
        }
        Kind::Vector => vec![Post {
            path: "/embeddings",
            body: json!({ "model": model, "input": plain(question), "encoding_format": "float" }),
        }],
        _ => {
            let most = if question.kind == Kind::Write { MOST_TOKENS } else { FEW_TOKENS };
            let most = if matches!(question.kind, Kind::Tag | Kind::Fill) { MOST_TOKENS } else { most };
            let messages = json!([{ "role": "user", "content": content(question) }]);
            vec![Post {
                path: "/chat/completions",
                body: json!({ "model": model, "messages": messages, "max_tokens": most, "temperature": 0, "seed": 0 }),
            }]
        }
    }
}

/// The answer that the responses to a question's requests are.
///
/// # Errors
/// See [`Unanswered`].
pub fn reply(question: &Question, responses: &[Value]) -> Result<Reply, Unanswered> {
    let first = responses.first().ok_or_else(|| malformed("there is no response"))?;
    let (name, value) = match question.kind {
        Kind::Likelihood => ("logprobs", Value::from(tokens(first, &plain(question), 0)?)),
        Kind::Choose => {
            let context = plain(question);
            let sum = |(response, choice): (&Value, &String)| {
                let told = tokens(response, &format!("{context}{choice}"), context.chars().count())?;
                Ok(told.iter().sum::<f64>())
            };
            let sums: Result<Vec<f64>, Unanswered> = responses.iter().zip(&question.choices).map(sum).collect();
            ("logprobs", Value::from(sums?))
        }
        Kind::Vector => {
            let vector = first.pointer("/data/0/embedding").filter(|vector| vector.is_array());
            ("vector", vector.ok_or_else(|| malformed("there is no embedding"))?.clone())
        }
        _ => {
            let text = first.pointer("/choices/0/message/content").and_then(Value::as_str);
            said(question, text.ok_or_else(|| malformed("there is no message"))?)?
        }
    };
    let told = question.reply(&Map::from_iter([(name.to_owned(), value)]));
    told.map_err(|why| if question.kind == Kind::Write { malformed(&why) } else { refusal(question.kind, why) })
}

/// Numbers that the API itself gives are malformed where they are wrong; words of the model are no answer.
fn refusal(kind: Kind, why: String) -> Unanswered {
    match kind {
        Kind::Likelihood | Kind::Choose | Kind::Vector => Unanswered::Malformed(why),
        _ => Unanswered::Other,
    }
}

fn malformed(why: &str) -> Unanswered {
    Unanswered::Malformed(why.to_owned())
}

/// What a text of the model is as an answer.
fn said(question: &Question, text: &str) -> Result<(&'static str, Value), Unanswered> {
    let trimmed = text.trim();
    match question.kind {
        Kind::Classify => {
            let word = trimmed.trim_matches(|c: char| "\"'`*.".contains(c) || c.is_whitespace());
            let same = |label: &&String| label.eq_ignore_ascii_case(word);
            let mut labels = question.choices.iter().filter(same);
            match (labels.next(), labels.next()) {
                (Some(label), None) => Ok(("label", Value::from(label.as_str()))),
                _ => Err(Unanswered::Other),
            }
        }
        Kind::Number => {
            let number = trimmed.trim_end_matches('.').parse::<f64>().ok().filter(|number| number.is_finite());
            Ok(("number", Value::from(number.ok_or(Unanswered::Other)?)))
        }
        Kind::Tag | Kind::Fill => {
            let list = serde_json::from_str::<Vec<String>>(trimmed).map_err(|_| Unanswered::Other)?;
            Ok(("list", Value::from(list)))
        }
        _ => Ok(("text", Value::from(text))),
    }
}

/// The logarithms of the tokens of `prompt` that reach beyond its first `from` characters; the first token of all has none.
fn tokens(response: &Value, prompt: &str, from: usize) -> Result<Vec<f64>, Unanswered> {
    let told = response.pointer("/choices/0/logprobs").ok_or_else(|| malformed("there are no logprobs"))?;
    let list =
        |name: &str| told.get(name).and_then(Value::as_array).ok_or_else(|| malformed("the logprobs lack a list"));
    let (numbers, offsets) = (list("token_logprobs")?, list("text_offset")?);
    let offsets: Option<Vec<u64>> = offsets.iter().map(Value::as_u64).collect();
    let offsets = offsets.filter(|offsets| offsets.len() == numbers.len() && offsets.is_sorted());
    let offsets = offsets.ok_or_else(|| malformed("the offsets of the tokens are none"))?;
    if offsets.first() != Some(&0) {
        return Err(malformed("the tokens do not begin with the text"));
    }
    let length = prompt.chars().count() as u64;
    let mut found = Vec::new();
    for (place, number) in numbers.iter().enumerate().skip(1) {
        let end = offsets.get(place + 1).copied().unwrap_or(length);
        // What is written behind the text was not asked for.
        if offsets[place] < length && end > from as u64 {
            found.push(number.as_f64().ok_or_else(|| malformed("a token has no logarithm"))?);
        }
    }
    if found.is_empty() { Err(Unanswered::Other) } else { Ok(found) }
}

/// The texts of a question, one below the other.
fn plain(question: &Question) -> String {
    let texts = question.inputs.values().map(|value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    });
    texts.collect::<Vec<_>>().join("\n")
}

/// The message of a question: its words, and pictures and recordings as such.
fn content(question: &Question) -> Value {
    let ask = match question.kind {
        Kind::Classify => {
            format!("Answer with exactly one of these labels and nothing else: {}.", question.choices.join(", "))
        }
        Kind::Number => "Answer with one number and nothing else.".to_owned(),
        Kind::Tag => "Give one tag for each word, as a JSON list of texts and nothing else.".to_owned(),
        Kind::Fill => "Give the word for each mask, in order, as a JSON list of texts and nothing else.".to_owned(),
        _ => String::new(),
    };
    let several = question.inputs.len() > 1;
    let (mut words, mut media) = (vec![ask], Vec::new());
    for (name, value) in &question.inputs {
        match value.get("base64").and_then(Value::as_str) {
            Some(base64) => media.push(part(base64)),
            None => {
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                words.push(if several { format!("{name}: {text}") } else { text });
            }
        }
    }
    words.retain(|text| !text.is_empty());
    let text = words.join("\n\n");
    if media.is_empty() {
        return Value::from(text);
    }
    let mut parts = vec![json!({ "type": "text", "text": text })];
    parts.extend(media);
    Value::from(parts)
}

/// A file as a part of a message; its kind is told by its first bytes.
fn part(base64: &str) -> Value {
    let picture = [("iVBORw", "png"), ("/9j/", "jpeg"), ("Qk", "bmp")];
    if let Some((_, kind)) = picture.iter().find(|(first, _)| base64.starts_with(first)) {
        return json!({ "type": "image_url", "image_url": { "url": format!("data:image/{kind};base64,{base64}") } });
    }
    let format = if base64.starts_with("ZkxhQ") { "flac" } else { "wav" };
    json!({ "type": "input_audio", "input_audio": { "data": base64, "format": format } })
}
