//! Tensors as the engine holds them, and plain arrays as the rest of the world sees them.

use crate::intake::error::IntakeError;
use candle_core::{DType, Device, Tensor};
use lmstd_compiler::ty::dtype::Class;
use std::borrow::Cow;
use std::fmt;

/// The width of floats in one run.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Precision {
    /// Production.
    F32,
    /// Reference.
    F64,
}

impl Precision {
    /// Bytes of one float.
    pub fn float_bytes(self) -> usize {
        match self {
            Precision::F32 => 4,
            Precision::F64 => 8,
        }
    }

    /// The candle dtype of a class of elements.
    pub fn dtype(self, class: Class) -> DType {
        match (class, self) {
            (Class::Float, Precision::F32) => DType::F32,
            (Class::Float, Precision::F64) => DType::F64,
            (Class::Int, _) => DType::I64,
            (Class::Bool, _) => DType::U8,
        }
    }
}

/// What a node holds during a run.
#[derive(Clone, Debug)]
pub enum Value {
    /// A tensor.
    Tensor(Tensor),
    /// A constant, kept as a number so that kernels need not make a tensor of it.
    Scalar(f64),
}

/// A plain array in row-major order; ints and bools are exact in f64 up to 2^53, which intake guarantees.
#[derive(Clone, PartialEq, Debug)]
pub struct Array {
    /// Sizes, outermost first.
    pub shape: Vec<usize>,
    /// Elements.
    pub data: Vec<f64>,
}

/// A fault of a run: bad inputs, or a limit of the engine. Never a panic.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ExecError {
    /// One sentence.
    pub message: String,
    /// `not_computed`, or `limit_exceeded` where it was known before that it would take too much.
    pub fault: &'static str,
}

impl ExecError {
    /// With a sentence.
    pub fn new(message: impl Into<String>) -> Self {
        ExecError { message: message.into(), fault: "not_computed" }
    }

    /// With its fault and a sentence.
    pub fn of(fault: &'static str, message: impl Into<String>) -> Self {
        ExecError { message: message.into(), fault }
    }
}

impl fmt::Display for ExecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.message)
    }
}
impl std::error::Error for ExecError {}

impl From<IntakeError> for ExecError {
    fn from(refusal: IntakeError) -> Self {
        // A fault that came from another process has a name of its own.
        let fault = if let Cow::Borrowed(fault) = refusal.fault { fault } else { "not_computed" };
        ExecError::of(fault, refusal.message.clone())
    }
}

impl From<candle_core::Error> for ExecError {
    fn from(error: candle_core::Error) -> Self {
        // candle may append a backtrace after the first line.
        let text = error.to_string();
        ExecError::new(text.lines().next().unwrap_or("the tensor engine failed").to_string())
    }
}

impl Array {
    /// Reads a tensor of any dtype.
    pub fn of(tensor: &Tensor) -> Result<Array, ExecError> {
        let data = tensor.flatten_all()?.to_dtype(DType::F64)?.to_vec1::<f64>()?;
        Ok(Array { shape: tensor.dims().to_vec(), data })
    }

    /// As a tensor of the dtype that `class` has at `precision`.
    pub fn to_tensor(&self, class: Class, precision: Precision) -> Result<Tensor, ExecError> {
        let tensor = Tensor::from_slice(&self.data, self.shape.as_slice(), &Device::Cpu)?;
        Ok(tensor.to_dtype(precision.dtype(class))?)
    }
}
