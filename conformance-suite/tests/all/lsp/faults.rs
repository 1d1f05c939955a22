//! Faults as one types, their mends, formatting, and what a client can do wrong.

use super::client::{Client, edited, find, here, hover, range, words};
use super::snapshot::snapshot;
use super::{STANDARD, YAML};
use lmstd_grammar::source::Spelling;
use serde_json::{Value, json};

#[test]
fn formatting_gives_the_canonical_text_once() {
    let mut client = Client::start();
    for (uri, language, text) in [("file:///tmp/a.lms", "lms", STANDARD), ("file:///tmp/c.yaml", "yaml", YAML)] {
        client.open(uri, language, text);
        let params = json!({ "textDocument": { "uri": uri }, "options": { "tabSize": 2, "insertSpaces": true } });
        let edits = client.result("textDocument/formatting", params.clone());
        let once = edited(text, &edits);
        let spelling = Spelling::of_name(uri);
        let snapshot = snapshot("x", text, spelling);
        assert_eq!(once, lmstd_grammar::format(snapshot.document(), &snapshot.sources, spelling));
        client.change(uri, 2, json!([{ "text": once }]));
        assert_eq!(client.result("textDocument/formatting", params.clone()), json!([]), "{once}");
        client.change(uri, 3, json!([{ "text": format!("{text}\n}}}} [") }]));
        let (code, sentence) = client.refusal("textDocument/formatting", params);
        assert!(code == -32803 && sentence.contains("cannot be formatted"), "{sentence}");
    }
}

#[test]
fn faults_appear_and_vanish_as_one_types() {
    let mut client = Client::start();
    let uri = "file:///tmp/a.lms";
    assert_eq!(client.open(uri, "lms", STANDARD), Vec::<Value>::new());
    // A wide character stands before the edit on its line.
    let at = find(STANDARD, "conforms", 0);
    client.change(uri, 2, json!([{ "range": range(STANDARD, at, at + 8), "text": "finite" }]));
    assert_eq!(client.faults(uri, 2), Vec::<Value>::new());
    let text = STANDARD.replacen("conforms", "finite", 1);
    let (shown, _) = hover(&mut client, uri, &text, at);
    assert!(shown.contains("measure finite(model: model)"), "{shown}");

    let at = find(&text, "reviews.test", 0) + 8;
    client.change(uri, 3, json!([{ "range": range(&text, at, at + 4), "text": "tset" }]));
    let faults = client.faults(uri, 3);
    let broken = text.replacen("reviews.test", "reviews.tset", 1);
    assert_eq!(faults.len(), 1, "{faults:?}");
    let fault = &faults[0];
    assert_eq!(
        (words(&broken, &fault["range"]), &fault["severity"], &fault["source"]),
        ("tset", &json!(1), &json!("lmstd"))
    );
    assert!(fault["code"].as_str().unwrap().starts_with("LMS-E"), "{fault}");
    assert!(fault["message"].as_str().unwrap().contains("did you mean `test`?"), "{fault}");
    let related = &fault["relatedInformation"][0];
    assert_eq!(words(&broken, &related["location"]["range"]), "reviews");
    client.change(uri, 4, json!([{ "range": range(&broken, at, at + 4), "text": "test" }]));
    assert_eq!(client.faults(uri, 4), Vec::<Value>::new());

    client.change(uri, 5, json!([{ "text": "standard s {" }]));
    assert!(!client.faults(uri, 5).is_empty());
    client.change(uri, 6, json!([{ "text": STANDARD }]));
    assert_eq!(client.faults(uri, 6), Vec::<Value>::new());

    // Versions that are superseded while they wait are not told; the last one always is.
    for version in 7..57 {
        let edit = match version % 2 {
            1 => json!([{ "range": range(STANDARD, 0, 0), "text": "}" }]),
            _ => json!([{ "range": range("}", 0, 1), "text": "" }]),
        };
        client.change(uri, version, edit);
    }
    assert_eq!(client.faults(uri, 56), Vec::<Value>::new());
    client.tell("textDocument/didClose", json!({ "textDocument": { "uri": uri } }));
    let (code, message) = client.refusal("textDocument/hover", here(uri, STANDARD, 0));
    assert!(code == -32602 && message.contains("is not open"), "{message}");
}

#[test]
fn a_fault_with_a_mend_has_a_code_action() {
    let mut client = Client::start();
    let uri = "file:///tmp/d.lms";
    let text = STANDARD.replace("article.TransformerBlockClassifier", "article.TransformerBlokClassifier");
    let text = text.as_str();
    let faults = client.open(uri, "lms", text);
    assert_eq!(faults.len(), 1, "{faults:?}");
    let mut params = json!({ "textDocument": { "uri": uri }, "range": faults[0]["range"] });
    params["context"] = json!({ "diagnostics": faults });
    let actions = client.result("textDocument/codeAction", params.clone());
    let action = &actions[0];
    assert_eq!((&action["kind"], &action["isPreferred"]), (&json!("quickfix"), &json!(true)), "{actions}");
    let mended = edited(text, &action["edit"]["changes"][uri]);
    assert_eq!(mended, STANDARD);
    client.change(uri, 2, json!([{ "text": mended }]));
    assert_eq!(client.faults(uri, 2), Vec::<Value>::new());
    params["context"]["only"] = json!(["refactor"]);
    assert_eq!(client.result("textDocument/codeAction", params), json!([]));
}

#[test]
fn what_is_no_message_does_not_end_a_session() {
    let mut early = Client::silent();
    assert_eq!(early.refusal("textDocument/hover", json!({})).0, -32002);
    drop(early);
    let mut client = Client::start();
    let uri = "file:///tmp/a.lms";
    client.open(uri, "lms", STANDARD);
    let deep = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000));
    let bodies: [&[u8]; 6] = [b"{bad}", b"[]", b"{\"a\": 1}", b"\xff\xfe", b"", deep.as_bytes()];
    for body in bodies {
        let head = format!("Content-Length: {}\r\n\r\n", body.len());
        client.raw(&[head.as_bytes(), body].concat());
        let answer = client.receive();
        assert_eq!((&answer["id"], &answer["error"]["code"]), (&Value::Null, &json!(-32700)), "{answer}");
    }
    client.raw(b"no header at all\r\nContent-Length: many\r\n\r\n");
    client.tell("textDocument/didOpen", json!({ "textDocument": 3 }));
    client.tell("textDocument/didChange", json!([]));
    client.tell("$/cancelRequest", json!({ "id": 999 }));
    client.tell("no/such/notification", Value::Null);
    client.send(&json!({ "jsonrpc": "2.0", "id": 77_777, "result": null }));
    for (method, params, code) in [
        ("no/such/method", json!({}), -32601),
        ("initialize", json!({ "capabilities": {} }), -32600),
        ("textDocument/hover", json!({}), -32602),
        (
            "textDocument/hover",
            json!({ "textDocument": { "uri": uri }, "position": { "line": -1, "character": 0 } }),
            -32602,
        ),
        (
            "textDocument/hover",
            json!({ "textDocument": { "uri": "not a uri" }, "position": { "line": 0, "character": 0 } }),
            -32602,
        ),
        ("textDocument/rename", json!({ "textDocument": { "uri": uri } }), -32602),
        ("textDocument/documentSymbol", json!({ "textDocument": { "uri": "file:///tmp/other.lms" } }), -32602),
    ] {
        let (found, message) = client.refusal(method, params);
        assert_eq!(found, code, "{method}: {message}");
    }
    let far = json!({ "line": u32::MAX, "character": u32::MAX });
    for method in ["textDocument/hover", "textDocument/definition", "textDocument/documentHighlight"] {
        let params = json!({ "textDocument": { "uri": uri }, "position": far });
        assert_eq!(client.result(method, params), Value::Null, "{method}");
    }
    let backwards = json!({ "start": far, "end": { "line": 0, "character": 0 } });
    client.change(uri, 2, json!([{ "range": backwards, "text": STANDARD }]));
    assert_eq!(client.faults(uri, 2), Vec::<Value>::new());
    let (shown, _) = hover(&mut client, uri, STANDARD, find(STANDARD, "conforms", 0));
    assert!(shown.contains("measure conforms(model: model)"), "{shown}");
    client.result("shutdown", Value::Null);
    assert_eq!(client.refusal("textDocument/hover", here(uri, STANDARD, 0)).0, -32600);
    client.tell("exit", Value::Null);
    assert_eq!(client.child.wait().unwrap().code(), Some(0));
    let mut rude = Client::start();
    rude.tell("exit", Value::Null);
    assert_eq!(rude.child.wait().unwrap().code(), Some(1), "without `shutdown` a session did not end well");
}

#[test]
fn a_text_that_is_too_long_is_refused_and_the_rest_goes_on() {
    let mut client = Client::start();
    let uri = "file:///tmp/long.lms";
    let faults = client.open(uri, "lms", &format!("{STANDARD}{}", " ".repeat(1 << 20)));
    assert_eq!((faults.len(), &faults[0]["code"]), (1, &json!("LMS-E0007")));
    assert_eq!(client.result("textDocument/hover", here(uri, STANDARD, find(STANDARD, "classifier", 0))), Value::Null);
    let params = json!({ "textDocument": { "uri": uri }, "options": { "tabSize": 2, "insertSpaces": true } });
    assert!(client.refusal("textDocument/formatting", params).1.contains("too long"));
    client.change(uri, 2, json!([{ "text": STANDARD }]));
    assert_eq!(client.faults(uri, 2), Vec::<Value>::new());
}
