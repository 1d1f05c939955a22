//! Cases 52 and 53: NumPy's files.

use super::bench::Bench;
use super::build::{member, zip};
use super::{Case, Must, case};

/// A file of version 1.0 with this header.
fn npy(header: &str, data: &[u8]) -> Vec<u8> {
    let mut text = header.as_bytes().to_vec();
    text.resize((text.len() + 11).next_multiple_of(64) - 11, b' ');
    text.push(b'\n');
    [&b"\x93NUMPY\x01\0"[..], &(text.len() as u16).to_le_bytes(), &text, data].concat()
}

fn header(kind: &str, shape: &str) -> String {
    format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}")
}

/// A sound config beside an archive of arrays.
fn arrays(bench: &Bench, name: &str, bytes: &[u8]) {
    bench.model("tabular-mlp");
    std::fs::remove_file(bench.submitted("model.safetensors")).unwrap();
    match name.ends_with(".npz") {
        true => bench.file(name, zip(&[member("a.npy", bytes)])),
        false => bench.file(name, bytes),
    }
}

/// An array of objects, of which loading would call `true`.
fn object() -> Vec<u8> {
    npy(&header("|O", "(1,)"), b"\x80\x02cos\nsystem\nX\x04\0\0\0true\x85R.")
}

pub fn cases() -> Vec<Case> {
    vec![
        case(52, "npz/npy: object array (pickle)", Must::Fail)
            .certify("unsafe_pickle", ".npz", |bench| arrays(bench, "model.npz", &object()))
            .certify("unsafe_pickle", ".npy", |bench| arrays(bench, "model.npy", &object())),
        case(53, "npy: shape 10^18, header `eval` text", Must::Reject)
            .certify("truncated_file", "shape", |bench| {
                arrays(bench, "model.npz", &npy(&header("<f4", "(1000000000000000000,)"), &[0; 16]));
            })
            .certify("malformed_header", "eval", |bench| {
                let text = "{'descr': __import__('os').name, 'fortran_order': False, 'shape': (1,), }";
                arrays(bench, "model.npz", &npy(text, &[0; 4]));
            }),
    ]
}
