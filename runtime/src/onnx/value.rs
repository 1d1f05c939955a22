//! The values of an ONNX graph: dense tensors in row-major order, and sequences of them.
//!
//! A tensor holds exactly as many elements as its shape says; the constructors see to it. Copies are made in runs of
//! neighbouring elements along offsets ([`Offsets`], [`Data::runs`]), so that every layout change of the operators is one
//! walk. Knows no operator and no file.

pub use super::layout::{Offsets, axis, broadcast, broadcast_strides, count, index, strides};
use super::ops::api::OpError;
use ::half::{bf16, f16};
use std::borrow::Cow;
use std::sync::Arc;

/// Calls a macro with every element type: variant, Rust type, ONNX code, bytes of an element, ONNX name.
macro_rules! types {
    ($then:ident) => {
        $then! {
            F32 f32 1 4 "float", U8 u8 2 1 "uint8", I8 i8 3 1 "int8", U16 u16 4 2 "uint16", I16 i16 5 2 "int16",
            I32 i32 6 4 "int32", I64 i64 7 8 "int64", Text String 8 32 "string", Bool bool 9 1 "bool",
            F16 f16 10 2 "float16", F64 f64 11 8 "double", U32 u32 12 4 "uint32", U64 u64 13 8 "uint64",
            BF16 bf16 16 2 "bfloat16"
        }
    };
}

macro_rules! define {
    ($($name:ident $rust:ident $code:literal $size:literal $told:literal),*) => {
        /// The element types that are held.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[expect(missing_docs, reason = "the names are the types")]
        pub enum Type { $($name),* }

        /// The elements of a tensor.
        #[derive(Clone, PartialEq, Debug)]
        #[expect(missing_docs, reason = "the names are the types")]
        pub enum Data { $($name(Vec<$rust>)),* }

        impl Type {
            /// The type of ONNX's code (`TensorProto.DataType`), if it is held.
            #[must_use]
            pub fn of_code(code: i64) -> Option<Self> {
                match code { $($code => Some(Self::$name),)* _ => None }
            }

            /// ONNX's code.
            #[must_use]
            pub fn code(self) -> i64 {
                match self { $(Self::$name => $code),* }
            }

            /// Bytes of an element in memory; of a text, those of its handle.
            #[must_use]
            pub fn size(self) -> usize {
                match self { $(Self::$name => $size),* }
            }

            /// ONNX's name.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $told),* }
            }
        }

        impl Data {
            /// No elements of this type.
            #[must_use]
            pub fn empty(kind: Type) -> Self {
                match kind { $(Type::$name => Self::$name(Vec::new())),* }
            }

            /// The type of the elements.
            #[must_use]
            pub fn kind(&self) -> Type {
                match self { $(Self::$name(_) => Type::$name),* }
            }

            /// How many elements there are.
            #[must_use]
            pub fn len(&self) -> usize {
                match self { $(Self::$name(v) => v.len()),* }
            }

            /// The elements in `starts[i] .. starts[i] + run`, run after run.
            ///
            /// # Panics
            /// Where a run leaves the data: a kernel has computed its offsets from the shape.
            #[must_use]
            pub fn runs(&self, starts: impl Iterator<Item = usize>, run: usize) -> Self {
                match self { $(Self::$name(v) => Self::$name(copy_runs(v, starts, run))),* }
            }

            /// Puts `other`'s elements behind these.
            ///
            /// # Errors
            /// Where the types differ.
            pub fn append(&mut self, other: &Self) -> Result<(), OpError> {
                match (self, other) {
                    $((Self::$name(to), Self::$name(from)) => to.extend_from_slice(from),)*
                    _ => return Err(OpError::new("the inputs have several element types")),
                }
                Ok(())
            }

            /// Overwrites the elements from `at` on with `from[start .. start + run]`.
            ///
            /// # Errors
            /// Where the types differ or a range leaves its data.
            pub fn put(&mut self, at: usize, from: &Self, start: usize, run: usize) -> Result<(), OpError> {
                let outside = || OpError::new("an index is outside of its tensor");
                let ends = |from: usize, len: usize| from.checked_add(run).filter(|end| *end <= len).ok_or_else(outside);
                match (self, from) {
                    $((Self::$name(to), Self::$name(from)) => {
                        let (there, here) = (ends(at, to.len())?, ends(start, from.len())?);
                        to[at..there].clone_from_slice(&from[start..here]);
                    })*
                    _ => return Err(OpError::new("the inputs have several element types")),
                }
                Ok(())
            }

            /// The element at `at`, `len` times.
            ///
            /// # Panics
            /// Where there is no such element.
            #[must_use]
            pub fn repeat(&self, at: usize, len: usize) -> Self {
                match self { $(Self::$name(v) => Self::$name(vec![v[at].clone(); len])),* }
            }

            /// `len` zeros: 0, false or the empty text.
            #[must_use]
            pub fn zeros(kind: Type, len: usize) -> Self {
                match kind { $(Type::$name => Self::$name(vec![<$rust>::default(); len])),* }
            }
        }

        $(impl From<Vec<$rust>> for Data {
            fn from(elements: Vec<$rust>) -> Self {
                Self::$name(elements)
            }
        })*
    };
}
types!(define);

fn copy_runs<T: Clone>(from: &[T], starts: impl Iterator<Item = usize>, run: usize) -> Vec<T> {
    if run == 1 {
        return starts.map(|at| from[at].clone()).collect();
    }
    let mut to = Vec::with_capacity(starts.size_hint().0.saturating_mul(run).min(from.len()));
    for at in starts {
        to.extend_from_slice(&from[at..at + run]);
    }
    to
}

impl Data {
    /// Whether there is no element.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Type {
    /// Whether its elements are floating-point numbers.
    #[must_use]
    pub fn is_float(self) -> bool {
        matches!(self, Self::F32 | Self::F64 | Self::F16 | Self::BF16)
    }
}

/// A dense tensor, row-major.
#[derive(Clone, PartialEq, Debug)]
pub struct Tensor {
    /// The extents; none for a scalar.
    pub shape: Vec<usize>,
    /// As many elements as the extents multiply to.
    pub data: Data,
}

/// What a name of a graph stands for while it runs. Shared, so that threads can read it.
#[derive(Clone, PartialEq, Debug)]
pub enum Value {
    /// A tensor.
    Tensor(Arc<Tensor>),
    /// A sequence of tensors.
    Sequence(Vec<Arc<Tensor>>),
    /// An optional input or output that is left out.
    None,
}

/// Defines typed access for one element type.
macro_rules! access {
    ($($name:ident $method:ident $rust:ty),*) => {
        $(#[doc = concat!("The elements as `", stringify!($rust), "`.")]
        ///
        /// # Errors
        /// Where they have another type.
        pub fn $method(&self) -> Result<&[$rust], OpError> {
            match &self.data {
                Data::$name(elements) => Ok(elements),
                other => Err(wrong_type(Type::$name, other.kind())),
            }
        })*
    };
}

impl Tensor {
    /// A tensor of this shape.
    ///
    /// # Errors
    /// Where the elements are not as many as the shape says.
    pub fn new(shape: &[usize], data: impl Into<Data>) -> Result<Self, OpError> {
        let data = data.into();
        if count(shape) != Some(data.len()) {
            return Err(OpError::new(format!("a tensor of shape {shape:?} has {} elements", data.len())));
        }
        Ok(Self { shape: shape.to_vec(), data })
    }

    /// A tensor without axes.
    #[must_use]
    pub fn scalar(data: impl Into<Data>) -> Self {
        let data: Data = data.into();
        Self { shape: if data.len() == 1 { Vec::new() } else { vec![data.len()] }, data }
    }

    /// A tensor with one axis.
    #[must_use]
    pub fn vector(data: impl Into<Data>) -> Self {
        let data: Data = data.into();
        Self { shape: vec![data.len()], data }
    }

    /// The element type.
    #[must_use]
    pub fn kind(&self) -> Type {
        self.data.kind()
    }

    /// How many elements there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.data.len()
    }

    /// Whether there is no element.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.data.is_empty()
    }

    /// How many axes there are.
    #[must_use]
    pub fn rank(&self) -> usize {
        self.shape.len()
    }

    /// Bytes in memory.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        let texts = match &self.data {
            Data::Text(texts) => texts.iter().map(|text| text.len() as u64).sum(),
            _ => 0,
        };
        (self.len() as u64).saturating_mul(self.kind().size() as u64).saturating_add(texts)
    }

    /// Elements from one index to the next, by axis.
    #[must_use]
    pub fn strides(&self) -> Vec<usize> {
        strides(&self.shape)
    }

    /// The same elements under another shape.
    ///
    /// # Errors
    /// Where the shape has another number of elements.
    pub fn reshaped(mut self, shape: &[usize]) -> Result<Self, OpError> {
        if count(shape) != Some(self.len()) {
            return Err(OpError::new(format!("{:?} cannot become {shape:?}", self.shape)));
        }
        self.shape = shape.to_vec();
        Ok(self)
    }

    access!(F32 f32s f32, F64 f64s f64, F16 f16s f16, BF16 bf16s bf16, I8 i8s i8, I16 i16s i16, I32 i32s i32,
        I64 i64s i64, U8 u8s u8, U16 u16s u16, U32 u32s u32, U64 u64s u64, Bool bools bool, Text texts String);

    /// The elements of a float tensor as `f32`, borrowed where they are.
    ///
    /// # Errors
    /// Where they are no floats, or doubles.
    pub fn to_f32(&self) -> Result<Cow<'_, [f32]>, OpError> {
        match &self.data {
            Data::F32(v) => Ok(Cow::Borrowed(v)),
            Data::F16(v) => Ok(Cow::Owned(v.iter().map(|x| x.to_f32()).collect())),
            Data::BF16(v) => Ok(Cow::Owned(v.iter().map(|x| x.to_f32()).collect())),
            other => Err(wrong_type(Type::F32, other.kind())),
        }
    }

    /// The elements of a float tensor as `f64`, borrowed where they are.
    ///
    /// # Errors
    /// Where they are no floats.
    pub fn to_f64(&self) -> Result<Cow<'_, [f64]>, OpError> {
        match &self.data {
            Data::F64(v) => Ok(Cow::Borrowed(v)),
            _ => Ok(Cow::Owned(self.to_f32()?.iter().map(|x| f64::from(*x)).collect())),
        }
    }

    /// Integers as `i64`, such as axes and shapes.
    ///
    /// # Errors
    /// Where they are no integers that fit.
    pub fn to_i64(&self) -> Result<Cow<'_, [i64]>, OpError> {
        Ok(match &self.data {
            Data::I64(v) => Cow::Borrowed(v),
            Data::I32(v) => Cow::Owned(v.iter().map(|x| i64::from(*x)).collect()),
            Data::I16(v) => Cow::Owned(v.iter().map(|x| i64::from(*x)).collect()),
            Data::I8(v) => Cow::Owned(v.iter().map(|x| i64::from(*x)).collect()),
            Data::U32(v) => Cow::Owned(v.iter().map(|x| i64::from(*x)).collect()),
            Data::U16(v) => Cow::Owned(v.iter().map(|x| i64::from(*x)).collect()),
            Data::U8(v) => Cow::Owned(v.iter().map(|x| i64::from(*x)).collect()),
            other => return Err(wrong_type(Type::I64, other.kind())),
        })
    }

    /// The one element of a tensor as an integer.
    ///
    /// # Errors
    /// Where there is not one, or no integer.
    pub fn to_index(&self) -> Result<i64, OpError> {
        match *self.to_i64()? {
            [one] => Ok(one),
            _ => Err(OpError::new(format!("one number was expected, and there are {}", self.len()))),
        }
    }

    /// A tensor of floats computed as `f32`, rounded to `kind` (float, float16 or bfloat16).
    ///
    /// # Errors
    /// Those of [`Tensor::new`]; where `kind` is another type.
    pub fn of_f32(shape: &[usize], elements: Vec<f32>, kind: Type) -> Result<Self, OpError> {
        match kind {
            Type::F32 => Self::new(shape, elements),
            Type::F16 => Self::new(shape, elements.into_iter().map(f16::from_f32).collect::<Vec<_>>()),
            Type::BF16 => Self::new(shape, elements.into_iter().map(bf16::from_f32).collect::<Vec<_>>()),
            other => Err(wrong_type(Type::F32, other)),
        }
    }

    /// A tensor of floats computed as `f64`, rounded to the float type `kind`.
    ///
    /// # Errors
    /// Those of [`Tensor::new`]; where `kind` is no float.
    pub fn of_f64(shape: &[usize], elements: Vec<f64>, kind: Type) -> Result<Self, OpError> {
        match kind {
            Type::F64 => Self::new(shape, elements),
            Type::F16 => Self::new(shape, elements.into_iter().map(half).collect::<Vec<_>>()),
            Type::BF16 => Self::new(shape, elements.into_iter().map(brain).collect::<Vec<_>>()),
            other => Self::of_f32(shape, elements.into_iter().map(|x| x as f32).collect(), other),
        }
    }

    /// The elements in runs along offsets, as a tensor of `shape`.
    ///
    /// # Errors
    /// Those of [`Tensor::new`].
    pub fn copied(&self, shape: &[usize], starts: impl Iterator<Item = usize>, run: usize) -> Result<Self, OpError> {
        Self::new(shape, self.data.runs(starts, run))
    }
}

/// The nearest `f16`, of two the even one. `half`'s own conversion drops half of the digits first, and so takes numbers
/// near a tie for one.
#[must_use]
pub fn half(number: f64) -> f16 {
    f16::from_f32(to_odd(number))
}

/// The nearest `bf16`, of two the even one.
#[must_use]
pub fn brain(number: f64) -> bf16 {
    bf16::from_f32(to_odd(number))
}

/// A number as `f32`, the last digit set where some are lost: rounded again to 22 digits or fewer, it is as if it were
/// rounded once (Boldo and Melquiond 2008).
fn to_odd(number: f64) -> f32 {
    let near = number as f32;
    if f64::from(near) == number || number.is_nan() {
        return near;
    }
    let is_beyond = f64::from(near).abs() > number.abs();
    f32::from_bits((near.to_bits() - u32::from(is_beyond)) | 1)
}

fn wrong_type(expected: Type, found: Type) -> OpError {
    OpError::new(format!("elements of type {} were expected, found {}", expected.name(), found.name()))
}
