//! Where a case is made and run: a scratch folder with a submission, and chance with a seed.

use super::process::{Seen, codes, faults, run};
use crate::support::copy;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde_json::Value;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use tempfile::TempDir;

/// A scratch folder, the submission in it, and what it is held against.
pub struct Bench {
    folder: TempDir,
    /// The standard: a built-in name, or a path.
    pub standard: String,
    /// More words of the command line.
    pub more: Vec<String>,
    /// What is certified in place of the folder `submission`.
    pub instead: Option<String>,
    chance: ChaCha8Rng,
}

impl Bench {
    pub fn new(seed: u64) -> Bench {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("submission")).unwrap();
        let chance = ChaCha8Rng::seed_from_u64(seed);
        Bench { folder, standard: "lmstd/architecture".into(), more: Vec::new(), instead: None, chance }
    }

    /// The scratch folder, to keep.
    pub fn into_folder(self) -> TempDir {
        self.folder
    }

    /// A place in the scratch folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A place in the scratch folder, as a word of the command line.
    pub fn word(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    /// A place in the submission.
    pub fn submitted(&self, name: &str) -> PathBuf {
        self.path("submission").join(name)
    }

    /// Writes a file of the submission.
    pub fn file(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.submitted(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    /// Puts a sound small model of `tests/architectures` into the submission.
    pub fn model(&self, case: &str) {
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/architectures").join(case), &self.path("submission"));
    }

    /// Changes a JSON file of the submission.
    pub fn json(&self, name: &str, change: impl FnOnce(&mut Value)) {
        let path = self.submitted(name);
        let mut value: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        change(&mut value);
        std::fs::write(path, value.to_string()).unwrap();
    }

    /// Holds the submission against a standard with this text.
    pub fn standard(&mut self, text: &str) {
        std::fs::write(self.path("standard.lms"), text).unwrap();
        self.standard = self.word("standard.lms");
    }

    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        self.chance.next_u32() as usize % end
    }

    /// Random bytes.
    pub fn noise(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        self.chance.fill_bytes(&mut bytes);
        bytes
    }

    /// Certifies into `out`.
    pub fn certify(&mut self) -> Seen {
        let submission = self.instead.clone().unwrap_or_else(|| self.word("submission"));
        let (standard, out) = (self.standard.clone(), self.word("out"));
        let mut arguments = vec!["certify", &standard, &submission, "--out", &out];
        arguments.extend(self.more.iter().map(String::as_str));
        let mut seen = self.run(&arguments);
        if let Some(report) = self.report() {
            seen.faults.extend(faults(&report));
        }
        seen
    }

    /// Lints a standard of this text; its name tells the spelling.
    pub fn lint(&self, name: &str, text: &str) -> Seen {
        std::fs::write(self.path(name), text).unwrap();
        self.run(&["lint", &self.word(name)])
    }

    /// Runs the program. What lies in the scratch folder is what it was given.
    pub fn run(&self, arguments: &[&str]) -> Seen {
        let given = stored(self.folder.path()) as f64 / f64::from(1 << 20);
        let mut seen = run(arguments, self.folder.path());
        seen.given = given;
        seen.faults = codes(&seen.err);
        let bad = seen.out.lines().filter_map(|line| line.strip_prefix("FAIL "));
        seen.faults.extend(bad.filter_map(|line| line.split_whitespace().next()).map(str::to_owned));
        seen
    }

    /// The report of the last run.
    pub fn report(&self) -> Option<Value> {
        serde_json::from_slice(&std::fs::read(self.path("out/report.json")).ok()?).ok()
    }
}

/// Bytes that the files below a folder take, holes not counted.
fn stored(folder: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    entries
        .filter_map(|entry| Some((entry.as_ref().ok()?.path(), entry.as_ref().ok()?.metadata().ok()?)))
        .map(|(path, meta)| if meta.is_dir() { stored(&path) } else { meta.len().min(meta.blocks() * 512) })
        .sum()
}

/// Peak memory in MiB of the program and its worker on a small good submission.
pub fn baseline() -> f64 {
    static BASELINE: OnceLock<f64> = OnceLock::new();
    *BASELINE.get_or_init(|| {
        let mut bench = Bench::new(0);
        bench.model("tabular-mlp");
        let seen = bench.certify();
        assert_eq!(seen.code, 0, "{}{}", seen.out, seen.err);
        seen.mebibytes
    })
}
