//! Data of the running example and damaged twins of it, through the engine.

use datafusion::arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use datafusion::arrow::ipc::CompressionType;
use datafusion::arrow::ipc::writer::{FileWriter, IpcWriteOptions};
use lmstd_compiler::standard::{ColumnType, DatasetSpec, FieldSpec, SplitSpec};
use lmstd_runtime::dataset::predict::{Answers, Replies};
use lmstd_runtime::dataset::predictions::{Classes, Predictions};
use lmstd_runtime::dataset::query::Engine;
use lmstd_runtime::dataset::table::Table;
use lmstd_runtime::dataset::{DataError, Limits};
use parquet::arrow::ArrowWriter;
use parquet::basic::{BrotliLevel, Compression, GzipLevel, ZstdLevel};
use parquet::file::properties::{WriterProperties, WriterVersion};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

/// The numbers of the rows beside id and target.
const NUMBERS: [&str; 1] = ["length"];

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/sentiment/data").join(name)
}

fn field(name: &str, ty: ColumnType) -> FieldSpec {
    FieldSpec::new(name, ty)
}

/// The example's dataset without its rating column.
fn spec() -> DatasetSpec {
    let classes = [("negative", "0"), ("positive", "1")].map(|(label, value)| (label.to_string(), value.to_string()));
    DatasetSpec {
        fields: vec![
            FieldSpec { unique: true, ..field("id", ColumnType::Int) },
            field("label", ColumnType::Class(classes.to_vec())),
            FieldSpec { length: Some((1, 2_000)), ..field("text", ColumnType::Text) },
        ],
        inputs: vec!["text".into()],
        input: Some("text".into()),
        target: Some("label".into()),
        id: Some("id".into()),
        ..DatasetSpec::default()
    }
}

fn open_with(threads: usize, path: &Path) -> Result<(Engine<'static>, Table), DataError> {
    let engine = Engine::new(Limits { threads, ..Limits::default() })?;
    let split = SplitSpec { name: "test".into(), from: Some("data/test.csv".into()), rows: (0, u64::MAX) };
    let table = engine.open("reviews", &spec(), &split, path)?;
    Ok((engine, table))
}

fn open(path: &Path) -> Result<(Engine<'static>, Table), DataError> {
    open_with(2, path)
}

/// A model whose answer depends on the text alone.
#[derive(Debug)]
struct ByLength;

impl Answers for ByLength {
    fn digest(&self) -> &str {
        "by length"
    }
    fn labels(&self) -> Option<usize> {
        Some(2)
    }
    fn answer(&self, rows: &[Vec<&str>]) -> Result<Replies, String> {
        Ok(Replies::Logits(rows.iter().map(|row| vec![row[0].len() as f64, 100.0]).collect()))
    }
}

fn predictions(engine: &Engine, table: &Table) -> Predictions {
    engine.predict(table, Arc::new(ByLength), &["text".to_owned()], &|_| {}).unwrap()
}

#[test]
fn the_example_is_as_its_authors_say() {
    let rows = |name: &str| open(&data(name)).unwrap().1.rows;
    assert_eq!((rows("train.csv"), rows("validation.csv"), rows("test.csv")), (7_966, 600, 2_000));
    let (engine, test) = open(&data("test.csv")).unwrap();
    assert_eq!(
        engine.class_counts(&test).unwrap().into_iter().collect::<Vec<_>>(),
        [("negative".into(), 1_007), ("positive".into(), 993)]
    );
    let report = engine.check_schema(&test).unwrap();
    assert!(report.findings.is_empty(), "{:?}", report.findings);
    assert_eq!(report.unexpected, ["rating"]);
    let train = engine
        .open(
            "reviews",
            &spec(),
            &SplitSpec { name: "train".into(), from: None, rows: (0, u64::MAX) },
            &data("train.csv"),
        )
        .unwrap();
    assert_eq!(engine.exact_duplicates(&[&train, &test]).unwrap().inputs, 0);
    assert_eq!(engine.exact_duplicates(&[&test, &test]).unwrap().inputs, 2_000);
}

#[test]
fn the_plan_gives_the_same_answers_whatever_the_threads() {
    let of = |threads| {
        let (engine, table) = open_with(threads, &data("test.csv")).unwrap();
        predictions(&engine, &table)
    };
    assert_eq!(of(1).len(), 2_000);
    assert_eq!(of(1), of(2));
}

#[test]
fn groups_are_kept_with_their_predictions() {
    let (engine, table) = open(&data("test.csv")).unwrap();
    let mut predictions = predictions(&engine, &table);
    assert!(predictions.groups.iter().all(Vec::is_empty), "the dataset has no class column beside its target");
    let label = ["negative", "positive"].map(str::to_owned).to_vec();
    let classes = Classes {
        labels: label,
        groups: vec![("side".into(), vec!["left".into(), "right".into()])],
        numbers: NUMBERS.map(str::to_owned).to_vec(),
        cluster: None,
    };
    for (index, groups) in predictions.groups.iter_mut().enumerate() {
        *groups = vec![[Some(0), Some(1), None][index % 3]];
    }
    let bytes = predictions.to_parquet(&classes).unwrap();
    assert_eq!(Predictions::from_parquet(&bytes, &classes).unwrap(), predictions);
    let mut other = classes.clone();
    other.groups[0].1[1] = "top".into();
    assert!(Predictions::from_parquet(&bytes, &other).is_err(), "a group that is not declared");
    other.groups.clear();
    assert!(Predictions::from_parquet(&bytes, &other).is_err(), "a column too many");
    predictions.groups[3] = vec![Some(2)];
    assert!(predictions.to_parquet(&classes).is_err(), "a group without a label");
}

#[test]
fn predictions_are_kept_strictly() {
    let (engine, table) = open(&data("test.csv")).unwrap();
    let predictions = predictions(&engine, &table);
    let named = |second: &str| Classes {
        labels: vec!["negative".into(), second.into()],
        groups: Vec::new(),
        numbers: NUMBERS.map(str::to_owned).to_vec(),
        cluster: None,
    };
    let classes = named("positive");
    let bytes = predictions.to_parquet(&classes).unwrap();
    assert_eq!(bytes, predictions.to_parquet(&classes).unwrap(), "the same bytes every time");
    assert_eq!(Predictions::from_parquet(&bytes, &classes).unwrap(), predictions);
    let mut lie = predictions.clone();
    lie.predicted[7] ^= 1;
    let read = lie.to_parquet(&classes).and_then(|bytes| Predictions::from_parquet(&bytes, &classes));
    assert!(read.is_err(), "a prediction that is not the argmax of its logits");
    let mut unsorted = predictions.clone();
    unsorted.rows.swap(0, 1);
    assert!(unsorted.to_parquet(&classes).and_then(|bytes| Predictions::from_parquet(&bytes, &classes)).is_err());
    assert!(Predictions::from_parquet(&bytes, &named("good")).is_err(), "other labels");
    for cut in [0, 10, bytes.len() / 2, bytes.len() - 1] {
        assert!(Predictions::from_parquet(&bytes[..cut], &classes).is_err(), "cut at {cut}");
    }
}

/// The test split's columns, read by the data engine's own csv reader in another shape.
fn columns() -> (Vec<i64>, Vec<i64>, Vec<String>) {
    let text = std::fs::read_to_string(data("test.csv")).unwrap();
    let mut rows = Vec::new();
    let mut row = vec![String::new()];
    let mut quoted = false;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => {
                row.last_mut().unwrap().push('"');
                characters.next();
            }
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(String::new()),
            '\r' if !quoted => {}
            '\n' if !quoted => rows.push(std::mem::replace(&mut row, vec![String::new()])),
            other => row.last_mut().unwrap().push(other),
        }
    }
    let number = |text: &String| text.parse::<i64>().unwrap();
    let rows = &rows[1..];
    (
        rows.iter().map(|r| number(&r[0])).collect(),
        rows.iter().map(|r| number(&r[2])).collect(),
        rows.iter().map(|r| r[3].clone()).collect(),
    )
}

fn batch() -> RecordBatch {
    let (ids, labels, texts) = columns();
    let columns: [(&str, ArrayRef); 3] = [
        ("id", Arc::new(Int64Array::from(ids))),
        ("label", Arc::new(Int64Array::from(labels))),
        ("text", Arc::new(StringArray::from(texts))),
    ];
    RecordBatch::try_from_iter(columns).unwrap()
}

fn arrow_file(path: &Path, compression: Option<CompressionType>) {
    let (batch, file) = (batch(), std::fs::File::create(path).unwrap());
    let options = IpcWriteOptions::default().try_with_compression(compression).unwrap();
    let mut writer = FileWriter::try_new_with_options(file, &batch.schema(), options).unwrap();
    writer.write(&batch).unwrap();
    writer.finish().unwrap();
}

fn parquet_file(path: &Path, compression: Compression) {
    parquet_version(path, compression, WriterVersion::PARQUET_1_0);
}

fn parquet_version(path: &Path, compression: Compression, version: WriterVersion) {
    let batch = batch();
    let properties = WriterProperties::builder().set_compression(compression).set_writer_version(version).build();
    let mut writer =
        ArrowWriter::try_new(std::fs::File::create(path).unwrap(), batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

/// The library makes room for the length that stands before a compressed body, whatever it is.
#[test]
fn compressed_arrow_is_refused_before_it_is_made_whole() {
    let folder = tempfile::tempdir().unwrap();
    for (name, compression) in [("lz4", CompressionType::LZ4_FRAME), ("zstd", CompressionType::ZSTD)] {
        let path = folder.path().join(name);
        arrow_file(&path, Some(compression));
        let error = open(&path).err().unwrap();
        assert_eq!(
            (error.fault, error.message.as_str()),
            ("malformed_data", "The Arrow file is compressed, which is not read.")
        );
        assert!(error.mend.contains("without compression"), "{error}");
    }
}

/// The library unpacks a page of gzip or Brotli before it looks how long it should be.
#[test]
fn a_page_is_not_unpacked_beyond_what_it_tells() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("test");
    for version in [WriterVersion::PARQUET_1_0, WriterVersion::PARQUET_2_0] {
        parquet_version(&path, Compression::GZIP(GzipLevel::default()), version);
        let mut bytes = std::fs::read(&path).unwrap();
        // The first page: its type, then its length unpacked, twice that in pieces of seven bits, the lowest first.
        assert_eq!((bytes[4], bytes[6]), (0x15, 0x15));
        let width = 1 + bytes[7..].iter().position(|byte| *byte < 0x80).unwrap();
        let twice = (0..width).map(|at| u64::from(bytes[7 + at] & 0x7F) << (7 * at)).sum::<u64>() - 2;
        for at in 0..width {
            bytes[7 + at] = bytes[7 + at] & 0x80 | (twice >> (7 * at)) as u8 & 0x7F;
        }
        std::fs::write(&path, bytes).unwrap();
        let error = open(&path).err().unwrap();
        assert_eq!(error.fault, "malformed_data");
        assert!(error.message.contains("a page unpacks to more than it claims"), "{error}");
    }
    parquet_file(&path, Compression::BROTLI(BrotliLevel::default()));
    assert!(open(&path).err().unwrap().message.contains("Brotli"));
}

#[test]
fn csv_jsonl_parquet_and_arrow_give_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let (ids, labels, texts) = columns();
    assert_eq!(ids.len(), 2_000);
    let line =
        |row: usize| serde_json::json!({"id": ids[row], "label": labels[row], "text": texts[row]}).to_string() + "\n";
    // Names say nothing: the format is told by content.
    std::fs::write(path("a.csv"), (0..2_000).map(line).collect::<String>()).unwrap();
    parquet_file(&path("b.csv"), Compression::SNAPPY);
    parquet_file(&path("c"), Compression::ZSTD(ZstdLevel::default()));
    arrow_file(&path("d.json"), None);
    let gzip = Compression::GZIP(GzipLevel::default());
    parquet_version(&path("e"), gzip, WriterVersion::PARQUET_1_0);
    parquet_version(&path("f"), gzip, WriterVersion::PARQUET_2_0);
    let (engine, csv) = open(&data("test.csv")).unwrap();
    let expected = predictions(&engine, &csv);
    for name in ["a.csv", "b.csv", "c", "d.json", "e", "f"] {
        let (engine, table) = open(&path(name)).unwrap();
        assert!(engine.check_schema(&table).unwrap().findings.is_empty(), "{name}");
        assert_eq!(predictions(&engine, &table), expected, "{name}");
    }
}

fn written(text: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("test.csv");
    std::fs::write(&path, text).unwrap();
    (folder, path)
}

#[test]
fn faults_in_the_data_are_findings_with_their_rows() {
    let cases: &[(&str, &str, &str)] = &[
        ("id,label,text\n1,0,a\n1,1,b\n", "duplicate_value", "1"),
        ("id,label,text\n1,0,a\n2,7,b\n", "unknown_class", "row 2"),
        ("id,label,text\n1,0,a\nx,1,b\n", "wrong_type", "row 2"),
        ("id,label,text\n1,0,\n2,1,b\n", "", "row 1"),
        ("id,label\n1,0\n", "missing_column", "text"),
    ];
    for (text, fault, place) in cases {
        let (_folder, path) = written(text.as_bytes());
        let (engine, table) = open(&path).unwrap();
        let findings = engine.check_schema(&table).unwrap().findings;
        assert!(findings.iter().any(|f| f.fault.contains(fault)), "{text}: {findings:?}");
        assert!(findings.iter().any(|f| format!("{} {}", f.at, f.message).contains(place)), "{text}: {findings:?}");
    }
    let (_folder, path) = written(b"id,label,text\n1,0,\"two\nlines, and a comma\"\n2,1,b\n");
    let (engine, table) = open(&path).unwrap();
    assert_eq!((table.rows, engine.check_schema(&table).unwrap().findings), (2, Vec::new()));
}

#[test]
fn files_that_are_no_data_are_errors() {
    let folder = tempfile::tempdir().unwrap();
    parquet_file(&folder.path().join("whole"), Compression::SNAPPY);
    let whole = std::fs::read(folder.path().join("whole")).unwrap();
    let long = [b"id,label,text\n1,0,".as_slice(), &vec![b'x'; 20 << 20]].concat();
    for bytes in [
        b"".as_slice(),
        b"\x00\x01\xff\xfe",
        b"{\"id\": 1",
        b"id,label,text\n1,0\n",
        &whole[..whole.len() / 2],
        &whole[..8],
        &long,
    ] {
        let (_folder, path) = written(bytes);
        let refused = open(&path).err().map(|error| error.fault);
        assert!(refused.is_some(), "{:?} was read", &bytes[..bytes.len().min(20)]);
    }
    assert_eq!(open(Path::new("/nowhere/at/all.csv")).err().map(|error| error.fault), Some("missing_dataset"));
    assert!(open(folder.path()).is_err(), "a folder");
    std::os::unix::fs::symlink(data("test.csv"), folder.path().join("link")).unwrap();
    assert!(open(&folder.path().join("link")).is_err(), "a link is not followed");
}

#[test]
fn a_table_says_which_file_was_read_and_never_the_name_of_another() {
    let (_, own) = open(&data("test.csv")).unwrap();
    assert_eq!(own.source, "data/test.csv");
    let folder = tempfile::tempdir().unwrap();
    let easy = folder.path().join("easy.csv");
    std::fs::write(&easy, "id,label,text\n1,0,a\n").unwrap();
    let (_, other) = open(&easy).unwrap();
    assert_eq!(other.source, easy.to_str().unwrap());
    let hostile = folder.path().join("x\u{202e}vsc.csv");
    std::fs::write(&hostile, "id,label,text\n1,0,a\n").unwrap();
    assert!(open(&hostile).unwrap().1.source.ends_with("x\\u{202e}vsc.csv"));
}

#[test]
fn a_header_alone_is_no_data() {
    let (_folder, path) = written(b"id,label,text\n");
    let (engine, empty) = open(&path).unwrap();
    let findings = engine.check_schema(&empty).unwrap().findings;
    assert_eq!((empty.rows, findings.len(), findings[0].fault), (0, 1, "row_count"), "{findings:?}");
    let (_, test) = open(&data("test.csv")).unwrap();
    let found = engine.exact_duplicates(&[&test, &empty]).unwrap();
    assert_eq!((found.inputs, found.distinct), (0, vec![2_000, 0]));
    assert!(predictions(&engine, &empty).is_empty());
}

#[test]
fn absurd_numbers_of_threads_are_brought_down() {
    for threads in [0, usize::MAX] {
        let (engine, table) = open_with(threads, &data("test.csv")).unwrap();
        assert!((1..=256).contains(&engine.limits().threads));
        let predictions = predictions(&engine, &table);
        assert_eq!(predictions.len(), 2_000);
    }
}
