//! Windows that slide over up to three spatial axes: what convolutions and pools share.
//!
//! A shape of fewer spatial axes is seen with axes of extent 1 before them, so that every walk is three plain loops.
//! Extents of kernels, strides, dilations and padding are kept below 2^31, so that no sum of them overflows.

use super::api::{Call, OpError};
use crate::onnx::value::count;

/// A kernel, stride, dilation or padding above this is refused.
const MOST: i64 = i32::MAX as i64;

/// A window along one axis; all in elements.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Axis {
    /// Extent of the input.
    pub input: usize,
    /// Elements that the window takes.
    pub kernel: usize,
    /// Steps from one window to the next.
    pub stride: usize,
    /// Steps from one element of the window to the next.
    pub dilation: usize,
    /// Padding before the input.
    pub before: usize,
    /// Padding after the input.
    pub after: usize,
    /// How many windows there are.
    pub output: usize,
}

impl Axis {
    /// An axis that is not there.
    const NONE: Self = Self { input: 1, kernel: 1, stride: 1, dilation: 1, before: 0, after: 0, output: 1 };

    /// The index in the input of element `tap` of window `out`; none in the padding.
    pub fn source(&self, out: usize, tap: usize) -> Option<usize> {
        (out * self.stride + tap * self.dilation).checked_sub(self.before).filter(|at| *at < self.input)
    }

    /// Elements from the first of a window to behind its last.
    pub fn span(&self) -> usize {
        (self.kernel - 1) * self.dilation + 1
    }

    /// The windows whose element `tap` lies in the input, as a range.
    pub fn inside(&self, tap: usize) -> std::ops::Range<usize> {
        let shift = tap * self.dilation;
        let first = self.before.saturating_sub(shift).div_ceil(self.stride);
        let end = (self.input + self.before).saturating_sub(shift).div_ceil(self.stride).min(self.output);
        first.min(end)..end
    }
}

/// A window over the spatial axes of a tensor of shape (batch, channels, spatial...).
#[derive(Clone, Debug)]
pub(super) struct Window {
    /// Three axes; those that the tensor does not have come first.
    pub axes: [Axis; 3],
    /// How many of them the tensor has.
    pub rank: usize,
}

/// How the windows are padded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Padding {
    /// As `pads` says.
    Given,
    /// Not at all.
    Valid,
    /// So that there is one window a stride; an odd element is padded at the end.
    SameUpper,
    /// As before; an odd element is padded at the beginning.
    SameLower,
}

/// The attribute `auto_pad`.
///
/// # Errors
/// Where it is none of ONNX's four words.
pub(super) fn padding(call: &Call) -> Result<Padding, OpError> {
    match call.attributes.text("auto_pad")? {
        None | Some("NOTSET") => Ok(Padding::Given),
        Some("VALID") => Ok(Padding::Valid),
        Some("SAME_UPPER") => Ok(Padding::SameUpper),
        Some("SAME_LOWER") => Ok(Padding::SameLower),
        Some(_) => Err(OpError::new("the attribute auto_pad is none of NOTSET, VALID, SAME_UPPER, SAME_LOWER")),
    }
}

/// A list of `len` integers of at least `least`; `default` for each where the attribute is left out.
///
/// # Errors
/// Where there are more or fewer, or one is out of range.
pub(super) fn extents(call: &Call, name: &str, len: usize, least: i64, default: usize) -> Result<Vec<usize>, OpError> {
    let Some(list) = call.attributes.ints(name)? else { return Ok(vec![default; len]) };
    checked(name, list, len, least)
}

/// `len` integers from `least` to 2^31 - 1.
///
/// # Errors
/// Where there are more or fewer, or one is out of range.
pub(super) fn checked(name: &str, list: &[i64], len: usize, least: i64) -> Result<Vec<usize>, OpError> {
    if list.len() != len {
        return Err(OpError::new(format!("{name} has {} numbers; {len} were expected", list.len())));
    }
    let fits = |x: &i64| usize::try_from(*x).ok().filter(|_| (least..=MOST).contains(x));
    let wrong = || OpError::new(format!("{name} has a number outside of {least} to {MOST}"));
    list.iter().map(|x| fits(x).ok_or_else(wrong)).collect()
}

/// How many spatial axes a tensor of shape (batch, channels, spatial...) has.
///
/// # Errors
/// Where there are none, or more than three.
pub(super) fn spatial(shape: &[usize]) -> Result<usize, OpError> {
    match shape.len() {
        0..3 => Err(OpError::new(format!("a tensor of shape {shape:?} has no spatial axes"))),
        3..=5 => Ok(shape.len() - 2),
        more => Err(OpError::unsupported(format!("{} spatial axes; up to 3 are computed", more - 2))),
    }
}

/// The rules for the number of windows that only pools have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Round {
    /// Windows that fit.
    Down,
    /// One more where elements are left over and the window begins before the padding at the end.
    Up,
}

impl Window {
    /// The window of a node over `shape` (batch, channels, spatial...), with kernel extents `kernel`.
    ///
    /// # Errors
    /// Where an attribute is out of range, or no window fits.
    pub fn of(call: &Call, shape: &[usize], kernel: &[usize], round: Round) -> Result<Self, OpError> {
        let rank = spatial(shape)?;
        if kernel.len() != rank {
            return Err(OpError::new(format!("a kernel of {} axes on {rank} spatial axes", kernel.len())));
        }
        if kernel.iter().any(|k| *k == 0 || *k as u64 > MOST as u64) {
            return Err(OpError::new("a kernel has an extent of 0 or of more than 2^31 - 1"));
        }
        if shape.iter().any(|extent| *extent as u64 > MOST as u64) {
            return Err(OpError::limit("an axis has more than 2^31 - 1 elements"));
        }
        let (strides, dilations) = (extents(call, "strides", rank, 1, 1)?, extents(call, "dilations", rank, 1, 1)?);
        let (padding, pads) = (padding(call)?, extents(call, "pads", 2 * rank, 0, 0)?);
        if padding != Padding::Given && pads.iter().any(|pad| *pad > 0) {
            return Err(OpError::new("auto_pad and pads are both given"));
        }
        let mut axes = [Axis::NONE; 3];
        for at in 0..rank {
            let axis = Axis {
                input: shape[2 + at],
                kernel: kernel[at],
                stride: strides[at],
                dilation: dilations[at],
                before: pads[at],
                after: pads[rank + at],
                output: 0,
            };
            axes[3 - rank + at] = fit(axis, padding, round)?;
        }
        Ok(Self { axes, rank })
    }

    /// The spatial extents of the output.
    pub fn output(&self) -> Vec<usize> {
        self.axes[3 - self.rank..].iter().map(|axis| axis.output).collect()
    }

    /// Elements of an input plane.
    ///
    /// # Errors
    /// Where the number does not fit.
    pub fn inputs(&self) -> Result<usize, OpError> {
        count(&self.axes.map(|axis| axis.input)).ok_or_else(too_many)
    }

    /// Windows on a plane.
    ///
    /// # Errors
    /// Where the number does not fit.
    pub fn outputs(&self) -> Result<usize, OpError> {
        count(&self.axes.map(|axis| axis.output)).ok_or_else(too_many)
    }

    /// Elements of a window.
    ///
    /// # Errors
    /// Where the number does not fit.
    pub fn taps(&self) -> Result<usize, OpError> {
        count(&self.axes.map(|axis| axis.kernel)).ok_or_else(too_many)
    }

    /// Asks for the operations of `planes` walks over all windows.
    ///
    /// # Errors
    /// Where fewer are left.
    pub fn spend(&self, call: &Call, planes: usize) -> Result<(), OpError> {
        let all = count(&[planes, self.outputs()?, self.taps()?]).ok_or_else(too_many)?;
        call.budget.spend(all as u64)
    }
}

fn too_many() -> OpError {
    OpError::limit("there are more windows than can be counted")
}

/// The axis with its padding and its number of windows.
fn fit(mut axis: Axis, padding: Padding, round: Round) -> Result<Axis, OpError> {
    let span = axis.span();
    if let Padding::SameUpper | Padding::SameLower = padding {
        axis.output = axis.input.div_ceil(axis.stride);
        let total = (axis.output.saturating_sub(1) * axis.stride + span).saturating_sub(axis.input);
        axis.before = if padding == Padding::SameUpper { total / 2 } else { total - total / 2 };
        axis.after = total - axis.before;
        return Ok(axis);
    }
    let extent = axis.input + axis.before + axis.after;
    let left = extent.checked_sub(span).ok_or_else(|| {
        OpError::new(format!("a window of {span} elements does not fit in an axis of {extent} with its padding"))
    })?;
    axis.output = left / axis.stride + 1;
    if round == Round::Up && left % axis.stride != 0 && axis.output * axis.stride < axis.input + axis.before {
        axis.output += 1;
    }
    Ok(axis)
}
