//! Cases 1 to 19: safetensors.

use super::bench::Bench;
use super::build::{floats, load, member, safetensors, save, zip};
use super::{Case, Must, case};

const FILE: &str = "model.safetensors";

/// A sound model whose weights are these bytes.
fn weights(bench: &Bench, bytes: impl AsRef<[u8]>) {
    bench.model("tabular-mlp");
    bench.file(FILE, bytes);
}

/// The weights of a sound model, whole.
fn sound(bench: &Bench) -> Vec<u8> {
    bench.model("tabular-mlp");
    std::fs::read(bench.submitted(FILE)).unwrap()
}

fn entry(name: &str, dtype: &str, shape: &str, offsets: &str) -> String {
    format!(r#""{name}":{{"dtype":"{dtype}","shape":[{shape}],"data_offsets":[{offsets}]}}"#)
}

/// A file of one float with other words in its header.
fn one(bench: &Bench, name: &str, shape: &str, offsets: &str, bytes: usize) {
    weights(bench, safetensors(format!("{{{}}}", entry(name, "F32", shape, offsets)), &vec![0; bytes]));
}

fn length(bench: &Bench, length: impl Fn(u64) -> u64) {
    let mut bytes = sound(bench);
    let new = length(bytes.len() as u64);
    bytes[..8].copy_from_slice(&new.to_le_bytes());
    bench.file(FILE, bytes);
}

pub fn cases() -> Vec<Case> {
    lengths().into_iter().chain(headers()).chain(contents()).collect()
}

fn lengths() -> Vec<Case> {
    vec![
        case(1, "st: header length u64::MAX", Must::Reject)
            .certify("malformed_header", "", |bench| length(bench, |_| u64::MAX)),
        case(2, "st: length = file size + 1", Must::Reject)
            .certify("truncated_file", "", |bench| length(bench, |size| size + 1)),
        case(3, "st: length 100,000,001", Must::Reject)
            .certify("malformed_header", "", |bench| length(bench, |_| 100_000_001)),
        case(4, "st: empty file / 7 bytes", Must::Reject)
            .certify("truncated_file", "empty", |bench| weights(bench, b""))
            .certify("truncated_file", "7 bytes", |bench| weights(bench, [0; 7])),
        case(5, "st: two tensors overlap", Must::Reject).certify("malformed_header", "", |bench| {
            let header = format!("{{{},{}}}", entry("a", "F32", "2", "0,8"), entry("b", "F32", "2", "4,12"));
            weights(bench, safetensors(header, &[0; 12]));
        }),
        case(6, "st: hole before first / trailing bytes", Must::Reject)
            .certify("malformed_header", "hole", |bench| one(bench, "a", "1", "4,8", 8))
            .certify("malformed_header", "trailing", |bench| one(bench, "a", "1", "0,4", 8)),
        case(7, "st: duplicate name, other dtype", Must::Reject).certify("malformed_header", "", |bench| {
            let header = format!("{{{},{}}}", entry("a", "F32", "1", "0,4"), entry("a", "F16", "2", "4,8"));
            weights(bench, safetensors(header, &[0; 8]));
        }),
        case(8, "st: duplicate `__metadata__` key inside map", Must::Reject).certify("malformed_header", "", |bench| {
            let header =
                format!(r#"{{"__metadata__":{{"format":"pt","format":"tf"}},{}}}"#, entry("a", "F32", "1", "0,4"));
            weights(bench, safetensors(header, &[0; 4]));
        }),
    ]
}

fn headers() -> Vec<Case> {
    vec![
        case(9, "st: shape product overflows u64", Must::Reject).certify("malformed_header", "", |bench| {
            one(bench, "a", "4294967296,4294967296,4", "0,4", 4);
        }),
        case(10, "st: [2^64-1, 0] zero-size", Must::Reject).certify("malformed_header", "", |bench| {
            one(bench, "a", "18446744073709551615,0", "0,0", 0);
        }),
        case(11, "st: 1 M zero-element tensors", Must::Limit).certify("limit_exceeded", "", |bench| {
            let entries: Vec<String> = (0..1_000_000).map(|at| entry(&at.to_string(), "F32", "0", "0,0")).collect();
            weights(bench, safetensors(format!("{{{}}}", entries.join(",")), &[]));
        }),
        case(12, "st: leading space/newline before `{`", Must::Reject)
            .certify("malformed_header", "space", |bench| {
                weights(bench, safetensors(format!(" {{{}}}", entry("a", "F32", "1", "0,4")), &[0; 4]));
            })
            .certify("malformed_header", "newline", |bench| {
                weights(bench, safetensors(format!("\n{{{}}}", entry("a", "F32", "1", "0,4")), &[0; 4]));
            }),
        case(13, "st: begin > end, negative, float offset", Must::Reject)
            .certify("malformed_header", "begin > end", |bench| one(bench, "a", "1", "4,0", 4))
            .certify("malformed_header", "negative", |bench| one(bench, "a", "1", "-4,0", 4))
            .certify("malformed_header", "float", |bench| one(bench, "a", "1", "0.0,4.0", 4)),
        case(14, "st: name with ESC/NUL/`../`", Must::Reject)
            .certify("malformed_header", "ESC", |bench| one(bench, "a\\u001b[2J", "1", "0,4", 4))
            .certify("malformed_header", "NUL", |bench| one(bench, "a\\u0000b", "1", "0,4", 4))
            .certify("malformed_header", "../", |bench| one(bench, "../a", "1", "0,4", 4)),
        case(15, "st: NFC and NFD twin names", Must::Reject).certify("malformed_header", "", |bench| {
            let header =
                format!("{{{},{}}}", entry("caf\u{e9}", "F32", "1", "0,4"), entry("cafe\u{301}", "F32", "1", "4,8"));
            weights(bench, safetensors(header, &[0; 8]));
        }),
    ]
}

/// A sound model whose claimed mask holds this byte.
fn truth(bench: &Bench, byte: u8) {
    bench.model("bert-sequence-classification");
    let mut claims = load(&bench.submitted("golden.safetensors"));
    let mask = claims.iter_mut().find(|claim| claim.name == "attention_mask").unwrap();
    let count = mask.shape.iter().product::<u64>() as usize;
    mask.dtype = "BOOL".into();
    mask.bytes = vec![1; count];
    mask.bytes[count / 2] = byte;
    bench.file("golden.safetensors", save(&claims));
}

fn contents() -> Vec<Case> {
    vec![
        case(16, "st: BOOL bytes 2, 255", Must::Reject)
            .certify("malformed_data", "2", |bench| truth(bench, 2))
            .certify("malformed_data", "255", |bench| truth(bench, 255)),
        case(17, "st: 200k nested arrays in header", Must::Reject).certify("malformed_header", "", |bench| {
            let nested = "[".repeat(200_000) + &"]".repeat(200_000);
            weights(bench, safetensors(format!(r#"{{"a":{{"shape":{nested}}}}}"#), &[]));
        }),
        case(18, "st: NaN/Inf weights", Must::Fail)
            .certify("non_finite_weight", "NaN", |bench| spoil(bench, f32::NAN))
            .certify("non_finite_weight", "Inf", |bench| spoil(bench, f32::NEG_INFINITY)),
        case(19, "st+zip polyglot", Must::Reject)
            .certify("malformed_header", "zip behind", |bench| {
                let bytes = [sound(bench), zip(&[member("data.pkl", b"N.")])].concat();
                bench.file(FILE, bytes);
            })
            .certify("malformed_header", "zip in the data", |bench| {
                let inside = zip(&[member("data.pkl", b"N.")]);
                let header = format!("{{{}}}", entry("a", "U8", "1", "0,1"));
                weights(bench, safetensors(header, &[&[0], &inside[..]].concat()));
            }),
    ]
}

/// A sound model with one number in the place of another.
fn spoil(bench: &mut Bench, value: f32) {
    bench.model("tabular-mlp");
    let mut tensors = load(&bench.submitted(FILE));
    let first = &mut tensors[0];
    let at = 4 * bench.below(first.bytes.len() / 4);
    first.bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
    let same = floats(&first.name, &first.shape, &[]);
    assert_eq!(same.dtype, first.dtype);
    bench.file(FILE, save(&tensors));
}
