//! Cases 87 to 92: the files of a submission.

use super::bench::Bench;
use super::build::{load, save};
use super::process::Seen;
use super::{Case, Must, case};
use std::fs::File;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

const MODEL: &str = "tabular-mlp";

fn command(bench: &Bench, words: &[&str]) {
    bench.model(MODEL);
    let status = Command::new(words[0]).args(&words[1..]).arg(bench.submitted("odd")).status().unwrap();
    assert!(status.success(), "{words:?}");
}

pub fn cases() -> Vec<Case> {
    kinds().into_iter().chain(sizes()).chain(changes()).collect()
}

fn kinds() -> Vec<Case> {
    vec![
        case(87, "dir: symlink to /etc, FIFO, device, socket", Must::Reject)
            .certify("unsafe_path", "link to a folder", |bench| {
                bench.model(MODEL);
                symlink("/etc", bench.submitted("odd")).unwrap();
            })
            .certify("unsafe_path", "link to a file", |bench| {
                bench.model(MODEL);
                symlink("/etc/hostname", bench.submitted("odd.bin")).unwrap();
            })
            .certify("unsafe_path", "FIFO", |bench| command(bench, &["mkfifo"]))
            .certify("unsafe_path", "device", |bench| {
                bench.model(MODEL);
                // Only the superuser makes devices; a link to one stands for it elsewhere.
                let made = Command::new("mknod").arg(bench.submitted("odd")).args(["c", "1", "5"]).output().unwrap();
                if !made.status.success() {
                    symlink("/dev/zero", bench.submitted("odd")).unwrap();
                }
            })
            .certify("unsafe_path", "socket", |bench| {
                bench.model(MODEL);
                drop(UnixListener::bind(bench.submitted("odd")).unwrap());
            }),
        case(88, "dir: hard link to outside file", Must::Reject).certify("unsafe_path", "", |bench| {
            bench.model(MODEL);
            std::fs::write(bench.path("outside"), "secret").unwrap();
            std::fs::hard_link(bench.path("outside"), bench.submitted("inside.bin")).unwrap();
        }),
    ]
}

fn sizes() -> Vec<Case> {
    vec![
        case(89, "dir: `Model.bin`+`model.bin`; 10^6 files; depth 10^4", Must::Reject)
            .certify("unsafe_path", "twins", |bench| {
                bench.model(MODEL);
                bench.file("Model.bin", "a");
                bench.file("model.bin", "b");
            })
            .certify("limit_exceeded", "files", |bench| {
                bench.model(MODEL);
                for at in 0..20_000 {
                    File::create(bench.submitted(&format!("f{at}"))).unwrap();
                }
            })
            .certify("limit_exceeded", "depth", |bench| {
                bench.model(MODEL);
                // The walk ends long before.
                std::fs::create_dir_all(bench.submitted(&"d/".repeat(200))).unwrap();
            })
            .note("20,000 files and a depth of 200 stand for more: the walk stops at 10,000 and 32"),
        case(90, "dir: sparse 1 TB file", Must::Limit).certify("limit_exceeded", "", |bench| {
            bench.model(MODEL);
            File::create(bench.submitted("holes.bin")).unwrap().set_len(1 << 40).unwrap();
        }),
    ]
}

fn changes() -> Vec<Case> {
    vec![
        case(91, "dir: file swapped during the run", Must::Reject).act("tampered", "", swapped),
        case(92, "dir: hidden extra file not in manifest", Must::Fail)
            .certify("unreferenced_shard", "hidden weights", |bench| {
                bench.model(MODEL);
                let tensors = load(&bench.submitted("model.safetensors"));
                bench.file(".other.safetensors", save(&tensors));
            })
            .act("submission", "added behind the certificate", |bench| {
                bench.model(MODEL);
                let first = bench.certify();
                if first.code != 0 {
                    return Ok(first);
                }
                bench.file(".hidden", "x");
                Ok(bench.run(&["verify", &bench.word("out"), "--submission", &bench.word("submission")]).after(&first))
            }),
    ]
}

/// Certifies while another thread writes to the weights again and again.
fn swapped(bench: &mut Bench) -> Result<Seen, String> {
    bench.model("bert-sequence-classification");
    let path = bench.submitted("model.safetensors");
    let whole = std::fs::read(&path).unwrap();
    let done = AtomicBool::new(false);
    let mut changed = whole.clone();
    let last = changed.len() - 1;
    changed[last] ^= 1;
    Ok(std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                for bytes in [&changed, &whole] {
                    std::fs::write(&path, bytes).unwrap();
                    std::thread::sleep(std::time::Duration::from_millis(2));
                }
            }
        });
        let seen = bench.certify();
        done.store(true, Ordering::Relaxed);
        seen
    }))
}
