//! NumPy's arrays against what NumPy saved (`tests/npy/make.py`), and headers and archives that lie.

use crate::files::{Read, all, fault, goldens, read_with, stored};
use crate::mutate::{self, rounds};
use lmstd_runtime::intake::error::IntakeError;
use lmstd_runtime::intake::npy;

fn read(bytes: &[u8]) -> Result<Read, IntakeError> {
    read_with("weights.npz", bytes, &npy::read)
}

#[test]
fn every_array_is_what_numpy_saved() {
    let goldens = goldens("npy");
    let mut seen = 0;
    for file in ["stored.npz", "deflated.npz", "one.npy", "two.npy", "three.npy"] {
        let found = read(&stored(&format!("npy/{file}"))).unwrap_or_else(|error| panic!("{file}: {error}"));
        for (name, value) in &found {
            assert_eq!(Some(value), goldens.get(&format!("{file}/{name}")), "{file}/{name}");
        }
        seen += found.len();
    }
    assert_eq!(seen, goldens.len());
}

#[test]
fn other_arrays_are_refused_for_their_reason() {
    for (file, id) in [
        ("objects.npy", "unsafe_pickle"),
        ("objects.npz", "unsafe_pickle"),
        ("structure.npy", "unsupported_format"),
        ("big-endian.npy", "unsupported_format"),
        ("text.npy", "unsupported_format"),
        ("complex.npy", "unsupported_format"),
        ("bomb.npz", "limit_exceeded"),
    ] {
        assert_eq!(fault(read(&stored(&format!("npy/refused/{file}")))).0, id, "{file}");
    }
}

/// An array of 24 bytes with this header.
fn array(header: &str) -> Vec<u8> {
    let length = header.len() as u16;
    [&b"\x93NUMPY\x01\0"[..], &length.to_le_bytes(), header.as_bytes(), &[0; 24]].concat()
}

#[test]
fn headers_are_a_literal_and_nothing_else() {
    let good = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }   \n";
    assert!(read(&array(good)).is_ok());
    assert!(read(&array("{'shape': (6,), 'descr': '<f4', 'fortran_order': True}\n")).is_ok());
    let malformed = [
        "__import__('os').system('ls')\n",
        "{'descr': eval('1'), 'fortran_order': False, 'shape': (2, 3), }\n",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), 'more': 1, }\n",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), 'shape': (2, 3), }\n",
        "{'descr': '<f4', 'fortran_order': False, }\n",
        "{'descr': '<f4', 'fortran_order': 0, 'shape': (2, 3), }\n",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, -3), }\n",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 03), }\n",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (6), }\n",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3, ), }\n",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2*3,), }\n",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), } #\n",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296), }\n",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (18446744073709551615, 18446744073709551615, 0), }\n",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }\n",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n",
    ];
    for header in malformed {
        assert_eq!(fault(read(&array(header))).0, "malformed_header", "{header}");
    }
    let long = "{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000, 1000000000), }\n";
    assert_eq!(fault(read(&array(long))).0, "truncated_file");
    let whole = array(good);
    assert_eq!(fault(read(&whole[..9])).0, "truncated_file");
    assert_eq!(fault(read(&whole[..whole.len() - 1])).0, "truncated_file");
    assert_eq!(fault(read(&[&whole[..], b"x"].concat())).0, "malformed_header");
}

#[test]
fn deflated_members_say_everything_twice_too() {
    let whole = stored("npy/deflated.npz");
    let told = |what: &str, at: usize, with: u8| {
        let mut bytes = whole.clone();
        bytes[at] = with;
        let (id, message) = fault(read(&bytes));
        assert!(["malformed_header", "unsupported_format"].contains(&id.as_str()), "{what}: {id} {message}");
    };
    told("stored", 8, 0);
    told("packed in another way", 8, 12);
    told("encrypted", 6, 1);
    told("another length", 22, 1);
    // The first compressed byte: behind the header, the name and the extra field.
    let lengths = |at: usize| usize::from(u16::from_le_bytes([whole[at], whole[at + 1]]));
    told("another stream", 30 + lengths(26) + lengths(28), 0xFF);
}

#[test]
fn mutated_files_cost_little_and_never_panic() {
    for file in ["two.npy", "stored.npz", "deflated.npz"] {
        let whole = stored(&format!("npy/{file}"));
        let marks = mutate::marks(&whole, &[&b"PK\x01\x02"[..], b"PK\x03\x04", b"PK\x05\x06", b"\x93NUM"]);
        let mut chance = mutate::chance(12);
        let mut wrong = 0;
        for round in 0..rounds() {
            let (_folder, submission) = all("weights.npz", &mutate::mutant(&whole, &marks, &mut chance, round));
            let tensors = npy::read(submission.file("weights.npz").unwrap());
            if mutate::refused(&tensors) {
                wrong += 1;
                continue;
            }
            let tensors = tensors.unwrap();
            wrong += usize::from(mutate::held(&submission, &tensors) < tensors.len());
        }
        assert!(wrong > rounds() / 4, "{file}: {wrong}");
    }
}
