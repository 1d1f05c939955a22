//! Faster bodies for composite operations of the library, used in production only. Each must agree with the body it
//! stands in for, which `tests/all/exec.rs` holds; the reference program never uses them.

use super::Context;
use crate::value::{ExecError, Value};
use candle_core::Tensor;
use lmstd_compiler::ir::graph::{Composite, Static};

type Kernel = fn(&Composite, &[Tensor]) -> Result<Tensor, ExecError>;

/// The operations that have one, by name.
const KERNELS: &[(&str, Kernel)] =
    &[("gelu", gelu), ("gelu_tanh", gelu_tanh), ("layer_norm", layer_norm), ("softmax", softmax)];

/// The calls that the pass `inline` shall keep in production.
pub fn names() -> Vec<&'static str> {
    KERNELS.iter().map(|(name, _)| *name).collect()
}

/// Runs a kept call.
pub fn call(composite: &Composite, operands: &[Value], context: &Context) -> Result<Value, ExecError> {
    let kernel = KERNELS.iter().find(|(name, _)| *name == composite.name);
    let (_, kernel) = kernel.ok_or_else(|| ExecError::new(format!("there is no kernel for `{}`", composite.name)))?;
    kernel(composite, &context.all(operands)?).map(Value::Tensor)
}

fn misfit(composite: &Composite) -> ExecError {
    ExecError::new(format!("the call of `{}` does not fit its kernel", composite.name))
}

fn gelu(composite: &Composite, operands: &[Tensor]) -> Result<Tensor, ExecError> {
    let [x] = operands else { return Err(misfit(composite)) };
    Ok(x.gelu_erf()?)
}

fn gelu_tanh(composite: &Composite, operands: &[Tensor]) -> Result<Tensor, ExecError> {
    let [x] = operands else { return Err(misfit(composite)) };
    Ok(x.gelu()?)
}

fn layer_norm(composite: &Composite, operands: &[Tensor]) -> Result<Tensor, ExecError> {
    let (x, weight, bias) = match operands {
        [x, weight, bias] => (x, weight, bias.clone()),
        [x, weight] => (x, weight, weight.zeros_like()?),
        _ => return Err(misfit(composite)),
    };
    let eps = composite.arguments.iter().find_map(|(name, value)| match value {
        Static::Real(Some(eps)) if name == "eps" => Some(*eps),
        _ => None,
    });
    let eps = eps.ok_or_else(|| misfit(composite))?;
    Ok(candle_nn::ops::layer_norm(&x.contiguous()?, weight, &bias, eps as f32)?)
}

fn softmax(composite: &Composite, operands: &[Tensor]) -> Result<Tensor, ExecError> {
    let [x] = operands else { return Err(misfit(composite)) };
    let axis = composite.arguments.iter().find_map(|(_, value)| match value {
        Static::Axis(axis) => Some(*axis),
        _ => None,
    });
    match axis {
        Some(axis) if axis + 1 == x.rank() => Ok(candle_nn::ops::softmax_last_dim(&x.contiguous()?)?),
        Some(axis) => Ok(candle_nn::ops::softmax(x, axis)?),
        None => Err(misfit(composite)),
    }
}
