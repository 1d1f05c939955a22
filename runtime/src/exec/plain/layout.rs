//! Operations that move elements, that choose them by position, and that make positions and constants.

use super::elementwise::spread;
use super::{Sizes, build, element, index_of, misfit, moved, number, place_of, size};
use crate::value::{Array, ExecError};
use lmstd_compiler::op::Attributes;
use lmstd_compiler::ty::dtype::Class;

/// Axes split into atoms, the atoms put in another order and merged again.
pub fn rearrange([x]: [&Array; 1], attributes: &Attributes, sizes: &Sizes) -> Result<Array, ExecError> {
    let Attributes::Rearrange(plan) = attributes else { return Err(misfit()) };
    let atoms: Vec<usize> = plan.atoms.iter().map(|atom| size(atom, sizes)).collect::<Result<_, _>>()?;
    let parts_of = |parts: &Vec<usize>| -> Result<Vec<usize>, ExecError> {
        parts.iter().map(|&part| atoms.get(part).copied().ok_or_else(misfit)).collect()
    };
    let groups: Vec<Vec<usize>> = plan.result.iter().map(parts_of).collect::<Result<_, _>>()?;
    build(groups.iter().map(|group| group.iter().product()).collect(), |index| {
        // Where each atom stands; one that the result lacks has size 1.
        let mut at = vec![0; atoms.len()];
        for ((parts, group), &place) in plan.result.iter().zip(&groups).zip(index) {
            for (&part, number) in parts.iter().zip(index_of(place, group)) {
                *at.get_mut(part).ok_or_else(misfit)? = number;
            }
        }
        let mut first = 0;
        let mut own = Vec::with_capacity(plan.operand.len());
        for &count in &plan.operand {
            let range = first..first + count;
            let (at, group) = (at.get(range.clone()).ok_or_else(misfit)?, atoms.get(range).ok_or_else(misfit)?);
            own.push(place_of(at, group));
            first += count;
        }
        element(x, &own)
    })
}

/// The elements of one axis that begin at `from`.
pub fn slice([x]: [&Array; 1], attributes: &Attributes, sizes: &Sizes) -> Result<Array, ExecError> {
    let Attributes::Slice { axis, from, length } = attributes else { return Err(misfit()) };
    let (from, length) = (size(from, sizes)?, size(length, sizes)?);
    build(moved(&x.shape, *axis, length)?, |index| element(x, &moved(index, *axis, from + on(index, *axis)?)?))
}

/// Both tensors one after the other along an axis.
pub fn concat([a, b]: [&Array; 2], attributes: &Attributes) -> Result<Array, ExecError> {
    let Attributes::Axis(axis) = attributes else { return Err(misfit()) };
    let (first, second) = (on(&a.shape, *axis)?, on(&b.shape, *axis)?);
    build(moved(&a.shape, *axis, first + second)?, |index| match on(index, *axis)? {
        at if at < first => element(a, index),
        at => element(b, &moved(index, *axis, at - first)?),
    })
}

/// The one element of an axis again and again.
pub fn expand([x]: [&Array; 1], attributes: &Attributes, sizes: &Sizes) -> Result<Array, ExecError> {
    let Attributes::Expand { axis, size: length } = attributes else { return Err(misfit()) };
    build(moved(&x.shape, *axis, size(length, sizes)?)?, |index| element(x, &moved(index, *axis, 0)?))
}

/// New elements in front of an axis and behind it.
pub fn pad([x]: [&Array; 1], attributes: &Attributes, class: Class, sizes: &Sizes) -> Result<Array, ExecError> {
    let Attributes::Pad { axis, before, after, value: Some(value) } = attributes else { return Err(misfit()) };
    if class != Class::Float && value.fract() != 0.0 {
        return Err(ExecError::new("a whole number is padded with a fraction"));
    }
    let (before, after, own) = (size(before, sizes)?, size(after, sizes)?, on(&x.shape, *axis)?);
    build(moved(&x.shape, *axis, before + own + after)?, |index| match on(index, *axis)? {
        at if at < before || at >= before + own => Ok(*value),
        at => element(x, &moved(index, *axis, at - before)?),
    })
}

/// The windows of one axis, the elements of each on a new last axis.
pub fn windows([x]: [&Array; 1], attributes: &Attributes, sizes: &Sizes) -> Result<Array, ExecError> {
    let Attributes::Windows { axis, size: width, step, dilation } = attributes else { return Err(misfit()) };
    let (width, step, dilation) = (size(width, sizes)?, size(step, sizes)?, size(dilation, sizes)?);
    let length = on(&x.shape, *axis)?;
    let reach = width.saturating_sub(1).saturating_mul(dilation).saturating_add(1);
    if width == 0 || step == 0 || reach > length {
        return Err(ExecError::new(format!("an axis of {length} holds no window of {width}")));
    }
    let mut shape = moved(&x.shape, *axis, (length - reach) / step + 1)?;
    shape.push(width);
    build(shape, |index| {
        let (&at, index) = index.split_last().ok_or_else(misfit)?;
        element(x, &moved(index, *axis, on(index, *axis)? * step + at * dilation)?)
    })
}

/// The rows of a table that the ids choose.
pub fn take([table, ids]: [&Array; 2]) -> Result<Array, ExecError> {
    let [rows, width] = table.shape.as_slice() else { return Err(misfit()) };
    let mut shape = ids.shape.clone();
    shape.push(*width);
    build(shape, |index| {
        let (&column, place) = index.split_last().ok_or_else(misfit)?;
        element(table, &[position(element(ids, place)?, *rows)?, column])
    })
}

/// Along one axis the elements that the ids choose; an axis of size 1 of the ids counts for all places of `x`.
pub fn gather([x, ids]: [&Array; 2], attributes: &Attributes) -> Result<Array, ExecError> {
    let Attributes::Axis(axis) = attributes else { return Err(misfit()) };
    let length = on(&x.shape, *axis)?;
    build(moved(&x.shape, *axis, on(&ids.shape, *axis)?)?, |index| {
        let id = position(spread(ids, index)?, length)?;
        element(x, &moved(index, *axis, id)?)
    })
}

/// The numbers 0, 1, … below a length.
pub fn iota(attributes: &Attributes, sizes: &Sizes) -> Result<Array, ExecError> {
    let Attributes::Length(length) = attributes else { return Err(misfit()) };
    build(vec![size(length, sizes)?], |index| Ok(on(index, 0)? as f64))
}

/// A whole number that is known before the run, or a size.
pub fn size_value(attributes: &Attributes, sizes: &Sizes) -> Result<Array, ExecError> {
    let Attributes::Length(length) = attributes else { return Err(misfit()) };
    Ok(Array { shape: Vec::new(), data: vec![number(length, sizes)? as f64] })
}

/// A number of the program.
pub fn constant(attributes: &Attributes) -> Result<Array, ExecError> {
    let Attributes::Value(Some(value)) = attributes else { return Err(misfit()) };
    Ok(Array { shape: Vec::new(), data: vec![*value] })
}

/// The number on one axis.
fn on(index: &[usize], axis: usize) -> Result<usize, ExecError> {
    index.get(axis).copied().ok_or_else(misfit)
}

/// An id as a place on an axis of `size` elements.
fn position(id: f64, size: usize) -> Result<usize, ExecError> {
    if id >= 0.0 && id < size as f64 {
        return Ok(id as usize);
    }
    Err(ExecError::new(format!("id {id} is outside the axis of {size} elements")))
}
