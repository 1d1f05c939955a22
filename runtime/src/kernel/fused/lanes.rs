//! Functions of one f32 that compilers turn into vector instructions: no branches, no calls, a few units in the last
//! place from the true value, and not a number where the operand is none.

use pulp::{Arch, NullaryFnOnce};

/// Runs `work`, all of it inlined, in the widest vector instructions of this machine.
pub fn wide<R>(work: impl FnMut() -> R) -> R {
    Arch::new().dispatch(Wide(work))
}

/// A closure that is called as what it is: as an `FnOnce` it would be called by a shim that is not inlined, in narrow
/// instructions.
struct Wide<F>(F);

impl<R, F: FnMut() -> R> NullaryFnOnce for Wide<F> {
    type Output = R;

    #[inline(always)]
    fn call(mut self) -> R {
        (self.0)()
    }
}

/// exp(x): 2^n times a polynomial of the rest.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    // Adding this rounds to a whole number in the lowest bits.
    const ROUND: f32 = 12_582_912.0;
    const LN2_HIGH: f32 = 0.693_359_4;
    const LN2_LOW: f32 = -2.121_944_4e-4;
    let inside = x.clamp(-87.0, 88.0);
    let shifted = inside * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = inside - n * LN2_HIGH - n * LN2_LOW;
    let p = 1.0 / 720.0_f32;
    let p = p * r + 1.0 / 120.0;
    let p = p * r + 1.0 / 24.0;
    let p = p * r + 1.0 / 6.0;
    let p = p * r + 0.5;
    let p = (p * r + 1.0) * r + 1.0;
    let power = shifted.to_bits().wrapping_sub(ROUND.to_bits()).wrapping_add(127) << 23;
    let value = p * f32::from_bits(power);
    let value = if x < -87.0 { 0.0 } else { value };
    let value = if x > 88.0 { f32::INFINITY } else { value };
    if x.is_nan() { x } else { value }
}

/// The error function, as x times a quotient of polynomials of x², fitted for |x| up to 3.9; beyond it is ±1 in f32.
#[inline(always)]
pub fn erf(x: f32) -> f32 {
    let inside = x.clamp(-3.9, 3.9);
    let z = inside * inside;
    let p = 2.014_785_8e-8_f32;
    let p = p * z - 1.963_067e-6;
    let p = p * z + 1.405_758_5e-4;
    let p = p * z + 3.631_436_6e-3;
    let p = p * z + 5.034_236_7e-2;
    let p = p * z + 1.981_631_5e-1;
    let p = p * z + std::f32::consts::FRAC_2_SQRT_PI;
    let q = 9.403_654e-4_f32;
    let q = q * z + 1.420_619_8e-2;
    let q = q * z + 1.142_729_6e-1;
    let q = q * z + 5.089_493e-1;
    let q = q * z + 1.0;
    let value = inside * p / q;
    let value = if x.abs() < 3.9 { value } else { 1.0_f32.copysign(x) };
    if x.is_nan() { x } else { value }
}

/// tanh(x) by the exponential function; near zero, where that cancels, by its series.
#[inline(always)]
pub fn tanh(x: f32) -> f32 {
    let e = exp(-2.0 * x.abs());
    let far = (1.0 - e) / (1.0 + e);
    let z = x * x;
    let near = x.abs() * (1.0 + z * (-1.0 / 3.0 + z * (2.0 / 15.0 + z * (-17.0 / 315.0 + z * (62.0 / 2835.0)))));
    let value = if x.abs() < 0.3 { near } else { far };
    if x.is_nan() { x } else { value.copysign(x) }
}

/// x/2 (1 + erf(x / sqrt(2))).
#[inline(always)]
pub fn gelu(x: f32) -> f32 {
    x * 0.5 * (1.0 + erf(x * std::f32::consts::FRAC_1_SQRT_2))
}

/// x/2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x³))).
#[inline(always)]
pub fn gelu_tanh(x: f32) -> f32 {
    const ROOT: f32 = 0.797_884_6;
    x * 0.5 * (1.0 + tanh(ROOT * (x + 0.044_715 * x * x * x)))
}

/// x / (1 + exp(-x)).
#[inline(always)]
pub fn silu(x: f32) -> f32 {
    x / (1.0 + exp(-x))
}

/// The sum of a row: sixteen partial sums, so that the order does not depend on the machine.
#[inline(always)]
pub fn sum(row: &[f32], of: impl Fn(f32) -> f32) -> f32 {
    let mut partial = [0.0_f32; 16];
    let (chunks, rest) = row.as_chunks::<16>();
    for chunk in chunks {
        for lane in 0..16 {
            partial[lane] += of(chunk[lane]);
        }
    }
    for (sum, &x) in partial.iter_mut().zip(rest) {
        *sum += of(x);
    }
    let mut width = 8;
    while width > 0 {
        for at in 0..width {
            partial[at] += partial[at + width];
        }
        width /= 2;
    }
    partial[0]
}

/// The largest element of a row; not a number if one is none.
#[inline(always)]
pub fn largest(row: &[f32]) -> f32 {
    let larger = |most: f32, x: f32| if x > most || x.is_nan() { x } else { most };
    let mut partial = [f32::NEG_INFINITY; 16];
    let (chunks, rest) = row.as_chunks::<16>();
    for chunk in chunks {
        for lane in 0..16 {
            partial[lane] = larger(partial[lane], chunk[lane]);
        }
    }
    for (most, &x) in partial.iter_mut().zip(rest) {
        *most = larger(*most, x);
    }
    partial.iter().fold(f32::NEG_INFINITY, |most, &x| larger(most, x))
}
