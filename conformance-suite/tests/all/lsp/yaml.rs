//! A YAML document over a whole session.

use super::YAML;
use super::client::{Client, find, here, hover, offset, range, renamed, semantic, words};
use serde_json::{Value, json};

#[test]
fn a_yaml_document_is_served_like_the_other_spelling() {
    let mut client = Client::start();
    let uri = "file:///tmp/c.yaml";
    assert_eq!(client.open(uri, "yaml", YAML), Vec::<Value>::new());
    let cases = [
        ("conforms(classifier", 9, "model classifier = article.TransformerBlockClassifier", "classifier"),
        ("and quality(", 4, "metric quality = 0.5 * accuracy + 0.5 * f1(positive)", "quality"),
        ("num_labels == 2", 2, "num_labels: int in 1..=1_000_000 from num_labels, count(id2label) = 2", "num_labels"),
        ("f1(positive)", 4, "positive: a label of `reviews.label`", "positive"),
    ];
    for (needle, inside, expected, place) in cases {
        let (shown, at) = hover(&mut client, uri, YAML, find(YAML, needle, 0) + inside);
        assert!(shown.contains(expected) && at == place, "{needle}: {shown} at {at}");
    }
    let found = client.result("textDocument/definition", here(uri, YAML, find(YAML, "reviews.test", 0) + 8));
    assert_eq!(offset(YAML, &found["range"]["start"]), find(YAML, "test: {", 0));
    let at = find(YAML, "conforms(classifier", 0) + 10;
    assert_eq!(renamed(&mut client, uri, YAML, at, "encoder"), YAML.replace("classifier", "encoder"));
    let tokens = semantic(&mut client, uri, YAML);
    for (words, ty) in [
        ("QUAL-1", "interface"),
        ("accuracy", "function"),
        ("and", "keyword"),
        ("0.75", "number"),
        ("# 🦀 标准", "comment"),
    ] {
        assert!(tokens.iter().any(|token| token.0 == words && token.1 == ty), "{words}: {tokens:?}");
    }
    let outline = client.result("textDocument/documentSymbol", json!({ "textDocument": { "uri": uri } }));
    assert_eq!(outline[0]["children"].as_array().unwrap().len(), 5, "{outline}");
    let at = find(YAML, "reviews.test) >= 75%", 0) + 8;
    client.change(uri, 2, json!([{ "range": range(YAML, at, at + 4), "text": "tset" }]));
    let faults = client.faults(uri, 2);
    assert_eq!(words(&YAML.replacen("reviews.test) >= 75%", "reviews.tset) >= 75%", 1), &faults[0]["range"]), "tset");
    client.change(uri, 3, json!([{ "text": YAML }]));
    assert_eq!(client.faults(uri, 3), Vec::<Value>::new());
    assert_eq!(client.end(), 0);
}
