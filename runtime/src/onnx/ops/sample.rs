//! Samples of a tensor at places that a grid gives, and the grid of an affine map.

use super::api::{Call, OpError};
use super::numbers;
use super::resize::cubic;
use super::window::{checked, spatial};
use crate::onnx::value::{Tensor, Type, count};

/// What stands outside of the input.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outside {
    Zeros,
    Border,
    Reflection,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Nearest,
    Linear,
    Cubic,
}

/// How one axis is sampled.
struct Axis {
    extent: usize,
    outside: Outside,
    mode: Mode,
    /// -1 and 1 are the centres of the outermost elements, not their edges.
    corners: bool,
}

/// Up to four elements and their weights; an element outside is none.
type Taps = Vec<(Option<usize>, f64)>;

impl Axis {
    /// The borders at which places are reflected.
    fn borders(&self) -> (f64, f64) {
        let last = self.extent as f64 - 1.0;
        if self.corners { (0.0, last) } else { (-0.5, last + 0.5) }
    }

    fn reflect(&self, x: f64) -> f64 {
        let (low, high) = self.borders();
        let range = high - low;
        let over = if x < low { low - x } else { x - high };
        if over.is_nan() || over <= 0.0 {
            return x;
        }
        if range <= 0.0 {
            return low;
        }
        let turns = (over / range).floor();
        let rest = over - turns * range;
        // An even number of turns ends on the side where it began.
        if (turns.rem_euclid(2.0) == 0.0) == (x < low) { low + rest } else { high - rest }
    }

    /// The element at a whole-numbered place.
    fn element(&self, at: f64) -> Option<usize> {
        let last = self.extent as f64 - 1.0;
        match self.outside {
            Outside::Zeros => (0.0..=last).contains(&at).then_some(at as usize),
            Outside::Border => Some(at.clamp(0.0, last) as usize),
            Outside::Reflection => Some(self.reflect(at).clamp(0.0, last) as usize),
        }
    }

    /// The elements for a place from -1 to 1, and beyond.
    fn taps(&self, place: f64, single: bool) -> Taps {
        let extent = self.extent as f64;
        let x = if self.corners { (place + 1.0) / 2.0 * (extent - 1.0) } else { ((place + 1.0) * extent - 1.0) / 2.0 };
        // Places are defined in the grid's type.
        let x = if single { f64::from(x as f32) } else { x };
        let x = if self.mode == Mode::Nearest { x.round_ties_even() } else { x };
        // Cubic neighbours are bounded each on its own, as in torch.
        let x = match self.outside {
            _ if self.mode == Mode::Cubic => x,
            Outside::Border if !x.is_nan() => x.clamp(0.0, extent - 1.0),
            Outside::Reflection => self.reflect(x),
            _ => x,
        };
        let (low, weights): (f64, &[f64]) = match self.mode {
            Mode::Nearest => return vec![(self.element(x.trunc()), 1.0)],
            Mode::Linear => (x.floor(), &[0.0, 1.0]),
            Mode::Cubic => (x.floor(), &[-1.0, 0.0, 1.0, 2.0]),
        };
        let weight = |at: f64| if self.mode == Mode::Cubic { cubic(x - at, -0.75) } else { 1.0 - (x - at).abs() };
        weights.iter().map(|step| (self.element(low + step), weight(low + step))).collect()
    }
}

/// `x` (batch, channels, spatial...) at the places of a grid (batch, places..., spatial axes from last to first).
pub(super) fn grid_sample(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let (x, grid) = (call.input(0)?, call.input(1)?);
    let rank = spatial(&x.shape)?;
    let corners = call.attributes.flag("align_corners", false)?;
    let mode = match call.attributes.text("mode")? {
        None | Some("bilinear" | "linear") => Mode::Linear,
        Some("nearest") => Mode::Nearest,
        Some("bicubic" | "cubic") => Mode::Cubic,
        Some(_) => return Err(OpError::new("the attribute mode has no such value")),
    };
    let outside = match call.attributes.text("padding_mode")? {
        None | Some("zeros") => Outside::Zeros,
        Some("border") => Outside::Border,
        Some("reflection") => Outside::Reflection,
        Some(_) => return Err(OpError::new("the attribute padding_mode has no such value")),
    };
    if grid.rank() != rank + 2 || grid.shape[0] != x.shape[0] || grid.shape[rank + 1] != rank {
        return Err(OpError::new(format!("a grid of shape {:?} for an input of shape {:?}", grid.shape, x.shape)));
    }
    let mut shape = x.shape[..2].to_vec();
    shape.extend(&grid.shape[1..=rank]);
    let len = call.room(&shape, Type::F64)?;
    call.budget.spend((len as u64).saturating_mul(64))?;
    let places = count(&grid.shape[1..=rank]).unwrap_or(0);
    let plane = count(&x.shape[2..]).ok_or_else(|| OpError::limit("the input is too large"))?;
    if len > 0 && plane == 0 {
        return Err(OpError::new("an empty input is sampled"));
    }
    let (elements, at) = (numbers::floats(call, 0)?, numbers::floats(call, 1)?);
    let axes: Vec<Axis> = x.shape[2..].iter().map(|extent| Axis { extent: *extent, outside, mode, corners }).collect();
    let mut y = vec![0.0; len];
    let channels = x.shape[1];
    for (number, place) in at.chunks_exact(rank).enumerate().filter(|_| len > 0) {
        let (image, position) = (number / places, number % places);
        // The grid gives the last axis first.
        let single = grid.kind() != Type::F64;
        let taps: Vec<Taps> = axes.iter().zip(place.iter().rev()).map(|(axis, x)| axis.taps(*x, single)).collect();
        let weighted = products(&axes, &taps);
        for channel in 0..channels {
            let from = (image * channels + channel) * plane;
            let sum = weighted.iter().map(|(at, weight)| weight * elements[from + at]).sum();
            y[(image * channels + channel) * places + position] = sum;
        }
    }
    Ok(vec![Tensor::of_f64(&shape, y, x.kind())?])
}

/// The elements of a plane and their weights: products over the axes.
fn products(axes: &[Axis], taps: &[Taps]) -> Vec<(usize, f64)> {
    let mut all = vec![(0, 1.0)];
    for (axis, taps) in axes.iter().zip(taps) {
        let step = |(at, weight): &(usize, f64)| {
            let (at, weight) = (*at, *weight);
            taps.iter()
                .filter_map(move |(index, w)| Some((at * axis.extent + (*index)?, weight * w)))
                .collect::<Vec<_>>()
        };
        all = all.iter().flat_map(step).collect();
    }
    all
}

/// The places of an image of extents `size` (input 1) under affine maps (batch, axes, axes + 1).
pub(super) fn affine_grid(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let (theta, size) = (call.input(0)?, call.input(1)?.to_i64()?);
    let corners = call.attributes.flag("align_corners", false)?;
    let rank = size.len().saturating_sub(2);
    let size = checked("size", &size, rank + 2, 1)?;
    if !(2..=3).contains(&rank) || theta.shape != [size[0], rank, rank + 1] {
        return Err(OpError::new(format!("a map of shape {:?} for an image of shape {size:?}", theta.shape)));
    }
    let mut shape = vec![size[0]];
    shape.extend(&size[2..]);
    shape.push(rank);
    let len = call.room(&shape, Type::F64)?;
    call.budget.spend((len as u64).saturating_mul(4))?;
    let maps = numbers::floats(call, 0)?;
    let place = |at: usize, extent: usize| match (corners, extent) {
        (true, 1) => 0.0,
        (true, _) => -1.0 + at as f64 * 2.0 / (extent as f64 - 1.0),
        (false, _) => -1.0 + (2.0 * at as f64 + 1.0) / extent as f64,
    };
    let places = len / size[0] / rank;
    let mut y = Vec::with_capacity(len);
    for map in maps.chunks_exact(rank * (rank + 1)) {
        for number in 0..places {
            // The last axis comes first: x, y, then z.
            let (mut rest, mut point) = (number, [0.0; 3]);
            for (to, extent) in point.iter_mut().zip(size[2..].iter().rev()) {
                *to = place(rest % extent, *extent);
                rest /= extent;
            }
            for row in map.chunks_exact(rank + 1) {
                y.push(row[rank] + row[..rank].iter().zip(&point).map(|(a, b)| a * b).sum::<f64>());
            }
        }
    }
    Ok(vec![Tensor::of_f64(&shape, y, theta.kind())?])
}
