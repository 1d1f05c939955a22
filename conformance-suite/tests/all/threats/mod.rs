//! The matrix of hostile cases: what a submission, a standard, data, an endpoint or a certificate may try, and what must
//! come of it. One file a family, one row a case; every row is run by the real program, which may use ten seconds and
//! 64 MiB beside four times what it was given, says no word of a crash and prints no control character.
//!
//! Cases are made by seeded code, so that no hostile file lies in the repository. `docs/threats.md` is the table of them
//! all; `LMSTD_BLESS=1` writes it anew, `LMSTD_CASE=43` runs one case alone and tells what it saw.

mod archive;
mod bench;
mod build;
mod certificate;
mod config;
mod data;
mod endpoint;
mod folder;
mod gguf;
mod hdf5;
mod index;
mod log;
mod model;
mod npy;
mod onnx;
mod outputs;
mod page;
mod pickle;
mod process;
mod safetensors;
mod tokenizer;
mod yaml;

use bench::Bench;
use process::Seen;
use std::collections::BTreeSet;
use std::sync::Mutex;

/// What must come of a case.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Must {
    /// The file is refused: exit code 2.
    Reject,
    /// A clause fails: exit code 1.
    Fail,
    /// The standard is refused: exit code 3.
    Standard,
    /// More than the checker takes: exit code 2.
    Limit,
    /// Taken, and shown so that it does nothing.
    Inert,
    /// The verifier says that the certificate is not to be relied on: exit code 1.
    Verifier,
    /// Neither a pass nor a fail: exit code 2.
    Undecided,
}

impl Must {
    fn code(self) -> i32 {
        match self {
            Must::Fail | Must::Verifier => 1,
            Must::Reject | Must::Limit | Must::Undecided => 2,
            Must::Standard => 3,
            Must::Inert => 0,
        }
    }
}

/// Makes a variant of a case, runs the program on it, and gives what came of it; or says what is not as it must be.
type Act = Box<dyn Fn(&mut Bench) -> Result<Seen, String> + Send + Sync>;

/// One way to try a case.
struct Variant {
    /// Which way; empty where there is one.
    name: &'static str,
    /// Exit code.
    code: i32,
    /// Fault, code of a diagnostic, or bad check of the verifier that must be among those told; empty where none is.
    fault: &'static str,
    act: Act,
}

/// One row of the matrix.
struct Case {
    number: u32,
    name: &'static str,
    must: Must,
    /// Where it comes out otherwise than the plain reading of the matrix, and why.
    note: &'static str,
    variants: Vec<Variant>,
}

fn case(number: u32, name: &'static str, must: Must) -> Case {
    Case { number, name, must, note: "", variants: Vec::new() }
}

impl Case {
    /// A variant whose submission `build` makes and which is certified.
    fn certify(self, fault: &'static str, name: &'static str, build: fn(&mut Bench)) -> Case {
        self.act(fault, name, move |bench| {
            build(bench);
            Ok(bench.certify())
        })
    }

    /// A variant with steps of its own.
    fn act(
        mut self,
        fault: &'static str,
        name: &'static str,
        act: impl Fn(&mut Bench) -> Result<Seen, String> + Send + Sync + 'static,
    ) -> Case {
        self.variants.push(Variant { name, code: self.must.code(), fault, act: Box::new(act) });
        self
    }

    /// The last variant has another exit code than its row.
    fn exits(mut self, code: i32) -> Case {
        self.variants.last_mut().unwrap().code = code;
        self
    }

    fn note(mut self, note: &'static str) -> Case {
        self.note = note;
        self
    }
}

/// The whole matrix, in order.
fn cases() -> Vec<Case> {
    [
        safetensors::cases(),
        index::cases(),
        gguf::cases(),
        pickle::cases(),
        archive::cases(),
        npy::cases(),
        hdf5::cases(),
        onnx::cases(),
        tokenizer::cases(),
        config::cases(),
        yaml::cases(),
        data::cases(),
        folder::cases(),
        outputs::cases(),
        endpoint::cases(),
        model::cases(),
        certificate::cases(),
        log::cases(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// CPU seconds that a case may use.
const SECONDS: f64 = 10.0;
/// MiB that a case may use beside what a small good submission needs.
const MEBIBYTES: f64 = 64.0;
/// And times what it was given.
const TIMES: f64 = 4.0;

/// What is wrong with what a variant came to.
fn wrong(variant: &Variant, seen: &Seen, baseline: f64) -> Vec<String> {
    let mut wrong = Vec::new();
    if seen.code != variant.code {
        wrong.push(format!("exit code {} instead of {}", seen.code, variant.code));
    }
    if !variant.fault.is_empty() && !seen.faults.contains(variant.fault) {
        wrong.push(format!("{:?} instead of `{}`", seen.faults, variant.fault));
    }
    // A worker that dies is a verdict, and would be one that the validators should have come before.
    for fault in ["worker_died", "worker_timed_out", "internal"] {
        if seen.faults.contains(fault) {
            wrong.push(format!("`{fault}`"));
        }
    }
    if seen.seconds > SECONDS {
        wrong.push(format!("{:.1} s of CPU time", seen.seconds));
    }
    let allowed = baseline + MEBIBYTES + TIMES * seen.given;
    if seen.mebibytes > allowed {
        wrong.push(format!("{:.0} MiB of memory, allowed {allowed:.0}", seen.mebibytes));
    }
    wrong.extend(seen.crash());
    wrong
}

/// The numbers and names of cases are those of the matrix, each once and in order.
#[test]
fn the_matrix_is_whole() {
    let cases = cases();
    let numbers: Vec<u32> = cases.iter().map(|case| case.number).collect();
    assert_eq!(numbers, (1..=118).collect::<Vec<u32>>());
    for case in &cases {
        assert!(!case.variants.is_empty(), "case {} has no variant", case.number);
        let names: BTreeSet<&str> = case.variants.iter().map(|variant| variant.name).collect();
        assert_eq!(names.len(), case.variants.len(), "case {}", case.number);
    }
}

#[test]
fn every_case_comes_out_as_the_matrix_says() {
    let only: Option<u32> = std::env::var("LMSTD_CASE").ok().map(|number| number.parse().unwrap());
    let cases: Vec<Case> = cases().into_iter().filter(|case| only.is_none_or(|only| case.number == only)).collect();
    let baseline = bench::baseline();
    let work: Vec<(&Case, &Variant)> =
        cases.iter().flat_map(|case| case.variants.iter().map(move |variant| (case, variant))).collect();
    let (open, bad, all) = (Mutex::new(work.into_iter()), Mutex::new(Vec::new()), Mutex::new(Vec::new()));
    let run = || {
        loop {
            let Some((case, variant)) = open.lock().unwrap().next() else { break };
            let label = format!("{} {} ({})", case.number, case.name, variant.name);
            let mut bench = Bench::new(u64::from(case.number));
            match (variant.act)(&mut bench) {
                Err(why) => bad.lock().unwrap().push(format!("{label}: {why}")),
                Ok(seen) => {
                    let wrong = wrong(variant, &seen, baseline);
                    if !wrong.is_empty() || only.is_some() {
                        println!("{label}: {}\n{:?}\n{}{}", wrong.join("; "), seen.faults, seen.out, seen.err);
                    }
                    if !wrong.is_empty() {
                        bad.lock().unwrap().push(format!("{label}: {}", wrong.join("; ")));
                    }
                    all.lock().unwrap().push((case.number, seen));
                }
            }
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(run);
        scope.spawn(run);
    });
    let bad = bad.into_inner().unwrap();
    assert!(bad.is_empty(), "{} of the matrix\n{}", bad.len(), bad.join("\n"));
    if only.is_none() {
        page::check(&cases, &all.into_inner().unwrap(), baseline);
    }
}
