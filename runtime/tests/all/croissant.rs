//! Croissant files: the two of the sentiment example, other ways to write the same, each fault with its place, what is
//! written read back, hostile bytes, and the same dataset in the language.

use lmstd_grammar::source::{SourceMap, Spelling};
use lmstd_runtime::croissant::{
    Creator, Croissant, DataType, Edition, Fault, Field, FileObject, FileSet, RecordSet, read, spdx, spell, write,
};
use serde_json::{Value, json};
use std::path::Path;

fn bytes(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../conformance-suite/tests/croissant");
    std::fs::read(folder.join(name)).unwrap()
}

/// A file of two columns, which is right.
fn base() -> Value {
    json!({
        "@context": {
            "@language": "en", "@vocab": "https://schema.org/", "sc": "https://schema.org/",
            "cr": "http://mlcommons.org/croissant/", "dct": "http://purl.org/dc/terms/", "conformsTo": "dct:conformsTo"
        },
        "@type": "sc:Dataset",
        "name": "small",
        "conformsTo": "http://mlcommons.org/croissant/1.1",
        "license": "MIT",
        "distribution": [{
            "@type": "cr:FileObject", "@id": "a.csv", "contentUrl": "a.csv", "encodingFormat": "text/csv",
            "sha256": "ab".repeat(32)
        }],
        "recordSet": [{
            "@type": "cr:RecordSet",
            "@id": "a",
            "key": {"@id": "a/x"},
            "field": [
                {
                    "@type": "cr:Field", "@id": "a/x", "dataType": "sc:Text",
                    "source": {"fileObject": {"@id": "a.csv"}, "extract": {"column": "x"}}
                },
                {
                    "@type": "cr:Field", "@id": "a/y", "dataType": ["sc:Integer", "cr:Label"],
                    "source": {"fileObject": {"@id": "a.csv"}, "extract": {"column": "y"}}
                }
            ]
        }]
    })
}

/// The base with one member of the object at a JSON pointer set; null is as good as none.
fn with(object: &str, member: &str, value: Value) -> Value {
    let mut base = base();
    base.pointer_mut(object).unwrap().as_object_mut().unwrap().insert(member.to_owned(), value);
    base
}

fn read_value(value: &Value) -> Result<Croissant, Vec<Fault>> {
    read(value.to_string().as_bytes(), "case.json")
}

#[track_caller]
fn assert_faults(value: &Value, pointers: &[&str], part: &str) {
    let faults = read_value(value).expect_err(part);
    let found: Vec<&str> = faults.iter().map(|fault| fault.pointer.as_str()).collect();
    assert_eq!(found, pointers, "{faults:#?}");
    assert!(faults[0].message.contains(part), "{part}: {}", faults[0]);
    for fault in &faults {
        assert!(fault.message.ends_with('.') && fault.mend.ends_with('.'), "{fault}");
    }
}

// --- the two files ----------------------------------------------------------------------------------------------

#[test]
fn the_sentiment_file_is_read_as_it_is() {
    let croissant = read(&bytes("valid.json"), "valid.json").unwrap();
    assert_eq!(croissant.edition, Edition::V1_0);
    assert_eq!(croissant.name, "vader-movie-review-snippets");
    assert_eq!(croissant.version.as_deref(), Some("1.0.0"));
    assert_eq!(croissant.licences, ["https://opensource.org/licenses/MIT"]);
    assert_eq!(croissant.spdx().as_deref(), Some("MIT"));
    assert_eq!(croissant.url.as_deref(), Some("https://github.com/cjhutto/vaderSentiment"));
    assert_eq!(croissant.published.as_deref(), Some("2014-06-01"));
    assert!(croissant.cite_as.as_deref().unwrap().starts_with("Hutto, C.J."));
    assert_eq!(croissant.creators, [Creator { name: "C.J. Hutto".to_owned(), is_organisation: false }]);
    assert!(croissant.facts.is_empty() && croissant.keywords.is_empty() && croissant.file_sets.is_empty());
    let files: Vec<(&str, &str)> =
        croissant.files.iter().map(|file| (file.id.as_str(), &file.sha256.as_deref().unwrap()[..8])).collect();
    assert_eq!(files, [("train.csv", "173c1e0a"), ("validation.csv", "a433a61f"), ("test.csv", "e1cf471c")]);
    assert!(croissant.files.iter().all(|file| !file.is_remote() && file.encoding_format == "text/csv"));
    let sets: Vec<&str> = croissant.sets.iter().map(|set| set.id.as_str()).collect();
    assert_eq!(sets, ["train", "validation", "test"]);
    for set in &croissant.sets {
        let columns: Vec<(&str, &DataType)> =
            set.fields.iter().map(|field| (field.column.as_deref().unwrap(), &field.data_type)).collect();
        let wanted = [
            ("id", &DataType::Integer),
            ("rating", &DataType::Float),
            ("label", &DataType::Integer),
            ("text", &DataType::Text),
        ];
        assert_eq!(columns, wanted);
        assert!(set.fields.iter().all(|field| field.file == format!("{}.csv", set.name) && !field.is_label));
    }
    assert_eq!(read(write(&croissant).as_bytes(), "again"), Ok(croissant));
}

#[test]
fn the_broken_file_is_well_formed_and_only_its_data_are_not() {
    let croissant = read(&bytes("broken.json"), "broken.json").unwrap();
    assert_eq!(croissant.file("test.csv").unwrap().sha256, Some("0".repeat(64)));
    assert_eq!(croissant.sets[0].fields[2].column.as_deref(), Some("lable"));
}

// --- ways to write the same -------------------------------------------------------------------------------------

#[test]
fn what_means_the_same_reads_as_the_same() {
    let plain = read_value(&base()).unwrap();
    let other = json!({
        "@context": {
            "@vocab": "http://schema.org/", "croissant": "http://mlcommons.org/croissant/",
            "recordSet": "croissant:recordSet", "dataType": {"@id": "croissant:dataType", "@type": "@vocab"}
        },
        "@type": ["Dataset", "https://schema.org/CreativeWork"],
        "https://schema.org/name": {"@value": "small"},
        "dct:conformsTo": [{"@id": "http://mlcommons.org/croissant/RAI/1.0"}, "http://mlcommons.org/croissant/1.1"],
        "sc:license": {"@type": "CreativeWork", "name": "MIT"},
        "distribution": {
            "@type": "croissant:FileObject", "@id": "a.csv", "name": "a.csv", "contentUrl": "./a.csv",
            "encodingFormat": ["text/plain", "text/csv"], "sha256": "AB".repeat(32), "contentSize": "12 MB"
        },
        "recordSet": {
            "@type": "RecordSet", "@id": "a", "key": "x", "examples": [{"x": 1}],
            "field": [
                {
                    "@type": "http://mlcommons.org/croissant/Field", "@id": "a/x", "dataType": "Text",
                    "source": {"fileObject": "a.csv", "extract": {"column": "x"}, "transform": []}
                },
                {
                    "@type": "cr:Field", "@id": "a/y", "isArray": false,
                    "dataType": ["cr:Label", {"@id": "https://schema.org/Integer"}],
                    "source": {"fileObject": {"@id": "a.csv"}, "croissant:extract": {"column": "y"}}
                }
            ]
        }
    });
    assert_eq!(read_value(&other), Ok(plain));
}

#[test]
fn the_first_version_takes_its_own_address() {
    let old = read_value(&with("", "conformsTo", json!("http://mlcommons.org/croissant/1.0"))).unwrap();
    assert_eq!(old.edition, Edition::V1_0);
    let texts = json!({"de": "klein", "en": "small"});
    let new = read_value(&with("", "name", texts.clone())).unwrap();
    assert_eq!((new.edition, new.name.as_str()), (Edition::V1_1, "small"));
    let mut value = with("", "name", texts);
    value["conformsTo"] = json!("http://mlcommons.org/croissant/1.0");
    assert_faults(&value, &["name", "name"], "not a text");
}

#[test]
fn addresses_of_the_web_are_kept_and_told() {
    let url = "https://example.org/a.csv?raw=1";
    let croissant = read_value(&with("/distribution/0", "contentUrl", json!(url))).unwrap();
    assert_eq!(croissant.files[0].content_url, url);
    assert!(croissant.files[0].is_remote());
    let faults = spell(&croissant).unwrap_err();
    assert_eq!(faults[0].pointer, "recordSet[0]");
    assert!(faults[0].message.contains("nothing is fetched"), "{}", faults[0]);
}

#[test]
fn facts_of_responsible_ai_have_their_names_and_texts() {
    let mut value = base();
    let root = value.as_object_mut().unwrap();
    root.insert("rai:dataCollection".into(), json!("crawled"));
    root.insert("rai:dataCollectionTimeFrame".into(), json!(["2019-01-01", "2021-06-30"]));
    root.insert("dataBiases".into(), json!(["a", {"@type": "sc:DefinedTerm", "name": "b"}]));
    root.insert("rai:annotationsPerItem".into(), json!(20));
    root.insert("publisher".into(), json!({"@type": "sc:Organization", "name": "passed over"}));
    let facts = read_value(&value).unwrap().facts;
    let told: Vec<(&str, &str)> = facts.iter().map(|(name, fact)| (name.as_str(), fact.as_str())).collect();
    let wanted = [
        ("dataCollection", "crawled"),
        ("dataCollectionTimeframe", "2019-01-01/2021-06-30"),
        ("dataBiases", "a; b"),
        ("annotationsPerItem", "20"),
    ];
    assert_eq!(told, wanted);
}

#[test]
fn licences_tell_their_identifier_or_none() {
    for (written, id) in [
        ("MIT", "MIT"),
        ("mit license", "MIT"),
        ("Apache License 2.0", "Apache-2.0"),
        ("CC BY-SA 4.0", "CC-BY-SA-4.0"),
        ("cc0", "CC0-1.0"),
        ("https://opensource.org/licenses/MIT", "MIT"),
        ("https://opensource.org/license/bsd-3-clause/", "BSD-3-Clause"),
        ("https://creativecommons.org/licenses/by/4.0/", "CC-BY-4.0"),
        ("http://www.creativecommons.org/licenses/by-nc-nd/3.0/deed.de", "CC-BY-NC-ND-3.0"),
        ("https://creativecommons.org/publicdomain/zero/1.0/", "CC0-1.0"),
        ("https://www.apache.org/licenses/LICENSE-2.0.html", "Apache-2.0"),
        ("https://spdx.org/licenses/ODbL-1.0.html", "ODbL-1.0"),
        ("https://opendatacommons.org/licenses/odbl/1-0/", "ODbL-1.0"),
        ("https://choosealicense.com/licenses/cc-by-4.0/", "CC-BY-4.0"),
        ("https://cdla.dev/permissive-2-0/", "CDLA-Permissive-2.0"),
    ] {
        assert_eq!(spdx(written).as_deref(), Some(id), "{written}");
    }
    for written in [
        "",
        "other",
        "CC BY 5.0",
        "https://www.gnu.org/licenses/gpl-3.0.html",
        "https://creativecommons.org/licenses/by/3.0/us/",
        "https://example.org/licenses/MIT",
        "MIT OR Apache-2.0",
    ] {
        assert_eq!(spdx(written), None, "{written}");
    }
    let croissant = read_value(&with("", "license", json!(["MIT", "CC0-1.0"]))).unwrap();
    assert_eq!((croissant.licences.len(), croissant.spdx()), (2, None));
}

// --- faults -----------------------------------------------------------------------------------------------------

#[test]
fn faults_of_the_whole_have_their_places() {
    let sources = ["recordSet[0].field[0].source.fileObject", "recordSet[0].field[1].source.fileObject"];
    for (object, member, value, pointer, part) in [
        ("", "@context", json!(null), "@context", "missing"),
        ("", "@context", json!("https://schema.org/"), "@context", "fetched"),
        ("/@context", "@vocab", json!("http://example.org/"), "@context.@vocab", "schema.org"),
        ("/@context", "@import", json!("http://example.org/"), "@context.@import", "fetched"),
        ("/@context", "column", json!("sc:name"), "@context.column", "the meaning `sc:name`"),
        ("/@context", "licence", json!("sc:license"), "@context.licence", "the meaning `sc:license`"),
        ("/@context", "sha256", json!({"@id": "ex:sha256"}), "@context.sha256", "the meaning `ex:sha256`"),
        ("/@context", "sc", json!("http://example.org/"), "@context.sc", "prefix `sc`"),
        ("/@context", "cr", json!({"@id": "ex:cr"}), "@context.cr", "prefix `cr`"),
        ("/@context", "id", json!("@id"), "@context.id", "the meaning `@id`"),
        ("", "@type", json!("sc:Article"), "@type", "`sc:Article`"),
        ("", "@type", json!(null), "@type", "missing"),
        ("", "@graph", json!([]), "@graph", "graph"),
        ("", "conformsTo", json!(null), "conformsTo", "does not say"),
        ("", "conformsTo", json!("http://mlcommons.org/croissant/0.8"), "conformsTo", "croissant/0.8"),
        ("", "name", json!(null), "name", "no name"),
        ("", "name", json!(" "), "name", "no name"),
        ("", "sc:name", json!("small"), "sc:name", "one property"),
        ("", "license", json!(null), "license", "no licence"),
        ("", "license", json!({"@type": "CreativeWork"}), "license", "An object stands"),
        ("", "license", json!(["MIT", ""]), "license[1]", "empty"),
        ("", "description", json!(["a", "b"]), "description", "several"),
        ("", "datePublished", json!("yesterday"), "datePublished", "no date"),
        ("", "datePublished", json!("2014-13-01"), "datePublished", "no date"),
        ("", "creator", json!([{"@type": "sc:Person"}]), "creator[0]", "An object stands"),
        ("", "rai:dataBiases", json!([["a"]]), "rai:dataBiases[0]", "A list stands"),
    ] {
        assert_faults(&with(object, member, value), &[pointer], part);
    }
    let none = with("", "distribution", json!(null));
    assert_faults(&none, &["distribution", sources[0], sources[1]], "distribution is missing");
}

#[test]
fn faults_of_files_have_their_places() {
    let url = "distribution[0].contentUrl";
    for (member, value, pointer, part) in [
        ("sha256", json!("abc"), "distribution[0].sha256", "no SHA-256"),
        ("sha256", json!("g".repeat(64)), "distribution[0].sha256", "no SHA-256"),
        ("contentSize", json!("big"), "distribution[0].contentSize", "no size"),
        ("contentSize", json!("-1 B"), "distribution[0].contentSize", "no size"),
        ("encodingFormat", json!(null), "distribution[0].encodingFormat", "missing"),
        ("@type", json!("sc:DataDownload"), "distribution[0].@type", "sc:DataDownload"),
        ("contentUrl", json!(null), url, "no contentUrl"),
        ("contentUrl", json!("../a.csv"), url, "`..`"),
        ("contentUrl", json!("data/../../a.csv"), url, "`..`"),
        ("contentUrl", json!("/etc/passwd"), url, "absolute"),
        ("contentUrl", json!("//host/a.csv"), url, "absolute"),
        ("contentUrl", json!("C:\\a.csv"), url, "backslash"),
        ("contentUrl", json!("C:/a.csv"), url, "only http and https"),
        ("contentUrl", json!("file:///a.csv"), url, "only http and https"),
        ("contentUrl", json!("a%2F..%2fb.csv"), url, "behind `%`"),
        ("contentUrl", json!("data//a.csv"), url, "empty"),
        ("contentUrl", json!("."), url, "empty"),
        ("contentUrl", json!("a\u{202e}vsc.csv"), url, "cannot be seen"),
        ("contentUrl", json!("https://example.org/a b"), url, "no blanks"),
    ] {
        assert_faults(&with("/distribution/0", member, value), &[pointer], part);
    }
    let sources = ["recordSet[0].field[0].source.fileObject", "recordSet[0].field[1].source.fileObject"];
    for (member, value, pointers, part) in [
        ("encodingFormat", json!("application/zip"), vec![sources[0], sources[1]], "CSV, JSON lines and Parquet"),
        (
            "containedIn",
            json!({"@id": "z.zip"}),
            vec!["distribution[0].containedIn", sources[0], sources[1]],
            "has the id `z.zip`",
        ),
        ("@id", json!(null), vec!["distribution[0].@id", sources[0], sources[1]], "missing"),
        ("@id", json!("a b.csv"), vec!["distribution[0].@id", sources[0], sources[1]], "blanks"),
    ] {
        assert_faults(&with("/distribution/0", member, value), &pointers, part);
    }
    for (includes, part) in [("**/*.png", "more than is read"), ("a/*/b.png", "more than"), ("../*.png", "`..`")] {
        let set = json!({"@type": "cr:FileSet", "@id": "s", "encodingFormat": "image/png", "includes": includes});
        let mut value = base();
        value["distribution"].as_array_mut().unwrap().push(set);
        assert_faults(&value, &["distribution[1].includes"], part);
    }
}

#[test]
fn faults_of_record_sets_have_their_places() {
    let (set, field, source) = ("/recordSet/0", "/recordSet/0/field/1", "/recordSet/0/field/1/source");
    for (object, member, value, pointer, part) in [
        (set, "@id", json!("a.csv"), ".@id", "first at `distribution[0]`"),
        (set, "@context", json!({}), ".@context", "@context"),
        (set, "data", json!([{"a/x": 1}]), ".data", "inside the description"),
        (set, "key", json!({"@id": "a/z"}), ".key", "`a/z`"),
        (set, "key", json!([{"@id": "a/x"}, {"@id": "a/y"}]), ".key", "several"),
        (set, "annotation", json!({"source": {"@id": "a.csv"}}), ".annotation", "Annotations"),
        (field, "@id", json!("a/x"), ".field[1].@id", "stands twice"),
        (field, "dataType", json!("sc:Sting"), ".field[1].dataType", "`sc:Sting`"),
        (field, "dataType", json!("wd:Q1"), ".field[1].dataType", "`wd:Q1`"),
        (field, "dataType", json!(null), ".field[1].dataType", "no dataType"),
        (field, "dataType", json!(["sc:Text", "sc:Integer"]), ".field[1].dataType", "two types"),
        (field, "repeated", json!("yes"), ".field[1].repeated", "truth value"),
        (field, "arrayShape", json!("2,3"), ".field[1].arrayShape", "`2,3`"),
        (field, "references", json!({"@id": "b/x"}), ".field[1].references", "join"),
        (field, "subField", json!([{}]), ".field[1].subField", "inside a field"),
        (field, "value", json!(3), ".field[1].value", "constant"),
        (field, "source", json!(null), ".field[1].source", "no source"),
        (field, "source", json!({"@id": "a/x"}), ".field[1].source", "join"),
        (field, "source", json!({"field": {"@id": "a/x"}}), ".field[1].source.field", "join"),
        (field, "source", json!({"extract": {"column": "y"}}), ".field[1].source", "one file"),
        (source, "fileSet", json!({"@id": "a.csv"}), ".field[1].source", "one file"),
        (source, "fileObject", json!({"@id": "b.csv"}), ".field[1].source.fileObject", "`b.csv`"),
        (source, "extract", json!(null), ".field[1].source.fileObject", "name a column"),
        (source, "transform", json!({"regex": "x"}), ".field[1].source.transform", "transform"),
        (source, "format", json!("dd/MM/yyyy"), ".field[1].source.format", "not converted"),
        (source, "samplingRate", json!(8_000), ".field[1].source.samplingRate", "not read"),
        (source, "extract", json!({"jsonPath": "$.y", "column": "y"}), ".field[1].source.extract.jsonPath", "path"),
        (source, "extract", json!({"fileProperty": "lines"}), ".field[1].source.fileObject", "`lines`"),
    ] {
        assert_faults(&with(object, member, value), &[&format!("recordSet[0]{pointer}")], part);
    }
    let mut value = base();
    value["recordSet"][0]["field"] = json!(null);
    assert_faults(&value, &["recordSet[0].field", "recordSet[0].key"], "no field");
    let mut value = base();
    let file = json!({"@type": "cr:FileObject", "@id": "b.csv", "contentUrl": "b.csv", "encodingFormat": "text/csv"});
    value["distribution"].as_array_mut().unwrap().push(file);
    value["recordSet"][0]["field"][1]["source"]["fileObject"] = json!("b.csv");
    assert_faults(&value, &["recordSet[0]"], "several files");
}

#[test]
fn all_faults_are_told_in_one_run_up_to_a_number() {
    let mut value = with("", "license", json!(null));
    value["distribution"][0]["sha256"] = json!("x");
    value["recordSet"][0]["field"][0]["dataType"] = json!("sc:Sting");
    let pointers = ["license", "distribution[0].sha256", "recordSet[0].field[0].dataType"];
    assert_faults(&value, &pointers, "no licence");
    let mut value = base();
    value["distribution"].as_array_mut().unwrap().extend(vec![json!({}); 1_000]);
    let faults = read_value(&value).unwrap_err();
    assert_eq!(faults.len(), 201);
    // Each has no type, id, address and media type.
    assert_eq!(faults[200].message, "3800 more faults are not listed.");
}

// --- hostile bytes ----------------------------------------------------------------------------------------------

#[test]
fn what_is_no_json_object_is_refused_whole() {
    let large = vec![b' '; (16 << 20) + 1];
    let deep = "[".repeat(100_000);
    let hidden = r#"{"@type": "sc:Dataset", "recordSet": [{"field": [{"sha256": 1, "sha256": 2}]}]}"#;
    let cases: [(&[u8], &str); 10] = [
        (b"", "cannot be read"),
        (b"\xff{}", "UTF-8"),
        (b"{} {}", "cannot be read"),
        (b"{\"name\": NaN}", "cannot be read"),
        (&large, "too large"),
        (deep.as_bytes(), "cannot be read"),
        (br#"{"name": 1, "n\u0061me": 2}"#, "`name` stands twice"),
        (hidden.as_bytes(), "`sha256` stands twice"),
        (b"[{}]", "a list, not an object"),
        (b"\"https://example.org\"", "a text, not an object"),
    ];
    for (bytes, part) in cases {
        let faults = read(bytes, "hostile.json").unwrap_err();
        let [fault] = &faults[..] else { panic!("{faults:?}") };
        assert_eq!(fault.pointer, "$");
        assert!(fault.message.contains(part) && fault.message.contains("hostile.json"), "{part}: {fault}");
        assert!(fault.mend.ends_with('.'), "{fault}");
    }
}

#[test]
fn damaged_files_never_panic() {
    let whole = bytes("valid.json");
    for end in (0..whole.len() - 1).step_by(61) {
        assert!(read(&whole[..end], "cut").is_err(), "{end}");
    }
    for at in (0..whole.len()).step_by(17) {
        for flip in [1, 0x20, 0x80] {
            let mut damaged = whole.clone();
            damaged[at] ^= flip;
            if let Ok(croissant) = read(&damaged, "flipped") {
                assert_eq!(read(write(&croissant).as_bytes(), "again").as_ref(), Ok(&croissant), "{at} {flip}");
                let _ = spell(&croissant);
            }
        }
    }
}

#[test]
fn foreign_text_in_messages_is_escaped_and_short() {
    let long = format!("\u{1b}[31m\u{202e}{}", "x".repeat(10_000));
    let mut value = with("/recordSet/0/field/1", "dataType", json!(long));
    value["recordSet"][0]["field"][1]["source"][long.as_str()] = json!(1);
    value["distribution"][0]["contentUrl"] = json!(long);
    for fault in read_value(&value).unwrap_err() {
        let shown = fault.to_string();
        assert!(shown.len() < 1_000 && !shown.contains(['\u{1b}', '\u{202e}']), "{shown}");
    }
}

// --- written ----------------------------------------------------------------------------------------------------

/// A dataset with every part.
fn full(edition: Edition) -> Croissant {
    let text = |text: &str| text.to_owned();
    let field = |id: &str, data_type: DataType| Field {
        id: format!("t/{id}"),
        name: text(id),
        data_type,
        file: text("t"),
        column: Some(text(id)),
        ..Field::default()
    };
    let file = FileObject {
        id: text("t"),
        name: text("t.parquet"),
        content_url: text("data/t.parquet"),
        encoding_format: text("application/vnd.apache.parquet"),
        sha256: Some("0f".repeat(32)),
        content_size: Some(u64::MAX),
        contained_in: None,
    };
    let zip = FileObject { id: text("zip"), encoding_format: text("application/zip"), sha256: None, ..file.clone() };
    let inner = FileObject { id: text("inner"), contained_in: Some(text("zip")), content_size: None, ..file.clone() };
    let images = FileSet {
        id: text("images"),
        name: text("images"),
        includes: vec![text("images/*.png"), text("more/*.png")],
        encoding_format: text("image/png"),
        contained_in: None,
    };
    let image = Field {
        file: text("images"),
        column: None,
        property: Some(text("content")),
        ..field("image", DataType::Image)
    };
    let types = [DataType::Text, DataType::Float, DataType::Bool, DataType::Date, DataType::Url, DataType::Audio];
    let mut fields: Vec<Field> = types.into_iter().map(|ty| field(&format!("c{}", &ty.name()[3..]), ty)).collect();
    fields[0].repeated = true;
    fields[0].description = Some(text("Words, \"quoted\"\nand more."));
    fields.push(Field { is_label: true, semantic: vec![text("cr:Int8")], ..field("label", DataType::Integer) });
    fields.push(field("when", DataType::Other(text("sc:DateTime"))));
    Croissant {
        edition,
        name: text("täst “x” \\ \"y\""),
        description: Some(text("A test.")),
        version: Some(text("1.2.3")),
        licences: vec![text("MIT"), text("https://creativecommons.org/licenses/by/4.0/")],
        url: Some(text("https://example.org/")),
        cite_as: Some(text("Nobody")),
        creators: vec![
            Creator { name: text("A"), is_organisation: false },
            Creator { name: text("B"), is_organisation: true },
        ],
        published: Some(text("2026-01-31T10:00:00Z")),
        languages: vec![text("en")],
        keywords: vec![text("k"), text("l")],
        facts: [("dataUseCases", "tests"), ("dataCollection", "written")].map(|(a, b)| (text(a), text(b))).into(),
        files: vec![file, zip, inner],
        file_sets: vec![images],
        sets: vec![
            RecordSet {
                id: text("table"),
                name: text("table"),
                description: Some(text("Rows.")),
                key: Some(text("t/when")),
                fields,
            },
            RecordSet { id: text("pictures"), name: text("p"), fields: vec![image], ..RecordSet::default() },
        ],
    }
}

#[test]
fn what_is_written_reads_back() {
    for edition in [Edition::V1_0, Edition::V1_1] {
        let croissant = full(edition);
        let text = write(&croissant);
        assert_eq!(read(text.as_bytes(), "written"), Ok(croissant.clone()));
        let mut turned = croissant.clone();
        turned.facts.reverse();
        assert_eq!(write(&turned), text, "equal values, equal bytes");
        let value: Value = serde_json::from_str(&text).unwrap();
        let list = if edition == Edition::V1_0 { "repeated" } else { "isArray" };
        assert_eq!(value["recordSet"][0]["field"][0][list], json!(true));
        assert_eq!(value["recordSet"][0]["field"][6]["dataType"], json!(["sc:Integer", "cr:Int8", "cr:Label"]));
        assert_eq!(value["conformsTo"][0], json!(edition.address()));
        assert_eq!(value["creator"][1], json!({"@type": "sc:Organization", "name": "B"}));
    }
    let small = read_value(&base()).unwrap();
    let value: Value = serde_json::from_str(&write(&small)).unwrap();
    let wanted = json!({
        "@type": "cr:FileObject", "@id": "a.csv", "name": "a.csv", "contentUrl": "a.csv", "encodingFormat": "text/csv",
        "sha256": "ab".repeat(32)
    });
    assert_eq!(value["distribution"], json!([wanted]));
}

// --- in the language --------------------------------------------------------------------------------------------

#[track_caller]
fn assert_parses(text: &str) {
    let mut sources = SourceMap::default();
    let file = sources.add("case.lms", format!("standard case 1.0.0 {{\n{text}}}\n"), Spelling::Lms);
    let (_, errors) = lmstd_grammar::parse(file, &sources);
    assert!(errors.is_empty(), "{errors:?}\n{text}");
}

#[test]
fn the_sentiment_file_is_a_dataset_of_three_splits() {
    let croissant = read(&bytes("valid.json"), "valid.json").unwrap();
    let text = spell(&croissant).unwrap();
    let (about, rest) = text.split_once('\n').unwrap();
    assert_eq!(about, format!("/// {}", croissant.description.unwrap()));
    let wanted = "\
dataset vader_movie_review_snippets {
  id: int
  rating: real
  label: int
  text: text
  source vader_movie_review_snippets {
    url: \"https://github.com/cjhutto/vaderSentiment\"
    licence: \"MIT\"
  }
  split train from \"train.csv\" { rows >= 1 }
  split validation from \"validation.csv\" { rows >= 1 }
  split test from \"test.csv\" { rows >= 1 }
}
";
    assert_eq!(rest, wanted);
    assert_parses(&text);
}

#[test]
fn hostile_names_and_texts_are_spelled_so_that_they_parse() {
    let mut croissant = read_value(&base()).unwrap();
    croissant.name = "in".to_owned();
    croissant.description = Some("/ }\n\u{202e} {{ \"".to_owned());
    croissant.url = Some("https://example.org/\"}\n\u{0}\\{i}".to_owned());
    croissant.licences = vec!["a".to_owned(), "b \"c\"".to_owned()];
    let facts = [
        ("dataCollection", "x".repeat(2_000)),
        ("annotationsPerItem", "20".to_owned()),
        ("dataAnnotationAnalysis", "kappa 0.8".to_owned()),
    ];
    croissant.facts = facts.map(|(name, fact)| (name.to_owned(), fact)).into();
    let mut second = croissant.sets[0].clone();
    second.fields[0].data_type = DataType::Integer;
    second.fields[1].data_type = DataType::Float;
    for name in ["a", "1 2", "", "where"] {
        croissant.sets.push(RecordSet { name: name.to_owned(), ..second.clone() });
    }
    croissant.files[0].content_url = "data/a \"b\".csv".to_owned();
    let text = spell(&croissant).unwrap();
    assert_parses(&text);
    for part in [
        "dataset in_ {\n  x: text, unique, role id\n  y: real, role target\n  source in_ {\n",
        "url: \"https://example.org/\\\"}\\n\\u{0}\\\\{i}\"\n",
        "licence: \"a, b \\\"c\\\"\"\n",
        "  annotation {\n    annotators: 20\n    agreement: \"kappa 0.8\"\n  }\n",
        "  split a from \"data/a \\\"b\\\".csv\" { rows >= 1 }\n  split a_2 from",
        "  split _1_2 from",
        "  split data from",
        "  split where_ from",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert!(text.len() < 3_000, "texts are cut");
}

#[test]
fn what_the_language_cannot_say_is_told_with_its_place() {
    let faults = spell(&full(Edition::V1_1)).unwrap_err();
    let pointers: Vec<&str> = faults.iter().map(|fault| fault.pointer.as_str()).collect();
    assert_eq!(pointers, ["recordSet[1].field[0]", "recordSet[1]"], "{faults:#?}");
    let mut croissant = read_value(&base()).unwrap();
    croissant.sets[0].fields[0].column = Some("review text".to_owned());
    croissant.sets[0].fields[1].repeated = true;
    let faults = spell(&croissant).unwrap_err();
    assert_eq!(faults[0].mend, "Name it `review_text` in the file and in the description.");
    assert_eq!(faults[1].pointer, "recordSet[0].field[1]");
    croissant.sets.clear();
    assert_eq!(spell(&croissant).unwrap_err()[0].pointer, "recordSet");
}

#[test]
fn sets_of_other_columns_are_datasets_of_their_own() {
    let mut croissant = read_value(&base()).unwrap();
    let mut other = croissant.sets[0].clone();
    other.name = "other".to_owned();
    other.fields.truncate(1);
    other.description = Some("One column.".to_owned());
    croissant.sets.push(other);
    let text = spell(&croissant).unwrap();
    assert!(text.starts_with("dataset small_a {\n"), "{text}");
    assert!(text.contains("}\n\n/// One column.\ndataset small_other {\n  x: text, unique, role id\n"), "{text}");
    assert_parses(&text);
}
