//! Recurrent layers: RNN, GRU and LSTM, one or both directions, with sequences of several lengths.
//!
//! Steps are computed in `f64`: an error of one step is carried into all that follow. Weights are (directions, gates,
//! hidden...) with the gates one after another, in ONNX's order: LSTM input, output, forget, cell; GRU update, reset,
//! hidden.

use super::Row;
use super::activate::{Activation, activations};
use super::api::{Call, OpError};
use super::numbers;
use crate::onnx::value::{Tensor, Type, count};
use std::borrow::Cow;

/// The operators of this file.
pub(super) const OPS: &[Row] = &[("LSTM", 7..=22, lstm), ("GRU", 7..=22, gru), ("RNN", 7..=22, rnn)];

/// What the three have in common.
struct Layer<'a> {
    /// Extents: steps, batch, features of the input, of the state.
    steps: usize,
    batch: usize,
    input: usize,
    hidden: usize,
    /// For each direction, whether it runs from the end.
    reversed: Vec<bool>,
    /// Batch comes first in inputs and outputs.
    batch_first: bool,
    /// Gates are kept within -clip to clip before their activation.
    clip: Option<f64>,
    /// Those of a direction one after another.
    functions: Vec<Activation>,
    lengths: Vec<usize>,
    x: Cow<'a, [f64]>,
    w: Cow<'a, [f64]>,
    r: Cow<'a, [f64]>,
    b: Option<Cow<'a, [f64]>>,
    h: Option<Cow<'a, [f64]>>,
    kind: Type,
}

/// What one step needs of a direction.
struct Step<'a> {
    layer: &'a Layer<'a>,
    /// Which direction.
    direction: usize,
    /// How many gates.
    gates: usize,
}

impl Step<'_> {
    /// The sums of gate `gate` that come from the input, with its bias.
    fn of_input(&self, gate: usize, x: &[f64]) -> Vec<f64> {
        let (hidden, input) = (self.layer.hidden, self.layer.input);
        let from = (self.direction * self.gates + gate) * hidden;
        self.sums(&self.layer.w[from * input..][..hidden * input], x, self.bias(gate))
    }

    /// The sums of gate `gate` that come from the state, with its bias.
    fn of_state(&self, gate: usize, h: &[f64]) -> Vec<f64> {
        let hidden = self.layer.hidden;
        let from = (self.direction * self.gates + gate) * hidden;
        self.sums(&self.layer.r[from * hidden..][..hidden * hidden], h, self.bias(self.gates + gate))
    }

    fn bias(&self, at: usize) -> Option<&[f64]> {
        let hidden = self.layer.hidden;
        self.layer.b.as_ref().map(|b| &b[(self.direction * 2 * self.gates + at) * hidden..][..hidden])
    }

    fn sums(&self, weight: &[f64], x: &[f64], bias: Option<&[f64]>) -> Vec<f64> {
        let dot = |row: &[f64]| row.iter().zip(x).map(|(a, b)| a * b).sum::<f64>();
        (0..self.layer.hidden)
            .map(|at| dot(&weight[at * x.len()..][..x.len()]) + bias.map_or(0.0, |bias| bias[at]))
            .collect()
    }

    /// Clips and applies the direction's activation `which`.
    fn act(&self, which: usize, x: f64) -> f64 {
        let each = self.layer.functions.len() / self.layer.reversed.len();
        let x = self.layer.clip.map_or(x, |clip| x.clamp(-clip, clip));
        self.layer.functions[self.direction * each + which].of(x)
    }
}

impl<'a> Layer<'a> {
    fn of(call: &Call<'a>, gates: usize, functions: &[&str]) -> Result<Self, OpError> {
        let batch_first = call.opset >= 14 && call.attributes.flag("layout", false)?;
        let reversed = match call.attributes.text("direction")? {
            None | Some("forward") => vec![false],
            Some("reverse") => vec![true],
            Some("bidirectional") => vec![false, true],
            Some(_) => return Err(OpError::new("the attribute direction has no such value")),
        };
        let directions = reversed.len();
        let (x, r) = (call.input(0)?, call.input(2)?);
        let &[first, second, input] = &*x.shape else {
            return Err(OpError::new(format!("an input of shape {:?}, not of three axes", x.shape)));
        };
        let (steps, batch) = if batch_first { (second, first) } else { (first, second) };
        let hidden = r.shape.last().copied().unwrap_or(0);
        if call.attributes.int("hidden_size")?.is_some_and(|told| usize::try_from(told) != Ok(hidden)) {
            return Err(OpError::new("hidden_size is not the weight's"));
        }
        if [steps, batch, input, hidden].iter().any(|extent| u32::try_from(*extent).is_err()) {
            return Err(OpError::limit("an axis has 2^32 elements or more"));
        }
        let rows = gates * hidden;
        expect(call, 1, &[directions, rows, input])?;
        expect(call, 2, &[directions, rows, hidden])?;
        expect(call, 3, &[directions, 2 * rows])?;
        expect(call, 5, &state_shape(batch_first, [directions, batch, hidden]))?;
        let clip = call.attributes.float("clip")?.map(f64::from);
        if clip.is_some_and(|clip| clip.is_nan() || clip < 0.0) {
            return Err(OpError::new("the attribute clip is not positive"));
        }
        // One operation more an extent, so that the loops over empty axes are counted too.
        let each = count(&[directions, steps + 1, batch + 1, rows + 1, input + hidden + 1]);
        call.budget.spend(each.ok_or_else(|| OpError::limit("the layer is too large"))? as u64)?;
        call.room(&[batch], Type::U64)?;
        let option = |at: usize| call.optional(at).map(|_| numbers::floats(call, at)).transpose();
        Ok(Self {
            steps,
            batch,
            input,
            hidden,
            functions: activations(call, functions, directions)?,
            lengths: lengths(call, steps, batch)?,
            x: numbers::floats(call, 0)?,
            w: numbers::floats(call, 1)?,
            r: numbers::floats(call, 2)?,
            b: option(3)?,
            h: option(5)?,
            kind: x.kind(),
            reversed,
            batch_first,
            clip,
        })
    }

    /// Where the state of a direction and batch entry begins in an input or output.
    fn state_at(&self, direction: usize, entry: usize) -> usize {
        let directions = self.reversed.len();
        let row = if self.batch_first { entry * directions + direction } else { direction * self.batch + entry };
        row * self.hidden
    }

    /// The state that an input gives a direction and batch entry, or zeros.
    fn initial(&self, from: Option<&Cow<'a, [f64]>>, direction: usize, entry: usize) -> Vec<f64> {
        let at = self.state_at(direction, entry);
        from.map_or_else(|| vec![0.0; self.hidden], |from| from[at..][..self.hidden].to_vec())
    }

    /// Runs a step over all sequences. A state is the hidden one and, of an LSTM, the cell's behind it. Gives all
    /// hidden states, then the last states, as many as there are in `first`.
    fn run(
        &self,
        call: &Call,
        gates: usize,
        first: &[Option<&Cow<'a, [f64]>>],
        step: impl Fn(&Step, &[f64], &mut [Vec<f64>]),
    ) -> Result<Vec<Tensor>, OpError> {
        let directions = self.reversed.len();
        let (all, last) = self.shapes();
        let len = call.room(&all, Type::F64)?;
        let mut y = vec![0.0; len];
        let states = call.room(&last, Type::F64)?;
        let mut ends = vec![vec![0.0; states]; first.len()];
        for (direction, entry) in (0..directions).flat_map(|d| (0..self.batch).map(move |b| (d, b))) {
            let place = Step { layer: self, direction, gates };
            let mut state: Vec<Vec<f64>> = first.iter().map(|from| self.initial(*from, direction, entry)).collect();
            let length = self.lengths[entry];
            for number in 0..length {
                let time = if self.reversed[direction] { length - 1 - number } else { number };
                let row = if self.batch_first { entry * self.steps + time } else { time * self.batch + entry };
                step(&place, &self.x[row * self.input..][..self.input], &mut state);
                let to = if self.batch_first {
                    (entry * self.steps + time) * directions + direction
                } else {
                    (time * directions + direction) * self.batch + entry
                };
                y[to * self.hidden..][..self.hidden].copy_from_slice(&state[0]);
            }
            let at = self.state_at(direction, entry);
            for (end, state) in ends.iter_mut().zip(&state) {
                end[at..][..self.hidden].copy_from_slice(state);
            }
        }
        let mut outputs = vec![Tensor::of_f64(&all, y, self.kind)?];
        for end in ends {
            outputs.push(Tensor::of_f64(&last, end, self.kind)?);
        }
        Ok(outputs)
    }

    /// The shapes of all states and of the last ones.
    fn shapes(&self) -> ([usize; 4], [usize; 3]) {
        let (directions, hidden) = (self.reversed.len(), self.hidden);
        let all = if self.batch_first {
            [self.batch, self.steps, directions, hidden]
        } else {
            [self.steps, directions, self.batch, hidden]
        };
        (all, state_shape(self.batch_first, [directions, self.batch, hidden]))
    }
}

/// The shape of a state: batch comes first where it does in the input.
fn state_shape(batch_first: bool, [directions, batch, hidden]: [usize; 3]) -> [usize; 3] {
    if batch_first { [batch, directions, hidden] } else { [directions, batch, hidden] }
}

/// Holds the shape of an input, where it is given, against what it must be.
fn expect(call: &Call, at: usize, shape: &[usize]) -> Result<(), OpError> {
    match call.optional(at) {
        Some(tensor) if tensor.shape != shape => {
            Err(OpError::new(format!("input {at} is of shape {:?}; {shape:?} was expected", tensor.shape)))
        }
        _ => Ok(()),
    }
}

/// How many steps each sequence has (input 4).
fn lengths(call: &Call, steps: usize, batch: usize) -> Result<Vec<usize>, OpError> {
    let Some(lengths) = call.optional(4) else { return Ok(vec![steps; batch]) };
    if lengths.shape != [batch] {
        return Err(OpError::new(format!("{} lengths for {batch} sequences", lengths.len())));
    }
    let fits = |n: &i64| usize::try_from(*n).ok().filter(|n| *n <= steps);
    let wrong = || OpError::new(format!("a sequence is longer than {steps} steps"));
    lengths.to_i64()?.iter().map(|n| fits(n).ok_or_else(wrong)).collect()
}

fn rnn(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let layer = Layer::of(call, 1, &["Tanh"])?;
    layer.run(call, 1, &[layer.h.as_ref()], |step, x, state| {
        let (a, b) = (step.of_input(0, x), step.of_state(0, &state[0]));
        state[0] = a.iter().zip(&b).map(|(a, b)| step.act(0, a + b)).collect();
    })
}

fn gru(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let layer = Layer::of(call, 3, &["Sigmoid", "Tanh"])?;
    let linear_first = call.attributes.flag("linear_before_reset", false)?;
    layer.run(call, 3, &[layer.h.as_ref()], |step, x, state| {
        let h = &state[0];
        let gate = |at: usize| -> Vec<f64> {
            let sums = step.of_input(at, x);
            sums.iter().zip(step.of_state(at, h)).map(|(a, b)| step.act(0, a + b)).collect()
        };
        let (update, reset) = (gate(0), gate(1));
        let of_state: Vec<f64> = if linear_first {
            step.of_state(2, h).iter().zip(&reset).map(|(sum, r)| sum * r).collect()
        } else {
            step.of_state(2, &h.iter().zip(&reset).map(|(h, r)| h * r).collect::<Vec<_>>())
        };
        let new = step.of_input(2, x).into_iter().zip(of_state).map(|(a, b)| step.act(1, a + b));
        state[0] = new.zip(&update).zip(h).map(|((new, z), h)| (1.0 - z) * new + z * h).collect();
    })
}

fn lstm(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let layer = Layer::of(call, 4, &["Sigmoid", "Tanh", "Tanh"])?;
    let coupled = call.attributes.flag("input_forget", false)?;
    let (directions, hidden) = (layer.reversed.len(), layer.hidden);
    expect(call, 6, &state_shape(layer.batch_first, [directions, layer.batch, hidden]))?;
    expect(call, 7, &[directions, 3 * hidden])?;
    let option = |at: usize| call.optional(at).map(|_| numbers::floats(call, at)).transpose();
    let (cells, peepholes) = (option(6)?, option(7)?);
    layer.run(call, 4, &[layer.h.as_ref(), cells.as_ref()], |step, x, state| {
        let [input, output, forget, cell] = [0, 1, 2, 3].map(|gate| -> Vec<f64> {
            let sums = step.of_input(gate, x);
            sums.iter().zip(step.of_state(gate, &state[0])).map(|(a, b)| a + b).collect()
        });
        let peep = |gate: usize, at: usize, c: f64| {
            peepholes.as_ref().map_or(0.0, |p| p[(step.direction * 3 + gate) * hidden + at] * c)
        };
        for at in 0..hidden {
            let c = state[1][at];
            let i = step.act(0, input[at] + peep(0, at, c));
            let f = if coupled { 1.0 - i } else { step.act(0, forget[at] + peep(2, at, c)) };
            let c = f * c + i * step.act(1, cell[at]);
            let o = step.act(0, output[at] + peep(1, at, c));
            state[1][at] = c;
            state[0][at] = o * step.act(2, c);
        }
    })
}
