//! Cases 117 and 118: the log of a run, and the evidence that it names.

use super::bench::Bench;
use super::certificate::{changed, log};
use super::process::Seen;
use super::{Case, Must, case};

/// Verifies after a change of the log's lines.
fn lines(bench: &mut Bench, change: impl FnOnce(&mut Vec<String>)) -> Result<Seen, String> {
    changed(bench, |bench| {
        let text = std::fs::read_to_string(log(bench)).unwrap();
        let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
        change(&mut lines);
        std::fs::write(log(bench), lines.concat()).unwrap();
    })
}

pub fn cases() -> Vec<Case> {
    vec![
        case(117, "log: torn tail / deleted middle / two heads", Must::Verifier)
            .act("log", "torn tail", |bench| {
                lines(bench, |lines| {
                    let last = lines.last_mut().unwrap();
                    last.truncate(last.len() / 2);
                })
            })
            .act("log", "tail gone", |bench| lines(bench, |lines| drop(lines.pop())))
            .act("log", "deleted middle", |bench| lines(bench, |lines| drop(lines.remove(lines.len() / 2))))
            .act("log", "two heads", |bench| {
                lines(bench, |lines| {
                    let twin = lines[lines.len() - 1].replace("\"pass\"", "\"fail\"");
                    lines.push(twin);
                })
            })
            .act("log", "two heads in the middle", |bench| {
                lines(bench, |lines| {
                    let at = lines.len() / 2;
                    lines.insert(at, lines[at].clone());
                })
            }),
        case(118, "log: evidence blob replaced by same-length bytes", Must::Verifier).act("evidence", "", |bench| {
            changed(bench, |bench| {
                let blobs = std::fs::read_dir(bench.path("out/evidence")).unwrap();
                let mut blobs: Vec<_> = blobs.map(|entry| entry.unwrap().path()).collect();
                blobs.retain(|path| path.extension().is_none());
                blobs.sort();
                let at = bench.below(blobs.len());
                let length = std::fs::metadata(&blobs[at]).unwrap().len() as usize;
                let noise = bench.noise(length);
                std::fs::write(&blobs[at], noise).unwrap();
            })
        }),
    ]
}
