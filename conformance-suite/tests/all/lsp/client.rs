//! A small editor: frames, questions, and places counted independently of the server.

use crate::support::root;
use serde_json::{Value, json};
use std::collections::{BTreeSet, VecDeque};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// An editor.
pub struct Client {
    /// The server.
    pub child: Child,
    input: Option<ChildStdin>,
    incoming: Receiver<Value>,
    /// Notifications that nobody has asked for yet.
    notes: VecDeque<Value>,
    id: i64,
}

impl Client {
    /// Starts the server without a word.
    pub fn silent() -> Client {
        let mut child = Command::new(env!("CARGO_BIN_EXE_lmstd-check"))
            .args(["lsp", "--stdio"])
            .current_dir(root())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (input, output) = (child.stdin.take(), child.stdout.take().unwrap());
        let (sender, incoming) = channel();
        std::thread::spawn(move || {
            let mut output = BufReader::new(output);
            while let Some(message) = frame(&mut output) {
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        Client { child, input, incoming, notes: VecDeque::new(), id: 0 }
    }

    /// Starts a session.
    pub fn start() -> Client {
        let mut client = Client::silent();
        let answer = client.result("initialize", json!({ "processId": null, "rootUri": null, "capabilities": {} }));
        assert_eq!(answer["capabilities"]["positionEncoding"], "utf-16");
        assert_eq!(answer["capabilities"]["hoverProvider"], true);
        client.tell("initialized", json!({}));
        client
    }

    /// Sends bytes as they are.
    pub fn raw(&mut self, bytes: &[u8]) {
        let input = self.input.as_mut().unwrap();
        input.write_all(bytes).unwrap();
        input.flush().unwrap();
    }

    /// Sends a message.
    pub fn send(&mut self, message: &Value) {
        let text = message.to_string();
        self.raw(format!("Content-Length: {}\r\n\r\n{text}", text.len()).as_bytes());
    }

    /// Sends a notification.
    pub fn tell(&mut self, method: &str, params: Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    /// The next message.
    pub fn receive(&mut self) -> Value {
        self.incoming.recv_timeout(Duration::from_secs(120)).expect("the server answers")
    }

    /// The whole answer to a request.
    pub fn ask(&mut self, method: &str, params: Value) -> Value {
        self.id += 1;
        let id = self.id;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        loop {
            let message = self.receive();
            if message["id"] == id {
                return message;
            }
            self.notes.push_back(message);
        }
    }

    /// What a request gives.
    pub fn result(&mut self, method: &str, params: Value) -> Value {
        let answer = self.ask(method, params);
        assert!(answer.get("error").is_none(), "{method}: {answer}");
        answer["result"].clone()
    }

    /// Code and sentence of a refusal.
    pub fn refusal(&mut self, method: &str, params: Value) -> (i64, String) {
        let answer = self.ask(method, params);
        let error = &answer["error"];
        (error["code"].as_i64().unwrap_or(0), error["message"].as_str().unwrap_or_default().to_owned())
    }

    /// Opens a document; gives its faults.
    pub fn open(&mut self, uri: &str, language: &str, text: &str) -> Vec<Value> {
        let document = json!({ "uri": uri, "languageId": language, "version": 1, "text": text });
        self.tell("textDocument/didOpen", json!({ "textDocument": document }));
        self.faults(uri, 1)
    }

    /// Changes a document.
    pub fn change(&mut self, uri: &str, version: i64, changes: Value) {
        let document = json!({ "uri": uri, "version": version });
        self.tell("textDocument/didChange", json!({ "textDocument": document, "contentChanges": changes }));
    }

    /// The faults told of a version.
    pub fn faults(&mut self, uri: &str, version: i64) -> Vec<Value> {
        loop {
            let message = self.notes.pop_front().unwrap_or_else(|| self.receive());
            let params = &message["params"];
            if message["method"] == "textDocument/publishDiagnostics"
                && params["uri"] == uri
                && params["version"] == version
            {
                return params["diagnostics"].as_array().unwrap().clone();
            }
        }
    }

    /// Labels that completion offers where `¦` stands; the document is opened anew under a name of its own.
    pub fn offered(&mut self, language: &str, marked: &str) -> BTreeSet<String> {
        let offset = marked.find('¦').expect("a place is marked");
        let text = marked.replacen('¦', "", 1);
        let uri = format!("file:///tmp/offered-{}.{language}", self.id);
        self.open(&uri, language, &text);
        let items = self.result("textDocument/completion", here(&uri, &text, offset));
        self.tell("textDocument/didClose", json!({ "textDocument": { "uri": uri } }));
        items.as_array().unwrap().iter().map(|item| item["label"].as_str().unwrap().to_owned()).collect()
    }

    /// Shuts down; gives the exit code.
    pub fn end(mut self) -> i32 {
        assert_eq!(self.result("shutdown", Value::Null), Value::Null);
        self.tell("exit", Value::Null);
        self.child.wait().unwrap().code().unwrap_or(-1)
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        drop(self.input.take());
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn frame(output: &mut impl BufRead) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if output.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim().strip_prefix("Content-Length: ") {
            Some(value) => length = value.parse().ok()?,
            None if line.trim().is_empty() => break,
            None => {}
        }
    }
    let mut body = vec![0; length];
    output.read_exact(&mut body).ok()?;
    serde_json::from_slice(&body).ok()
}

/// The position of a byte offset, counted independently of the server.
pub fn position(text: &str, offset: usize) -> Value {
    let before = &text[..offset];
    let line = before.rsplit('\n').next().unwrap();
    json!({ "line": before.matches('\n').count(), "character": line.encode_utf16().count() })
}

/// The byte offset of a position, counted independently of the server.
pub fn offset(text: &str, position: &Value) -> usize {
    let (line, character) = (position["line"].as_u64().unwrap(), position["character"].as_u64().unwrap());
    let start: usize = text.split_inclusive('\n').take(line as usize).map(str::len).sum();
    let mut units = 0;
    let reached = |(_, char): &(usize, char)| {
        let here = units;
        units += char.len_utf16() as u64;
        here >= character
    };
    let mut chars = text[start..].char_indices();
    chars.find(reached).map_or(text.len(), |(at, _)| start + at)
}

/// The parameters of a question about a place.
pub fn here(uri: &str, text: &str, offset: usize) -> Value {
    json!({ "textDocument": { "uri": uri }, "position": position(text, offset) })
}

/// The range of two byte offsets.
pub fn range(text: &str, from: usize, to: usize) -> Value {
    json!({ "start": position(text, from), "end": position(text, to) })
}

/// The words of a range.
pub fn words<'t>(text: &'t str, range: &Value) -> &'t str {
    &text[offset(text, &range["start"])..offset(text, &range["end"])]
}

/// The byte offset of the n-th `needle`, from 0.
pub fn find(text: &str, needle: &str, nth: usize) -> usize {
    text.match_indices(needle).nth(nth).unwrap_or_else(|| panic!("no {needle} {nth}")).0
}

/// A text with edits applied.
pub fn edited(text: &str, edits: &Value) -> String {
    let place = |edit: &Value| (offset(text, &edit["range"]["start"]), offset(text, &edit["range"]["end"]));
    let edits = edits.as_array().unwrap().iter();
    let mut places: Vec<_> = edits.map(|edit| (place(edit), edit["newText"].as_str().unwrap())).collect();
    places.sort_unstable();
    let mut out = text.to_owned();
    for ((from, to), new) in places.into_iter().rev() {
        out.replace_range(from..to, new);
    }
    out
}

/// What hover shows at a byte offset, and of which words.
pub fn hover(client: &mut Client, uri: &str, text: &str, at: usize) -> (String, String) {
    let answer = client.result("textDocument/hover", here(uri, text, at));
    let shown = answer["contents"]["value"].as_str().unwrap_or_default().to_owned();
    let place = if answer.is_null() { String::new() } else { words(text, &answer["range"]).to_owned() };
    (shown, place)
}

/// The text after a renaming.
pub fn renamed(client: &mut Client, uri: &str, text: &str, at: usize, to: &str) -> String {
    let mut params = here(uri, text, at);
    params["newName"] = json!(to);
    let edit = client.result("textDocument/rename", params);
    edited(text, &edit["changes"][uri])
}

/// Tokens as (words, type, modifiers), held against the text.
pub fn semantic(client: &mut Client, uri: &str, text: &str) -> Vec<(String, String, u64)> {
    let legend = [
        "namespace",
        "class",
        "struct",
        "type",
        "typeParameter",
        "parameter",
        "variable",
        "property",
        "enumMember",
        "interface",
        "function",
        "decorator",
        "keyword",
        "comment",
        "string",
        "number",
    ];
    let answer = client.result("textDocument/semanticTokens/full", json!({ "textDocument": { "uri": uri } }));
    let data: Vec<u64> = answer["data"].as_array().unwrap().iter().map(|number| number.as_u64().unwrap()).collect();
    let (mut line, mut start, mut end) = (0, 0, 0);
    let mut found = Vec::new();
    for token in data.chunks_exact(5) {
        start = if token[0] == 0 { start + token[1] } else { token[1] };
        line += token[0];
        let place = |character: u64| offset(text, &json!({ "line": line, "character": character }));
        let (from, to) = (place(start), place(start + token[2]));
        assert!(from >= end && to > from && !text[from..to].contains('\n'), "{token:?}");
        end = to;
        found.push((text[from..to].to_owned(), legend[token[3] as usize].to_owned(), token[4]));
    }
    found
}
