//! Hover, definition, references, rename, semantic tokens and outline of a `.lms` document.

use super::client::{Client, find, here, hover, offset, position, range, renamed, semantic, words};
use super::{PROGRAM, STANDARD};
use serde_json::{Value, json};

#[test]
fn hover_tells_definitions_types_units_and_manuals() {
    let mut client = Client::start();
    let uri = "file:///tmp/a.lms";
    assert_eq!(client.open(uri, "lms", STANDARD), Vec::<Value>::new());
    let cases = [
        ("conforms(classifier", 9, "model classifier = article.TransformerBlockClassifier", "classifier"),
        ("conforms(classifier", 9, "The article's model.", "classifier"),
        ("accuracy(classifier", 0, "measure accuracy(model: model, split: split) -> rate", "accuracy"),
        ("accuracy(classifier", 3, "Right rows / all rows.", "accuracy"),
        ("quality(classifier", 0, "metric quality = 0.5 * accuracy + 0.5 * f1(positive)", "quality"),
        ("classifier.max_len", 12, "max_len: int in 1..=1_000_000 = 200", "max_len"),
        ("reviews.test", 9, "split test from \"data/test.csv\" { rows >= 2_000 }", "test"),
        ("f1(positive)", 4, "positive: a label of `reviews.label`", "positive"),
        ("200 ms", 4, "a duration", "ms"),
        (".p95", 1, "latency.p95: a duration", "p95"),
        ("article.Trans", 3, "architecture article.TransformerBlockClassifier(", "article.TransformerBlockClassifier"),
        ("clause ARCH-1", 2, "One requirement of a standard", "clause"),
        ("role input", 6, "The column that the model reads.", "input"),
    ];
    for (needle, inside, expected, place) in cases {
        let (shown, at) = hover(&mut client, uri, STANDARD, find(STANDARD, needle, 0) + inside);
        assert!(shown.contains(expected), "{needle}: {shown}");
        assert_eq!(at, place, "{needle}");
    }
    let blank = client.result("textDocument/hover", here(uri, STANDARD, find(STANDARD, "\n\n", 1)));
    assert_eq!(blank, Value::Null);
    assert_eq!(client.end(), 0);
}

#[test]
fn hover_in_a_program_tells_shapes() {
    let mut client = Client::start();
    let uri = "file:///tmp/b.lms";
    assert_eq!(client.open(uri, "lms", PROGRAM), Vec::<Value>::new());
    let cases = [
        ("let words", 4, "words: float[batch, seq, width]", "words"),
        ("masked_mean(words", 12, "words: float[batch, seq, width]", "words"),
        ("let pooled", 4, "pooled: float[batch, width]", "pooled"),
        ("= linear(again", 2, "op linear(x: float[.., n], out: int, bias: bool = true) -> float[.., out]", "linear"),
        ("= linear(again", 2, "A dense layer", "linear"),
        (
            "pool(input_ids",
            0,
            "block pool(ids: int[batch, seq], keep: bool[batch, seq]) -> float[batch, width]",
            "pool",
        ),
        ("pool(input_ids", 0, "The mean of the vectors", "pool"),
        ("masked_mean(words, keep)", 19, "keep: bool[batch, seq]", "keep"),
        ("ids: int[batch, seq]", 16, "seq: int", "seq"),
        ("layer.{i}", 7, "i: int", "i"),
        ("h + (", 2, "h + (linear(h, width) under \"layer.{i}\"): float[batch, width]", ""),
    ];
    for (needle, inside, expected, place) in cases {
        let (shown, at) = hover(&mut client, uri, PROGRAM, find(PROGRAM, needle, 0) + inside);
        assert!(shown.contains(expected), "{needle}: {shown}");
        assert!(place.is_empty() || at == place, "{needle}: {at}");
    }
}

/// Definitions lie in the document, or in a file that the server has written for a built-in text.
#[test]
fn definitions_are_found_in_the_document_and_in_the_library() {
    let mut client = Client::start();
    let uri = "file:///tmp/a.lms";
    client.open(uri, "lms", STANDARD);
    for (needle, inside, definition) in [
        ("conforms(classifier", 9, "model classifier"),
        ("reviews.test", 0, "dataset reviews"),
        ("reviews.test", 8, "split test"),
        ("f1(positive)", 3, "positive = 1"),
        ("quality(classifier", 2, "metric quality"),
    ] {
        let place = find(STANDARD, needle, 0) + inside;
        let found = client.result("textDocument/definition", here(uri, STANDARD, place));
        assert_eq!(found["uri"], uri);
        let start = offset(STANDARD, &found["range"]["start"]);
        let name = words(STANDARD, &found["range"]);
        assert!(definition.contains(name), "{needle}: {name}");
        assert_eq!(start, find(STANDARD, definition, 0) + definition.find(name).unwrap(), "{needle}");
    }
    for (needle, inside, name, context) in [
        ("accuracy(classifier", 0, "accuracy", "measure accuracy("),
        ("classifier.max_len", 12, "max_len", "max_len: int"),
        ("article.Trans", 0, "article.TransformerBlockClassifier", "architecture article."),
    ] {
        let place = find(STANDARD, needle, 0) + inside;
        let found = client.result("textDocument/definition", here(uri, STANDARD, place));
        let path = found["uri"].as_str().unwrap().strip_prefix("file://").unwrap().to_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(words(&text, &found["range"]), name, "{path}");
        assert!(text.contains(context), "{path}");
        // The editor opens it: a built-in text has no faults of its own.
        let library = found["uri"].as_str().unwrap().to_owned();
        assert_eq!(client.open(&library, "lms", &text), Vec::<Value>::new(), "{path}");
    }
}

#[test]
fn references_and_highlights_are_every_place() {
    let mut client = Client::start();
    let uri = "file:///tmp/a.lms";
    client.open(uri, "lms", STANDARD);
    let places: Vec<Value> =
        STANDARD.match_indices("classifier").map(|(at, name)| range(STANDARD, at, at + name.len())).collect();
    assert_eq!(places.len(), 6);
    let at = find(STANDARD, "conforms(classifier", 0) + 9;
    let mut params = here(uri, STANDARD, at);
    params["context"] = json!({ "includeDeclaration": true });
    let found = client.result("textDocument/references", params.clone());
    let found: Vec<Value> = found.as_array().unwrap().iter().map(|place| place["range"].clone()).collect();
    assert_eq!(found, places);
    params["context"] = json!({ "includeDeclaration": false });
    let found = client.result("textDocument/references", params);
    assert_eq!(found.as_array().unwrap().len(), 5);
    let lights = client.result("textDocument/documentHighlight", here(uri, STANDARD, at));
    let kinds: Vec<i64> = lights.as_array().unwrap().iter().map(|light| light["kind"].as_i64().unwrap()).collect();
    assert_eq!(kinds, [3, 2, 2, 2, 2, 2], "the first is where it is written");
}

#[test]
fn rename_changes_all_places_and_nothing_else() {
    let mut client = Client::start();
    let (a, b) = ("file:///tmp/a.lms", "file:///tmp/b.lms");
    client.open(a, "lms", STANDARD);
    client.open(b, "lms", PROGRAM);
    let at = find(STANDARD, "conforms(classifier", 0) + 12;
    let ready = client.result("textDocument/prepareRename", here(a, STANDARD, at));
    assert_eq!((words(STANDARD, &ready["range"]), &ready["placeholder"]), ("classifier", &json!("classifier")));
    assert_eq!(renamed(&mut client, a, STANDARD, at, "encoder"), STANDARD.replace("classifier", "encoder"));
    let at = find(STANDARD, "f1(positive", 0) + 3;
    assert_eq!(
        renamed(&mut client, a, STANDARD, at, "good"),
        STANDARD.replace("(positive)", "(good)").replace("positive = 1", "good = 1")
    );
    let at = find(STANDARD, "QUAL-1", 0);
    assert_eq!(renamed(&mut client, a, STANDARD, at, "Q-2"), STANDARD.replace("QUAL-1", "Q-2"));
    let at = find(PROGRAM, "width: int", 0);
    assert_eq!(renamed(&mut client, b, PROGRAM, at, "size"), PROGRAM.replace("width", "size"));
    let at = find(PROGRAM, "for i in", 0) + 4;
    let wanted = PROGRAM.replace("for i in", "for layer in").replace("{i}", "{layer}");
    assert_eq!(renamed(&mut client, b, PROGRAM, at, "layer"), wanted);
}

#[test]
fn rename_refuses_with_a_sentence() {
    let mut client = Client::start();
    let uri = "file:///tmp/a.lms";
    client.open(uri, "lms", STANDARD);
    let name = ("conforms(classifier", 9);
    for ((needle, inside), to, sentence) in [
        (("accuracy(classifier", 0), "precise", "`accuracy` belongs to the library"),
        (("classifier.max_len", 12), "longest", "`max_len` belongs to the library"),
        (("clause ARCH-1", 0), "rule", "`clause` is a word of the language"),
        (("eu-ai-act.annex", 0), "x", "is named by its catalogue"),
        (("\n\n", 0), "x", "there is no name here"),
        (name, "two words", "is not a name that can stand here"),
        (name, "1st", "is not a name that can stand here"),
        (name, "", "is not a name that can stand here"),
        (name, "not", "`not` is a word of the language"),
        (name, "reviews", "`reviews` cannot be the name"),
        (name, "accuracy", "`accuracy` cannot be the name"),
    ] {
        let mut params = here(uri, STANDARD, find(STANDARD, needle, 0) + inside);
        params["newName"] = json!(to);
        let (code, message) = client.refusal("textDocument/rename", params);
        assert_eq!(code, -32803, "{needle} -> {to}: {message}");
        assert!(message.contains(sentence), "{needle} -> {to}: {message}");
    }
}

#[test]
fn semantic_tokens_lie_in_the_text_and_say_what_names_are() {
    let mut client = Client::start();
    let (a, b) = ("file:///tmp/a.lms", "file:///tmp/b.lms");
    client.open(a, "lms", STANDARD);
    client.open(b, "lms", PROGRAM);
    let tokens = semantic(&mut client, a, STANDARD);
    let has = |words: &str, ty: &str, modifiers: u64| {
        let wanted = (words.to_owned(), ty.to_owned(), modifiers);
        assert!(tokens.contains(&wanted), "{wanted:?} in {tokens:?}");
    };
    has("// 🦀 标准: wide characters stand before everything.", "comment", 0);
    has("/// The article's model.", "comment", 4);
    has("clause", "keyword", 0);
    has("sentiment", "namespace", 1);
    has("classifier", "variable", 1);
    has("classifier", "variable", 0);
    has("article.TransformerBlockClassifier", "class", 2);
    has("max_len", "property", 2);
    has("\"权重🦀\"", "string", 0);
    has("conforms", "function", 2);
    has("QUAL-1", "interface", 1);
    has("positive", "enumMember", 1);
    has("0.75", "number", 0);
    has("ms", "type", 0);
    has("eu-ai-act.annex-xi-1-1-d", "decorator", 0);
    let tokens = semantic(&mut client, b, PROGRAM);
    let of =
        |words: &str| tokens.iter().filter(|token| token.0 == words).map(|token| token.1.as_str()).collect::<Vec<_>>();
    assert_eq!(of("seq"), ["typeParameter"; 4]);
    assert_eq!(of("i"), ["variable"; 2]);
    assert_eq!(of("\"layer.{"), ["string"]);
    assert_eq!(of("linear"), ["function"; 2]);
    assert_eq!(of("let"), ["keyword"; 3]);
}

#[test]
fn outline_and_folds_follow_the_text() {
    let mut client = Client::start();
    let uri = "file:///tmp/a.lms";
    client.open(uri, "lms", STANDARD);
    let document = json!({ "textDocument": { "uri": uri } });
    let outline = client.result("textDocument/documentSymbol", document.clone());
    let names = |item: &Value| -> Vec<String> {
        let children = item["children"].as_array().unwrap().iter();
        children.map(|child| child["name"].as_str().unwrap().to_owned()).collect()
    };
    let standard = &outline[0];
    assert_eq!(standard["name"], "sentiment");
    assert_eq!(names(standard), ["classifier", "reviews", "quality", "ARCH-1", "QUAL-1", "OPS-1", "GOV-1"]);
    assert_eq!(names(&standard["children"][1]), ["text", "label", "test"]);
    assert_eq!(words(STANDARD, &standard["children"][3]["selectionRange"]), "ARCH-1");
    assert!(words(STANDARD, &standard["children"][3]["range"]).ends_with("annex-xi-1-1-d }"));
    let folds = client.result("textDocument/foldingRange", document);
    let first = |needle: &str| position(STANDARD, find(STANDARD, needle, 0))["line"].as_u64().unwrap();
    let fold = json!({ "startLine": first("dataset reviews"), "endLine": first("split test") });
    assert!(folds.as_array().unwrap().contains(&fold), "{folds}");
}
