//! Operators of ONNX against onnxruntime: `runtime/tests/onnx/ops.py` made the cases, one a line.

use lmstd_runtime::onnx::ops::api::{Attribute, Attributes, Budget, Call};
use lmstd_runtime::onnx::ops::find;
use lmstd_runtime::onnx::value::{Data, Tensor, Type};
use serde_json::Value as Json;

fn numbers(list: &Json) -> Vec<f64> {
    let one = |x: &Json| x.as_f64().unwrap_or_else(|| x.as_str().unwrap().parse().unwrap());
    list.as_array().unwrap().iter().map(one).collect()
}

fn whole(list: &Json) -> Vec<u64> {
    list.as_array().unwrap().iter().map(|x| x.as_u64().unwrap()).collect()
}

/// A tensor as a case writes it.
pub fn tensor(from: &Json) -> Tensor {
    let shape: Vec<usize> =
        from["shape"].as_array().unwrap().iter().map(|d| usize::try_from(d.as_u64().unwrap()).unwrap()).collect();
    let kind = Type::of_code(from["kind"].as_i64().unwrap()).unwrap();
    if kind == Type::Text {
        let one = |x: &Json| x.as_str().unwrap().to_owned();
        return Tensor::new(&shape, from["data"].as_array().unwrap().iter().map(one).collect::<Vec<_>>()).unwrap();
    }
    let data = numbers(&from["data"]);
    let data: Data = match kind {
        Type::Bool => data.iter().map(|x| *x != 0.0).collect::<Vec<_>>().into(),
        Type::I8 => data.iter().map(|x| *x as i8).collect::<Vec<_>>().into(),
        Type::U8 => data.iter().map(|x| *x as u8).collect::<Vec<_>>().into(),
        Type::I16 => data.iter().map(|x| *x as i16).collect::<Vec<_>>().into(),
        Type::U16 => data.iter().map(|x| *x as u16).collect::<Vec<_>>().into(),
        Type::I32 => data.iter().map(|x| *x as i32).collect::<Vec<_>>().into(),
        Type::U32 => data.iter().map(|x| *x as u32).collect::<Vec<_>>().into(),
        // f64 would round the largest.
        Type::U64 => whole(&from["data"]).into(),
        Type::I64 => from["data"].as_array().unwrap().iter().map(|x| x.as_i64().unwrap()).collect::<Vec<_>>().into(),
        float => return Tensor::of_f64(&shape, data, float).unwrap(),
    };
    Tensor::new(&shape, data).unwrap()
}

fn attribute(from: &Json) -> Attribute {
    let (kind, value) = (from[0].as_i64().unwrap(), &from[1]);
    let floats = || numbers(value).into_iter().map(|x| x as f32).collect();
    match kind {
        1 => Attribute::Float(value.as_f64().unwrap() as f32),
        2 => Attribute::Int(value.as_i64().unwrap()),
        3 => Attribute::Text(value.as_str().unwrap().to_owned()),
        6 => Attribute::Floats(floats()),
        7 => Attribute::Ints(value.as_array().unwrap().iter().map(|x| x.as_i64().unwrap()).collect()),
        8 => Attribute::Texts(value.as_array().unwrap().iter().map(|x| x.as_str().unwrap().to_owned()).collect()),
        other => panic!("attribute of kind {other}"),
    }
}

/// What differs between a computed tensor and the reference's: 1e-3 of a number and `absolute` are allowed, 1e-7 in
/// ONNX's own tests.
pub fn difference(ours: &Tensor, theirs: &Tensor, absolute: f64) -> Option<String> {
    if ours.kind() != theirs.kind() || ours.shape != theirs.shape {
        let told = |t: &Tensor| format!("{} {:?}", t.kind().name(), t.shape);
        return Some(format!("{} instead of {}", told(ours), told(theirs)));
    }
    let close = |a: f64, b: f64| a == b || (a.is_nan() && b.is_nan()) || (a - b).abs() <= absolute + 1e-3 * b.abs();
    if !ours.kind().is_float() {
        return (ours.data != theirs.data).then(|| format!("{:?} instead of {:?}", ours.data, theirs.data));
    }
    let (ours, theirs) = (ours.to_f64().unwrap(), theirs.to_f64().unwrap());
    let wrong = ours.iter().zip(theirs.iter()).position(|(a, b)| !close(*a, *b))?;
    Some(format!("element {wrong} is {} instead of {}", ours[wrong], theirs[wrong]))
}

/// Runs one case; what is wrong with it, if anything.
pub fn check(case: &Json) -> Option<String> {
    let mut attributes = Attributes::default();
    for (name, value) in case["attributes"].as_object().unwrap() {
        attributes.insert(name, attribute(value));
    }
    let inputs: Vec<Option<Tensor>> =
        case["inputs"].as_array().unwrap().iter().map(|x| (!x.is_null()).then(|| tensor(x))).collect();
    let inputs: Vec<Option<&Tensor>> = inputs.iter().map(Option::as_ref).collect();
    let (op, opset) = (case["op"].as_str().unwrap(), case["opset"].as_i64().unwrap());
    let expected = case["outputs"].as_array().unwrap();
    let budget = Budget::new(1 << 40, 1 << 30);
    let call = Call { op, opset, attributes: &attributes, inputs: &inputs, outputs: expected.len(), budget: &budget };
    let Some(kernel) = find(op, opset) else { return Some("there is no kernel".to_owned()) };
    let outputs = match kernel(&call) {
        Ok(outputs) => outputs,
        Err(error) => return Some(error.message),
    };
    if let Some(name) = attributes.unread() {
        return Some(format!("the attribute {name} was not read"));
    }
    let pairs = expected.iter().enumerate().filter(|(_, theirs)| !theirs.is_null());
    pairs.into_iter().find_map(|(at, theirs)| match outputs.get(at) {
        Some(ours) => difference(ours, &tensor(theirs), case["absolute"].as_f64().unwrap()),
        None => Some(format!("output {at} is missing")),
    })
}

#[test]
fn operators_compute_what_onnxruntime_computes() {
    let cases = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/onnx/ops.jsonl")).unwrap();
    let mut wrong = Vec::new();
    let mut number = 0;
    for line in cases.lines() {
        let case: Json = serde_json::from_str(line).unwrap();
        number += 1;
        wrong.extend(check(&case).map(|why| format!("{}: {why}", case["name"])));
    }
    assert!(number >= 100, "only {number} cases");
    assert!(wrong.is_empty(), "{} of {number}:\n{}", wrong.len(), wrong.join("\n"));
}
