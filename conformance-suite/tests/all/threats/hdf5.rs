//! Cases 54 to 59: HDF5 and Keras.

use super::bench::Bench;
use super::build::{member, zip};
use super::{Case, Must, case};
use serde_json::{Value, json};

const UNDEFINED: [u8; 8] = [0xff; 8];
/// Where the root group's header stands, behind the superblock.
const ROOT: u64 = 96;

/// A message of an object header.
fn message(kind: u16, data: &[u8]) -> Vec<u8> {
    let mut padded = data.to_vec();
    padded.resize(padded.len().next_multiple_of(8), 0);
    [&kind.to_le_bytes()[..], &(padded.len() as u16).to_le_bytes(), &[0; 4], &padded].concat()
}

/// An object header of version 1.
fn object(messages: &[Vec<u8>]) -> Vec<u8> {
    let body = messages.concat();
    let head = [&[1, 0][..], &(messages.len() as u16).to_le_bytes(), &1_u32.to_le_bytes()].concat();
    [&head[..], &(body.len() as u32).to_le_bytes(), &[0; 4], &body].concat()
}

/// A link of a group: its type, and what it leads to.
fn link(name: &str, kind: u8, to: &[u8]) -> Vec<u8> {
    message(6, &[&[1, 0x08, kind, name.len() as u8], name.as_bytes(), to].concat())
}

fn hard(name: &str, address: u64) -> Vec<u8> {
    link(name, 0, &address.to_le_bytes())
}

/// A link that names what it leads to.
fn named(name: &str, kind: u8, to: &[u8]) -> Vec<u8> {
    link(name, kind, &[&(to.len() as u16).to_le_bytes()[..], to].concat())
}

fn group(links: &[Vec<u8>]) -> Vec<u8> {
    let info = message(2, &[&[0, 0][..], &UNDEFINED, &UNDEFINED].concat());
    object(&[&[info, message(10, &[0, 0])], links].concat())
}

/// A text as an attribute.
fn attribute(name: &str, text: &str) -> Vec<u8> {
    let mut name = [name.as_bytes(), &[0]].concat();
    let sizes = [name.len() as u16, 8, 8].map(u16::to_le_bytes).concat();
    name.resize(name.len().next_multiple_of(8), 0);
    let kind = [&[0x13, 0, 0, 0][..], &(text.len() as u32).to_le_bytes()].concat();
    message(12, &[&[1, 0][..], &sizes, &name, &kind, &[1, 0, 0, 0, 0, 0, 0, 0], text.as_bytes()].concat())
}

/// A file whose root group is this, with what stands behind it.
fn file(root: &[u8], behind: &[u8]) -> Vec<u8> {
    let end = ROOT + (root.len() + behind.len()) as u64;
    let head = [&b"\x89HDF\r\n\x1a\n\0\0\0\0\0\x08\x08\0"[..], &4_u16.to_le_bytes(), &16_u16.to_le_bytes(), &[0; 4]];
    let places = [&[0; 8][..], &UNDEFINED, &end.to_le_bytes(), &UNDEFINED].concat();
    let entry = [&[0; 8][..], &ROOT.to_le_bytes(), &[0; 24]].concat();
    [&head.concat()[..], &places, &entry, root, behind].concat()
}

fn floats() -> Vec<u8> {
    message(3, &[0x11, 0x20, 0x1f, 0, 4, 0, 0, 0, 0, 0, 32, 0, 23, 8, 0, 23, 127, 0, 0, 0])
}

fn space(elements: u64) -> Vec<u8> {
    message(1, &[&[1, 1, 0, 0, 0, 0, 0, 0][..], &elements.to_le_bytes()].concat())
}

/// Where elements lie, one after another.
fn contiguous(address: u64, bytes: u64) -> Vec<u8> {
    message(8, &[&[3, 1][..], &address.to_le_bytes(), &bytes.to_le_bytes()].concat())
}

/// A file with one dataset `w` of these messages.
fn dataset(messages: &[Vec<u8>]) -> Vec<u8> {
    let behind = ROOT + group(&[hard("w", 0)]).len() as u64;
    file(&group(&[hard("w", behind)]), &object(messages))
}

fn keras(config: &Value) -> Vec<u8> {
    let attributes = [attribute("model_config", &config.to_string()), attribute("keras_version", "3.0.0")];
    file(&group(&attributes), &[])
}

fn layers(layer: &Value) -> Value {
    json!({"class_name": "Sequential", "module": "keras", "config": {"name": "m", "layers": [layer]}})
}

fn lambda() -> Value {
    layers(&json!({"class_name": "Lambda", "module": "keras.layers", "config": {"name": "l", "function": {
        "class_name": "__lambda__", "config": {"code": "4wEAAAA=", "defaults": null, "closure": null}}}}))
}

fn submit(bench: &mut Bench, bytes: &[u8]) {
    bench.file("model.h5", bytes);
}

/// A `.keras` archive of this config and an empty file of weights.
fn packed(bench: &Bench, config: &Value) {
    let weights = file(&group(&[]), &[]);
    let metadata = br#"{"keras_version":"3.0.0","date_saved":"2026-01-01@00:00:00"}"#;
    let config = config.to_string();
    let members =
        [("metadata.json", &metadata[..]), ("config.json", config.as_bytes()), ("model.weights.h5", &weights)];
    bench.file("model.keras", zip(&members.map(|(name, data)| member(name, data))));
}

pub fn cases() -> Vec<Case> {
    let mut all: Vec<Case> = code().into_iter().chain(places()).collect();
    all.sort_by_key(|case| case.number);
    all
}

fn code() -> Vec<Case> {
    vec![
        case(54, "h5: Lambda layer / custom module path", Must::Fail)
            .certify("custom_code", "Lambda", |bench| submit(bench, &keras(&lambda())))
            .certify("custom_code", "module", |bench| {
                let own = json!({"class_name": "Dense", "module": "own.layers", "registered_name": "own>Dense"});
                submit(bench, &keras(&layers(&own)));
            }),
        case(59, ".keras: config class from `os`/`builtins`", Must::Fail)
            .certify("custom_code", "os", |bench| {
                packed(bench, &json!({"class_name": "system", "module": "os", "config": {"command": "true"}}));
            })
            .certify("custom_code", "builtins", |bench| {
                packed(bench, &layers(&json!({"class_name": "eval", "module": "builtins", "config": {"a": "1"}})));
            })
            .certify("custom_code", "Lambda", |bench| packed(bench, &lambda())),
    ]
}

fn places() -> Vec<Case> {
    vec![
        case(55, "h5: ExternalLink, external storage, VDS", Must::Fail)
            .certify("unsafe_path", "ExternalLink", |bench| {
                submit(bench, &file(&group(&[named("w", 64, b"\0/etc/hostname\0/w\0")]), &[]));
            })
            .exits(2)
            .certify("unsafe_path", "external storage", |bench| {
                let list =
                    [&[1, 0, 0, 0, 1, 0, 1, 0][..], &ROOT.to_le_bytes(), &[0; 16], &24_u64.to_le_bytes()].concat();
                let outside = [space(6), floats(), contiguous(u64::MAX, 24), message(7, &list)];
                submit(bench, &dataset(&outside));
            })
            .exits(2)
            .certify("unsafe_path", "VDS", |bench| {
                let layout = [&[4, 3][..], &ROOT.to_le_bytes(), &0_u32.to_le_bytes()].concat();
                submit(bench, &dataset(&[space(6), floats(), message(8, &layout)]));
            })
            .exits(2)
            .note("refused as every path that leaves the submission is"),
        case(56, "h5: dataset shape 10^18", Must::Reject).certify("malformed_header", "", |bench| {
            let elements = 1_000_000_000_000_000_000;
            submit(bench, &dataset(&[space(elements), floats(), contiguous(ROOT, elements)]));
        }),
        case(57, "h5: cyclic group / soft-link loop", Must::Reject)
            .certify("malformed_header", "cyclic group", |bench| {
                submit(bench, &file(&group(&[hard("a", ROOT)]), &[]));
            })
            .certify("malformed_header", "soft links", |bench| {
                submit(bench, &file(&group(&[named("a", 1, b"/b"), named("b", 1, b"/a")]), &[]));
            }),
        case(58, "h5: unknown filter plugin id", Must::Reject).certify("unsupported_format", "", |bench| {
            let filter = [1, 1, 0, 0, 0, 0, 0, 0, 0x39, 0x30, 0, 0, 0, 0, 0, 0];
            let chunked = [&[3, 2, 2][..], &UNDEFINED, &6_u32.to_le_bytes(), &4_u32.to_le_bytes()].concat();
            submit(bench, &dataset(&[space(6), floats(), message(8, &chunked), message(11, &filter)]));
        }),
    ]
}
