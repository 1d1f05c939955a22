//! A machine for the pickles that PyTorch writes, which executes nothing.
//!
//! A pickle is a program that calls what it names. This machine knows a closed list of names, does not call but notes what
//! PyTorch would make of them, and refuses every other name, every operation that is not needed for that, and everything
//! beyond its bounds. There is no list of forbidden names: what is not listed is refused. Containers lie in one list and
//! refer to each other by number, so that neither depth nor circles cost a stack. Knows no files.

use super::error::{IntakeError, fault, printable};
use super::tensor::StoredDtype;
use std::collections::HashMap;
use std::rc::Rc;

/// Most operations, things on the stack, things in containers and notes of the memo.
const STEPS: usize = 20_000_000;
/// Containers and tensors that every pickle may have, and bytes that each of the others has to take: PyTorch writes more
/// than ten for one. What holds nothing costs memory all the same.
const NODES: usize = 1_024;
const NODE_BYTES: usize = 4;
/// Longest text in bytes.
const TEXT: usize = 1 << 16;

/// What a pickle may name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Known {
    /// `collections.OrderedDict`.
    OrderedDict,
    /// `torch._utils._rebuild_tensor_v2`.
    Tensor,
    /// `torch._utils._rebuild_parameter`.
    Parameter,
    /// `torch.Size`.
    Size,
    /// `torch.FloatStorage` and its like.
    Storage(StoredDtype),
}

const KNOWN: [(&str, &str, Known); 14] = [
    ("collections", "OrderedDict", Known::OrderedDict),
    ("torch._utils", "_rebuild_tensor_v2", Known::Tensor),
    ("torch._utils", "_rebuild_parameter", Known::Parameter),
    ("torch", "Size", Known::Size),
    ("torch", "DoubleStorage", Known::Storage(StoredDtype::F64)),
    ("torch", "FloatStorage", Known::Storage(StoredDtype::F32)),
    ("torch", "HalfStorage", Known::Storage(StoredDtype::F16)),
    ("torch", "BFloat16Storage", Known::Storage(StoredDtype::BF16)),
    ("torch", "LongStorage", Known::Storage(StoredDtype::I64)),
    ("torch", "IntStorage", Known::Storage(StoredDtype::I32)),
    ("torch", "ShortStorage", Known::Storage(StoredDtype::I16)),
    ("torch", "CharStorage", Known::Storage(StoredDtype::I8)),
    ("torch", "ByteStorage", Known::Storage(StoredDtype::U8)),
    ("torch", "BoolStorage", Known::Storage(StoredDtype::BOOL)),
];

/// Whether weights may name this.
pub(super) fn is_known(module: &str, name: &str) -> bool {
    KNOWN.iter().any(|(known, of, _)| *known == module && *of == name)
}

/// A value.
#[derive(Clone, Debug)]
pub(super) enum Value {
    None,
    Bool(bool),
    Int(i64),
    Float,
    Text(Rc<str>),
    Known(Known),
    /// The number of a container or tensor.
    Node(usize),
}

/// What values refer to.
#[derive(Debug)]
pub(super) enum Node {
    Tuple(Vec<Value>),
    List(Vec<Value>),
    Dict(Vec<(Value, Value)>),
    Storage(Storage),
    Tensor(View),
}

/// The numbers that tensors are views of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Storage {
    pub(super) dtype: StoredDtype,
    /// Its name in the archive.
    pub(super) key: Rc<str>,
    pub(super) elements: u64,
}

/// A tensor as a view of a storage: element `Σ index·stride` behind the offset.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct View {
    pub(super) storage: Storage,
    pub(super) offset: u64,
    pub(super) shape: Vec<u64>,
    pub(super) strides: Vec<u64>,
}

/// What a pickle stands for.
#[derive(Debug)]
pub(super) struct Pickled {
    pub(super) nodes: Vec<Node>,
    /// The storages that it names, each with one type and size.
    pub(super) storages: HashMap<Rc<str>, Storage>,
    pub(super) root: Value,
}

impl Pickled {
    /// The pairs of a dictionary.
    pub(super) fn dict(&self, value: &Value) -> Option<&[(Value, Value)]> {
        match value {
            Value::Node(node) => match self.nodes.get(*node) {
                Some(Node::Dict(pairs)) => Some(pairs),
                _ => None,
            },
            _ => None,
        }
    }

    /// The parts of a list.
    pub(super) fn list(&self, value: &Value) -> Option<&[Value]> {
        match value {
            Value::Node(node) => match self.nodes.get(*node) {
                Some(Node::List(parts)) => Some(parts),
                _ => None,
            },
            _ => None,
        }
    }
}

/// Reads a whole pickle.
///
/// # Errors
/// `unsafe_pickle` for a name that is not listed; `limit_exceeded`; `malformed_header` for operations that are not known,
/// what does not fit together, and bytes behind the end.
pub(super) fn read(bytes: &[u8], at: &str) -> Result<Pickled, IntakeError> {
    let (pickled, length) = begin(bytes, at)?;
    if length == bytes.len() { Ok(pickled) } else { Err(broken(at, "something is left behind the end")) }
}

/// Reads the pickle that `bytes` begin with; also how long it is.
///
/// # Errors
/// As [`read`].
pub(super) fn begin(bytes: &[u8], at: &str) -> Result<(Pickled, usize), IntakeError> {
    let mut machine = Machine::new(bytes, at);
    for _ in 0..STEPS {
        if machine.step()? {
            let root = machine.pop()?;
            if !machine.stack.is_empty() || !machine.marks.is_empty() {
                return Err(machine.broken("something is left behind the end"));
            }
            return Ok((Pickled { nodes: machine.nodes, storages: machine.storages, root }, machine.at));
        }
    }
    Err(machine.too_much())
}

fn broken(at: &str, why: &str) -> IntakeError {
    IntakeError::new(fault::MALFORMED_HEADER, at, format!("the pickle cannot be read: {why}"))
        .mend("save the weights again with PyTorch")
}

struct Machine<'b> {
    bytes: &'b [u8],
    at: usize,
    place: &'b str,
    stack: Vec<Value>,
    marks: Vec<usize>,
    memo: HashMap<u32, Value>,
    nodes: Vec<Node>,
    /// Storages by their names.
    storages: HashMap<Rc<str>, Storage>,
    /// Things in containers.
    held: usize,
}

impl<'b> Machine<'b> {
    fn new(bytes: &'b [u8], place: &'b str) -> Machine<'b> {
        let (stack, marks, memo, nodes) = (Vec::new(), Vec::new(), HashMap::new(), Vec::new());
        Machine { bytes, at: 0, place, stack, marks, memo, nodes, storages: HashMap::new(), held: 0 }
    }

    /// Does one operation; whether it was the last one.
    fn step(&mut self) -> Result<bool, IntakeError> {
        let [operation] = self.take::<1>()?;
        match operation {
            0x80 => {
                let [protocol] = self.take::<1>()?;
                if self.at != 2 || !(2..=5).contains(&protocol) {
                    return Err(self.broken("the protocol is not known"));
                }
            }
            // A frame tells how many bytes follow, which the file does too.
            0x95 => drop(self.take::<8>()?),
            b'.' => return Ok(true),
            b'(' => self.marks.push(self.stack.len()),
            b'0' => drop(self.pop()?),
            b'N' => self.push(Value::None)?,
            0x88 | 0x89 => self.push(Value::Bool(operation == 0x88))?,
            b'J' => {
                let number = i32::from_le_bytes(self.take()?);
                self.push(Value::Int(number.into()))?;
            }
            b'K' => {
                let [number] = self.take()?;
                self.push(Value::Int(number.into()))?;
            }
            b'M' => {
                let number = u16::from_le_bytes(self.take()?);
                self.push(Value::Int(number.into()))?;
            }
            0x8a => self.long()?,
            b'G' => {
                self.take::<8>()?;
                self.push(Value::Float)?;
            }
            b'X' => {
                let length = u32::from_le_bytes(self.take()?);
                self.text(length.into())?;
            }
            0x8c => {
                let [length] = self.take()?;
                self.text(length.into())?;
            }
            b')' => self.put(Node::Tuple(Vec::new()))?,
            b']' => self.put(Node::List(Vec::new()))?,
            b'}' => self.put(Node::Dict(Vec::new()))?,
            b't' => {
                let parts = self.marked()?;
                self.put(Node::Tuple(parts))?;
            }
            0x85..=0x87 => {
                let from = self.above(usize::from(operation - 0x84))?;
                let parts = self.stack.split_off(from);
                self.put(Node::Tuple(parts))?;
            }
            b'a' => {
                let value = self.pop()?;
                self.append(vec![value])?;
            }
            b'e' => {
                let values = self.marked()?;
                self.append(values)?;
            }
            b's' => {
                let from = self.above(2)?;
                let pair = self.stack.split_off(from);
                self.insert(&pair)?;
            }
            b'u' => {
                let values = self.marked()?;
                self.insert(&values)?;
            }
            b'q' | b'r' | 0x94 => self.note(operation)?,
            b'h' => {
                let [number] = self.take()?;
                self.recall(number.into())?;
            }
            b'j' => {
                let number = u32::from_le_bytes(self.take()?);
                self.recall(number)?;
            }
            b'c' => {
                let (module, name) = (self.line()?, self.line()?);
                self.name(&module, &name)?;
            }
            0x93 => {
                let (name, module) = (self.pop()?, self.pop()?);
                let (Value::Text(module), Value::Text(name)) = (module, name) else {
                    return Err(self.broken("a name is no text"));
                };
                self.name(&module, &name)?;
            }
            b'Q' => self.storage()?,
            b'R' => self.reduce()?,
            b'b' => self.build()?,
            other => {
                let message = "the pickle uses an operation that weights do not need";
                return Err(self
                    .refused(message)
                    .because("operations that put tensors together", format!("0x{other:02x}")));
            }
        }
        Ok(false)
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], IntakeError> {
        let taken = self.bytes.get(self.at..).and_then(|rest| rest.first_chunk::<N>()).copied();
        let taken = taken.ok_or_else(|| self.broken("it ends too early"))?;
        self.at += N;
        Ok(taken)
    }

    fn text(&mut self, length: u64) -> Result<(), IntakeError> {
        let length = usize::try_from(length).ok().filter(|length| *length <= TEXT).ok_or_else(|| self.too_much())?;
        let taken = self.bytes.get(self.at..).and_then(|rest| rest.get(..length));
        let taken = taken.ok_or_else(|| self.broken("it ends inside of a text"))?;
        let text = std::str::from_utf8(taken).map_err(|_| self.broken("a text is not UTF-8"))?;
        self.at += length;
        self.push(Value::Text(text.into()))
    }

    fn line(&mut self) -> Result<String, IntakeError> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let end = memchr::memchr(b'\n', &rest[..rest.len().min(TEXT)]);
        let end = end.ok_or_else(|| self.broken("it ends inside of a name"))?;
        let line = std::str::from_utf8(&rest[..end]).map_err(|_| self.broken("a name is not UTF-8"))?;
        self.at += end + 1;
        Ok(line.to_owned())
    }

    /// A whole number of up to eight bytes.
    fn long(&mut self) -> Result<(), IntakeError> {
        let [length] = self.take::<1>()?;
        let length = usize::from(length);
        let digits = self.bytes.get(self.at..).and_then(|rest| rest.get(..length)).filter(|_| length <= 8);
        let digits = digits.ok_or_else(|| self.broken("a number is too long"))?;
        let fill = if digits.last().is_some_and(|last| *last >= 0x80) { 0xff } else { 0 };
        let mut whole = [fill; 8];
        whole[..length].copy_from_slice(digits);
        self.at += length;
        self.push(Value::Int(i64::from_le_bytes(whole)))
    }

    fn push(&mut self, value: Value) -> Result<(), IntakeError> {
        if self.stack.len() >= STEPS {
            return Err(self.too_much());
        }
        self.stack.push(value);
        Ok(())
    }

    fn pop(&mut self) -> Result<Value, IntakeError> {
        let from = self.above(1)?;
        Ok(self.stack.split_off(from).remove(0))
    }

    /// Where the uppermost `count` things begin, none of which lies below the last mark.
    fn above(&self, count: usize) -> Result<usize, IntakeError> {
        let floor = self.marks.last().copied().unwrap_or(0);
        let from = self.stack.len().checked_sub(count).filter(|from| *from >= floor);
        from.ok_or_else(|| self.broken("it takes what is not there"))
    }

    fn marked(&mut self) -> Result<Vec<Value>, IntakeError> {
        let from = self.marks.pop().ok_or_else(|| self.broken("a mark is missing"))?;
        Ok(self.stack.split_off(from))
    }

    fn hold(&mut self, count: usize) -> Result<(), IntakeError> {
        self.held = self.held.saturating_add(count);
        let nodes = NODES + self.bytes.len() / NODE_BYTES;
        if self.held > STEPS || self.nodes.len() >= nodes.min(STEPS) { Err(self.too_much()) } else { Ok(()) }
    }

    fn put(&mut self, node: Node) -> Result<(), IntakeError> {
        let count = if let Node::Tuple(parts) = &node { parts.len() } else { 0 };
        self.hold(count)?;
        self.nodes.push(node);
        self.push(Value::Node(self.nodes.len() - 1))
    }

    fn append(&mut self, values: Vec<Value>) -> Result<(), IntakeError> {
        self.hold(values.len())?;
        let top = self.top()?;
        match self.nodes.get_mut(top) {
            Some(Node::List(list)) => list.extend(values),
            _ => return Err(self.broken("it appends to what is no list")),
        }
        Ok(())
    }

    fn insert(&mut self, values: &[Value]) -> Result<(), IntakeError> {
        self.hold(values.len())?;
        let top = self.top()?;
        let pairs = values.chunks_exact(2);
        match self.nodes.get_mut(top) {
            Some(Node::Dict(dict)) if pairs.remainder().is_empty() => {
                dict.extend(pairs.map(|pair| (pair[0].clone(), pair[1].clone())));
            }
            _ => return Err(self.broken("it inserts into what is no dictionary")),
        }
        Ok(())
    }

    /// The node that lies uppermost.
    fn top(&self) -> Result<usize, IntakeError> {
        let from = self.above(1)?;
        match self.stack[from] {
            Value::Node(node) => Ok(node),
            _ => Err(self.broken("it changes what is no container")),
        }
    }

    fn note(&mut self, operation: u8) -> Result<(), IntakeError> {
        let number = match operation {
            b'q' => u32::from(self.take::<1>()?[0]),
            b'r' => u32::from_le_bytes(self.take()?),
            _ => u32::try_from(self.memo.len()).map_err(|_| self.too_much())?,
        };
        let value = self.stack[self.above(1)?].clone();
        self.hold(1)?;
        self.memo.insert(number, value);
        Ok(())
    }

    fn recall(&mut self, number: u32) -> Result<(), IntakeError> {
        let value = self.memo.get(&number).cloned();
        let value = value.ok_or_else(|| self.broken("it recalls what was not noted"))?;
        self.push(value)
    }

    fn name(&mut self, module: &str, name: &str) -> Result<(), IntakeError> {
        match KNOWN.iter().find(|(in_module, known, _)| *in_module == module && *known == name) {
            Some((_, _, known)) => self.push(Value::Known(*known)),
            None => {
                let message = "the pickle names code that weights do not need";
                let told = printable(&format!("{module}.{name}"));
                Err(self.refused(message).because("names of PyTorch that hold tensors together", told))
            }
        }
    }

    fn tuple(&self, value: &Value) -> Option<&[Value]> {
        match value {
            Value::Node(node) => match self.nodes.get(*node) {
                Some(Node::Tuple(parts)) => Some(parts),
                _ => None,
            },
            _ => None,
        }
    }

    /// `("storage", TYPE, KEY, DEVICE, ELEMENTS)`; before 1.6 with one more that is none.
    fn storage(&mut self) -> Result<(), IntakeError> {
        let told = self.pop()?;
        let parts = self.tuple(&told).map(|parts| match parts {
            [parts @ .., Value::None] => parts,
            parts => parts,
        });
        let storage = match parts {
            Some(
                [Value::Text(kind), Value::Known(Known::Storage(dtype)), Value::Text(key), _, Value::Int(elements)],
            ) if kind.as_ref() == "storage" => {
                let elements = u64::try_from(*elements).ok();
                elements.map(|elements| Storage { dtype: *dtype, key: key.clone(), elements })
            }
            _ => None,
        };
        let storage = storage.ok_or_else(|| self.broken("it refers to what is no storage"))?;
        // Readers differ on which of two counts.
        let known = self.storages.entry(storage.key.clone()).or_insert_with(|| storage.clone());
        if *known != storage {
            return Err(self.broken("it says of one storage that it has two types or sizes"));
        }
        self.put(Node::Storage(storage))
    }

    fn reduce(&mut self) -> Result<(), IntakeError> {
        let (arguments, callee) = (self.pop()?, self.pop()?);
        let misfit = || self.broken("what it names is given something else than it takes");
        let given = self.tuple(&arguments).ok_or_else(misfit)?;
        let node = match (callee, given) {
            (Value::Known(Known::OrderedDict), []) => Node::Dict(Vec::new()),
            (Value::Known(Known::Size), [parts]) => Node::Tuple(self.tuple(parts).ok_or_else(misfit)?.to_vec()),
            (Value::Known(Known::Tensor), [storage, offset, shape, strides, _, _, ..]) if given.len() <= 7 => {
                Node::Tensor(self.view(storage, offset, shape, strides).ok_or_else(misfit)?)
            }
            (Value::Known(Known::Parameter), [Value::Node(node), _, _]) => match self.nodes.get(*node) {
                Some(Node::Tensor(view)) => Node::Tensor(view.clone()),
                _ => return Err(misfit()),
            },
            _ => return Err(misfit()),
        };
        self.put(node)
    }

    fn view(&self, storage: &Value, offset: &Value, shape: &Value, strides: &Value) -> Option<View> {
        let sizes = |value: &Value| {
            let size = |part: &Value| if let Value::Int(size) = part { u64::try_from(*size).ok() } else { None };
            self.tuple(value)?.iter().map(size).collect::<Option<Vec<u64>>>()
        };
        let (Value::Node(node), Value::Int(offset)) = (storage, offset) else { return None };
        let Some(Node::Storage(storage)) = self.nodes.get(*node) else { return None };
        let (shape, strides) = (sizes(shape)?, sizes(strides)?);
        (shape.len() == strides.len()).then_some(())?;
        Some(View { storage: storage.clone(), offset: u64::try_from(*offset).ok()?, shape, strides })
    }

    /// Attributes of an `OrderedDict`, such as `_metadata`, say nothing of numbers and are dropped.
    fn build(&mut self) -> Result<(), IntakeError> {
        let state = self.pop()?;
        let top = self.top()?;
        let is_dict = |node: usize| matches!(self.nodes.get(node), Some(Node::Dict(_)));
        match state {
            Value::Node(state) if is_dict(state) && is_dict(top) => Ok(()),
            _ => Err(self.refused("the pickle sets the state of what is no dictionary")),
        }
    }

    fn refused(&self, message: &str) -> IntakeError {
        IntakeError::new(fault::UNSAFE_PICKLE, self.place, message)
            .mend("save the weights alone: `torch.save(model.state_dict(), FILE)`, or as safetensors")
    }

    fn broken(&self, why: &str) -> IntakeError {
        broken(self.place, why)
    }

    fn too_much(&self) -> IntakeError {
        IntakeError::new(fault::LIMIT_EXCEEDED, self.place, "the pickle is longer or deeper than weights need")
            .mend("save the weights alone, as safetensors")
    }
}
