//! Faster bodies for composite operations of the library, used in production only. Each must agree with the body it
//! stands in for, which `tests/all/exec.rs` holds; the reference program never uses them.

mod attention;
mod lanes;
pub(super) mod rows;

use super::Context;
use crate::value::{ExecError, Value};
use candle_core::{DType, Tensor};
use lmstd_compiler::ir::graph::{Composite, Static};

type Kernel = fn(&Composite, &[Tensor]) -> Result<Tensor, ExecError>;

/// The operations that have one, by name.
const KERNELS: &[(&str, Kernel)] = &[
    ("attention", attention),
    ("gelu", |composite, operands| rows::map(one(composite, operands)?, lanes::gelu)),
    ("gelu_tanh", |composite, operands| rows::map(one(composite, operands)?, lanes::gelu_tanh)),
    ("layer_norm", layer_norm),
    ("linear", linear),
    ("rms_norm", rms_norm),
    ("silu", |composite, operands| rows::map(one(composite, operands)?, lanes::silu)),
    ("softmax", softmax),
];

/// The calls that the pass `inline` shall keep in production.
pub fn names() -> Vec<&'static str> {
    KERNELS.iter().map(|(name, _)| *name).collect()
}

/// Runs a kept call.
pub fn call(composite: &Composite, operands: &[Value], context: &Context) -> Result<Value, ExecError> {
    let kernel = KERNELS.iter().find(|(name, _)| *name == composite.name);
    let (_, kernel) = kernel.ok_or_else(|| ExecError::new(format!("there is no kernel for `{}`", composite.name)))?;
    let operands = context.all(operands)?;
    if operands.iter().any(|operand| operand.dtype().is_float() && operand.dtype() != DType::F32) {
        return Err(ExecError::new(format!("the kernel of `{}` computes f32", composite.name)));
    }
    kernel(composite, &operands).map(Value::Tensor)
}

fn misfit(composite: &Composite) -> ExecError {
    ExecError::new(format!("the call of `{}` does not fit its kernel", composite.name))
}

fn one<'t>(composite: &Composite, operands: &'t [Tensor]) -> Result<&'t Tensor, ExecError> {
    match operands {
        [x] => Ok(x),
        _ => Err(misfit(composite)),
    }
}

/// A number among the arguments.
fn real(composite: &Composite, name: &str) -> Result<f32, ExecError> {
    let found = composite.arguments.iter().find_map(|(known, value)| match value {
        Static::Real(Some(value)) if known == name => Some(*value),
        Static::Dim(dim) if known == name => dim.as_constant().map(|value| value as f64),
        _ => None,
    });
    found.map(|value| value as f32).ok_or_else(|| misfit(composite))
}

fn attention(composite: &Composite, operands: &[Tensor]) -> Result<Tensor, ExecError> {
    let [q, k, v, seen] = operands else { return Err(misfit(composite)) };
    attention::attention(q, k, v, seen, real(composite, "scale")?)
}

fn layer_norm(composite: &Composite, operands: &[Tensor]) -> Result<Tensor, ExecError> {
    let eps = real(composite, "eps")?;
    match operands {
        [x, weight, bias] => rows::layer_norm(x, weight, Some(bias), eps),
        [x, weight] => rows::layer_norm(x, weight, None, eps),
        _ => Err(misfit(composite)),
    }
}

fn rms_norm(composite: &Composite, operands: &[Tensor]) -> Result<Tensor, ExecError> {
    let [x, weight] = operands else { return Err(misfit(composite)) };
    rows::rms_norm(x, weight, real(composite, "eps")?)
}

fn linear(composite: &Composite, operands: &[Tensor]) -> Result<Tensor, ExecError> {
    match operands {
        [x, weight, bias] => rows::linear(x, weight, Some(bias)),
        [x, weight] => rows::linear(x, weight, None),
        _ => Err(misfit(composite)),
    }
}

fn softmax(composite: &Composite, operands: &[Tensor]) -> Result<Tensor, ExecError> {
    let x = one(composite, operands)?;
    let axis = composite.arguments.iter().find_map(|(_, value)| match value {
        Static::Axis(axis) => Some(*axis),
        _ => None,
    });
    match axis {
        Some(axis) if axis + 1 == x.rank() => rows::softmax_rows(x),
        Some(axis) => Ok(candle_nn::ops::softmax(x, axis)?),
        None => Err(misfit(composite)),
    }
}
