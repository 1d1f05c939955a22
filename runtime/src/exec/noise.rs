//! Monte Carlo arithmetic: the reference program run again with every rounding of the narrower dtype replaced by a
//! random relative error of the same size (Parker 1997; Higham and Mary 2019 for accumulations).
//!
//! After each float operation that rounds, every element is multiplied by `1 + u c ξ` with ξ uniform in [-1, 1]:
//! `u` is the unit roundoff of the modelled dtype, `c` is 1 for one rounding, 4 for a library function (a few units in
//! the last place), and the root of the number of added terms for an accumulation. The spread of an output over
//! several such runs is what a correct implementation in that dtype may show, measured through this graph on these
//! weights and inputs: no tolerance is guessed.

use super::run::Roundings;
use crate::value::{ExecError, Value};
use candle_core::{DType, Device, Tensor};
use lmstd_compiler::op::{Attributes, Primitive, Rounding};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// A source of rounding errors.
pub struct Noise {
    unit_roundoff: f64,
    random: ChaCha8Rng,
}

impl Noise {
    /// Errors of unit roundoff `unit_roundoff`, drawn from `seed`, stream `sample`.
    pub fn new(unit_roundoff: f64, seed: [u8; 32], sample: u64) -> Noise {
        let mut random = ChaCha8Rng::from_seed(seed);
        random.set_stream(sample);
        Noise { unit_roundoff, random }
    }

    /// Uniform in [-1, 1), from 53 bits.
    fn uniform(&mut self) -> f64 {
        let bits = self.random.next_u64() >> 11;
        bits as f64 * (2.0 / 9_007_199_254_740_992.0) - 1.0
    }
}

impl Roundings for Noise {
    /// The result of an operation as the modelled dtype might have rounded it.
    fn apply(
        &mut self,
        value: Value,
        primitive: Primitive,
        attributes: &Attributes,
        operands: &[Value],
    ) -> Result<Value, ExecError> {
        let scale = match primitive.row().rounding {
            Rounding::None => return Ok(value),
            Rounding::Once => 1.0,
            Rounding::Function => 4.0,
            Rounding::Accumulation => (terms(attributes, operands, &value) as f64).sqrt(),
        };
        let Value::Tensor(tensor) = value else { return Ok(value) };
        let size = self.unit_roundoff * scale;
        let errors: Vec<f64> = (0..tensor.elem_count()).map(|_| 1.0 + size * self.uniform()).collect();
        let errors = Tensor::from_vec(errors, tensor.dims(), &Device::Cpu)?.to_dtype(DType::F64)?;
        Ok(Value::Tensor(tensor.mul(&errors)?))
    }
}

/// How many products or addends one element of the result sums.
fn terms(attributes: &Attributes, operands: &[Value], result: &Value) -> usize {
    let dims = |value: &Value| match value {
        Value::Tensor(tensor) => tensor.dims().to_vec(),
        Value::Scalar(_) => Vec::new(),
    };
    match (attributes, operands) {
        (Attributes::Axis(axis), [x]) => dims(x).get(*axis).copied().unwrap_or(1),
        (Attributes::Contract(plan), [left, right]) => {
            let size = |letter: &usize| {
                let at = |letters: &[usize], value: &Value| {
                    letters.iter().position(|l| l == letter).and_then(|axis| dims(value).get(axis).copied())
                };
                at(&plan.left, left).or_else(|| at(&plan.right, right)).unwrap_or(1)
            };
            (0..plan.names.len()).filter(|letter| !plan.result.contains(letter)).map(|letter| size(&letter)).product()
        }
        _ => dims(result).len().max(1),
    }
}
