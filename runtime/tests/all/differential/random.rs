//! Small random programs in primitives, and how far single precision may lie from their true values.
//!
//! Every value has a range of its elements and a bound of its error, carried from operation to operation as in a running
//! error analysis (Higham 2002, section 3.3). The range keeps operations where they are defined and well conditioned.
//! What has no error is exact in `f32` too; only such values are rounded down, cut to whole numbers or compared, because
//! there a small error would make a large one.

use super::Random;
use lmstd_compiler::ir::build::{Builder, Origin, Tensor};
use lmstd_compiler::ir::graph::{Graph, Output};
use lmstd_compiler::op::row::{Contraction, Rearrangement};
use lmstd_compiler::op::{Attributes, Primitive, Rounding};
use lmstd_compiler::ty::dim::Dim;
use lmstd_compiler::ty::dtype::Class;
use lmstd_compiler::ty::facts::Facts;
use lmstd_compiler::ty::shape::{Axis, TensorType};
use lmstd_grammar::span::Span;
use lmstd_runtime::exec::Inputs;
use lmstd_runtime::tolerance::F32_ROUNDOFF;
use lmstd_runtime::value::Array;
use std::sync::Arc;

/// The largest float and the largest whole number that a program may reach.
const LARGEST: (f64, f64) = (1e4, 1e6);
/// The most elements and axes of one value.
const MOST: (usize, usize) = (600, 5);
/// What underflow may add to an error.
const UNDERFLOW: f64 = 1e-37;
/// A library function is off by at most this many roundings.
const FUNCTION: f64 = 4.0;

/// A program with its inputs.
pub struct Program {
    pub graph: Graph,
    pub inputs: Inputs,
    /// For each output, how far single precision may lie from the true value.
    pub errors: Vec<(String, f64)>,
    /// Whether terms that carry no rounding may cancel in a sum. The derived bound takes the error of a sum relative to
    /// the sum, which is too little there.
    pub cancels: bool,
    /// The operations it has.
    pub used: Vec<Primitive>,
}

/// The true values of all elements lie from `low` to `high`; single precision is off by at most `error`.
#[derive(Clone, Copy)]
struct Range {
    low: f64,
    high: f64,
    error: f64,
}

impl Range {
    fn exact(low: f64, high: f64) -> Range {
        Range { low, high, error: 0.0 }
    }

    /// The largest absolute value, that of `f32` included.
    fn most(self) -> f64 {
        self.low.abs().max(self.high.abs()) + self.error
    }

    fn rounded(self, times: f64) -> Range {
        Range { error: self.error + times * F32_ROUNDOFF * self.most() + UNDERFLOW, ..self }
    }

    fn with(self, other: Range) -> Range {
        Range { low: self.low.min(other.low), high: self.high.max(other.high), error: self.error.max(other.error) }
    }

    /// Both ends under an increasing function.
    fn under(self, of: fn(f64) -> f64, error: f64) -> Range {
        Range { low: of(self.low), high: of(self.high), error }
    }
}

#[derive(Clone)]
struct Item {
    tensor: Tensor,
    shape: Vec<usize>,
    range: Range,
    /// Whether every element has been rounded, or is zero.
    noisy: bool,
}

impl Item {
    fn class(&self) -> Class {
        self.tensor.ty.class
    }

    /// Whether a sum of its elements cannot lose more than the noise on them shows.
    fn sums_well(&self) -> bool {
        self.noisy || self.class() == Class::Int || self.range.low >= 0.0 || self.range.high <= 0.0
    }
}

struct Maker<'r> {
    builder: Builder,
    random: &'r mut Random,
    items: Vec<Item>,
    inputs: Inputs,
    sizes: [usize; 3],
    cancels: bool,
    used: Vec<Primitive>,
}

/// A program of 2 to 8 operations and what they need.
pub fn program(random: &mut Random) -> Program {
    let sizes = [0; 3].map(|_| 1 + random.below(5));
    let builder = Builder::new(Arc::new(Facts::default()));
    let (items, inputs, used) = (Vec::new(), Inputs::new(), Vec::new());
    let mut maker = Maker { builder, random, items, inputs, sizes, cancels: false, used };
    for index in 0..1 + maker.random.below(3) {
        maker.input(index);
    }
    let given = maker.items.len();
    let wanted = given + 2 + maker.random.below(7);
    // Most attempts find operands that fit; a bound on their number keeps a poor start from going on for ever.
    for _ in 0..400 {
        if maker.items.len() >= wanted {
            break;
        }
        if let Some(item) = maker.step() {
            maker.items.push(item);
        }
    }
    maker.finish(given)
}

fn origin() -> Origin {
    Origin { scope: "".into(), span: Span::default() }
}

fn dim(size: usize) -> Dim {
    Dim::from(i64::try_from(size).unwrap())
}

fn product(range: Range, other: Range) -> (f64, f64) {
    let corners = [range.low * other.low, range.low * other.high, range.high * other.low, range.high * other.high];
    (corners.iter().copied().fold(f64::INFINITY, f64::min), corners.iter().copied().fold(f64::NEG_INFINITY, f64::max))
}

/// The error of a product of two values that have errors.
fn product_error(a: Range, b: Range) -> f64 {
    a.error * b.most() + b.error * a.most()
}

fn of_unary(primitive: Primitive, x: Range) -> Option<Range> {
    Some(match primitive {
        Primitive::Neg => Range { low: -x.high, high: -x.low, error: x.error },
        Primitive::Exp if x.high < 8.0 && x.low > -20.0 => {
            x.under(f64::exp, (x.high + x.error).exp() * x.error).rounded(FUNCTION)
        }
        Primitive::Log if x.low - x.error > 0.05 => x.under(f64::ln, x.error / (x.low - x.error)).rounded(FUNCTION),
        Primitive::Sqrt if x.low >= 0.0 && x.error == 0.0 => x.under(f64::sqrt, 0.0).rounded(1.0),
        Primitive::Sqrt if x.low - x.error > 0.05 => {
            x.under(f64::sqrt, 0.5 * x.error / (x.low - x.error).sqrt()).rounded(1.0)
        }
        Primitive::Tanh => x.under(f64::tanh, x.error).rounded(FUNCTION),
        // The slope is at most 2 / sqrt(pi).
        Primitive::Erf => Range { low: -1.0, high: 1.0, error: 1.13 * x.error }.rounded(FUNCTION),
        Primitive::Sin | Primitive::Cos if x.most() < 1e3 => {
            Range { low: -1.0, high: 1.0, error: x.error }.rounded(FUNCTION)
        }
        Primitive::Relu => Range { low: x.low.max(0.0), high: x.high.max(0.0), error: x.error },
        Primitive::Abs => Range { low: x.low.max(-x.high).max(0.0), high: x.low.abs().max(x.high.abs()), ..x },
        Primitive::Floor if x.error == 0.0 => x.under(f64::floor, 0.0),
        Primitive::Int if x.error == 0.0 => x.under(f64::trunc, 0.0),
        Primitive::Float => x,
        Primitive::Not => Range::exact(0.0, 1.0),
        _ => return None,
    })
}

fn of_binary(primitive: Primitive, a: Range, b: Range) -> Option<Range> {
    Some(match primitive {
        Primitive::Add => Range { low: a.low + b.low, high: a.high + b.high, error: a.error + b.error },
        Primitive::Sub => Range { low: a.low - b.high, high: a.high - b.low, error: a.error + b.error },
        Primitive::Mul => {
            let (low, high) = product(a, b);
            Range { low, high, error: product_error(a, b) }
        }
        Primitive::Div => {
            let least = b.low.max(-b.high) - b.error;
            if least < 0.1 {
                return None;
            }
            let (low, high) = product(a, Range::exact(1.0 / b.high, 1.0 / b.low));
            Range { low, high, error: (a.error + a.most() / least * b.error) / least }
        }
        Primitive::Minimum => Range { low: a.low.min(b.low), high: a.high.min(b.high), ..a.with(b) },
        Primitive::Maximum => Range { low: a.low.max(b.low), high: a.high.max(b.high), ..a.with(b) },
        Primitive::FloorDiv | Primitive::Rem if b.low <= 0.0 && b.high >= 0.0 => return None,
        Primitive::FloorDiv => Range::exact(-a.most() - 1.0, a.most() + 1.0),
        Primitive::Rem if b.low > 0.0 => Range::exact(0.0, b.high - 1.0),
        Primitive::Rem => Range::exact(b.low + 1.0, 0.0),
        _ => return None,
    })
}

impl Maker<'_> {
    fn finish(mut self, given: usize) -> Program {
        let mut errors = Vec::new();
        let made: Vec<Item> = self.items.split_off(given);
        for (index, item) in made.iter().enumerate() {
            let name = format!("y{index}");
            let mask = made.iter().rfind(|mask| mask.class() == Class::Bool && item.shape.starts_with(&mask.shape));
            let keep = mask.filter(|_| self.random.below(4) == 0).map(|mask| mask.tensor.node);
            errors.push((name.clone(), item.range.error));
            self.builder.output(Output { name, node: item.tensor.node, keep, trace: index % 2 == 0 });
        }
        let Maker { builder, inputs, cancels, used, .. } = self;
        Program { graph: builder.finish(), inputs, errors, cancels, used }
    }

    fn shape(&mut self) -> Vec<usize> {
        let rank = self.random.one_of(&[0, 1, 2, 2, 3, 3]);
        (0..rank).map(|_| if self.random.below(5) == 0 { 1 } else { self.random.one_of(&self.sizes) }).collect()
    }

    fn input(&mut self, index: usize) {
        let name = format!("x{index}");
        let shape = self.shape();
        let class =
            if index == 0 { Class::Float } else { self.random.one_of(&[Class::Float, Class::Int, Class::Bool]) };
        let count: usize = shape.iter().product();
        let scale = self.random.one_of(&[0.125, 1.0, 4.0]);
        let positive = self.random.below(3) == 0;
        let (low, whole) = (self.random.one_of(&[0_i32, 0, -3]), class == Class::Int);
        let random = &mut *self.random;
        let (data, range): (Vec<f64>, Range) = match class {
            Class::Float if positive => (
                (0..count).map(|_| scale * (0.25 + random.uniform().abs())).collect(),
                Range::exact(0.25 * scale, 1.25 * scale),
            ),
            Class::Float => ((0..count).map(|_| scale * random.uniform()).collect(), Range::exact(-scale, scale)),
            Class::Int => (
                (0..count).map(|_| f64::from(low) + random.below(4) as f64).collect(),
                Range::exact(f64::from(low), f64::from(low + 3)),
            ),
            Class::Bool => ((0..count).map(|_| random.below(2) as f64).collect(), Range::exact(0.0, 1.0)),
        };
        let ty = TensorType { class, axes: shape.iter().map(|&size| Axis::of(dim(size))).collect() };
        let legal = whole.then(|| (i64::from(low), i64::from(low) + 4));
        // Some inputs are not given and have their default everywhere.
        let default = (random.below(6) == 0).then_some(range.high);
        let node = self.builder.input(&name, ty.clone(), legal, default, &origin());
        if default.is_none() {
            self.inputs.insert(name, Array { shape: shape.clone(), data });
        }
        self.items.push(Item { tensor: Tensor { node, ty }, shape, range, noisy: false });
    }

    /// Some value that fits; often the newest, so that programs grow deep.
    fn pick(&mut self, fits: impl Fn(&Item) -> bool) -> Option<Item> {
        let fitting: Vec<usize> = (0..self.items.len()).filter(|&at| fits(&self.items[at])).collect();
        let last = *fitting.last()?;
        let at = if self.random.below(2) == 0 { last } else { self.random.one_of(&fitting) };
        Some(self.items[at].clone())
    }

    /// Makes a node, if its type rule and the limits allow it.
    fn make(
        &mut self,
        primitive: Primitive,
        attributes: Attributes,
        operands: &[&Item],
        range: Range,
        noisy: bool,
    ) -> Option<Item> {
        let types: Vec<TensorType> = operands.iter().map(|item| item.tensor.ty.clone()).collect();
        let ty = (primitive.row().infer)(&types, &attributes, &Facts::default()).ok()?;
        let sizes: Option<Vec<i64>> = ty.dims().map(Dim::as_constant).collect();
        let shape: Vec<usize> = sizes?.into_iter().map(|size| usize::try_from(size).unwrap()).collect();
        let largest = if ty.class == Class::Int { LARGEST.1 } else { LARGEST.0 };
        let small = shape.iter().product::<usize>() <= MOST.0 && shape.len() <= MOST.1 && !shape.contains(&0);
        if !small || range.most().is_nan() || range.most() > largest {
            return None;
        }
        let tensors: Vec<Tensor> = operands.iter().map(|item| item.tensor.clone()).collect();
        let tensor = self.builder.primitive(primitive, attributes, &tensors, &origin()).ok()?;
        self.used.push(primitive);
        let rounds = primitive.row().rounding != Rounding::None && ty.class == Class::Float;
        Some(Item { tensor, shape, range, noisy: noisy || rounds })
    }

    fn step(&mut self) -> Option<Item> {
        match self.random.below(16) {
            0..=2 => self.unary(),
            3..=5 => self.binary(),
            6 => self.compare(),
            7 => self.logic(),
            8 => self.select(),
            9 => self.reduce(),
            10 => self.contract(),
            11 => self.rearrange(),
            12 => self.along(),
            13 => self.join(),
            14 => self.choose(),
            _ => self.source(),
        }
    }

    fn unary(&mut self) -> Option<Item> {
        let x = self.pick(|_| true)?;
        let primitive = match x.class() {
            Class::Float => self.random.one_of(&[
                Primitive::Neg,
                Primitive::Exp,
                Primitive::Log,
                Primitive::Sqrt,
                Primitive::Tanh,
                Primitive::Erf,
                Primitive::Sin,
                Primitive::Cos,
                Primitive::Relu,
                Primitive::Abs,
                Primitive::Floor,
                Primitive::Int,
            ]),
            Class::Int => self.random.one_of(&[Primitive::Neg, Primitive::Abs, Primitive::Float]),
            Class::Bool => self.random.one_of(&[Primitive::Float, Primitive::Int, Primitive::Not]),
        };
        let range = of_unary(primitive, x.range)?;
        self.make(primitive, Attributes::None, &[&x], range, x.noisy)
    }

    fn binary(&mut self) -> Option<Item> {
        let a = self.pick(|item| item.class() != Class::Bool)?;
        let b = self.pick(|item| item.class() == a.class())?;
        let whole = a.class() == Class::Int;
        let primitive = self.random.one_of(&[
            Primitive::Add,
            Primitive::Sub,
            Primitive::Mul,
            // Twice: most divisors may be zero, and then there is no step.
            if whole { Primitive::FloorDiv } else { Primitive::Div },
            if whole { Primitive::FloorDiv } else { Primitive::Div },
            if whole { Primitive::Rem } else { Primitive::Div },
            Primitive::Minimum,
            Primitive::Maximum,
        ]);
        let mut range = of_binary(primitive, a.range, b.range)?;
        if !whole && primitive.row().rounding != Rounding::None {
            range = range.rounded(1.0);
        }
        self.make(primitive, Attributes::None, &[&a, &b], range, a.noisy && b.noisy)
    }

    fn compare(&mut self) -> Option<Item> {
        let exact = |item: &Item| item.class() != Class::Bool && item.range.error == 0.0;
        let (a, b) = (self.pick(exact)?, self.pick(exact)?);
        let primitive = self.random.one_of(&[Primitive::Ge, Primitive::Lt, Primitive::Eq]);
        self.make(primitive, Attributes::None, &[&a, &b], Range::exact(0.0, 1.0), false)
    }

    fn logic(&mut self) -> Option<Item> {
        let (a, b) = (self.pick(|item| item.class() == Class::Bool)?, self.pick(|item| item.class() == Class::Bool)?);
        let primitive = self.random.one_of(&[Primitive::And, Primitive::Or]);
        self.make(primitive, Attributes::None, &[&a, &b], Range::exact(0.0, 1.0), false)
    }

    fn select(&mut self) -> Option<Item> {
        let keep = self.pick(|item| item.class() == Class::Bool)?;
        let a = self.pick(|item| item.class() != Class::Bool)?;
        let b = self.pick(|item| item.class() == a.class())?;
        let range = a.range.with(b.range);
        self.make(Primitive::Where, Attributes::None, &[&keep, &a, &b], range, a.noisy && b.noisy)
    }

    fn reduce(&mut self) -> Option<Item> {
        let x = self.pick(|item| item.class() != Class::Bool && !item.shape.is_empty())?;
        let axis = self.random.below(x.shape.len());
        let n = x.shape[axis] as f64;
        let primitive = self.random.one_of(&[Primitive::Sum, Primitive::Mean, Primitive::Max, Primitive::Cumsum]);
        let Range { low, high, error } = x.range;
        let total = Range { low: n * low, high: n * high, error: n * error };
        let float = x.class() == Class::Float;
        let range = match primitive {
            Primitive::Sum if float => total.rounded(n),
            Primitive::Sum => total,
            Primitive::Mean => Range { error: total.rounded(n).error / n, ..x.range }.rounded(1.0),
            Primitive::Max => x.range,
            _ => {
                let running = Range { low: low.min(n * low), high: high.max(n * high), error: n * error };
                if float { running.rounded(n) } else { running }
            }
        };
        let item = self.make(primitive, Attributes::Axis(axis), &[&x], range, x.noisy)?;
        self.cancels |= primitive != Primitive::Max && !x.sums_well();
        Some(item)
    }

    fn contract(&mut self) -> Option<Item> {
        let float = |item: &Item| item.class() == Class::Float && item.shape.len() <= 3;
        let (a, b) = (self.pick(float)?, self.pick(float)?);
        let mut sizes = a.shape.clone();
        let left: Vec<usize> = (0..a.shape.len()).collect();
        let mut right: Vec<usize> = Vec::new();
        for &size in &b.shape {
            let free = |letter: &usize| a.shape[*letter] == size && !right.contains(letter);
            let known = left.iter().copied().find(free).filter(|_| self.random.below(4) > 0);
            let letter = known.unwrap_or_else(|| {
                sizes.push(size);
                sizes.len() - 1
            });
            right.push(letter);
        }
        let mut result: Vec<usize> = (0..sizes.len()).filter(|_| self.random.below(2) == 0).collect();
        self.random.shuffle(&mut result);
        let summed = (0..sizes.len()).filter(|letter| !result.contains(letter));
        let n = summed.map(|letter| sizes[letter]).product::<usize>() as f64;
        let (low, high) = product(a.range, b.range);
        let range = Range { low: n * low, high: n * high, error: n * product_error(a.range, b.range) };
        // Letters that one operand has alone are summed first: no term meets more roundings than this.
        let size = n * a.range.most() * b.range.most();
        let range = Range { error: range.error + (n + 5.0) * F32_ROUNDOFF * size + UNDERFLOW, ..range };
        let names = (0..sizes.len()).map(|letter| format!("l{letter}")).collect();
        let plan = Contraction { left, right, result, names };
        let item = self.make(Primitive::Contract, Attributes::Contract(plan), &[&a, &b], range, false)?;
        self.cancels |= !(a.sums_well() && b.sums_well());
        Some(item)
    }

    fn rearrange(&mut self) -> Option<Item> {
        let x = self.pick(|_| true)?;
        let (mut atoms, mut operand, mut order) = (Vec::new(), Vec::new(), Vec::new());
        for &size in &x.shape {
            let parts = match size {
                1 if self.random.below(2) == 0 => vec![],
                4 if self.random.below(2) == 0 => vec![2, 2],
                _ => vec![size],
            };
            // An axis of size 1 may be dropped: its atom is in no axis of the result.
            let gone = size == 1 && self.random.below(2) == 0;
            operand.push(parts.len());
            for part in parts {
                if !gone {
                    order.push(atoms.len());
                }
                atoms.push(dim(part));
            }
        }
        self.random.shuffle(&mut order);
        let mut result: Vec<Vec<usize>> = Vec::new();
        for atom in order {
            match result.last_mut() {
                Some(last) if self.random.below(3) == 0 => last.push(atom),
                _ => result.push(vec![atom]),
            }
        }
        if self.random.below(3) == 0 {
            result.insert(self.random.below(result.len() + 1), Vec::new());
        }
        let names = vec![None; result.len()];
        let plan = Rearrangement { atoms, operand, result, names };
        self.make(Primitive::Rearrange, Attributes::Rearrange(plan), &[&x], x.range, x.noisy)
    }

    /// Slices, expansions and windows.
    fn along(&mut self) -> Option<Item> {
        let x = self.pick(|item| !item.shape.is_empty())?;
        let axis = self.random.below(x.shape.len());
        let size = x.shape[axis];
        let (primitive, attributes) = if size == 1 {
            (Primitive::Expand, Attributes::Expand { axis, size: dim(1 + self.random.below(4)) })
        } else if self.random.below(2) == 0 {
            let from = self.random.below(size);
            let length = 1 + self.random.below(size - from);
            (Primitive::Slice, Attributes::Slice { axis, from: dim(from), length: dim(length) })
        } else {
            let [width, step, dilation] = [3, 3, 2].map(|most| dim(1 + self.random.below(most)));
            (Primitive::Windows, Attributes::Windows { axis, size: width, step, dilation })
        };
        self.make(primitive, attributes, &[&x], x.range, x.noisy)
    }

    /// Pads and joins.
    fn join(&mut self) -> Option<Item> {
        let x = self.pick(|item| !item.shape.is_empty())?;
        let axis = self.random.below(x.shape.len());
        if self.random.below(2) == 0 {
            let value = if x.class() == Class::Bool { 1.0 } else { self.random.one_of(&[0.0, 1.0, -2.0]) };
            let [before, after] = [0; 2].map(|_| dim(self.random.below(3)));
            let range = x.range.with(Range::exact(value, value));
            let attributes = Attributes::Pad { axis, before, after, value: Some(value) };
            return self.make(Primitive::Pad, attributes, &[&x], range, x.noisy && value == 0.0);
        }
        let same = |a: &[usize], b: &[usize]| {
            a.len() == b.len() && a.iter().zip(b).enumerate().all(|(at, (a, b))| at == axis || a == b)
        };
        let y = self.pick(|item| item.class() == x.class() && same(&item.shape, &x.shape))?;
        let range = x.range.with(y.range);
        self.make(Primitive::Concat, Attributes::Axis(axis), &[&x, &y], range, x.noisy && y.noisy)
    }

    /// Rows of a table, and elements along an axis, by ids that are brought into range.
    fn choose(&mut self) -> Option<Item> {
        let x = self.pick(|item| !item.shape.is_empty())?;
        let table = x.class() == Class::Float && x.shape.len() == 2 && self.random.below(2) == 0;
        let axis = if table { 0 } else { self.random.below(x.shape.len()) };
        let rank = x.shape.len();
        let ids = self.pick(|item| item.class() == Class::Int && (table || item.shape.len() == rank));
        let ids = match ids {
            Some(ids) => ids,
            None => self.positions(axis, if table { 1 } else { rank })?,
        };
        let length = self.length(x.shape[axis])?;
        let rest = of_binary(Primitive::Rem, ids.range, length.range)?;
        let ids = self.make(Primitive::Rem, Attributes::None, &[&ids, &length], rest, false)?;
        let (primitive, attributes) = match table {
            true => (Primitive::Take, Attributes::None),
            false => (Primitive::Gather, Attributes::Axis(axis)),
        };
        self.make(primitive, attributes, &[&x, &ids], x.range, x.noisy)
    }

    /// Numbers from 0 on along one axis of `rank`.
    fn positions(&mut self, axis: usize, rank: usize) -> Option<Item> {
        let count = 1 + self.random.below(5);
        let range = Range::exact(0.0, count as f64 - 1.0);
        let iota = self.make(Primitive::Iota, Attributes::Length(dim(count)), &[], range, false)?;
        let result = (0..rank).map(|at| if at == axis { vec![0] } else { Vec::new() }).collect();
        let plan = Rearrangement { atoms: vec![dim(count)], operand: vec![1], result, names: vec![None; rank] };
        self.make(Primitive::Rearrange, Attributes::Rearrange(plan), &[&iota], range, false)
    }

    fn length(&mut self, size: usize) -> Option<Item> {
        let range = Range::exact(size as f64, size as f64);
        self.make(Primitive::Size, Attributes::Length(dim(size)), &[], range, false)
    }

    fn source(&mut self) -> Option<Item> {
        match self.random.below(3) {
            0 => self.positions(0, 1),
            1 => {
                let size = 1 + self.random.below(6);
                self.length(size)
            }
            _ => {
                let value = self.random.one_of(&[0.5, 1.0, -1.5, 2.0, 0.25]);
                let attributes = Attributes::Value(Some(value));
                self.make(Primitive::Constant, attributes, &[], Range::exact(value, value), false)
            }
        }
    }
}
