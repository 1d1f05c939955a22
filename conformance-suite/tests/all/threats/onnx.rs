//! Cases 60 to 68: ONNX.

use super::bench::Bench;
use super::{Case, Must, case};
use std::os::unix::fs::symlink;

/// A field of bytes.
fn bytes(field: u64, bytes: &[u8]) -> Vec<u8> {
    [varint(field << 3 | 2), varint(bytes.len() as u64), bytes.to_vec()].concat()
}

/// A field of a number.
fn number(field: u64, number: u64) -> Vec<u8> {
    [varint(field << 3), varint(number)].concat()
}

fn varint(mut number: u64) -> Vec<u8> {
    let mut out = Vec::new();
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
    out
}

/// A tensor `w` of six floats that lie elsewhere, as these pairs say.
fn outside(pairs: &[(&str, &str)]) -> Vec<u8> {
    let entry =
        |(key, value): &(&str, &str)| bytes(13, &[bytes(1, key.as_bytes()), bytes(2, value.as_bytes())].concat());
    let entries: Vec<u8> = pairs.iter().flat_map(entry).collect();
    // dims, data_type FLOAT, name, external_data, data_location EXTERNAL.
    [number(1, 6), number(2, 1), bytes(8, b"w"), entries, number(14, 1)].concat()
}

/// A tensor `w` of six floats.
fn inside() -> Vec<u8> {
    [number(1, 6), number(2, 1), bytes(8, b"w"), bytes(9, &[0; 24])].concat()
}

fn node(op: &str, domain: &str, inputs: &[&str], more: &[u8]) -> Vec<u8> {
    let inputs: Vec<u8> = inputs.iter().flat_map(|input| bytes(1, input.as_bytes())).collect();
    [inputs, bytes(2, b"y"), bytes(4, op.as_bytes()), more.to_vec(), bytes(7, domain.as_bytes())].concat()
}

/// A value of six floats.
fn value(name: &str) -> Vec<u8> {
    let shape = bytes(2, &bytes(1, &number(1, 6)));
    [bytes(1, name.as_bytes()), bytes(2, &bytes(1, &[number(1, 1), shape].concat()))].concat()
}

/// A graph of one node from `x` to `y`, with what else belongs to it.
fn graph(node: &[u8], more: &[u8]) -> Vec<u8> {
    [bytes(1, node), bytes(2, b"g"), more.to_vec(), bytes(11, &value("x")), bytes(12, &value("y"))].concat()
}

fn model(graph: &[u8]) -> Vec<u8> {
    [number(1, 8), bytes(7, graph), bytes(8, &[bytes(1, b""), number(2, 17)].concat())].concat()
}

/// A model that adds `w` to its input.
fn adding(tensor: &[u8]) -> Vec<u8> {
    model(&graph(&node("Add", "", &["x", "w"], &[]), &bytes(5, tensor)))
}

fn elsewhere(bench: &mut Bench, pairs: &[(&str, &str)]) {
    bench.file("model.onnx", adding(&outside(pairs)));
    bench.file("weights.bin", [0; 24]);
}

fn located(bench: &mut Bench, place: &str) {
    std::fs::write(bench.path("x"), [0; 24]).unwrap();
    elsewhere(bench, &[("location", place)]);
}

/// An attribute of a graph.
fn attribute(name: &str, graph: &[u8]) -> Vec<u8> {
    bytes(5, &[bytes(1, name.as_bytes()), bytes(6, graph), number(20, 5)].concat())
}

pub fn cases() -> Vec<Case> {
    places().into_iter().chain(graphs()).collect()
}

fn places() -> Vec<Case> {
    vec![
        case(60, "onnx: location `a/../../x`, absolute, backslash", Must::Reject)
            .certify("unsafe_path", "climbing", |bench| located(bench, "a/../../x"))
            .certify("unsafe_path", "absolute", |bench| located(bench, "/etc/hostname"))
            .certify("unsafe_path", "backslash", |bench| located(bench, "..\\x")),
        case(61, "onnx: parent-dir symlink / hard link", Must::Reject)
            .certify("unsafe_path", "link", |bench| {
                located(bench, "inside/x");
                symlink(bench.path(""), bench.submitted("inside")).unwrap();
            })
            .certify("unsafe_path", "hard link", |bench| {
                located(bench, "x.bin");
                std::fs::hard_link(bench.path("x"), bench.submitted("x.bin")).unwrap();
            }),
        case(62, "onnx: negative/oversize offset, length", Must::Reject)
            .certify("malformed_header", "negative offset", |bench| {
                elsewhere(bench, &[("location", "weights.bin"), ("offset", "-4")]);
            })
            .certify("truncated_file", "large offset", |bench| {
                elsewhere(bench, &[("location", "weights.bin"), ("offset", "18446744073709551612")]);
            })
            .certify("malformed_header", "length", |bench| {
                elsewhere(bench, &[("location", "weights.bin"), ("length", "1099511627776")]);
            }),
        case(63, "onnx: sparse initializer external data", Must::Reject).certify("unsupported_format", "", |bench| {
            let sparse = bytes(15, &[bytes(1, &outside(&[("location", "../x")])), number(3, 6)].concat());
            bench.file("model.onnx", model(&graph(&node("Add", "", &["x", "w"], &[]), &sparse)));
        }),
        case(64, "onnx: unknown key in external_data (`__class__`)", Must::Reject).certify(
            "malformed_header",
            "",
            |bench| elsewhere(bench, &[("location", "weights.bin"), ("__class__", "x")]),
        ),
    ]
}

fn graphs() -> Vec<Case> {
    vec![
        case(65, "onnx: 10k nested If/Loop subgraphs", Must::Limit).certify("limit_exceeded", "", |bench| {
            // From the inside out, each level a copy of the one before and a few bytes.
            let mut inner = graph(&node("Identity", "", &["x"], &[]), &[]);
            for _ in 0..2_000 {
                inner = graph(&node("If", "", &["c"], &attribute("then_branch", &inner)), &[]);
            }
            bench.file("model.onnx", model(&inner));
        }),
        case(66, "onnx: custom-domain op", Must::Fail).certify("custom_code", "", |bench| {
            let own = graph(&node("Run", "com.example.own", &["x", "w"], &[]), &bytes(5, &inside()));
            let import = bytes(8, &[bytes(1, b"com.example.own"), number(2, 1)].concat());
            bench.file("model.onnx", [model(&own), import].concat());
        }),
        case(67, "onnx: endless Loop (trip count max)", Must::Limit).certify("limit_exceeded", "", |bench| {
            let scalar = |name: &str, kind: u64| {
                [bytes(1, name.as_bytes()), bytes(2, &bytes(1, &[number(1, kind), bytes(2, b"")].concat()))].concat()
            };
            let trips = [number(2, 7), bytes(8, b"n"), bytes(9, &i64::MAX.to_le_bytes())].concat();
            // The body goes on as long as it is told to, and passes its value on.
            let pass = |from: &str, to: &str| {
                [bytes(1, from.as_bytes()), bytes(2, to.as_bytes()), bytes(4, b"Identity")].concat()
            };
            let body = [
                bytes(1, &pass("on", "still")),
                bytes(1, &pass("a", "b")),
                bytes(2, b"body"),
                [scalar("i", 7), scalar("on", 9), value("a")].iter().flat_map(|input| bytes(11, input)).collect(),
                [scalar("still", 9), value("b")].iter().flat_map(|output| bytes(12, output)).collect(),
            ]
            .concat();
            let endless = node("Loop", "", &["n", "", "x"], &attribute("body", &body));
            bench.file("model.onnx", model(&graph(&endless, &bytes(5, &trips))));
            bench.more.extend(["--time", "8"].map(str::to_owned));
        }),
        case(68, "onnx: external file changed, model same", Must::Reject)
            .act("submission", "", |bench| {
                elsewhere(bench, &[("location", "weights.bin")]);
                let first = bench.certify();
                bench.file("weights.bin", [1; 24]);
                Ok(bench.run(&["verify", &bench.word("out"), "--submission", &bench.word("submission")]).after(&first))
            })
            .exits(1),
    ]
}
