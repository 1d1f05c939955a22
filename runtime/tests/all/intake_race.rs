//! Submissions that are rewritten while they are read (case 91): what a reader is given is what was hashed, or the run
//! says `tampered`; a file that is changed and changed back is no exception.

use crate::intake::{assert_fault, folder, safetensors};
use lmstd_runtime::intake::checkpoint::{Checkpoint, read_tensor};
use lmstd_runtime::intake::door::{DoorLimits, Submission};
use lmstd_runtime::intake::error::IntakeError;
use sha2::{Digest, Sha256};
use std::fs::{self, File, FileTimes};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const FILE: &str = "model.safetensors";
/// Bytes of one tensor: some blocks and a part of one.
const TENSOR: usize = 200_000;

/// A checkpoint of three tensors, all bytes of which are `byte`.
fn checkpoint(byte: u8) -> Vec<u8> {
    let tensor = |at: usize| {
        format!(r#""t{at}":{{"dtype":"U8","shape":[{TENSOR}],"data_offsets":[{},{}]}}"#, at * TENSOR, (at + 1) * TENSOR)
    };
    let header = format!("{{{}}}", (0..3).map(tensor).collect::<Vec<_>>().join(","));
    safetensors(&header, &vec![byte; 3 * TENSOR])
}

fn limits(held: usize) -> DoorLimits {
    DoorLimits { held, ..DoorLimits::default() }
}

/// One run: opens, reads headers and every tensor, reads every file in pieces, hashes again at the end. Gives the bytes
/// of the tensors if nothing was refused.
fn run(path: &Path, held: usize) -> Result<Vec<u8>, IntakeError> {
    let submission = Submission::open(path, &limits(held))?;
    let checkpoint = Checkpoint::open(&submission)?;
    let mut tensors = Vec::new();
    for info in checkpoint.tensors.values() {
        tensors.extend(read_tensor(&submission, info)?);
    }
    for file in submission.files() {
        let (mut digest, mut at) = (Sha256::new(), 0);
        while at < file.entry().bytes {
            // Pieces that begin and end anywhere.
            let len = 70_001.min(file.entry().bytes - at);
            digest.update(file.read_at(at, len)?);
            at += len;
        }
        assert_eq!(hex::encode(digest.finalize()), file.entry().sha256, "what was read is what the manifest says");
    }
    submission.rehash()?;
    Ok(tensors)
}

/// Rewrites the file in every way, again and again, until told to stop.
fn rewrite(file: &Path, contents: &[Vec<u8>; 2], stop: &AtomicBool) {
    let handle = || File::options().write(true).open(file);
    for turn in 0.. {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let now = &contents[turn % 2];
        match turn % 5 {
            // In place, all at once; in place, one byte; shorter and longer again; by another file; back in time.
            0 => handle().unwrap().write_all_at(now, 0).unwrap(),
            1 => handle().unwrap().write_all_at(&[now[now.len() - 1]], (now.len() - 7) as u64).unwrap(),
            2 => {
                handle().unwrap().set_len(1_000).unwrap();
                handle().unwrap().write_all_at(now, 0).unwrap();
            }
            3 => {
                // Written outside of the submission, so that it is never a file of it.
                let other = file.parent().unwrap().parent().unwrap().join("other");
                fs::write(&other, now).unwrap();
                fs::rename(&other, file).unwrap();
            }
            _ => {
                let before = fs::metadata(file).unwrap().modified().unwrap();
                let file = handle().unwrap();
                file.write_all_at(&contents[(turn + 1) % 2], 0).unwrap();
                file.write_all_at(now, 0).unwrap();
                file.set_times(FileTimes::new().set_modified(before)).unwrap();
            }
        }
        if turn % 3 == 0 {
            std::thread::sleep(Duration::from_micros(500 * (turn as u64 % 7)));
        }
    }
}

#[test]
fn case_91_two_hundred_runs_beside_one_who_rewrites_are_consistent_or_tampered() {
    let contents = [checkpoint(1), checkpoint(2)];
    let home = folder(&[("submission/config.json", b"{}"), ("submission/model.safetensors", &contents[0])]);
    let path = home.path().join("submission");
    let stop = AtomicBool::new(false);
    let (mut whole, mut tampered) = (0, 0);
    std::thread::scope(|scope| {
        scope.spawn(|| rewrite(&path.join(FILE), &contents, &stop));
        for turn in 0..200 {
            match run(&path, if turn % 2 == 0 { 128 } else { 0 }) {
                // A file of both contents may well be what was hashed; `run` has held every byte against its digest.
                Ok(tensors) => {
                    assert_eq!(tensors.len(), 3 * TENSOR);
                    whole += 1;
                }
                // The shortened file, whole and hashed as such, has no tensors: also that is consistent.
                Err(error) if error.fault == "truncated_file" => whole += 1,
                Err(error) => {
                    assert_eq!(error.fault, "tampered", "{error}");
                    tampered += 1;
                }
            }
        }
        stop.store(true, Ordering::Relaxed);
    });
    assert!(tampered > 0, "{whole} of 200 runs were never disturbed");
    assert_eq!(run(&path, 128).map(|tensors| tensors.len()).unwrap(), 3 * TENSOR, "and when all is quiet it passes");
}

#[test]
fn what_is_changed_and_changed_back_is_never_given_out_and_never_forgotten() {
    for held in [128, 0] {
        let content = checkpoint(1);
        let folder = folder(&[(FILE, &content)]);
        let path = folder.path().join(FILE);
        let submission = Submission::open(folder.path(), &limits(held)).unwrap();
        let file = submission.file(FILE).unwrap();
        let before = fs::metadata(&path).unwrap().modified().unwrap();
        let place = content.len() as u64 - 100_000;
        let write = |byte: u8| {
            let file = File::options().write(true).open(&path).unwrap();
            file.write_all_at(&[byte], place).unwrap();
            file.set_times(FileTimes::new().set_modified(before)).unwrap();
        };
        write(9);
        assert_fault(file.read_at(place, 1), "tampered");
        if held > 0 {
            assert_eq!(file.read_at(0, 8).unwrap(), content[..8], "other places are as they were");
        }
        write(1);
        if held > 0 {
            assert_eq!(file.read_at(place, 1).unwrap(), [1], "these are the bytes that were hashed");
        }
        assert_fault(submission.rehash(), "tampered");
    }
}

#[test]
fn every_piece_of_a_file_is_given_as_it_is() {
    let bytes: Vec<u8> = (0..300_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let folder = folder(&[("a", &bytes)]);
    for submission in [
        Submission::open(folder.path(), &limits(1)).unwrap(),
        Submission::open(folder.path(), &limits(0)).unwrap(),
        Submission::open_unhashed(folder.path(), &limits(1)).unwrap(),
    ] {
        let file = submission.file("a").unwrap();
        for offset in [0, 1, 65_535, 65_536, 65_537, 131_072, 299_999, 300_000] {
            for len in [0, 1, 2, 65_535, 65_536, 65_537, 200_000, 300_000] {
                let read = file.read_at(offset, len);
                if offset + len > 300_000 {
                    assert_fault(read, "truncated_file");
                } else {
                    assert!(read.unwrap() == bytes[offset as usize..(offset + len) as usize], "{offset} {len}");
                }
            }
        }
    }
}

#[test]
fn names_that_other_systems_take_for_devices_or_cut_are_refused() {
    for name in ["con", "NUL.txt", "aux.safetensors", "Com1", "lpt9.bin", "model.bin.", "model.bin "] {
        assert_fault(Submission::open(folder(&[(name, b"x")]).path(), &limits(8)), "unsafe_path");
    }
    for name in ["console", "null", "com", "com10", "lpt0", "auxiliary.json", ".gitignore", "a b"] {
        Submission::open(folder(&[(name, b"x")]).path(), &limits(8)).unwrap();
    }
}
