//! The program as a narrower type computes it: the result of every operation that rounds is rounded to that type.

use super::run::Roundings;
use crate::value::{ExecError, Value};
use candle_core::DType;
use lmstd_compiler::op::{Attributes, Primitive, Rounding};

/// A type that models are served in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Narrow {
    /// IEEE 754 binary16.
    F16,
    /// The upper half of binary32.
    Bf16,
}

impl Narrow {
    /// The type of that name.
    pub fn of_name(name: &str) -> Option<Narrow> {
        match name {
            "f16" => Some(Narrow::F16),
            "bf16" => Some(Narrow::Bf16),
            _ => None,
        }
    }

    /// Its unit roundoff: 2^-11 and 2^-8.
    pub fn roundoff(self) -> f64 {
        match self {
            Narrow::F16 => 4.882_812_5e-4,
            Narrow::Bf16 => 3.906_25e-3,
        }
    }

    /// The candle type.
    pub fn dtype(self) -> DType {
        match self {
            Narrow::F16 => DType::F16,
            Narrow::Bf16 => DType::BF16,
        }
    }
}

/// Rounds to a type.
pub struct Rounder(Narrow);

/// A rounder to `dtype`.
pub fn narrow(dtype: Narrow) -> Rounder {
    Rounder(dtype)
}

impl Roundings for Rounder {
    fn apply(&mut self, value: Value, primitive: Primitive, _: &Attributes, _: &[Value]) -> Result<Value, ExecError> {
        match (primitive.row().rounding, value) {
            (Rounding::None, value) => Ok(value),
            (_, Value::Tensor(tensor)) => {
                let wide = tensor.dtype();
                Ok(Value::Tensor(tensor.to_dtype(self.0.dtype())?.to_dtype(wide)?))
            }
            (_, scalar) => Ok(scalar),
        }
    }
}
