//! How long the rules of a data set take, and how much memory, beside DuckDB, polars, pandera and Great Expectations
//! over the same files, as CSV and as Parquet, at N rows and at ten times as many; near duplicates beside datasketch.
//!
//! `LMSTD_PEERS=PYTHON` names a Python with the packages of `benches/peers/README.md`, which also writes the files:
//! without it nothing runs. `LMSTD_ROWS` is N, else a million; `LMSTD_TEXTS` how many texts, else 100,000. First all
//! must find the known faults of a small file; the times are of clean files, from opening to the verdict, all with as
//! many threads. Ours hash the file as well. Processor seconds say more than the wall on a busy machine.

#![allow(missing_docs, reason = "a bench has no users")]

mod support;

use lmstd_compiler::standard::{ColumnType, DatasetSpec, FieldSpec, SplitSpec};
use lmstd_runtime::dataset::query::Engine;
use lmstd_runtime::dataset::{Finding, Limits};
use lmstd_runtime::world::{RealWorld, World};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Stdio};
use support::{Result, root};

/// Rows of the file with faults, and faults of each kind in it.
const FAULTY: [u64; 2] = [20_000, 20];
/// How often ours run; the shortest time counts, as for the peers.
const TIMES: usize = 3;
/// Memory of plans that spill.
const BOUND: u64 = 64 << 20;
/// Similarity from which texts are nearly the same.
const THRESHOLD: f64 = 0.8;
/// The peers; Great Expectations takes a minute and 11 GiB for ten million rows.
const PEERS: &str = "duckdb,polars,polars-memory,pandera,gx";
/// Ticks a second in which Linux tells processor time.
const TICKS: f64 = 100.0;

/// What one side took and found.
struct Told {
    seconds: f64,
    processor: Option<f64>,
    mebibytes: Option<f64>,
    /// Rows that break each rule, without those that none breaks.
    broken: BTreeMap<String, u64>,
}

fn main() -> Result<()> {
    let given: Vec<String> = std::env::args().skip(1).collect();
    if let Some((OURS, given)) = given.split_first().map(|(first, rest)| (first.as_str(), rest)) {
        return ours(given);
    }
    let Some(python) = std::env::var_os("LMSTD_PEERS") else {
        println!("no peers: name in LMSTD_PEERS a Python with the packages of benches/peers/README.md");
        return Ok(());
    };
    let folder = tempfile::tempdir()?;
    let bench = Bench { python, folder: folder.path(), threads: all_threads() };
    bench.faults()?;
    let rows = number("LMSTD_ROWS", 1_000_000)?;
    for rows in [rows, rows.saturating_mul(10)] {
        bench.rules(rows)?;
    }
    bench.near(number("LMSTD_TEXTS", 100_000)?)
}

/// What begins the arguments of a process that measures ours once.
const OURS: &str = "--ours";

/// Measures ours over a file, and prints the shortest time, the memory of the first run and what was found:
/// `FILE ROWS THREADS MEMORY UNIQUE`.
fn ours(given: &[String]) -> Result<()> {
    let [file, rows, threads, memory, unique] = given else { return Err("a run of ours takes five arguments".into()) };
    let limits = Limits { threads: threads.parse()?, memory_bytes: memory.parse()?, ..Limits::default() };
    let mut spec = rules();
    let unique: bool = unique.parse()?;
    spec.fields.iter_mut().for_each(|field| field.unique &= unique);
    let rows = rows.parse()?;
    let mut told = checked(Path::new(file), rows, &limits, &spec)?;
    for _ in 1..TIMES {
        let again = checked(Path::new(file), rows, &limits, &spec)?;
        if again.seconds < told.seconds {
            told = Told { mebibytes: told.mebibytes, ..again };
        }
    }
    let told = json!({
        "seconds": told.seconds, "processor": told.processor, "mebibytes": told.mebibytes, "broken": told.broken,
    });
    println!("{told}");
    Ok(())
}

/// Ours over a file, in a process of its own, so that its peak of memory is its own.
fn apart(file: &Path, rows: u64, limits: &Limits, unique: bool) -> Result<Told> {
    let mut command = Command::new(std::env::current_exe()?);
    let given = [rows, limits.threads as u64, limits.memory_bytes].map(|number| number.to_string());
    let run = command.arg(OURS).arg(file).args(given).arg(unique.to_string()).stderr(Stdio::inherit()).output()?;
    let told: Value = serde_json::from_slice(&run.stdout)?;
    Ok(Told {
        seconds: real(&told, "seconds")?,
        processor: told["processor"].as_f64(),
        mebibytes: told["mebibytes"].as_f64(),
        broken: serde_json::from_value(told["broken"].clone())?,
    })
}

/// A whole number from the environment.
fn number(name: &str, otherwise: u64) -> Result<u64> {
    let Some(given) = std::env::var_os(name) else { return Ok(otherwise) };
    let number =
        given.to_str().and_then(|given| given.replace('_', "").parse::<u64>().ok()).filter(|number| *number > 0);
    Ok(number.ok_or_else(|| format!("{name} is no number of rows"))?)
}

/// Where the files are, and who makes them.
struct Bench<'f> {
    python: OsString,
    folder: &'f Path,
    threads: usize,
}

impl Bench<'_> {
    /// All sides find the known faults, each as often.
    fn faults(&self) -> Result<()> {
        let [rows, faults] = FAULTY.map(|number| number.to_string());
        let data = self.generated("faulty", &["--rows", &rows, "--faults", &faults])?;
        let expect = self.folder.join("faulty.json");
        std::fs::write(&expect, data.to_string())?;
        for form in ["csv", "parquet"] {
            let file = self.folder.join(format!("faulty.{form}"));
            let known: BTreeMap<String, u64> = data["files"][form]["faults"]
                .as_object()
                .ok_or("the generator tells no faults")?
                .iter()
                .map(|(rule, rows)| (rule.clone(), rows.as_array().map_or(0, |rows| rows.len() as u64)))
                .collect();
            let ours = apart(&file, FAULTY[0], &self.limits(), true)?;
            assert_eq!(ours.broken, known, "{form}: our verdict is not the known one");
            for (tool, theirs) in self.peers(&file, PEERS, Some(expect.as_path()))? {
                assert_eq!(theirs.broken, known, "{form}: the verdict of {tool} is not the known one");
            }
        }
        println!("{} rows with {} faults of each kind: all find them, in CSV and in Parquet", FAULTY[0], FAULTY[1]);
        Ok(())
    }

    /// Seconds and memory of the rules over clean files.
    fn rules(&self, rows: u64) -> Result<()> {
        let count = rows.to_string();
        self.generated("clean", &["--rows", &count, "--day", "date"])?;
        for form in ["csv", "parquet"] {
            let file = self.folder.join(format!("clean.{form}"));
            head(&format!("{rows} rows, {form}, {:.0} MB", std::fs::metadata(&file)?.len() as f64 / 1e6));
            // The peers come first: they read the file once, so that it lies in the page cache for all.
            let theirs = self.peers(&file, PEERS, None)?;
            let clean = |limits: &Limits, unique: bool| {
                let told = apart(&file, rows, limits, unique)?;
                assert!(told.broken.is_empty(), "a clean file is at fault: {:?}", told.broken);
                Ok::<Told, Box<dyn std::error::Error>>(told)
            };
            let best = clean(&self.limits(), true)?;
            line("lmstd", &best, None);
            // What grows with the rows is the table of ids: bounded, and left out.
            let bounded = Limits { memory_bytes: BOUND, ..self.limits() };
            line("lmstd, 64 MiB for plans", &clean(&bounded, true)?, Some(&best));
            line("lmstd, without uniqueness", &clean(&self.limits(), false)?, Some(&best));
            for (tool, told) in &theirs {
                assert!(told.broken.is_empty(), "{tool}: a clean file is at fault: {:?}", told.broken);
                line(tool, told, Some(&best));
            }
            std::fs::remove_file(&file)?;
        }
        Ok(())
    }

    fn limits(&self) -> Limits {
        Limits { threads: self.threads, ..Limits::default() }
    }

    /// Near duplicates, beside datasketch, with the share of the known pairs that each finds.
    fn near(&self, texts: u64) -> Result<()> {
        let (count, prefix, out) = (texts.to_string(), self.folder.join("near"), self.folder.join("near.json"));
        let (prefix, out) = (path(&prefix)?, path(&out)?);
        self.run("near_peers.py", &["--texts", &count, "--write", prefix])?;
        let threads = self.threads.to_string();
        self.run("near_peers.py", &["--texts", &count, "--measure", &count, "--processes", &threads, "--out", out])?;
        let told: Value = serde_json::from_slice(&std::fs::read(out)?)?;
        let run = told["runs"].as_array().and_then(|runs| runs.first()).ok_or("datasketch told nothing")?;
        let known = real(run, "known")?;
        let (ours, rows) = resembling(&self.folder.join("near.csv"), self.threads)?;
        head(&format!("near duplicates among {texts} texts, {known} pairs known"));
        line("lmstd", &ours, None);
        let peer = Told {
            seconds: real(run, "seconds")?,
            processor: None,
            mebibytes: Some(real(run, "peak_mib")?),
            broken: BTreeMap::new(),
        };
        line("datasketch", &peer, Some(&ours));
        // A text is in one pair at most, so that rows are pairs.
        println!("  recall: lmstd {:.4}, datasketch {:.4}", rows as f64 / known, real(run, "recall")?);
        Ok(())
    }

    /// Writes `NAME.csv` and `NAME.parquet`; what the generator says of them.
    fn generated(&self, name: &str, options: &[&str]) -> Result<Value> {
        let prefix = self.folder.join(name);
        let mut given = vec![path(&prefix)?];
        given.extend(options);
        let printed = self.run("rules_data.py", &given)?;
        Ok(serde_json::from_slice(&printed)?)
    }

    /// What the peers say of a file, in the order in which they are named.
    fn peers(&self, file: &Path, tools: &str, expect: Option<&Path>) -> Result<Vec<(String, Told)>> {
        let (out, threads) = (self.folder.join("peers.json"), self.threads.to_string());
        let mut options = vec![path(file)?, "--tools", tools, "--threads", threads.as_str(), "--out", path(&out)?];
        if let Some(expect) = expect {
            options.extend(["--expect", path(expect)?]);
        }
        self.run("rules_peers.py", &options)?;
        let all: Value = serde_json::from_slice(&std::fs::read(&out)?)?;
        let mut told = Vec::new();
        for tool in tools.split(',') {
            let one = &all["tools"][tool];
            let verdict = one["verdict"].as_object().ok_or_else(|| format!("{tool} has no verdict"))?;
            let counts = verdict.iter().filter_map(|(rule, count)| Some((rule.clone(), count.as_u64()?)));
            let one = Told {
                seconds: real(one, "seconds")?,
                processor: one["cpu"].as_f64(),
                mebibytes: one["peak_kib"].as_f64().map(|peak| peak / 1024.0),
                broken: counts.filter(|(_, count)| *count > 0).collect(),
            };
            told.push((tool.to_owned(), one));
        }
        Ok(told)
    }

    /// Runs a script of `benches/peers`; what it printed.
    fn run(&self, script: &str, options: &[&str]) -> Result<Vec<u8>> {
        let script = root().join("conformance-suite/benches/peers").join(script);
        let run = Command::new(&self.python).arg(&script).args(options).stderr(Stdio::inherit()).output()?;
        if !run.status.success() {
            return Err(format!("{} failed:\n{}", script.display(), String::from_utf8_lossy(&run.stdout)).into());
        }
        Ok(run.stdout)
    }
}

fn path(path: &Path) -> Result<&str> {
    Ok(path.to_str().ok_or("the temporary folder's path is not UTF-8")?)
}

fn real(told: &Value, key: &str) -> Result<f64> {
    Ok(told[key].as_f64().ok_or_else(|| format!("a peer does not tell `{key}`"))?)
}

/// Our engine over a file of the rules: from starting it to the verdict.
fn checked(file: &Path, rows: u64, limits: &Limits, spec: &DatasetSpec) -> Result<Told> {
    let split = SplitSpec { name: "test".into(), from: None, rows: (1, u64::MAX) };
    let (told, report) = measured(|| {
        let engine = Engine::new(limits.clone())?;
        let table = engine.open("rows", spec, &split, file)?;
        Ok(engine.check_schema(&table)?)
    })?;
    assert_eq!(report.rows, rows, "rows are lost");
    Ok(Told { broken: report.findings.iter().map(|finding| (rule_of(finding), finding.count)).collect(), ..told })
}

/// Our engine over the texts, and the rows that resemble an earlier one.
fn resembling(file: &Path, threads: usize) -> Result<(Told, u64)> {
    let spec = DatasetSpec {
        fields: vec![
            FieldSpec { unique: true, ..FieldSpec::new("id", ColumnType::Int) },
            FieldSpec::new("text", ColumnType::Text),
        ],
        inputs: vec!["text".into()],
        input: Some("text".into()),
        id: Some("id".into()),
        ..DatasetSpec::default()
    };
    let split = SplitSpec { name: "test".into(), from: None, rows: (1, u64::MAX) };
    measured(|| {
        let engine = Engine::new(Limits { threads, ..Limits::default() })?;
        let table = engine.open("texts", &spec, &split, file)?;
        Ok(engine.near_duplicates(&table, None, THRESHOLD, &|_, _| {})?.rows)
    })
}

/// The rules that `benches/peers/rules_peers.py` writes for each peer.
fn rules() -> DatasetSpec {
    let classes = ["negative", "neutral", "positive"].map(|label| (label.to_owned(), label.to_owned()));
    DatasetSpec {
        fields: vec![
            FieldSpec { unique: true, ..FieldSpec::new("id", ColumnType::Int) },
            FieldSpec { range: Some((0.0, 10_000.0)), ..FieldSpec::new("amount", ColumnType::Real) },
            FieldSpec::new("label", ColumnType::Class(classes.to_vec())),
            FieldSpec { range: Some((0.0, 120.0)), ..FieldSpec::new("age", ColumnType::Int) },
            FieldSpec { pattern: Some(r"[A-Z]{2}-\d{4}".to_owned()), ..FieldSpec::new("code", ColumnType::Text) },
            FieldSpec { length: Some((1, 200)), ..FieldSpec::new("comment", ColumnType::Text) },
            FieldSpec::new("day", ColumnType::Date),
        ],
        ..DatasetSpec::default()
    }
}

/// How the peers call the rule that a finding is about.
fn rule_of(finding: &Finding) -> String {
    let kind = match finding.fault {
        "missing_value" => "missing",
        "wrong_type" => "type",
        "duplicate_value" => "unique",
        "out_of_range" => "range",
        "unknown_class" => "class",
        "bad_pattern" => "pattern",
        "bad_length" => "length",
        "row_count" => "count",
        other => other,
    };
    format!("{}.{kind}", finding.column.as_deref().unwrap_or("rows"))
}

/// What `work` takes, and gives.
fn measured<T>(work: impl FnOnce() -> Result<T>) -> Result<(Told, T)> {
    // Where the system lets a process do so, the peak begins anew: what was freed before hides nothing.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    let (ticks, start) = (ticks(), RealWorld.monotonic());
    let made = work()?;
    let seconds = (RealWorld.monotonic() - start).as_secs_f64();
    let processor = ticks.zip(self::ticks()).map(|(before, after)| after.saturating_sub(before) as f64 / TICKS);
    let mebibytes = most().map(|most| most as f64 / 1024.0);
    Ok((Told { seconds, processor, mebibytes, broken: BTreeMap::new() }, made))
}

/// Processor time of all threads of this process so far, ended ones too.
fn ticks() -> Option<u64> {
    let told = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The name, in parentheses, may hold blanks; user and system time are the 12th and 13th field after it.
    let mut fields = told.rsplit_once(')')?.1.split_whitespace().skip(11);
    let [user, system]: [u64; 2] = [fields.next()?.parse().ok()?, fields.next()?.parse().ok()?];
    user.checked_add(system)
}

/// The most memory that this process held, in KiB.
fn most() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

fn all_threads() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

fn head(what: &str) {
    println!("{what:<56} {:>10} {:>10} {:>10} {:>9} {:>10}", "seconds", "processor", "MiB", "times", "times MiB");
}

/// One side; a peer with its time and its memory in those of ours.
fn line(what: &str, told: &Told, ours: Option<&Told>) {
    let number = |number: Option<f64>| number.map_or_else(|| "unknown".to_owned(), |number| format!("{number:.2}"));
    let ratio = |ratio: Option<f64>| ratio.map_or_else(String::new, |ratio| format!("{ratio:.2}"));
    let memory = ours.and_then(|ours| Some(told.mebibytes? / ours.mebibytes?));
    println!(
        "  {what:<54} {:>10.3} {:>10} {:>10} {:>9} {:>10}",
        told.seconds,
        number(told.processor),
        number(told.mebibytes),
        ratio(ours.map(|ours| told.seconds / ours.seconds)),
        ratio(memory),
    );
}
