//! How long metrics take, and how much memory: a million predictions of two classes, reduced to a score and resampled
//! 10,000 times, and 100,000 pairs of sentences. Asserts that the values are those of the reference libraries.
//!
//! With `LMSTD_PEERS=PYTHON`, a Python with jiwer, sacrebleu, scikit-learn and scipy, these do the same work in one
//! run. They have one thread for it, and are held against one thread here; the time on all threads stands beside.

#![allow(missing_docs, reason = "a bench has no users")]

mod support;

use lmstd_runtime::metric::items::{Classes, Texts};
use lmstd_runtime::metric::{self, Items, Param, Params, Score};
use lmstd_runtime::statistics::bootstrap::{Bootstrap, Drawn, Units};
use lmstd_runtime::threads;
use lmstd_runtime::world::{RealWorld, World};
use serde_json::Value;
use std::process::{Command, Stdio};
use support::{Result, root};

/// Predictions of two classes.
const ROWS: usize = 1_000_000;
/// Resamples of their scores.
const RESAMPLES: u32 = 10_000;
/// Pairs of a reference and a hypothesis.
const PAIRS: usize = 100_000;
/// How often what takes milliseconds is run; the shortest time counts.
const TIMES: usize = 5;

/// Of the table of two classes, in the order of its cells: a positive row that is missed, and one that is hit.
const MISS: usize = 2;
const HIT: usize = 3;
/// What the reference counts: true negatives, false positives, false negatives, true positives.
const CELLS: [f64; 4] = [510_024.0, 90_259.0, 60_386.0, 339_331.0];

/// What the peers call the seconds of all resamples where they ran some of them.
const EXTRAPOLATED: &str = "seconds_of_10000";

/// A result that threads can hand over.
type Told<T> = std::result::Result<T, String>;

/// How items become a score.
type Scored = fn(&Items) -> Told<Score>;

/// Scores of the predictions: what, as the peers call it, the reference's value, and the work.
const CLASSES: [(&str, &str, f64, Scored); 2] = [
    ("F1 of the positive class", "f1", 0.8183483317999245, f1),
    ("0.5 accuracy + 0.3 F1 + 0.2 recall", "composite", 0.8399676228684823, quality),
];

/// Metrics of the texts: the metric, the peer, and the reference's value.
const TEXTS: [(&str, &str, f64); 5] = [
    ("bleu", "sacrebleu", 57.55755579339711),
    ("chrf", "sacrebleu", 77.03356840703678),
    ("ter", "sacrebleu", 19.957596962737885),
    ("wer", "jiwer", 0.19957596962737886),
    ("cer", "jiwer", 0.13088112687790573),
];

fn main() -> Result<()> {
    let peers = peers()?;
    let threads = format!("{} threads", all_threads());
    println!("{:<60} {:>11} {:>11}", "", "1 thread", threads);
    classes(&peers["classes"])?;
    texts(&peers["texts"])
}

/// What the peers say of the same work; null without a Python that has them.
fn peers() -> Result<Value> {
    let Some(python) = std::env::var_os("LMSTD_PEERS") else {
        println!("no peers: name in LMSTD_PEERS a Python with jiwer, sacrebleu, scikit-learn and scipy");
        return Ok(Value::Null);
    };
    let script = root().join("conformance-suite/tests/reference/bench_metrics.py");
    let run = Command::new(python).arg(script).stderr(Stdio::inherit()).output()?;
    if !run.status.success() {
        return Err("the peers failed".into());
    }
    Ok(serde_json::from_slice(&run.stdout)?)
}

fn classes(peers: &Value) -> Result<()> {
    let items = Items::Classes(predictions());
    println!("{ROWS} predictions of 2 classes");
    for (what, name, known, scored) in CLASSES {
        let reduce = || -> Told<(Score, Vec<f64>)> {
            let score = scored(&items)?;
            let counts = score.counts();
            Ok((score, counts))
        };
        let ((one, (score, counts)), grown) = grown(|| timed(TIMES, 1, reduce))?;
        let (all, _) = timed(TIMES, all_threads(), reduce)?;
        let value = score.at(&counts).ok_or("the score is undefined")?;
        equal(what, value, known);
        assert_eq!(counts, CELLS, "the cells of the table");
        println!("{what}: {value}, {grown}");
        ours("rows to score", one, all);
        theirs(peers, &format!("sklearn {name}"), "value_seconds", (value, one));
        let resample = || resampled(&score, &counts);
        let (one, drawn) = timed(TIMES, 1, resample)?;
        let (all, again) = timed(TIMES, all_threads(), resample)?;
        assert_eq!(drawn, again, "threads change nothing");
        ours(&format!("{RESAMPLES} resamples: {:.6} to {:.6}", drawn.low, drawn.high), one, all);
        for (peer, seconds) in [("sklearn", EXTRAPOLATED), ("numpy", EXTRAPOLATED), ("multinomial", "seconds")] {
            theirs(peers, &format!("{peer} {name}"), seconds, (value, one));
        }
    }
    Ok(())
}

fn texts(peers: &Value) -> Result<()> {
    let items = Items::Texts(sentences());
    println!("{PAIRS} pairs of sentences");
    for (id, peer, known) in TEXTS {
        let measure = || score(id, &items, &Params::default())?.value().ok_or_else(|| format!("`{id}` is undefined"));
        let ((one, value), grown) = grown(|| timed(1, 1, measure))?;
        let (all, same) = timed(1, all_threads(), measure)?;
        equal(id, value, known);
        assert_eq!(value, same, "threads change nothing");
        println!("{id}: {value}, {grown}");
        ours("texts to value", one, all);
        theirs(peers, &format!("{peer} {id}"), "seconds", (value, one));
    }
    Ok(())
}

/// The score of a metric of one result.
fn score(id: &str, items: &Items, params: &Params) -> Told<Score> {
    let metric = metric::find(id).ok_or_else(|| format!("there is no metric `{id}`"))?;
    let scores = metric.of(items, params).map_err(|refusal| refusal.to_string())?;
    scores.0.into_iter().next().map(|(_, score)| score).ok_or_else(|| format!("`{id}` has no score"))
}

fn positive() -> Params {
    Params([("class".to_owned(), Param::Class(1, "positive".to_owned()))].into_iter().collect())
}

fn f1(items: &Items) -> Told<Score> {
    score("f1", items, &positive())
}

fn quality(items: &Items) -> Told<Score> {
    let terms = vec![
        (0.5, score("accuracy", items, &Params::default())?),
        (0.3, score("f1", items, &positive())?),
        (0.2, score("recall", items, &positive())?),
    ];
    metric::composite(terms).map_err(|refusal| refusal.to_string())
}

/// The interval as a certificate has it of a function of the table, from as many resamples as the peer draws: each is
/// scored as it is, with a miss more and with a hit more.
fn resampled(score: &Score, counts: &[f64]) -> Told<Drawn> {
    let rows: Vec<u64> = counts.iter().map(|count| *count as u64).collect();
    let bootstrap = Bootstrap { resamples: Some(RESAMPLES), seed: [1; 32], confidence: 0.95 };
    let statistic = |weights: &[f64]| score.at(weights);
    let drawn = bootstrap.bounded(Units::Rows(&rows), [&[(MISS, 1.0)], &[(HIT, 1.0)]], &statistic);
    drawn.ok_or_else(|| "there is no interval".to_owned())
}

fn equal(what: &str, ours: f64, reference: f64) {
    assert!((ours - reference).abs() <= 1e-9 * (1.0 + reference.abs()), "{what}: {ours} is not {reference}");
}

/// The shortest of several times on so many threads, in seconds, and what `work` gave last.
fn timed<T: Send>(times: usize, threads: usize, work: impl Fn() -> Told<T> + Send) -> Result<(f64, T)> {
    let run = move || -> Told<(f64, T)> {
        let once = || -> Told<(f64, T)> {
            let start = RealWorld.monotonic();
            let made = work()?;
            Ok(((RealWorld.monotonic() - start).as_secs_f64(), made))
        };
        let mut best = once()?;
        for _ in 1..times {
            let (seconds, made) = once()?;
            best = (best.0.min(seconds), made);
        }
        Ok(best)
    };
    Ok(threads::with(threads, run).map_err(|error| error.message)??)
}

fn all_threads() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// What `work` gives, and by how much the most memory that this process held grew meanwhile, in words.
fn grown<T>(work: impl FnOnce() -> Result<T>) -> Result<(T, String)> {
    // Where the system lets a process do so, the peak begins anew: what was freed before hides nothing.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    let before = most();
    let made = work()?;
    let words = match before.zip(most()) {
        Some((before, after)) => format!("{:.1} MiB more memory at most", after.saturating_sub(before) as f64 / 1024.0),
        None => "memory unknown".to_owned(),
    };
    Ok((made, words))
}

/// The most memory that this process held, in KiB.
fn most() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

fn ours(what: &str, one: f64, all: f64) {
    println!("  {what:<58} {one:>9.4} s {all:>9.4} s");
}

/// What a peer took, where it was asked, and how often that is our time on one thread; its value must be ours.
fn theirs(peers: &Value, name: &str, seconds: &str, (value, one): (f64, f64)) {
    let told = &peers[name];
    let (Some(reference), Some(took)) = (told["value"].as_f64(), told[seconds].as_f64()) else { return };
    equal(name, value, reference);
    let name = if seconds == EXTRAPOLATED { format!("{name}, extrapolated") } else { name.to_owned() };
    println!("    {name:<56} {took:>9.4} s {:>9.1} times", took / one);
}

/// The generator SplitMix64 (Steele, Lea and Flood 2014); `tests/reference/bench_metrics.py` draws the same.
struct SplitMix64(u64);

impl SplitMix64 {
    /// The next share, in 0..1.
    fn share(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = self.0;
        let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// True classes, 40% of them 1, of which 85% are predicted.
fn predictions() -> Classes {
    let mut generator = SplitMix64(1);
    let mut rows = Classes { classes: 2, truth: Vec::with_capacity(ROWS), predicted: Vec::with_capacity(ROWS) };
    for _ in 0..ROWS {
        let truth = u32::from(generator.share() < 0.4);
        rows.truth.push(truth);
        rows.predicted.push(if generator.share() < 0.85 { truth } else { 1 - truth });
    }
    rows
}

/// References of 5 to 30 words, and hypotheses in which words are left out (5%) or may be others (15%).
fn sentences() -> Texts {
    let mut generator = SplitMix64(2);
    let mut texts = Texts::default();
    let word = |share: f64| format!("w{}", (1000.0 * share) as u32);
    for _ in 0..PAIRS {
        let (mut reference, mut hypothesis) = (Vec::new(), Vec::new());
        for _ in 0..5 + (26.0 * generator.share()) as usize {
            let [own, fate, other] = [generator.share(), generator.share(), generator.share()];
            reference.push(word(own));
            if fate >= 0.05 {
                hypothesis.push(word(if fate < 0.2 { other } else { own }));
            }
        }
        texts.references.push(vec![reference.join(" ")]);
        texts.candidates.push(hypothesis.join(" "));
    }
    texts
}
