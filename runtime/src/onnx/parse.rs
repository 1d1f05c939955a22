//! The messages of ONNX, field by field: each is named with its wire type, and what is not named is refused.

use super::proto::{
    AttributeProto, AttributeValue, Dimension, GraphProto, ModelProto, NodeProto, Place, TensorProto, TypeProto,
    ValueInfo,
};
use super::wire::{Field, Span, Wire};
use crate::intake::door::FileHandle;
use crate::intake::error::{IntakeError, fault, printable};

/// Deepest nesting of subgraphs, and of types.
const DEPTH: usize = 16;
/// Most axes of a tensor.
const AXES: usize = 64;
/// Most bytes of all tensors that are attributes.
const CONSTANTS: u64 = 1 << 30;

/// Reads the file's messages.
///
/// # Errors
/// `malformed_header`, `truncated_file`, `limit_exceeded`, `unsupported_format`; those of [`FileHandle::read_at`].
pub(super) fn read(file: &FileHandle) -> Result<ModelProto, IntakeError> {
    let mut reader = Reader { wire: Wire::new(file), constants: 0 };
    let whole = reader.wire.whole();
    reader.model(whole)
}

/// Which single fields of a message have come.
struct Seen(&'static str, u64);

struct Reader<'f> {
    wire: Wire<'f>,
    constants: u64,
}

impl Reader<'_> {
    /// Refuses a single field's second coming. Fields beyond 63 do not exist here.
    fn once(&self, seen: &mut Seen, number: u32, at: u64) -> Result<(), IntakeError> {
        let bit = 1 << (number & 63);
        if seen.1 & bit != 0 {
            return Err(self.wire.wrong(at, &format!("field {number} of {} comes twice", seen.0), "two values"));
        }
        seen.1 |= bit;
        Ok(())
    }

    fn unknown(&self, seen: &Seen, number: u32, field: Field, at: u64) -> IntakeError {
        let found = match field {
            Field::Varint(_) => "a number",
            Field::Fixed64(_) => "eight bytes",
            Field::Bytes(_) => "a length",
            Field::Fixed32(_) => "four bytes",
        };
        self.wire.wrong(at, &format!("field {number} of {} is not one that is known, in this form", seen.0), found)
    }

    fn refuse(&self, message: &str, mend: &str) -> IntakeError {
        IntakeError::new(fault::UNSUPPORTED_FORMAT, self.wire.path(), message).mend(mend)
    }

    fn model(&mut self, mut rest: Span) -> Result<ModelProto, IntakeError> {
        let (mut seen, mut model) = (Seen("the model", 0), ModelProto::default());
        while let Some((number, field)) = self.wire.next(&mut rest)? {
            let at = rest.at;
            if matches!(number, 1..=7) {
                self.once(&mut seen, number, at)?;
            }
            match (number, field) {
                (1, Field::Varint(value)) => model.ir_version = value.cast_signed(),
                (2, Field::Bytes(span)) => model.producer = self.wire.text(span)?,
                (3 | 4 | 6 | 14 | 26, Field::Bytes(_)) | (5, Field::Varint(_)) => {}
                (7, Field::Bytes(span)) => model.graph = Some(self.graph(span, 0)?),
                (8, Field::Bytes(span)) => model.opsets.push(self.opset(span)?),
                (20, Field::Bytes(_)) => {
                    return Err(self.refuse("the model holds a training program", "save the model for inference"));
                }
                (25, Field::Bytes(_)) => model.functions += 1,
                _ => return Err(self.unknown(&seen, number, field, at)),
            }
        }
        Ok(model)
    }

    fn opset(&mut self, mut rest: Span) -> Result<(String, i64), IntakeError> {
        let (mut seen, mut opset) = (Seen("an operator set", 0), (String::new(), 0));
        while let Some((number, field)) = self.wire.next(&mut rest)? {
            self.once(&mut seen, number, rest.at)?;
            match (number, field) {
                (1, Field::Bytes(span)) => opset.0 = self.wire.text(span)?,
                (2, Field::Varint(value)) => opset.1 = value.cast_signed(),
                _ => return Err(self.unknown(&seen, number, field, rest.at)),
            }
        }
        Ok(opset)
    }

    fn graph(&mut self, mut rest: Span, depth: usize) -> Result<GraphProto, IntakeError> {
        if depth > DEPTH {
            return Err(IntakeError::new(fault::LIMIT_EXCEEDED, self.wire.path(), "subgraphs are nested too deeply")
                .because(format!("at most {DEPTH}"), "more")
                .mend("export the model with fewer conditions and loops inside of one another"));
        }
        let (mut seen, mut graph) = (Seen("a graph", 0), GraphProto::default());
        while let Some((number, field)) = self.wire.next(&mut rest)? {
            if matches!(number, 2 | 10) {
                self.once(&mut seen, number, rest.at)?;
            }
            match (number, field) {
                (1, Field::Bytes(span)) => graph.nodes.push(self.node(span, depth)?),
                (2, Field::Bytes(span)) => graph.name = self.wire.text(span)?,
                (5, Field::Bytes(span)) => graph.initializers.push(self.tensor(span)?),
                (10 | 14 | 16, Field::Bytes(_)) => {}
                (11, Field::Bytes(span)) => graph.inputs.push(self.value_info(span)?),
                (12, Field::Bytes(span)) => graph.outputs.push(self.value_info(span)?),
                (13, Field::Bytes(span)) => graph.values.push(self.value_info(span)?),
                (15, Field::Bytes(_)) => {
                    return Err(self.refuse("the model holds sparse weights", "save the weights as dense tensors"));
                }
                _ => return Err(self.unknown(&seen, number, field, rest.at)),
            }
        }
        Ok(graph)
    }

    fn node(&mut self, mut rest: Span, depth: usize) -> Result<NodeProto, IntakeError> {
        let (mut seen, mut node) = (Seen("a node", 0), NodeProto::default());
        while let Some((number, field)) = self.wire.next(&mut rest)? {
            if matches!(number, 3 | 4 | 6 | 7 | 8) {
                self.once(&mut seen, number, rest.at)?;
            }
            match (number, field) {
                (1, Field::Bytes(span)) => node.inputs.push(self.wire.text(span)?),
                (2, Field::Bytes(span)) => node.outputs.push(self.wire.text(span)?),
                (3, Field::Bytes(span)) => node.name = self.wire.text(span)?,
                (4, Field::Bytes(span)) => node.op = self.wire.text(span)?,
                (5, Field::Bytes(span)) => node.attributes.push(self.attribute(span, depth)?),
                (6 | 9 | 10, Field::Bytes(_)) => {}
                (7, Field::Bytes(span)) => node.domain = self.wire.text(span)?,
                (8, Field::Bytes(span)) if span.len() == 0 => {}
                _ => return Err(self.unknown(&seen, number, field, rest.at)),
            }
        }
        Ok(node)
    }

    fn value_info(&mut self, mut rest: Span) -> Result<ValueInfo, IntakeError> {
        let (mut seen, mut info) = (Seen("a value", 0), ValueInfo::default());
        while let Some((number, field)) = self.wire.next(&mut rest)? {
            if matches!(number, 1..=3) {
                self.once(&mut seen, number, rest.at)?;
            }
            match (number, field) {
                (1, Field::Bytes(span)) => info.name = self.wire.text(span)?,
                (2, Field::Bytes(span)) => info.kind = self.type_proto(span, 0)?,
                (3 | 4, Field::Bytes(_)) => {}
                _ => return Err(self.unknown(&seen, number, field, rest.at)),
            }
        }
        Ok(info)
    }

    /// A type; none where the message is empty.
    fn type_proto(&mut self, mut rest: Span, depth: usize) -> Result<Option<TypeProto>, IntakeError> {
        let (mut seen, mut kind) = (Seen("a type", 0), None);
        while let Some((number, field)) = self.wire.next(&mut rest)? {
            self.once(&mut seen, number, rest.at)?;
            let found = match (number, field) {
                (1, Field::Bytes(span)) => self.tensor_type(span)?,
                (4, Field::Bytes(span)) => self.sequence_type(span, depth)?,
                (5, Field::Bytes(_)) => TypeProto::Other("map"),
                (6, Field::Bytes(_)) => continue,
                (7, Field::Bytes(_)) => TypeProto::Other("opaque"),
                (8, Field::Bytes(_)) => TypeProto::Other("sparse tensor"),
                (9, Field::Bytes(_)) => TypeProto::Other("optional"),
                _ => return Err(self.unknown(&seen, number, field, rest.at)),
            };
            if kind.replace(found).is_some() {
                return Err(self.wire.wrong(rest.at, "a type is of two kinds", "both"));
            }
        }
        Ok(kind)
    }

    fn sequence_type(&mut self, mut rest: Span, depth: usize) -> Result<TypeProto, IntakeError> {
        if depth >= DEPTH {
            return Err(IntakeError::new(fault::LIMIT_EXCEEDED, self.wire.path(), "types are nested too deeply"));
        }
        let (mut seen, mut inner) = (Seen("a sequence's type", 0), None);
        while let Some((number, field)) = self.wire.next(&mut rest)? {
            self.once(&mut seen, number, rest.at)?;
            match (number, field) {
                (1, Field::Bytes(span)) => inner = self.type_proto(span, depth + 1)?,
                _ => return Err(self.unknown(&seen, number, field, rest.at)),
            }
        }
        inner
            .map(|inner| TypeProto::Sequence(Box::new(inner)))
            .ok_or_else(|| self.wire.wrong(rest.at, "a sequence's type does not say of what", "nothing"))
    }

    fn tensor_type(&mut self, mut rest: Span) -> Result<TypeProto, IntakeError> {
        let (mut seen, mut element, mut dims) = (Seen("a tensor's type", 0), 0, None);
        while let Some((number, field)) = self.wire.next(&mut rest)? {
            self.once(&mut seen, number, rest.at)?;
            match (number, field) {
                (1, Field::Varint(value)) => element = value.cast_signed(),
                (2, Field::Bytes(span)) => dims = Some(self.dimensions(span)?),
                _ => return Err(self.unknown(&seen, number, field, rest.at)),
            }
        }
        Ok(TypeProto::Tensor(element, dims))
    }

    fn dimensions(&mut self, mut rest: Span) -> Result<Vec<Dimension>, IntakeError> {
        let mut dims = Vec::new();
        while let Some((number, field)) = self.wire.next(&mut rest)? {
            match (number, field) {
                (1, Field::Bytes(span)) if dims.len() < AXES => dims.push(self.dimension(span)?),
                _ => return Err(self.unknown(&Seen("a shape", 0), number, field, rest.at)),
            }
        }
        Ok(dims)
    }

    fn dimension(&mut self, mut rest: Span) -> Result<Dimension, IntakeError> {
        let (mut seen, mut dim) = (Seen("a dimension", 0), Dimension::Unknown);
        while let Some((number, field)) = self.wire.next(&mut rest)? {
            // The value and the name are one choice.
            self.once(&mut seen, if number == 2 { 1 } else { number }, rest.at)?;
            match (number, field) {
                (1, Field::Varint(value)) => {
                    // Older exporters write -1, and 0 with a meaning that differs: both say nothing.
                    dim = u64::try_from(value.cast_signed()).map_or(Dimension::Unknown, Dimension::Fixed);
                }
                (2, Field::Bytes(span)) => {
                    let name = self.wire.text(span)?;
                    dim = if name.is_empty() { Dimension::Unknown } else { Dimension::Named(name) };
                }
                (3, Field::Bytes(_)) => {}
                _ => return Err(self.unknown(&seen, number, field, rest.at)),
            }
        }
        Ok(dim)
    }

    fn attribute(&mut self, mut rest: Span, depth: usize) -> Result<AttributeProto, IntakeError> {
        let start = rest.at;
        let (mut seen, mut name, mut told) = (Seen("an attribute", 0), String::new(), 0);
        let mut values: Vec<AttributeValue> = Vec::new();
        let (mut floats, mut ints, mut texts) = (Vec::new(), Vec::new(), Vec::new());
        while let Some((number, field)) = self.wire.next(&mut rest)? {
            if matches!(number, 1..=6 | 13 | 20) {
                self.once(&mut seen, number, rest.at)?;
            }
            match (number, field) {
                (1, Field::Bytes(span)) => name = self.wire.text(span)?,
                (2, Field::Fixed32(bits)) => values.push(AttributeValue::Float(f32::from_bits(bits))),
                (3, Field::Varint(value)) => values.push(AttributeValue::Int(value.cast_signed())),
                (4, Field::Bytes(span)) => values.push(AttributeValue::Text(self.wire.text(span)?)),
                (5, Field::Bytes(span)) => values.push(AttributeValue::Tensor(self.constant(span)?)),
                (6, Field::Bytes(span)) => values.push(AttributeValue::Graph(self.graph(span, depth + 1)?)),
                (7 | 8, field) => self.list(number, field, &mut floats, &mut ints, rest.at)?,
                (9, Field::Bytes(span)) => texts.push(self.wire.text(span)?),
                (13, Field::Bytes(_)) => {}
                (20, Field::Varint(value)) => told = value,
                (10 | 11 | 14 | 15 | 21 | 22 | 23, Field::Bytes(_)) => {
                    return Err(self.refuse(
                        &format!("the attribute {} has a value of a kind that is not read", printable(&name)),
                        "export the model without functions and without sparse tensors, types and lists as attributes",
                    ));
                }
                _ => return Err(self.unknown(&seen, number, field, rest.at)),
            }
        }
        if !floats.is_empty() {
            values.push(AttributeValue::Floats(floats));
        }
        if !ints.is_empty() {
            values.push(AttributeValue::Ints(ints));
        }
        if !texts.is_empty() {
            values.push(AttributeValue::Texts(texts));
        }
        let value = AttributeValue::one(values, told).ok_or_else(|| {
            self.wire.wrong(start, &format!("the attribute {} has not one value of its type", printable(&name)), told)
        })?;
        Ok(AttributeProto { name, value })
    }

    /// Numbers of a list, packed or one at a time.
    fn list(
        &mut self,
        number: u32,
        field: Field,
        floats: &mut Vec<f32>,
        ints: &mut Vec<i64>,
        at: u64,
    ) -> Result<(), IntakeError> {
        match (number, field) {
            (7, Field::Fixed32(bits)) => floats.push(f32::from_bits(bits)),
            (7, Field::Bytes(span)) if span.len() % 4 == 0 => {
                let bytes = self.wire.bytes(span)?;
                floats.extend(bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])));
            }
            (8, Field::Varint(value)) => ints.push(value.cast_signed()),
            (8, Field::Bytes(mut span)) => {
                while span.at < span.end {
                    ints.push(self.wire.varint(&mut span)?.cast_signed());
                }
            }
            _ => return Err(self.unknown(&Seen("an attribute", 0), number, field, at)),
        }
        Ok(())
    }

    /// A tensor that is an attribute: its elements will be held in memory.
    fn constant(&mut self, span: Span) -> Result<TensorProto, IntakeError> {
        let tensor = self.tensor(span)?;
        self.constants = self.constants.saturating_add(span.len());
        if self.constants > CONSTANTS {
            return Err(IntakeError::new(
                fault::LIMIT_EXCEEDED,
                self.wire.path(),
                "the constants of nodes are too large",
            )
            .because(format!("at most {CONSTANTS} bytes"), "more")
            .mend("store large constants as initialisers"));
        }
        Ok(tensor)
    }

    fn tensor(&mut self, mut rest: Span) -> Result<TensorProto, IntakeError> {
        let (mut seen, mut tensor, mut texts) = (Seen("a tensor", 0), TensorProto::default(), Vec::new());
        while let Some((number, field)) = self.wire.next(&mut rest)? {
            if !matches!(number, 1 | 6 | 13 | 16) {
                self.once(&mut seen, number, rest.at)?;
            }
            match (number, field) {
                (1, Field::Varint(value)) => tensor.dims.push(self.extent(value, rest.at)?),
                (1, Field::Bytes(mut span)) => {
                    while span.at < span.end {
                        let value = self.wire.varint(&mut span)?;
                        tensor.dims.push(self.extent(value, rest.at)?);
                    }
                }
                (2, Field::Varint(value)) => tensor.data_type = value.cast_signed(),
                (4, Field::Bytes(span)) => tensor.places.push(Place::Floats(span)),
                (5, Field::Bytes(span)) => tensor.places.push(Place::Int32(span)),
                (6, Field::Bytes(span)) => texts.push(self.wire.text(span)?),
                (7, Field::Bytes(span)) => tensor.places.push(Place::Int64(span)),
                (8, Field::Bytes(span)) => tensor.name = self.wire.text(span)?,
                (9, Field::Bytes(span)) => tensor.places.push(Place::Raw(span)),
                (10, Field::Bytes(span)) => tensor.places.push(Place::Doubles(span)),
                (11, Field::Bytes(span)) => tensor.places.push(Place::Uint64(span)),
                (12 | 16, Field::Bytes(_)) => {}
                (13, Field::Bytes(span)) => tensor.external.push(self.entry(span)?),
                (14, Field::Varint(value @ 0..=1)) => tensor.is_external = value == 1,
                _ => return Err(self.unknown(&seen, number, field, rest.at)),
            }
            if tensor.dims.len() > AXES || tensor.external.len() > 8 {
                return Err(self.wire.wrong(rest.at, "a tensor has too many axes or entries", "more"));
            }
        }
        if !texts.is_empty() {
            tensor.places.push(Place::Texts(texts));
        }
        Ok(tensor)
    }

    fn extent(&self, value: u64, at: u64) -> Result<u64, IntakeError> {
        let extent = u64::try_from(value.cast_signed()).ok();
        extent.ok_or_else(|| self.wire.wrong(at, "a tensor has a negative extent", value.cast_signed()))
    }

    fn entry(&mut self, mut rest: Span) -> Result<(String, String), IntakeError> {
        let (mut seen, mut entry) = (Seen("an entry", 0), (String::new(), String::new()));
        while let Some((number, field)) = self.wire.next(&mut rest)? {
            self.once(&mut seen, number, rest.at)?;
            match (number, field) {
                (1, Field::Bytes(span)) => entry.0 = self.wire.text(span)?,
                (2, Field::Bytes(span)) => entry.1 = self.wire.text(span)?,
                _ => return Err(self.unknown(&seen, number, field, rest.at)),
            }
        }
        Ok(entry)
    }
}
