//! Cases 37 to 45: pickles. What they would call is harmless (`true`, `print`), and nothing is ever called.

use super::bench::Bench;
use super::build::{dict, member, repeated, tensor, text, torch, zip};
use super::{Case, Must, case};

/// A sound config, and PyTorch's archive around this pickle.
fn pickled(bench: &Bench, pickle: impl AsRef<[u8]>) {
    named(bench, "pytorch_model.bin", zip(&torch(pickle.as_ref())));
}

/// A sound config beside a file.
fn named(bench: &Bench, name: &str, bytes: impl AsRef<[u8]>) {
    bench.model("tabular-mlp");
    std::fs::remove_file(bench.submitted("model.safetensors")).unwrap();
    bench.file(name, bytes);
}

/// `os.system("true")` by GLOBAL and REDUCE.
const CALL: &[u8] = b"\x80\x02cos\nsystem\nX\x04\0\0\0true\x85R.";

pub fn cases() -> Vec<Case> {
    calls().into_iter().chain(bombs()).collect()
}

fn calls() -> Vec<Case> {
    vec![
        case(37, "pkl: os.system REDUCE", Must::Fail)
            .certify("unsafe_pickle", "GLOBAL", |bench| pickled(bench, CALL))
            .certify("unsafe_pickle", "in place of a tensor", |bench| {
                pickled(bench, dict(&[("a", b"cos\nsystem\nX\x04\0\0\0true\x85R".to_vec())]));
            }),
        case(38, "pkl: payload first, then broken stream", Must::Fail).certify("unsafe_pickle", "", |bench| {
            let noise = bench.noise(64);
            pickled(bench, [&CALL[..CALL.len() - 1], &noise].concat());
        }),
        case(39, "pkl: INST/OBJ/NEWOBJ_EX/STACK_GLOBAL built names", Must::Fail)
            .certify("unsafe_pickle", "INST", |bench| pickled(bench, b"(S'true'\nios\nsystem\n."))
            .certify("unsafe_pickle", "OBJ", |bench| pickled(bench, b"\x80\x02(cos\nsystem\nX\x04\0\0\0trueo."))
            .certify("unsafe_pickle", "NEWOBJ_EX", |bench| {
                pickled(bench, b"\x80\x04ccollections\nOrderedDict\n)}\x92.");
            })
            .certify("unsafe_pickle", "STACK_GLOBAL", |bench| {
                pickled(bench, b"\x80\x04\x8c\x05posix\x8c\x06system\x93\x8c\x04true\x85R.");
            }),
        case(40, "pkl: getattr/operator chains on allowed modules", Must::Fail)
            .certify("unsafe_pickle", "getattr", |bench| {
                let name =
                    [b"\x80\x02cbuiltins\ngetattr\nctorch\nSize\n".to_vec(), text("__class__"), b"\x86R.".to_vec()];
                pickled(bench, name.concat());
            })
            .certify("unsafe_pickle", "attrgetter", |bench| {
                let name = [b"\x80\x02coperator\nattrgetter\n".to_vec(), text("system"), b"\x85R.".to_vec()];
                pickled(bench, name.concat());
            })
            .certify("unsafe_pickle", "dotted", |bench| {
                pickled(bench, b"\x80\x04\x8c\x05torch\x8c\x0bhub.os.path\x93.");
            })
            .certify("unsafe_pickle", "another name of the module", |bench| {
                pickled(bench, b"\x80\x02ctorch\nload\n)R.")
            }),
    ]
}

fn bombs() -> Vec<Case> {
    vec![
        case(41, "pkl: memo doubling (175 B)", Must::Limit).certify("malformed_header", "", |bench| {
            let doubled = repeated(b"q\0h\0\x86", 34);
            pickled(bench, [b"\x80\x02)".to_vec(), doubled, b".".to_vec()].concat());
        })
        .note("what is named twice is held once, so that there is no limit to reach: it is refused because it is no dictionary"),
        case(42, "pkl: declared 4 GiB string, 10 B file", Must::Reject)
            .certify("limit_exceeded", "in an archive", |bench| pickled(bench, b"\x80\x02X\xff\xff\xff\xffab."))
            .certify("limit_exceeded", "bare", |bench| {
                named(bench, "pytorch_model.bin", b"\x80\x02X\xff\xff\xff\xffab.");
            }),
        case(43, "pkl: 1 M nested tuples", Must::Limit).certify("limit_exceeded", "", |bench| {
            pickled(bench, [b"\x80\x02)".to_vec(), repeated(b"\x85", 1_000_000), b".".to_vec()].concat());
        }),
        case(44, "pkl: storage bigger than zip entry / stride out of range (CVE-2026-24747 kind)", Must::Reject)
            .certify("malformed_header", "storage", |bench| pickled(bench, dict(&[("a", tensor(7, 0, &[7], &[1]))])))
            .certify("malformed_header", "stride", |bench| {
                pickled(bench, dict(&[("a", tensor(6, 0, &[2], &[i32::MAX]))]));
            })
            .certify("malformed_header", "negative stride", |bench| {
                pickled(bench, dict(&[("a", tensor(6, 5, &[6], &[-1]))]));
            }),
        case(45, "pkl named .safetensors / .bin / no extension", Must::Fail)
            .certify("unsafe_pickle", ".safetensors", |bench| named(bench, "model.safetensors", CALL))
            .certify("unsafe_pickle", ".bin", |bench| named(bench, "pytorch_model.bin", CALL))
            .certify("unsafe_pickle", "no extension", |bench| named(bench, "weights", CALL))
            .certify("unsafe_pickle", "in an archive, .safetensors", |bench| {
                named(bench, "model.safetensors", zip(&torch(CALL)));
            })
            .certify("unsafe_pickle", "in an archive, no extension", |bench| {
                named(bench, "weights", zip(&[member("w/data.pkl", CALL)]));
            }),
    ]
}
