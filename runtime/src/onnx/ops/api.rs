//! What an operator is given and what it gives back.
//!
//! Sizes come from the file, so a kernel asks its [`Budget`] before it allocates ([`Call::room`]) and before it computes
//! ([`Budget::spend`]). A kernel reads every attribute that its operator has, also where it does not need the value: the
//! executor refuses a node with an attribute that nobody read. Knows no graph.

use crate::onnx::value::{Tensor, Type, count};
use indexmap::IndexMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Why an operator gave nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Why {
    /// The node or its inputs break the operator's rules.
    Wrong,
    /// The operator allows it and this version does not compute it.
    Unsupported,
    /// It would take more memory or operations than are left.
    Limit,
}

/// Why an operator gave nothing, as a plain sentence.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OpError {
    /// The class of the reason.
    pub why: Why,
    /// One plain sentence.
    pub message: String,
}

impl OpError {
    /// The node or its inputs break a rule.
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Self { why: Why::Wrong, message: message.into() }
    }

    /// Allowed, and not computed by this version.
    #[must_use]
    pub fn unsupported(message: impl Into<String>) -> Self {
        Self { why: Why::Unsupported, message: message.into() }
    }

    /// More than is left.
    #[must_use]
    pub fn limit(message: impl Into<String>) -> Self {
        Self { why: Why::Limit, message: message.into() }
    }
}

impl fmt::Display for OpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for OpError {}

/// Operations and bytes that a run may still use. Shared between threads.
#[derive(Debug)]
pub struct Budget {
    operations: AtomicU64,
    bytes: AtomicU64,
    most_bytes: u64,
}

impl Budget {
    /// So many operations in all, and so many bytes at a time.
    #[must_use]
    pub fn new(operations: u64, bytes: u64) -> Self {
        Self { operations: AtomicU64::new(operations), bytes: AtomicU64::new(bytes), most_bytes: bytes }
    }

    /// Takes `n` operations (additions, multiplications, elements copied).
    ///
    /// # Errors
    /// Where fewer are left.
    pub fn spend(&self, n: u64) -> Result<(), OpError> {
        take(&self.operations, n).map_err(|()| OpError::limit("the model needs more operations than are allowed"))
    }

    /// Takes `bytes` of memory until the node is done.
    ///
    /// # Errors
    /// Where fewer are left.
    pub fn hold(&self, bytes: u64) -> Result<(), OpError> {
        take(&self.bytes, bytes).map_err(|()| OpError::limit("the model needs more memory than is allowed"))
    }

    /// Operations that are left.
    #[must_use]
    pub fn operations_left(&self) -> u64 {
        self.operations.load(Ordering::Relaxed)
    }

    /// After a node: what is held now.
    pub(crate) fn settle(&self, held: u64) {
        self.bytes.store(self.most_bytes.saturating_sub(held), Ordering::Relaxed);
    }
}

fn take(from: &AtomicU64, n: u64) -> Result<(), ()> {
    from.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(n)).map(|_| ()).map_err(|_| ())
}

/// The value of an attribute; subgraphs are kept with their node.
#[derive(Clone, PartialEq, Debug)]
#[expect(missing_docs, reason = "the names are the types")]
pub enum Attribute {
    Int(i64),
    Float(f32),
    Text(String),
    Tensor(Arc<Tensor>),
    Ints(Vec<i64>),
    Floats(Vec<f32>),
    Texts(Vec<String>),
}

/// The attributes of a node by name; they know which of them were read.
#[derive(Debug, Default)]
pub struct Attributes(IndexMap<String, (Attribute, AtomicBool)>);

/// Defines a getter of one attribute type.
macro_rules! getter {
    ($($method:ident $variant:ident $rust:ty, $told:literal, $give:expr);* $(;)?) => {
        $(#[doc = concat!("The attribute, ", $told, ".")]
        ///
        /// # Errors
        /// Where it has another type.
        pub fn $method(&self, name: &str) -> Result<Option<$rust>, OpError> {
            match self.get(name) {
                None => Ok(None),
                Some(Attribute::$variant(value)) => Ok(Some($give(value))),
                Some(_) => Err(OpError::new(format!("the attribute {name} is not {}", $told))),
            }
        })*
    };
}

impl Attributes {
    /// Adds an attribute; false where the name is there already.
    pub fn insert(&mut self, name: &str, value: Attribute) -> bool {
        self.0.insert(name.to_owned(), (value, AtomicBool::new(false))).is_none()
    }

    /// The attribute of this name, which counts as read.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Attribute> {
        self.0.get(name).map(|(value, read)| {
            read.store(true, Ordering::Relaxed);
            value
        })
    }

    /// An attribute that nobody asked for.
    #[must_use]
    pub fn unread(&self) -> Option<&str> {
        self.0.iter().find(|(_, (_, read))| !read.load(Ordering::Relaxed)).map(|(name, _)| name.as_str())
    }

    getter! {
        int Int i64, "an integer", |value: &i64| *value;
        float Float f32, "a float", |value: &f32| *value;
        text Text &str, "a text", String::as_str;
        tensor Tensor &Arc<Tensor>, "a tensor", |value| value;
        ints Ints &[i64], "a list of integers", Vec::as_slice;
        floats Floats &[f32], "a list of floats", Vec::as_slice;
        texts Texts &[String], "a list of texts", Vec::as_slice;
    }

    /// An integer that is 0 or 1.
    ///
    /// # Errors
    /// Where it is another number or type.
    pub fn flag(&self, name: &str, default: bool) -> Result<bool, OpError> {
        match self.int(name)? {
            None => Ok(default),
            Some(0) => Ok(false),
            Some(1) => Ok(true),
            Some(other) => Err(OpError::new(format!("the attribute {name} is {other}, neither 0 nor 1"))),
        }
    }
}

/// One call of an operator.
#[derive(Debug)]
pub struct Call<'a> {
    /// The operator's name.
    pub op: &'a str,
    /// The version of the operator set that the model imports.
    pub opset: i64,
    /// The node's attributes.
    pub attributes: &'a Attributes,
    /// The inputs; none where an optional one is left out.
    pub inputs: &'a [Option<&'a Tensor>],
    /// How many outputs the node names.
    pub outputs: usize,
    /// What may still be used.
    pub budget: &'a Budget,
}

/// Computes an operator: the outputs in order, at least as many as the node names.
pub type Kernel = fn(&Call) -> Result<Vec<Tensor>, OpError>;

impl<'a> Call<'a> {
    /// An input that must be there.
    ///
    /// # Errors
    /// Where it is not.
    pub fn input(&self, at: usize) -> Result<&'a Tensor, OpError> {
        self.optional(at).ok_or_else(|| OpError::new(format!("input {at} is missing")))
    }

    /// An input that may be left out.
    #[must_use]
    pub fn optional(&self, at: usize) -> Option<&'a Tensor> {
        self.inputs.get(at).copied().flatten()
    }

    /// Asks for memory for a tensor and for one operation an element; gives its number of elements.
    ///
    /// # Errors
    /// Where that is more than is left.
    pub fn room(&self, shape: &[usize], kind: Type) -> Result<usize, OpError> {
        let too_large = || OpError::limit(format!("a tensor of shape {shape:?} is too large"));
        let len = count(shape).ok_or_else(too_large)?;
        self.budget.hold((len as u64).checked_mul(kind.size() as u64).ok_or_else(too_large)?)?;
        self.budget.spend(len as u64)?;
        Ok(len)
    }
}
