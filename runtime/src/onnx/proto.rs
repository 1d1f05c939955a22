//! An ONNX file as the messages that it holds, told from the bytes alone.
//!
//! Every field of the format (up to IR version 13) is named here with its wire type; a field that is not is refused, since
//! it could change what the model means. What says nothing about the computation (doc strings, metadata, annotations,
//! devices) is passed over. A single field that comes twice is refused, although protobuf would merge or choose. Numbers of
//! a list may be packed or not; a tensor's data are packed, in one piece, as its definition says. Subgraphs are read to a
//! depth of 16. Knows no operator and no rule of graphs.

use super::wire::{Field, Span, Wire};
use crate::intake::door::FileHandle;
use crate::intake::error::{IntakeError, fault};

/// A model.
#[derive(Debug, Default)]
pub(super) struct ModelProto {
    pub ir_version: i64,
    pub producer: String,
    pub opsets: Vec<(String, i64)>,
    pub graph: Option<GraphProto>,
    pub functions: usize,
}

/// A graph or subgraph.
#[derive(Debug, Default)]
pub(super) struct GraphProto {
    pub name: String,
    pub nodes: Vec<NodeProto>,
    pub initializers: Vec<TensorProto>,
    pub inputs: Vec<ValueInfo>,
    pub outputs: Vec<ValueInfo>,
    pub values: Vec<ValueInfo>,
}

/// A node.
#[derive(Debug, Default)]
pub(super) struct NodeProto {
    pub name: String,
    pub op: String,
    pub domain: String,
    pub inputs: Vec<String>,
    pub outputs: Vec<String>,
    pub attributes: Vec<AttributeProto>,
}

/// An attribute: exactly one of the values.
#[derive(Debug)]
pub(super) struct AttributeProto {
    pub name: String,
    pub value: AttributeValue,
}

/// The value of an attribute.
#[derive(Debug)]
pub(super) enum AttributeValue {
    Float(f32),
    Int(i64),
    Text(String),
    Tensor(TensorProto),
    Graph(GraphProto),
    Floats(Vec<f32>),
    Ints(Vec<i64>),
    Texts(Vec<String>),
}

impl AttributeValue {
    /// ONNX's code of the value's type (`AttributeProto.AttributeType`).
    fn code(&self) -> u64 {
        match self {
            Self::Float(_) => 1,
            Self::Int(_) => 2,
            Self::Text(_) => 3,
            Self::Tensor(_) => 4,
            Self::Graph(_) => 5,
            Self::Floats(_) => 6,
            Self::Ints(_) => 7,
            Self::Texts(_) => 8,
        }
    }

    /// The one value that an attribute has, of the type that it tells, if it tells one. Writers leave out zeros and empty
    /// lists.
    pub fn one(mut values: Vec<Self>, told: u64) -> Option<Self> {
        match (values.len(), told) {
            (1, told) => values.pop().filter(|value| told == 0 || value.code() == told),
            (0, 1) => Some(Self::Float(0.0)),
            (0, 2) => Some(Self::Int(0)),
            (0, 3) => Some(Self::Text(String::new())),
            (0, 6) => Some(Self::Floats(Vec::new())),
            (0, 7) => Some(Self::Ints(Vec::new())),
            (0, 8) => Some(Self::Texts(Vec::new())),
            _ => None,
        }
    }
}

/// A tensor: what it is and where its elements lie.
#[derive(Debug, Default)]
pub(super) struct TensorProto {
    pub name: String,
    pub dims: Vec<u64>,
    pub data_type: i64,
    pub places: Vec<Place>,
    pub external: Vec<(String, String)>,
    pub is_external: bool,
}

/// One of the places in which a tensor may keep its elements.
#[derive(Debug)]
pub(super) enum Place {
    Raw(Span),
    Floats(Span),
    Doubles(Span),
    Int32(Span),
    Int64(Span),
    Uint64(Span),
    Texts(Vec<String>),
}

/// A name with its type.
#[derive(Debug, Default)]
pub(super) struct ValueInfo {
    pub name: String,
    pub kind: Option<TypeProto>,
}

/// A type: a tensor's element type and dimensions, or a sequence of such.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum TypeProto {
    Tensor(i64, Option<Vec<Dimension>>),
    Sequence(Box<TypeProto>),
    /// Map, optional, sparse or opaque: named, never held.
    Other(&'static str),
}

/// A dimension.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Dimension {
    Fixed(u64),
    Named(String),
    Unknown,
}

/// Whether the file is a model by its content: `ir_version` first, then fields of a model to the last byte, among them a
/// graph and an operator set. A file named `.onnx` only has to begin so, so that a broken one is told as such.
///
/// # Errors
/// Those of [`FileHandle::read_at`].
pub fn is_onnx(file: &FileHandle) -> Result<bool, IntakeError> {
    let mut wire = Wire::new(file);
    let head = file.read_at(0, file.entry().bytes.min(2))?;
    if head.first() != Some(&8) || !head.get(1).is_some_and(|version| (1..=64).contains(version)) {
        return Ok(false);
    }
    if file.entry().path.to_lowercase().ends_with(".onnx") {
        return Ok(true);
    }
    let (mut rest, mut has_graph, mut has_opset) = (wire.whole(), false, false);
    // Where the system does not give the bytes, that is told; where they are no fields, it is another format.
    loop {
        match wire.next(&mut rest) {
            Ok(Some((1 | 5, Field::Varint(_)) | (2..=4 | 6 | 14 | 20 | 25 | 26, Field::Bytes(_)))) => {}
            Ok(Some((7, Field::Bytes(_)))) => has_graph = true,
            Ok(Some((8, Field::Bytes(_)))) => has_opset = true,
            Ok(Some(_)) => return Ok(false),
            Ok(None) => return Ok(has_graph && has_opset),
            Err(error) if error.fault == fault::TAMPERED || error.fault == fault::UNREADABLE => return Err(error),
            Err(_) => return Ok(false),
        }
    }
}
