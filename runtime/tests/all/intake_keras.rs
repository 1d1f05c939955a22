//! Files that Keras wrote, against what h5py reads of them (`tests/hdf5/make.py`), and configs that would run code.

use crate::files::{Read, all, fault, goldens, read_with, stored};
use crate::mutate::{self, rounds};
use lmstd_runtime::intake::error::IntakeError;
use lmstd_runtime::intake::keras::{self, KerasModel};
use rand_chacha::rand_core::Rng;
use serde_json::{Value, json};

fn read(bytes: &[u8]) -> Result<Read, IntakeError> {
    read_with("model.keras", bytes, &|file| Ok(keras::read(file)?.tensors))
}

fn model(file: &str) -> KerasModel {
    let folder = all("model.h5", &stored(&format!("hdf5/{file}")));
    keras::read(folder.1.file("model.h5").unwrap()).unwrap()
}

#[test]
fn every_weight_is_what_keras_saved() {
    let goldens = goldens("hdf5");
    for (file, count, skipped, version) in [
        ("model.h5", 8, 2, Some("3.15.1")),
        ("weights-only.h5", 8, 0, Some("3.15.1")),
        ("tensorflow.h5", 4, 1, Some("2.2.4-tf")),
    ] {
        let found = read(&stored(&format!("hdf5/{file}"))).unwrap_or_else(|error| panic!("{file}: {error}"));
        for (name, value) in &found {
            // The weights of a layer lie below its group, under their own names.
            let is_it = |path: &str| path.strip_suffix(":0").unwrap_or(path).ends_with(&format!("/{name}"));
            let mut stored = goldens.iter().filter(|(path, _)| path.starts_with(&format!("{file}/")) && is_it(path));
            assert_eq!(Some(value), stored.next().map(|(_, value)| value), "{file}/{name}");
            assert!(stored.next().is_none());
        }
        let model = model(file);
        assert_eq!((model.tensors.len(), model.skipped.len()), (count, skipped), "{file}");
        assert_eq!(model.version.as_deref(), version);
        assert_eq!(model.config.is_some(), file == "model.h5");
    }
    // In the order that the layers list them, and without what TensorFlow put behind the names.
    let names: Vec<String> = model("tensorflow.h5").tensors.into_keys().collect();
    assert_eq!(names, ["first/kernel", "first/bias", "last/kernel", "last/bias"]);
}

#[test]
fn an_archive_holds_the_same_weights() {
    let archived = read(&stored("hdf5/model.keras")).unwrap();
    assert_eq!(archived, read(&stored("hdf5/model.weights.h5")).unwrap());
    assert_eq!(archived.len(), 8);
    let model = model("model.keras");
    assert_eq!(model.version.as_deref(), Some("3.15.1"));
    assert_eq!(model.config.unwrap()["class_name"], "Sequential");
    assert_eq!(model.skipped, ["optimizer/vars/0", "optimizer/vars/1"]);
    assert_eq!(self::model("bfloat16.weights.h5").tensors["layers/dense/vars/0"].dtype.to_string(), "BF16");
}

/// An archive of these members, stored as they are.
fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut file, mut directory) = (Vec::new(), Vec::new());
    for (name, data) in members {
        let at = (file.len() as u32).to_le_bytes();
        let length = (data.len() as u32).to_le_bytes();
        let sizes = [&crc32fast::hash(data).to_le_bytes()[..], &length, &length].concat();
        let name_length = [&(name.len() as u16).to_le_bytes()[..], &[0; 2]].concat();
        let fields = [&[0; 8][..], &sizes, &name_length].concat();
        file.extend([&b"PK\x03\x04\0\0"[..], &fields[..], name.as_bytes(), data].concat());
        directory.extend([&b"PK\x01\x02\0\0\0\0"[..], &fields[..], &[0; 10], &at, name.as_bytes()].concat());
    }
    let (start, length) = ((file.len() as u32).to_le_bytes(), (directory.len() as u32).to_le_bytes());
    let count = (members.len() as u16).to_le_bytes();
    [&file[..], &directory, b"PK\x05\x06\0\0\0\0", &count, &count, &length, &start, &[0; 2]].concat()
}

fn keras_of(config: &str) -> Vec<u8> {
    let weights = stored("hdf5/model.weights.h5");
    zip(&[
        ("metadata.json", br#"{"keras_version": "3.15.1"}"#),
        ("config.json", config.as_bytes()),
        ("model.weights.h5", &weights),
    ])
}

#[test]
fn configs_name_no_code() {
    for config in [
        r#"{"module": "keras", "class_name": "Sequential", "config": {"layers": []}}"#,
        r#"{"module": "keras.src.models.functional", "class_name": "Functional", "config": {}}"#,
        r#"{"module": null, "class_name": "TransformerBlock", "config": {}, "registered_name": "TransformerBlock"}"#,
        r#"{"class_name": "Dense", "config": {"activation": "relu"}}"#,
        r#"{"class_name": "function", "module": "keras.activations", "config": "relu"}"#,
        r#"{"config": {"module": "a name that is no module of a class"}}"#,
    ] {
        assert!(read(&keras_of(config)).is_ok(), "{config}");
    }
    for config in [
        r#"{"module": "keras.layers", "class_name": "Lambda", "config": {}}"#,
        r#"{"class_name": "Lambda", "config": {"function": ["4wEAAAA=", null, null], "function_type": "lambda"}}"#,
        r#"{"layers": [{"config": {"activation": {"class_name": "__lambda__", "config": {"value": "4wEAAAA="}}}}]}"#,
        r#"{"module": "keras.layers", "class_name": "Mine", "config": {"function_type": "function"}}"#,
        r#"{"class_name": "TFOpLambda", "config": {"function": "io.write_file"}}"#,
        r#"{"module": "os", "class_name": "system", "config": "ls"}"#,
        r#"{"module": "os", "class_name": "function", "config": "system", "registered_name": "mine>system"}"#,
        r#"{"module": "builtins", "class_name": "function", "config": "exec"}"#,
        r#"{"module": "subprocess", "class_name": "Popen", "config": {}}"#,
        r#"{"module": "keras.utils", "class_name": "function", "config": "get_file"}"#,
        r#"{"module": "keras.src.utils.file_utils", "class_name": "function", "config": "get_file"}"#,
        r#"{"module": "keras.config", "class_name": "function", "config": "enable_unsafe_deserialization"}"#,
        r#"{"module": "kerasless.layers", "class_name": "Dense", "config": {}}"#,
        r#"{"module": ["keras"], "class_name": "Dense", "config": {}}"#,
    ] {
        assert_eq!(fault(read(&keras_of(config))).0, "custom_code", "{config}");
    }
    assert_eq!(fault(read(&keras_of(r#"{"a": 1, "a": 2}"#))).0, "duplicate_key");
    assert_eq!(fault(read(&keras_of("{"))).0, "malformed_json");
    assert_eq!(fault(read(&keras_of(&"[".repeat(200_000)))).0, "malformed_json");
}

#[test]
fn a_whole_model_that_names_code_is_refused() {
    // The config is an attribute of the file; a layer of it becomes a lambda of the same length.
    let mut bytes = stored("hdf5/model.h5");
    let class = br#""Dropout""#;
    let at = bytes.windows(class.len()).position(|part| part == class).unwrap();
    bytes[at..at + class.len()].copy_from_slice(br#""Lambda" "#);
    assert_eq!(fault(read(&bytes)).0, "custom_code");
}

#[test]
fn archives_hold_what_keras_writes() {
    let weights = stored("hdf5/model.weights.h5");
    let (metadata, config): ((&str, &[u8]), (&str, &[u8])) = (("metadata.json", b"{}"), ("config.json", b"{}"));
    let good = [metadata, config, ("model.weights.h5", &weights)];
    assert!(read(&zip(&good)).is_ok());
    let with = |more: (&str, &[u8])| fault(read(&zip(&[metadata, config, ("model.weights.h5", &weights), more])));
    assert!(read(&zip(&[good[0], good[1], good[2], ("assets/vocabulary.txt", b"a")])).is_ok());
    assert_eq!(with(("code.py", b"")).0, "malformed_header");
    assert_eq!(with(("../config.json", b"{}")).0, "unsafe_path");
    assert_eq!(with(("config.json", b"{}")).0, "malformed_header");
    assert_eq!(with(("model_00001.weights.h5", b"")).0, "unsupported_format");
    assert_eq!(fault(read(&zip(&[metadata, config]))).0, "malformed_header");
    assert_eq!(fault(read(&zip(&[metadata, config, ("model.weights.h5", &weights[..5000])]))).0, "truncated_file");
    let longer = [&weights[..], b"x"].concat();
    assert_eq!(fault(read(&zip(&[metadata, config, ("model.weights.h5", &longer)]))).0, "malformed_header");
}

#[test]
fn lists_of_names_and_tensors_agree() {
    let whole = stored("hdf5/tensorflow.h5");
    let with = |from: &[u8], to: &[u8]| {
        let mut bytes = whole.clone();
        let at = bytes.windows(from.len()).position(|part| part == from).unwrap();
        bytes[at..at + to.len()].copy_from_slice(to);
        fault(read(&bytes))
    };
    let broken = |why: &str| ("malformed_header".to_owned(), why.to_owned());
    // What stands first in the file are the names of attributes and the names that they list.
    assert_eq!(with(b"last/kernel:0last/bias:0", b"last/kernel:1"), broken("a tensor is not stored"));
    assert_eq!(with(b"weight_names", b"weight_namez"), broken("a list of names is missing"));
    assert_eq!(with(b"layer_names1", b"layer_names2"), broken("the file holds a tensor that no layer lists"));
    assert_eq!(with(b"layer_names1", b"layer_names0"), broken("an object has two attributes of one name"));
}

#[test]
fn mutated_archives_cost_little_and_never_panic() {
    let whole = stored("hdf5/model.keras");
    let marks = mutate::marks(&whole, &[&b"PK"[..], b"TREE"]);
    let mut chance = mutate::chance(13);
    let good = read(&whole).unwrap();
    let mut wrong = 0;
    for round in 0..rounds() {
        let found = read(&mutate::mutant(&whole, &marks, &mut chance, round));
        wrong += usize::from(mutate::refused(&found));
        // Every byte has a checksum, so that what is still read is the same.
        if let Ok(found) = found {
            assert_eq!(found, good);
        }
    }
    assert!(wrong > rounds() / 2, "{wrong}");
}

/// The members are changed and the archive is sound, so that no checksum stands before their readers.
#[test]
fn mutated_members_are_read_or_refused() {
    let initial = json!({"module": "keras.initializers", "class_name": "GlorotUniform", "config": {"seed": null}});
    let config = json!({"module": "keras", "class_name": "Sequential", "config": {"name": "s", "layers": [
        {"module": "keras.layers", "class_name": "Dense", "config": {"units": 4, "kernel_initializer": initial}},
        {"module": "keras.layers", "class_name": "Dropout", "config": {"rate": 0.5}, "registered_name": null}]}});
    let metadata = json!({"keras_version": "3.15.1", "date_saved": "2026-01-21@03:44:18"});
    let weights = stored("hdf5/model.weights.h5");
    let marks = mutate::marks(&weights, &[&b"TREE"[..], b"SNOD", b"HEAP", b"OHDR"]);
    let good = read(&keras_of(&config.to_string())).unwrap();
    let mut chance = mutate::chance(14);
    let (mut same, mut wrong) = (0, 0);
    for round in 0..rounds() {
        let text = |value: &Value| value.to_string().into_bytes();
        let (mut metadata, mut config, mut weights) = (text(&metadata), text(&config), weights.clone());
        let member = chance.next_u32() % 4;
        match member {
            0 => weights = mutate::mutant(&weights, &marks, &mut chance, round),
            1 => metadata = mutate::json(&serde_json::from_slice(&metadata).unwrap(), &mut chance, round),
            _ => config = mutate::json(&serde_json::from_slice(&config).unwrap(), &mut chance, round),
        }
        let archive = zip(&[("metadata.json", &metadata), ("config.json", &config), ("model.weights.h5", &weights)]);
        let found = read(&archive);
        if mutate::refused(&found) {
            wrong += 1;
        } else if member > 0 {
            assert_eq!(found.unwrap(), good, "the weights are what they were");
            same += 1;
        }
    }
    assert!(same > rounds() / 100 && wrong > rounds() / 10, "{same} same, {wrong} refused");
}
