//! Columns added back into images: ConvTranspose and Col2Im, the transposes of what `conv` gathers.

use super::api::{Call, OpError};
use super::conv::{Number, add_to_planes, failed, group, kernel_shape, split};
use super::window::{Axis, Padding, Round, Window, checked, extents, padding, spatial};
use crate::onnx::value::{Tensor, Type, count};
use candle_core::{Device, Tensor as Matrix};

/// The gradient of a convolution by its input: `x` (batch, channels, spatial...), weight (channels, channels out a
/// group, kernel...), bias.
pub(super) fn conv_transpose(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let (x, w) = (call.input(0)?, call.input(1)?);
    let rank = spatial(&x.shape)?;
    if w.rank() != x.rank() || w.shape[0] != x.shape[1] {
        return Err(OpError::new(format!("a weight of shape {:?} on an input of shape {:?}", w.shape, x.shape)));
    }
    kernel_shape(call, &w.shape[2..])?;
    let groups = group(call)?;
    if x.shape[1] % groups != 0 {
        return Err(OpError::new(format!("{} channels in {groups} groups", x.shape[1])));
    }
    let window = window(call, rank, &x.shape[2..], &w.shape[2..])?;
    let channels = count(&[w.shape[1], groups]).ok_or_else(too_large)?;
    // The window's input is the image that is written: one axis a spatial axis of the output.
    let mut shape = vec![x.shape[0], channels];
    shape.extend(window.axes[3 - rank..].iter().map(|axis| axis.input));
    let kind = x.kind();
    let y = if kind == Type::F64 {
        let bias = call.optional(2).map(Tensor::f64s).transpose()?;
        Tensor::new(&shape, scattered(call, x.f64s()?, w.f64s()?, bias, [x.shape[0], groups, channels], &window)?)?
    } else {
        let bias = call.optional(2).map(Tensor::to_f32).transpose()?;
        let sizes = [x.shape[0], groups, channels];
        let y = scattered(call, &x.to_f32()?, &w.to_f32()?, bias.as_deref(), sizes, &window)?;
        Tensor::of_f32(&shape, y, kind)?
    };
    Ok(vec![y])
}

fn too_large() -> OpError {
    OpError::limit("the image is too large")
}

/// The window that walks the output as a convolution back to the input would.
fn window(call: &Call, rank: usize, input: &[usize], kernel: &[usize]) -> Result<Window, OpError> {
    let (strides, dilations) = (extents(call, "strides", rank, 1, 1)?, extents(call, "dilations", rank, 1, 1)?);
    let (pads, extra) = (extents(call, "pads", 2 * rank, 0, 0)?, extents(call, "output_padding", rank, 0, 0)?);
    let told = match call.attributes.ints("output_shape")? {
        // Some writers give batch and channels too.
        Some(list) => Some(checked("output_shape", &list[list.len().saturating_sub(rank)..], rank, 1)?),
        None => None,
    };
    let padding = padding(call)?;
    if kernel.contains(&0) || input.iter().chain(kernel).any(|extent| i32::try_from(*extent).is_err()) {
        return Err(OpError::new("an extent is 0 or more than 2^31 - 1"));
    }
    let one = Axis { input: 1, kernel: 1, stride: 1, dilation: 1, before: 0, after: 0, output: 1 };
    let mut axes = [one; 3];
    for at in 0..rank {
        let mut axis = Axis {
            input: 0,
            kernel: kernel[at],
            stride: strides[at],
            dilation: dilations[at],
            before: pads[at],
            after: pads[rank + at],
            output: input[at],
        };
        let whole = input[at].saturating_sub(1) * axis.stride + axis.span() + extra[at];
        let same = matches!(padding, Padding::SameUpper | Padding::SameLower).then(|| input[at] * axis.stride);
        if let Some(extent) = told.as_ref().map(|told| told[at]).or(same) {
            let total = whole.saturating_sub(extent);
            axis.before = if padding == Padding::SameUpper { total / 2 } else { total - total / 2 };
            axis.after = total - axis.before;
            axis.input = extent;
        } else {
            axis.input = whole
                .checked_sub(axis.before + axis.after)
                .filter(|_| input[at] > 0)
                .ok_or_else(|| OpError::new("the padding is more than the output"))?;
        }
        axes[3 - rank + at] = axis;
    }
    Ok(Window { axes, rank })
}

/// The images of all inputs and groups: one matrix product makes the columns, which are added in place.
fn scattered<T: Number>(
    call: &Call,
    x: &[T],
    w: &[T],
    bias: Option<&[T]>,
    [batch, groups, channels]: [usize; 3],
    window: &Window,
) -> Result<Vec<T>, OpError> {
    let (image, positions, taps) = (window.inputs()?, window.outputs()?, window.taps()?);
    let to = channels / groups;
    let rows = count(&[to, taps]).ok_or_else(too_large)?;
    let kind = if size_of::<T>() == 8 { Type::F64 } else { Type::F32 };
    let len = call.room(&[batch, channels, image], kind)?;
    let mut y = vec![T::default(); len];
    let from = if batch * positions == 0 { 0 } else { x.len() / batch / positions / groups };
    if len > 0 && from > 0 && rows > 0 {
        call.room(&[rows, positions], kind)?;
        let all = count(&[batch, groups, from, rows, positions]).ok_or_else(too_large)?;
        call.budget.spend(all as u64)?;
        for at in 0..batch * groups {
            let group = at % groups;
            let weight = &w[group * from * rows..][..from * rows];
            let weight = Matrix::from_slice(weight, (from, rows), &Device::Cpu).map_err(failed)?;
            let input = &x[at * from * positions..][..from * positions];
            let input = Matrix::from_slice(input, (from, positions), &Device::Cpu).map_err(failed)?;
            let product = weight.t().and_then(|w| w.contiguous()?.matmul(&input)?.flatten_all()?.to_vec1::<T>());
            add_columns(&product.map_err(failed)?, window, &mut y[at * to * image..][..to * image]);
        }
    }
    if let Some(bias) = bias {
        add_to_planes(&mut y, bias, image, channels)?;
    }
    Ok(y)
}

/// Adds columns (a row an element of the kernel and channel, a column a window) to the planes they were taken from.
fn add_columns<T: Number>(columns: &[T], window: &Window, planes: &mut [T]) {
    let [depth, height, width] = window.axes;
    let plane = depth.input * height.input * width.input;
    let taps = depth.kernel * height.kernel * width.kernel;
    let positions = depth.output * height.output * width.output;
    for (row, columns) in columns.chunks_exact(positions).enumerate() {
        let (to, (d, h, v)) = (&mut planes[row / taps * plane..][..plane], split(row % taps, window));
        let range = width.inside(v);
        let Some(first) = width.source(range.start, v).filter(|_| !range.is_empty()) else { continue };
        for (line, columns) in columns.chunks_exact(width.output).enumerate() {
            let (z, y) = (line / height.output, line % height.output);
            let (Some(z), Some(y)) = (depth.source(z, d), height.source(y, h)) else { continue };
            let to = &mut to[(z * height.input + y) * width.input + first..];
            for (to, from) in to.iter_mut().step_by(width.stride).zip(&columns[range.clone()]) {
                *to += *from;
            }
        }
    }
}

/// Adds the columns of blocks (batch, channels and elements of a block, blocks) to images.
pub(super) fn col2im(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let x = call.input(0)?;
    let [batch, rows, blocks] = *x.shape else {
        return Err(OpError::new(format!("columns of shape {:?}, not of three axes", x.shape)));
    };
    let (image, block) = (call.input(1)?.to_i64()?, call.input(2)?.to_i64()?);
    let rank = image.len();
    if !(1..=3).contains(&rank) {
        return Err(OpError::unsupported(format!("images of {rank} axes; 1 to 3 are computed")));
    }
    let (image, block) = (checked("image_shape", &image, rank, 1)?, checked("block_shape", &block, rank, 1)?);
    let taps = count(&block).filter(|taps| rows % taps == 0).ok_or_else(|| {
        OpError::new(format!("{rows} rows of columns are no whole number of blocks of shape {block:?}"))
    })?;
    let mut shape = vec![batch, rows / taps];
    shape.extend(&image);
    let window = Window::of(call, &shape, &block, Round::Down)?;
    if window.outputs()? != blocks {
        return Err(OpError::new(format!("{blocks} blocks, and {} fit in the image", window.outputs()?)));
    }
    let len = call.room(&shape, x.kind())?;
    call.budget.spend(x.len() as u64)?;
    let y = if x.kind() == Type::F64 {
        let mut y = vec![0.0_f64; len];
        if !x.is_empty() {
            add_columns(x.f64s()?, &window, &mut y);
        }
        Tensor::new(&shape, y)?
    } else {
        let mut y = vec![0.0_f32; len];
        if !x.is_empty() {
            add_columns(&x.to_f32()?, &window, &mut y);
        }
        Tensor::of_f32(&shape, y, x.kind())?
    };
    Ok(vec![y])
}
