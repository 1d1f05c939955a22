//! Monte Carlo arithmetic: the reference program run again with every rounding of the narrower dtype replaced by a
//! random relative error of the same size (Parker 1997; Higham and Mary 2019 for accumulations).
//!
//! After each float operation that rounds, `u c ξ` is added to every element with ξ uniform in [-1, 1]: `u` is the unit
//! roundoff of the modelled dtype, `c` the size of the element for one rounding, four times that for a library function
//! (a few units in the last place), and for an accumulation the larger of the element times the root of the number of
//! terms and the size of all terms together, which is what partial sums round at where terms cancel. The spread of an
//! output over several such runs is what a correct implementation in that dtype may show, measured through this graph on
//! these weights and inputs: no tolerance is guessed.

use super::run::Roundings;
use crate::kernel::{self, Context};
use crate::value::{ExecError, Precision, Value};
use candle_core::{Device, Tensor};
use lmstd_compiler::op::{Attributes, Primitive, Rounding};
use lmstd_compiler::ty::dim::Dim;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Unit roundoff of f32, 2^-24.
pub const F32_ROUNDOFF: f64 = 5.960_464_477_539_063e-8;

/// The roundings of a library function: a few units in the last place.
const FUNCTION: f64 = 4.0;

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

    /// The roundoff inside an operation in units of that of its result: a type narrower than f32 is computed in f32, and
    /// only the result is rounded to it.
    fn inside(&self) -> f64 {
        (F32_ROUNDOFF / self.unit_roundoff).min(1.0)
    }

    /// Uniform in [-1, 1), from 53 bits.
    fn uniform(&mut self) -> f64 {
        let bits = self.random.next_u64() >> 11;
        bits as f64 * (2.0 / 9_007_199_254_740_992.0) - 1.0
    }

    /// Changes each value by an error of at most `reach` unit roundoffs; what is infinite is exactly that.
    fn change(&mut self, values: &mut [f64], reach: impl Fn(usize, f64) -> f64) {
        for (at, value) in values.iter_mut().enumerate() {
            let error = self.unit_roundoff * self.uniform();
            if value.is_finite() {
                *value += reach(at, *value) * error;
            }
        }
    }

    /// From here on, errors of another unit roundoff.
    pub fn rounding_to(&mut self, unit_roundoff: f64) {
        self.unit_roundoff = unit_roundoff;
    }

    /// One rounding.
    pub fn once(&mut self, values: &mut [f64]) {
        self.change(values, |_, value| value.abs());
    }

    /// What a library function may be off.
    pub fn function(&mut self, values: &mut [f64]) {
        let some = 1.0_f64.max(FUNCTION * self.inside());
        self.change(values, |_, value| some * value.abs());
    }

    /// Sums of so many terms; `sizes` are the same sums over the sizes of the terms.
    pub fn summed(&mut self, values: &mut [f64], sizes: &[f64], terms: usize) {
        let (root, inside) = ((terms as f64).sqrt(), self.inside());
        self.change(values, |at, value| {
            let summed = (root * value.abs()).max(sizes.get(at).copied().unwrap_or(0.0));
            if inside < 1.0 { value.abs() + inside * summed } else { summed }
        });
    }

    /// What sums of so many terms inside of an operation look like from outside: its inputs, changed that much.
    pub fn inputs(&mut self, values: &mut [f64], terms: usize) {
        let reach = (terms as f64).sqrt() * self.inside();
        self.change(values, |_, value| reach * value.abs());
    }
}

impl Roundings for Noise {
    fn noise(&mut self) -> Option<&mut Noise> {
        Some(self)
    }

    /// The result of an operation as the modelled dtype might have rounded it.
    fn apply(
        &mut self,
        value: Value,
        primitive: Primitive,
        attributes: &Attributes,
        operands: &[Value],
    ) -> Result<Value, ExecError> {
        let rounding = primitive.row().rounding;
        let tensor = match value {
            Value::Tensor(tensor) if rounding != Rounding::None => tensor,
            exact => return Ok(exact),
        };
        let mut values = tensor.flatten_all()?.to_vec1::<f64>()?;
        match rounding {
            Rounding::None | Rounding::Once => self.once(&mut values),
            Rounding::Function => self.function(&mut values),
            Rounding::Accumulation => {
                let sizes = sizes(primitive, attributes, operands)?.flatten_all()?.to_vec1::<f64>()?;
                if sizes.len() != values.len() {
                    return Err(ExecError::new("a sum and the size of its terms have different shapes"));
                }
                self.summed(&mut values, &sizes, terms(attributes, operands, &tensor));
            }
        }
        Ok(Value::Tensor(Tensor::from_vec(values, tensor.dims(), &Device::Cpu)?))
    }
}

/// How large the terms of a sum are together, whatever their signs: what its partial sums may reach, and so round at, even
/// where the terms cancel. It is the same sum over the sizes of its operands, so that terms of zero round nothing.
fn sizes(primitive: Primitive, attributes: &Attributes, operands: &[Value]) -> Result<Tensor, ExecError> {
    let none = |_: &Dim| Err(ExecError::new("a sum asks for no size"));
    let context = Context { precision: Precision::F64, size: &none };
    let size = |operand: &Value| Ok(Value::Tensor(context.tensor(operand)?.abs()?));
    let sizes: Vec<Value> = operands.iter().map(size).collect::<Result<_, ExecError>>()?;
    context.tensor(&kernel::dispatch(primitive, attributes, &sizes, &context)?)
}

/// How many products or addends one element of the result sums.
fn terms(attributes: &Attributes, operands: &[Value], result: &Tensor) -> usize {
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
        _ => result.dims().len().max(1),
    }
}
