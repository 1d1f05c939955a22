//! CenterCropPad: the middle of an axis that is too long, zeros around one that is too short.

use super::api::{Call, OpError};
use super::window::checked;
use crate::onnx::value::{Data, Offsets, Tensor, axis as find_axis, strides};

/// Crops or pads axes to the extents of input 1.
pub(super) fn center_crop_pad(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let (x, told) = (call.input(0)?, call.input(1)?.to_i64()?);
    let axes = match call.attributes.ints("axes")? {
        Some(list) => list.iter().map(|axis| find_axis(*axis, x.rank())).collect::<Result<Vec<_>, _>>()?,
        None => (0..x.rank()).collect(),
    };
    let told = checked("the shape", &told, axes.len(), 0)?;
    let (mut shape, mut common) = (x.shape.clone(), x.shape.clone());
    let (mut from, mut to) = (vec![0; x.rank()], vec![0; x.rank()]);
    for (axis, extent) in axes.iter().zip(told) {
        let own = x.shape[*axis];
        shape[*axis] = extent;
        common[*axis] = own.min(extent);
        from[*axis] = own.saturating_sub(extent) / 2;
        to[*axis] = extent.saturating_sub(own) / 2;
    }
    let len = call.room(&shape, x.kind())?;
    let mut data = Data::zeros(x.kind(), len);
    if len > 0 && !x.is_empty() {
        let walk = |shape: &[usize], first: &[usize]| {
            let strides = strides(shape);
            let start = first.iter().zip(&strides).map(|(at, stride)| at * stride).sum();
            Offsets::new(&common, &strides.iter().map(|s| *s as isize).collect::<Vec<_>>(), start)
        };
        for (from, to) in walk(&x.shape, &from).zip(walk(&shape, &to)) {
            data.put(to, &x.data, from, 1)?;
        }
    }
    Ok(vec![Tensor::new(&shape, data)?])
}
