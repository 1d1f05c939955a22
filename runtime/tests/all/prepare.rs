//! Tables of word vectors against gensim (`tests/embed/goldens.py`), and folders of pictures and recordings as data.

use lmstd_compiler::standard::{ColumnType, DatasetSpec, FieldSpec, SplitSpec, Step};
use lmstd_runtime::dataset::query::Engine;
use lmstd_runtime::dataset::table::Table;
use lmstd_runtime::dataset::{DataError, Limits};
use lmstd_runtime::prepare::{Files, Material, Preparation, Vectors};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

fn tests(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name)
}

fn embed(table: &str, sha256: &str) -> Vec<Step> {
    vec![Step::Lower, Step::Tokenise, Step::Embed { table: table.into(), sha256: sha256.into() }]
}

#[test]
fn vectors_are_those_of_gensim() {
    let goldens =
        candle_core::safetensors::load(tests("embed/goldens.safetensors"), &candle_core::Device::Cpu).unwrap();
    for name in ["glove", "word2vec"] {
        let file = format!("{name}.txt");
        let bytes = std::fs::read(tests("embed").join(&file)).unwrap();
        let steps = embed(&file, &hex::encode(Sha256::digest(&bytes)));
        let preparation = Preparation::new(&steps, Files::beside(&tests("embed/data.csv"))).unwrap();
        let found = preparation.cell(&ColumnType::Text, "The 鲸  CAFÉ the\t3.5 </s>").unwrap();
        let Material::Planes(planes) = found else { panic!("{found:?}") };
        assert_eq!(planes.shape, goldens[name].dims());
        let wanted: Vec<f32> = goldens[name].flatten_all().unwrap().to_vec1().unwrap();
        assert_eq!(planes.data, wanted, "{name}: bit for bit");
    }
}

#[test]
fn words_that_a_table_lacks_are_zeros() {
    let table = Vectors::parse(b"sea 1 2\nship -1.5 1e-3").unwrap();
    let found = table.embed(&["whale".into(), "ship".into()]);
    assert_eq!((found.shape, found.data), (vec![1, 2, 2], vec![0.0, 0.0, -1.5, 0.001]));
    assert_eq!(table.embed(&[]).shape, [1, 0, 2]);
}

#[test]
fn tables_that_lie_are_refused() {
    for (text, why) in [
        ("", "has no words"),
        ("3 2\nsea 1 2\n", "announces 3 words and has 1"),
        ("sea 1 2\nship 1\n", "has a line 2 with 1 numbers where 2 are expected"),
        ("sea 1 2\nsea 1 2\n", "has a line 2 with the word `sea`, which stood before"),
        ("sea 1 x\n", "has a line 1 with `x`, which is no number"),
        ("sea nan 1\n", "has a line 1 with `nan`, which is no number"),
        ("sea 1e39 1\n", "has a line 1 with `1e39`, which is no number"),
        ("sea\n", "has a line 1 with 0 numbers where 1 are expected"),
        ("99999999999 4\nsea 1 2 3 4\n", "announces 99999999999 words and has 1"),
        ("1 99999999999\nsea 1\n", "has a line 2 with 1 numbers where 99999999999 are expected"),
    ] {
        assert_eq!(Vectors::parse(text.as_bytes()).unwrap_err(), why, "{text:?}");
    }
    let none = Preparation::new(&embed("glove.txt", &"0".repeat(64)), Files::beside(&tests("embed/data.csv")));
    assert!(none.unwrap_err().contains("is another one than the steps mean"));
    let none = Preparation::new(&embed("absent.txt", &"0".repeat(64)), Files::beside(&tests("embed/data.csv")));
    assert_eq!(none.unwrap_err(), "the file `absent.txt` is not there");
    let out = Preparation::new(&embed("../media/grey.png", &"0".repeat(64)), Files::beside(&tests("embed/data.csv")));
    assert!(out.unwrap_err().contains("lies outside of the folder of the data"));
}

fn class(labels: &[&str]) -> ColumnType {
    ColumnType::Class(labels.iter().map(|label| ((*label).to_owned(), (*label).to_owned())).collect())
}

fn pictures() -> DatasetSpec {
    DatasetSpec {
        fields: vec![
            FieldSpec::new("photo", ColumnType::Image),
            FieldSpec::new("species", class(&["finch", "robin"])),
            FieldSpec::new("file_name", ColumnType::Text),
        ],
        inputs: vec!["photo".into()],
        target: Some("species".into()),
        ..DatasetSpec::default()
    }
}

fn open(spec: &DatasetSpec, path: &Path) -> Result<(Engine<'static>, Table), DataError> {
    let engine = Engine::new(Limits { threads: 2, ..Limits::default() })?;
    let split = SplitSpec { name: "test".into(), from: Some("birds".into()), rows: (0, u64::MAX) };
    let table = engine.open("birds", spec, &split, path)?;
    Ok((engine, table))
}

/// A folder `birds` with these files of the media tests.
fn folder(files: &[(&str, &str)]) -> (tempfile::TempDir, PathBuf) {
    let scratch = tempfile::tempdir().unwrap();
    let birds = scratch.path().join("birds");
    for (path, from) in files {
        let to = birds.join(path);
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::copy(tests("media").join(from), to).unwrap();
    }
    (scratch, birds)
}

#[test]
fn a_folder_of_pictures_is_a_table() {
    let (_scratch, birds) = folder(&[
        ("robin/b.jpg", "half.jpg"),
        ("robin/a.png", "grey.png"),
        ("finch/c.bmp", "colour.bmp"),
        ("finch/again.png", "grey.png"),
        ("finch/.thumbnails/d", "goldens.py"),
    ]);
    let (engine, table) = open(&pictures(), &birds).unwrap();
    assert_eq!((table.rows, table.source.as_str()), (4, "birds"));
    let rows = engine.texts(&table, &["photo", "species", "file_name"]).unwrap();
    let rows: Vec<Vec<&str>> = rows.iter().map(|row| row.iter().flatten().map(String::as_str).collect()).collect();
    assert_eq!(
        rows,
        [
            ["finch/again.png", "finch", "finch/again.png"],
            ["finch/c.bmp", "finch", "finch/c.bmp"],
            ["robin/a.png", "robin", "robin/a.png"],
            ["robin/b.jpg", "robin", "robin/b.jpg"],
        ]
    );
    assert!(engine.check_schema(&table).unwrap().findings.is_empty());
    // Compared by contents, not by name.
    let repeats = engine.repeats(&table, &["photo"]).unwrap();
    assert_eq!((repeats.extra, repeats.examples[0].1, repeats.examples[0].2), (1, 1, 3));
    let (_other, more) = folder(&[("robin/z.png", "grey.png"), ("robin/y.png", "colour.png")]);
    let (_, more) = open(&pictures(), &more).unwrap();
    let leaks = engine.exact_duplicates(&[&table, &more]).unwrap();
    assert_eq!((leaks.inputs, leaks.distinct), (1, vec![3, 2]));
    assert_eq!(leaks.examples[0].at, ["birds: row 1", "birds: row 2"]);
    // The digest is that of every file, hidden ones too; and what changes afterwards is noticed.
    let files = Files::of(&table);
    assert_eq!(files.read("robin/a.png").unwrap(), std::fs::read(tests("media/grey.png")).unwrap());
    assert!(files.read("finch/../robin/a.png").unwrap_err().contains("is not there"));
    std::fs::copy(tests("media/bits.png"), birds.join("robin/a.png")).unwrap();
    assert!(files.read("robin/a.png").unwrap_err().contains("changed while"));
    let (_, again) = open(&pictures(), &birds).unwrap();
    assert_ne!(again.sha256, table.sha256);
}

#[test]
fn a_folder_of_recordings_needs_no_labels() {
    let (_scratch, birds) = folder(&[("one.wav", "i16.wav"), ("two.flac", "i24.flac"), ("three/u8.wav", "u8.wav")]);
    let spec = DatasetSpec {
        fields: vec![FieldSpec::new("call", ColumnType::Audio)],
        inputs: vec!["call".into()],
        ..DatasetSpec::default()
    };
    let (engine, table) = open(&spec, &birds).unwrap();
    let rows = engine.texts(&table, &["call"]).unwrap();
    let rows: Vec<&str> = rows.iter().flatten().flatten().map(String::as_str).collect();
    assert_eq!(rows, ["one.wav", "three/u8.wav", "two.flac"]);
}

#[test]
fn a_folder_with_anything_else_is_refused() {
    let refused = |files: &[(&str, &str)], spec: &DatasetSpec| {
        let (_scratch, birds) = folder(files);
        std::fs::create_dir_all(&birds).unwrap();
        let error = open(spec, &birds).err().unwrap();
        (error.fault, format!("{} {}", error.at, error.message))
    };
    let wrong = |files, spec: &DatasetSpec, told: &str| {
        assert_eq!(refused(files, spec), ("malformed_data", told.to_owned()));
    };
    wrong(&[], &pictures(), "birds The folder has no files.");
    wrong(
        &[("robin/a.png", "grey.png"), ("robin/notes.txt", "goldens.py")],
        &pictures(),
        "birds/robin/notes.txt The file is no picture (PNG, JPEG, BMP).",
    );
    wrong(&[("a.png", "grey.png")], &pictures(), "birds/a.png The file does not lie in a folder of its label.");
    wrong(
        &[("robin/old/a.png", "grey.png")],
        &pictures(),
        "birds/robin/old/a.png The file does not lie in a folder of its label.",
    );
    let texts = DatasetSpec { fields: vec![FieldSpec::new("text", ColumnType::Text)], ..DatasetSpec::default() };
    wrong(
        &[("a.png", "grey.png")],
        &texts,
        "birds A folder is data of pictures or recordings, and no column of such is declared.",
    );
    let (_scratch, birds) = folder(&[("robin/a.png", "grey.png")]);
    std::os::unix::fs::symlink("a.png", birds.join("robin/b.png")).unwrap();
    assert_eq!(open(&pictures(), &birds).err().unwrap().fault, "unreadable");
    // An unknown folder is an unknown class, which the schema tells.
    let (_scratch, birds) = folder(&[("wren/a.png", "grey.png")]);
    let (engine, table) = open(&pictures(), &birds).unwrap();
    assert_eq!(engine.check_schema(&table).unwrap().findings[0].fault, "unknown_class");
}
