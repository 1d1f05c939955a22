//! What it takes to let a checkpoint in: hashing it, holding its header against the architecture and looking for numbers
//! that are not finite, as `certify` does for `conforms` and `finite`; beside plain reading on all cores, `sha256sum`, and
//! model-signing. Each once with the file in the system's memory and once from the disk, as one file and as one a core.
//!
//! `LMSTD_BYTES` is the size, else 2,000,000,000. `LMSTD_PEERS=PYTHON` names a Python with model-signing and pyopenssl,
//! which hashes the folder and signs it with a key of its own. All take turns in one run; the shortest time counts. Hashing
//! again at the end of a run is told apart: nobody waits for it to know what was found.

#![allow(missing_docs, reason = "a bench has no users")]

mod support;

use lmstd_compiler::config;
use lmstd_compiler::diag::Sink;
use lmstd_compiler::elaborate::instantiate;
use lmstd_compiler::library::Library;
use lmstd_compiler::modules::NoDocuments;
use lmstd_conformance_suite::measure::api::Arguments;
use lmstd_conformance_suite::measure::reading::Content;
use lmstd_conformance_suite::measure::{find, library};
use lmstd_conformance_suite::session::{Session, Setting};
use lmstd_runtime::exec::Budget;
use lmstd_runtime::intake::door::{DoorLimits, Submission};
use lmstd_runtime::world::{RealWorld, World};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::ffi::OsString;
use std::fs::File;
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use support::Result;

const STANDARD: &str = r#"
/// What every checkpoint is held to.
standard intake 1.0.0 {
  title en "Intake"

  /// A Llama.
  model model = llama.CausalLM {
    num_hidden_layers >= 1
  }

  clause FIT must {
    text en "The weights are those of the architecture."
    conforms(model)
  }

  clause FINITE must {
    text en "All weights are finite."
    finite(model)
  }
}
"#;
/// How often each side runs.
const TIMES: usize = 3;
/// Bytes that are read at a time, by the door as well.
const CHUNK: usize = 1 << 20;
/// Numbers that are drawn; the tensors repeat them.
const DRAWN: usize = 1 << 20;
/// Hashes the folder, and signs it, as model-signing's documentation does; prints the seconds of both.
const SIGN: &str = "
import json, pathlib, sys, tempfile, time
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from model_signing import hashing, signing

def seconds(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start

with tempfile.TemporaryDirectory() as place:
    key = pathlib.Path(place, 'key')
    plain = serialization.NoEncryption()
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    key.write_bytes(pem)
    signer = signing.Config().use_elliptic_key_signer(private_key=key)
    if sys.argv[2] == 'hash':
        took = seconds(lambda: hashing.hash(sys.argv[1]))
    else:
        took = seconds(lambda: signer.sign(sys.argv[1], pathlib.Path(place, 'model.sig')))
print(took)
";

fn main() -> Result<()> {
    let bytes = match std::env::var("LMSTD_BYTES") {
        Ok(given) => given.replace('_', "").parse()?,
        Err(_) => 2_000_000_000,
    };
    let peers = std::env::var_os("LMSTD_PEERS");
    if peers.is_none() {
        println!("no model-signing: name in LMSTD_PEERS a Python with model-signing and pyopenssl");
    }
    for shards in [1, threads()] {
        let folder = tempfile::tempdir()?;
        let files = checkpoint(folder.path(), bytes, shards)?;
        let bench = Bench { folder: folder.path(), files, peers: peers.as_ref() };
        bench.told("in the page cache", &|| Ok(()))?;
        if bench.forget().is_ok() {
            bench.told("from the disk", &|| bench.forget())?;
        }
    }
    Ok(())
}

fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// What is hashed and read.
struct Bench<'f> {
    folder: &'f Path,
    files: Vec<PathBuf>,
    peers: Option<&'f OsString>,
}

/// Seconds of the parts of an intake.
#[derive(Clone, Copy)]
struct Parts {
    door: f64,
    headers: f64,
    finite: f64,
    again: f64,
}

impl Parts {
    /// Until everything is known that is found.
    fn whole(&self) -> f64 {
        self.door + self.headers + self.finite
    }
}

impl Bench<'_> {
    /// All sides in turn, `before` each of them; prints the shortest times and what they are of ours.
    fn told(&self, state: &str, before: &dyn Fn() -> Result<()>) -> Result<()> {
        let bytes: u64 = self.files.iter().map(|file| Ok(file.metadata()?.len())).sum::<Result<u64>>()?;
        println!("\n{:.2} GB in {} file(s), {state}, {} threads", bytes as f64 / 1e9, self.files.len(), threads());
        let (mut read, mut ours, mut summed) = (Vec::new(), Vec::new(), Vec::new());
        let (mut hashed, mut signed) = (Vec::new(), Vec::new());
        // What is read once lies in the page cache for all, unless it is forgotten again.
        self.read()?;
        for _ in 0..TIMES {
            before()?;
            read.push(seconds(|| self.read())?);
            before()?;
            ours.push(self.ours()?);
            before()?;
            summed.push(seconds(|| self.sha256sum())?);
            if let Some(python) = self.peers {
                before()?;
                hashed.push(self.model_signing(python, "hash")?);
                before()?;
                signed.push(self.model_signing(python, "sign")?);
            }
        }
        let least = |times: &[f64]| times.iter().copied().reduce(f64::min);
        let best = ours.iter().copied().min_by(|a, b| a.whole().total_cmp(&b.whole())).ok_or("nothing was measured")?;
        let whole = best.whole();
        let line = |what: &str, took: f64| {
            println!(
                "  {what:<44} {took:>8.3} s {:>7.2} GB/s {:>7.2} times ours",
                bytes as f64 / took / 1e9,
                took / whole
            );
        };
        line("lmstd: hash, conforms, finite", whole);
        line("  hash", best.door);
        line("  header and architecture", best.headers);
        line("  finite", best.finite);
        line("  (hash again at the end)", best.again);
        for (what, times) in [
            ("plain reading, all threads", &read),
            ("sha256sum", &summed),
            ("model-signing, hash alone", &hashed),
            ("model-signing, sign", &signed),
        ] {
            if let Some(took) = least(times) {
                line(what, took);
            }
        }
        if let Some(took) = least(&read) {
            println!("  share of the read bandwidth: {:.0} %", 100.0 * took / whole);
        }
        Ok(())
    }

    /// Reads all files, each thread its share of each.
    fn read(&self) -> Result<()> {
        let share = |file: &File, at: u64, end: u64| -> std::io::Result<()> {
            let mut buffer = vec![0; CHUNK];
            let mut at = at;
            while at < end {
                let more = usize::try_from(end - at).map_or(CHUNK, |left| left.min(CHUNK));
                file.read_exact_at(&mut buffer[..more], at)?;
                at += more as u64;
            }
            Ok(())
        };
        let files = self.files.iter().map(File::open).collect::<std::io::Result<Vec<_>>>()?;
        std::thread::scope(|scope| {
            let shares: Vec<_> = (0..threads() as u64)
                .map(|thread| {
                    let files = &files;
                    scope.spawn(move || {
                        files.iter().try_for_each(|file| {
                            let (bytes, all) = (file.metadata()?.len(), threads() as u64);
                            share(file, bytes * thread / all, bytes * (thread + 1) / all)
                        })
                    })
                })
                .collect();
            shares.into_iter().try_for_each(|share| share.join().map_err(|_| "a thread stopped")?.map_err(Into::into))
        })
    }

    /// Opens the submission and takes the measures of the standard.
    fn ours(&self) -> Result<Parts> {
        let library = library();
        let mut compiled = lmstd_compiler::compile("intake.lms", STANDARD, &library, &NoDocuments);
        let standard = compiled.standard.take().ok_or_else(|| format!("{:?}", compiled.diagnostics))?;
        let setting = Setting {
            data: HashMap::new(),
            given: HashMap::new(),
            nonce: String::new(),
            threads: threads(),
            budget: Budget::UNLIMITED,
            cluster: None,
            opaque: None,
            progress: &|_, _, _| {},
        };
        let start = RealWorld.monotonic();
        let submission =
            Submission::open(self.folder, &DoorLimits::default()).map_err(|error| error.message.clone())?;
        let door = (RealWorld.monotonic() - start).as_secs_f64();
        let session = Session::new(standard, compiled, library, submission, setting);
        let holds = |id: &str| -> Result<f64> {
            let measure = find(id).ok_or("a measure")?;
            let measurement = session.standard.measurements.iter().find(|one| one.measure == id).ok_or("its call")?;
            seconds(|| {
                let reading = (measure.run)(&Arguments { measurement }, &session).map_err(|failure| failure.message)?;
                let content = reading.values.first().map(|value| &value.content);
                assert_eq!(content, Some(&Content::Check { holds: true }), "{id}: {:?}", reading.findings);
                Ok(())
            })
        };
        let (headers, finite) = (holds("conforms")?, holds("finite")?);
        let again = seconds(|| Ok(session.submission.rehash().map_err(|error| error.message.clone())?))?;
        Ok(Parts { door, headers, finite, again })
    }

    fn sha256sum(&self) -> Result<()> {
        let status = Command::new("sha256sum").args(&self.files).stdout(Stdio::null()).status()?;
        if status.success() { Ok(()) } else { Err("sha256sum failed".into()) }
    }

    /// The seconds of one of its works, without starting Python and importing.
    fn model_signing(&self, python: &OsString, work: &str) -> Result<f64> {
        let run =
            Command::new(python).args(["-c", SIGN]).arg(self.folder).arg(work).stderr(Stdio::inherit()).output()?;
        if !run.status.success() {
            return Err("model-signing failed".into());
        }
        Ok(String::from_utf8(run.stdout)?.trim().parse()?)
    }

    /// Makes the system forget the files' pages, which dd asks it for without any right.
    fn forget(&self) -> Result<()> {
        for file in &self.files {
            let mut of = OsString::from("of=");
            of.push(file);
            let options = ["oflag=nocache", "conv=notrunc,fdatasync", "count=0", "status=none"];
            let status = Command::new("dd").arg("if=/dev/null").arg(of).args(options).status()?;
            if !status.success() {
                return Err("dd failed".into());
            }
        }
        Ok(())
    }
}

fn seconds(work: impl FnOnce() -> Result<()>) -> Result<f64> {
    let start = RealWorld.monotonic();
    work()?;
    Ok((RealWorld.monotonic() - start).as_secs_f64())
}

/// A Llama of one layer, twelve tensors of f32 and about so many bytes, in so many files.
fn checkpoint(folder: &Path, bytes: u64, shards: usize) -> Result<Vec<PathBuf>> {
    let (hidden, between) = (1_024, 4_096);
    // The layer, and two tables of the vocabulary.
    let layer = 4 * hidden * hidden + 3 * hidden * between;
    let vocabulary = ((bytes / 4).saturating_sub(layer) / (2 * hidden)).max(1_000);
    let config = json!({
        "model_type": "llama", "architectures": ["LlamaForCausalLM"], "vocab_size": vocabulary, "hidden_size": hidden,
        "intermediate_size": between, "num_hidden_layers": 1, "num_attention_heads": 16, "num_key_value_heads": 16,
        "max_position_embeddings": 2_048, "rms_norm_eps": 1e-5, "rope_theta": 10_000.0, "torch_dtype": "float32",
        "tie_word_embeddings": false,
    });
    std::fs::write(folder.join("config.json"), config.to_string())?;
    let tensors = parameters(&library(), &config)?;
    let numbers = drawn();
    let (mut files, mut map) = (Vec::new(), serde_json::Map::new());
    let mut rest = tensors.as_slice();
    let elements =
        |part: &[(String, Vec<u64>)]| part.iter().map(|(_, shape)| shape.iter().product::<u64>()).sum::<u64>();
    for shard in 0..shards {
        // Files of about one size: one takes tensors until it has its share of what is left.
        let fair = elements(rest).div_ceil((shards - shard) as u64);
        let count = (1..=rest.len()).find(|count| elements(&rest[..*count]) >= fair).unwrap_or(rest.len());
        let (part, left) = rest.split_at(if shard + 1 == shards { rest.len() } else { count });
        rest = left;
        let name = match shards {
            1 => "model.safetensors".to_owned(),
            _ => format!("model-{:05}-of-{shards:05}.safetensors", shard + 1),
        };
        map.extend(part.iter().map(|(tensor, _)| (tensor.clone(), Value::from(name.as_str()))));
        let file = folder.join(&name);
        write(&file, part, &numbers)?;
        files.push(file);
    }
    if shards > 1 {
        let index = json!({"metadata": {}, "weight_map": map});
        std::fs::write(folder.join("model.safetensors.index.json"), index.to_string())?;
    }
    Ok(files)
}

/// The names and shapes of the parameters, the two tables at the ends, so that files of one size can be cut.
fn parameters(library: &Library, json: &Value) -> Result<Vec<(String, Vec<u64>)>> {
    let entry = &library.architectures["llama.CausalLM"];
    let bound = config::bind(&entry.item, &library.sources, json).map_err(|faults| format!("{faults:?}"))?;
    let ops = |name: &str| library.ops.get(name).map(|entry| &entry.item);
    let graph = instantiate(&entry.item, &ops, &bound, &mut Sink::default()).ok_or("a graph")?;
    let size = |node: &lmstd_compiler::ir::graph::Node| {
        node.ty.dims().map(|dim| dim.as_constant().unwrap_or(0).unsigned_abs()).collect()
    };
    Ok(graph.parameters().map(|(name, _, node)| (name.to_owned(), size(node))).collect())
}

/// Writes a safetensors file of these tensors.
fn write(file: &Path, tensors: &[(String, Vec<u64>)], numbers: &[u8]) -> Result<()> {
    let (mut header, mut end) = (serde_json::Map::new(), 0);
    for (name, shape) in tensors {
        let bytes = 4 * shape.iter().product::<u64>();
        let entry = json!({"dtype": "F32", "shape": shape, "data_offsets": [end, end + bytes]});
        header.insert(name.clone(), entry);
        end += bytes;
    }
    let mut header = serde_json::to_vec(&header)?;
    header.resize(header.len().next_multiple_of(8), b' ');
    let mut out = File::create(file)?;
    out.write_all(&(header.len() as u64).to_le_bytes())?;
    out.write_all(&header)?;
    while end > 0 {
        let more = usize::try_from(end).map_or(numbers.len(), |end| end.min(numbers.len()));
        out.write_all(&numbers[..more])?;
        end -= more as u64;
    }
    Ok(out.sync_all()?)
}

/// Numbers in -0.05..0.05 as bytes, by the generator SplitMix64 (Steele, Lea and Flood 2014).
fn drawn() -> Vec<u8> {
    let mut state = 1_u64;
    let mut next = || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 40) as f32 / (1 << 24) as f32
    };
    (0..DRAWN).flat_map(|_| (0.1 * next() - 0.05).to_le_bytes()).collect()
}
