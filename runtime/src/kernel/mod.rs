//! Kernels: one function a primitive operation, files of the same names as the compiler's rows.
//!
//! `dispatch` is the one table from operations to kernels; rustc demands a row for each. A kernel trusts the types
//! that the validator checked and returns an error, never panics, where sizes known only at the run do not fit.

mod contract;
mod elementwise;
pub mod fused;
mod index;
mod layout;
mod reduce;

use crate::value::{ExecError, Precision, Value};
use candle_core::{Device, Tensor};
use lmstd_compiler::op::{Attributes, Primitive};
use lmstd_compiler::ty::dim::Dim;

/// What a kernel may ask about the run.
pub struct Context<'a> {
    /// The width of floats.
    pub precision: Precision,
    /// The number that a size is in this run.
    pub size: &'a dyn Fn(&Dim) -> Result<usize, ExecError>,
}

impl Context<'_> {
    /// A value as a tensor; a constant becomes one of rank 0.
    pub fn tensor(&self, value: &Value) -> Result<Tensor, ExecError> {
        match value {
            Value::Tensor(tensor) => Ok(tensor.clone()),
            Value::Scalar(number) => {
                let dtype = self.precision.dtype(lmstd_compiler::ty::dtype::Class::Float);
                Ok(Tensor::new(*number, &Device::Cpu)?.to_dtype(dtype)?)
            }
        }
    }

    fn all(&self, values: &[Value]) -> Result<Vec<Tensor>, ExecError> {
        values.iter().map(|value| self.tensor(value)).collect()
    }
}

/// Runs one primitive.
pub fn dispatch(
    primitive: Primitive,
    attributes: &Attributes,
    operands: &[Value],
    context: &Context,
) -> Result<Value, ExecError> {
    use elementwise::Binary;
    let unary = |kernel: fn(&Tensor) -> candle_core::Result<Tensor>| -> Result<Tensor, ExecError> {
        Ok(kernel(&context.tensor(first(operands)?)?)?)
    };
    let tensor = match primitive {
        Primitive::Add => elementwise::binary(Binary::Add, operands, context),
        Primitive::Sub => elementwise::binary(Binary::Sub, operands, context),
        Primitive::Mul => elementwise::binary(Binary::Mul, operands, context),
        Primitive::Div => elementwise::binary(Binary::Div, operands, context),
        Primitive::Neg => elementwise::signed(operands, context, |x| match x.dtype() {
            candle_core::DType::I64 => x.zeros_like()?.sub(x),
            _ => x.neg(),
        }),
        Primitive::Exp => unary(Tensor::exp),
        Primitive::Log => unary(Tensor::log),
        Primitive::Sqrt => unary(Tensor::sqrt),
        Primitive::Tanh => unary(Tensor::tanh),
        Primitive::Erf => unary(Tensor::erf),
        Primitive::Sin => unary(Tensor::sin),
        Primitive::Cos => unary(Tensor::cos),
        // What is not a number stays none.
        Primitive::Relu => unary(|x| x.lt(0f64)?.where_cond(&x.zeros_like()?, x)),
        Primitive::Abs => elementwise::signed(operands, context, Tensor::abs),
        Primitive::Floor => unary(Tensor::floor),
        Primitive::Minimum => elementwise::binary(Binary::Minimum, operands, context),
        Primitive::Maximum => elementwise::binary(Binary::Maximum, operands, context),
        Primitive::FloorDiv => elementwise::binary(Binary::FloorDiv, operands, context),
        Primitive::Rem => elementwise::binary(Binary::Rem, operands, context),
        Primitive::Int => elementwise::int(operands, context),
        Primitive::Eq => elementwise::compare(operands, context, Tensor::broadcast_eq),
        Primitive::Not => unary(|x| x.eq(0u8)),
        Primitive::And => elementwise::logic(operands, context, Tensor::broadcast_minimum),
        Primitive::Or => elementwise::logic(operands, context, Tensor::broadcast_maximum),
        Primitive::Float => elementwise::float(operands, context),
        Primitive::Ge => elementwise::compare(operands, context, Tensor::broadcast_ge),
        Primitive::Lt => elementwise::compare(operands, context, Tensor::broadcast_lt),
        Primitive::Where => elementwise::select(operands, context),
        Primitive::Sum => reduce::reduce(operands, attributes, context, |x, axis| x.sum_keepdim(axis)),
        Primitive::Mean => reduce::reduce(operands, attributes, context, |x, axis| x.mean_keepdim(axis)),
        Primitive::Max => reduce::reduce(operands, attributes, context, reduce::largest),
        Primitive::Cumsum => reduce::cumsum(operands, attributes, context),
        Primitive::Contract => contract::contract(operands, attributes, context),
        Primitive::Rearrange => layout::rearrange(operands, attributes, context),
        Primitive::Slice => layout::slice(operands, attributes, context),
        Primitive::Concat => layout::concat(operands, attributes, context),
        Primitive::Expand => layout::expand(operands, attributes, context),
        Primitive::Pad => layout::pad(operands, attributes, context),
        Primitive::Windows => layout::windows(operands, attributes, context),
        Primitive::Carry => Err(ExecError::new("a program without a config does not run")),
        Primitive::Gather => index::gather(operands, attributes, context),
        Primitive::Size => index::size(attributes, context),
        Primitive::Take => index::take(operands, context),
        Primitive::Iota => index::iota(attributes, context),
        Primitive::Constant => return index::constant(attributes, context),
    };
    tensor.map(Value::Tensor)
}

fn first(operands: &[Value]) -> Result<&Value, ExecError> {
    operands.first().ok_or_else(|| ExecError::new("an operation has no operand"))
}

fn misfit() -> ExecError {
    ExecError::new("an operation's attributes belong to another operation")
}
