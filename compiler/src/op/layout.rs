//! Operations that move elements and compute nothing.

use super::row::{Attributes, FaultKind, Rounding, Row, TypeFault, arity, wrong_attributes};
use crate::ty::dim::Dim;
use crate::ty::facts::Facts;
use crate::ty::shape::{Axis, TensorType};

/// `rearrange(x[b s (h d)] -> b h s d, h = heads)`
pub const REARRANGE: Row = Row {
    name: "rearrange",
    signature: "(x: any[axes] -> axes) -> any[..]",
    doc: "Splits axes into parts, reorders the parts, and merges them again; `1` inserts or drops an axis of size 1.",
    example: "`rearrange(x[s (h d)] -> h s d, h = 2)` with `x = [[1, 2, 3, 4], [5, 6, 7, 8]]` gives \
              `[[[1, 2], [5, 6]], [[3, 4], [7, 8]]]`",
    rounding: Rounding::None,
    infer: rearrange,
};
/// `slice(x, axis: a, from: f, length: n)`
pub const SLICE: Row = Row {
    name: "slice",
    signature: "(x: any[..], axis: axis, from: int, length: int) -> any[..]",
    doc: "The `length` elements of one axis that begin at `from`.",
    example: "`slice(x, axis: -1, from: 1, length: 2)` with `x = [[1, 2, 3, 4], [5, 6, 7, 8]]` gives \
              `[[2, 3], [6, 7]]`",
    rounding: Rounding::None,
    infer: slice,
};
/// `concat(a, b, axis: a)`
pub const CONCAT: Row = Row {
    name: "concat",
    signature: "(a: any[..], b: any[..], axis: axis) -> any[..]",
    doc: "Both tensors one after the other along an axis.",
    example: "`concat(a, b, axis: -1)` with `a = [[1.0], [2.0]]`, `b = [[3.0, 4.0], [5.0, 6.0]]` gives \
              `[[1.0, 3.0, 4.0], [2.0, 5.0, 6.0]]`",
    rounding: Rounding::None,
    infer: concat,
};

/// `repeat(x[b d] -> b h d, h = n)` stretches its new axes by this.
pub const EXPAND: Row = Row {
    name: "expand",
    signature: "(x: any[..], axis: axis, size: int) -> any[..]",
    doc: "Repeats the one element of an axis of size 1 until the axis has `size` elements; `repeat` is written with it.",
    example: "`repeat(x[s d] -> s h d, h = 2)` with `x = [[1.0, 2.0], [3.0, 4.0]]` gives \
              `[[[1.0, 2.0], [1.0, 2.0]], [[3.0, 4.0], [3.0, 4.0]]]`",
    rounding: Rounding::None,
    infer: expand,
};

/// `pad(x, axis: a, before: n, after: m, value: v)`
pub const PAD: Row = Row {
    name: "pad",
    signature: "(x: any[..], axis: axis, before: int, after: int, value: real) -> any[..]",
    doc: "x with `before` new elements in front of one axis and `after` behind it, each of them `value`.",
    example: "`pad(x, axis: -1, before: 1, after: 2, value: 0.5)` with `x = [[1.0, 2.0], [3.0, 4.0]]` gives \
              `[[0.5, 1.0, 2.0, 0.5, 0.5], [0.5, 3.0, 4.0, 0.5, 0.5]]`",
    rounding: Rounding::None,
    infer: pad,
};
/// `windows(x, axis: a, size: k, step: s, dilation: d)`
pub const WINDOWS: Row = Row {
    name: "windows",
    signature: "(x: any[..], axis: axis, size: int, step: int, dilation: int) -> any[.., size]",
    doc: "The windows of one axis of n elements: the axis becomes `(n - dilation * (size - 1) - 1) div step + 1` windows, \
          and a new last axis holds the `size` elements of each, `dilation` apart; a window begins every `step` elements.",
    example: "`windows(x, axis: 0, size: 2, step: 2, dilation: 2)` with \
              `x = [[1, 2], [3, 4], [5, 6], [7, 8], [9, 10]]` gives `[[[1, 5], [2, 6]], [[5, 9], [6, 10]]]`",
    rounding: Rounding::None,
    infer: windows,
};
/// What a loop carries whose sizes change from step to step.
pub const CARRY: Row = Row {
    name: "carry",
    signature: "(x: any[..]) -> any[..]",
    doc: "x at any step of a loop whose sizes change; it stands in programs without a config, where loops are one step.",
    example: "",
    rounding: Rounding::None,
    infer: carry,
};

fn pad(operands: &[TensorType], attributes: &Attributes, _: &Facts) -> Result<TensorType, TypeFault> {
    let [x] = arity(operands)?;
    let Attributes::Pad { axis, before, after, .. } = attributes else { return Err(wrong_attributes()) };
    let mut result = x.clone();
    let Some(padded) = result.axes.get_mut(*axis) else {
        return Err(TypeFault::new(FaultKind::Axis, format!("`{x}` has no axis {axis}")));
    };
    if [before, after].iter().any(|given| given.as_constant().is_some_and(|given| given < 0)) {
        return Err(TypeFault::new(FaultKind::Shape, "a number of new elements is not negative"));
    }
    let dim = padded.dim.add(before).and_then(|dim| dim.add(after)).ok_or_else(too_large)?;
    *padded = Axis::new(padded.name.clone(), dim);
    Ok(result)
}

fn windows(operands: &[TensorType], attributes: &Attributes, facts: &Facts) -> Result<TensorType, TypeFault> {
    let [x] = arity(operands)?;
    let Attributes::Windows { axis, size, step, dilation } = attributes else { return Err(wrong_attributes()) };
    let mut result = x.clone();
    let Some(cut) = result.axes.get_mut(*axis) else {
        return Err(TypeFault::new(FaultKind::Axis, format!("`{x}` has no axis {axis}")));
    };
    if [size, step, dilation].iter().any(|given| given.as_constant().is_some_and(|given| given < 1)) {
        return Err(TypeFault::new(FaultKind::Shape, "the size, step and dilation of windows are at least 1"));
    }
    let one = Dim::from(1);
    let count = || {
        let reach = size.sub(&one)?.mul(dilation)?.add(&one)?;
        let last = cut.dim.sub(&reach)?;
        let steps = if *step == one { last } else { last.floor_div(step, facts)? };
        steps.add(&one)
    };
    let count = count().ok_or_else(too_large)?;
    if count.as_constant().is_some_and(|count| count < 1) {
        let message = format!("an axis of `{}` holds no window of `{size}`", cut.dim);
        return Err(TypeFault::new(FaultKind::Shape, message));
    }
    *cut = Axis::new(cut.name.clone(), count);
    result.axes.push(Axis::of(size.clone()));
    Ok(result)
}

fn carry(operands: &[TensorType], attributes: &Attributes, _: &Facts) -> Result<TensorType, TypeFault> {
    let [x] = arity(operands)?;
    match attributes {
        Attributes::Sizes(sizes) if sizes.len() == x.axes.len() => {
            let axis = |(axis, size): (&Axis, &Dim)| Axis { dim: size.clone(), ..axis.clone() };
            Ok(TensorType { class: x.class, axes: x.axes.iter().zip(sizes).map(axis).collect() })
        }
        _ => Err(wrong_attributes()),
    }
}

fn too_large() -> TypeFault {
    TypeFault::new(FaultKind::Shape, "a size does not fit 64 bits")
}

fn product<'a>(mut atoms: impl Iterator<Item = &'a Dim>) -> Option<Dim> {
    atoms.try_fold(Dim::from(1), |a, b| a.mul(b))
}

fn rearrange(operands: &[TensorType], attributes: &Attributes, _: &Facts) -> Result<TensorType, TypeFault> {
    let [x] = arity(operands)?;
    let Attributes::Rearrange(plan) = attributes else { return Err(wrong_attributes()) };
    let mut rest = plan.atoms.iter();
    for (index, &count) in plan.operand.iter().enumerate() {
        let size = product(rest.by_ref().take(count)).ok_or_else(too_large)?;
        let dim = x.axes.get(index).map(|axis| &axis.dim);
        if dim != Some(&size) {
            let found = dim.map_or("nothing".to_string(), |d| format!("`{d}`"));
            return Err(TypeFault::new(
                FaultKind::Shape,
                format!("the pattern's axis {index} is `{size}`, but the tensor has {found}"),
            ));
        }
    }
    let mut used: Vec<usize> = plan.result.iter().flatten().copied().collect();
    used.sort_unstable();
    let unnamed_ones = plan.atoms.iter().enumerate().filter(|(i, d)| !used.contains(i) && **d != Dim::from(1)).count();
    let repeats = used.windows(2).any(|pair| pair[0] == pair[1]);
    if plan.operand.len() != x.axes.len() || rest.next().is_some() || unnamed_ones > 0 || repeats {
        return Err(TypeFault::new(
            FaultKind::Shape,
            format!("the pattern does not keep every element of `{x}` exactly once"),
        ));
    }
    let mut axes = Vec::with_capacity(plan.result.len());
    for (index, parts) in plan.result.iter().enumerate() {
        let atoms: Option<Vec<&Dim>> = parts.iter().map(|&p| plan.atoms.get(p)).collect();
        let dim = product(atoms.ok_or_else(wrong_attributes)?.into_iter()).ok_or_else(too_large)?;
        let name = plan.names.get(index).cloned().flatten().map(Into::into);
        // An axis that goes through whole keeps its origin.
        let whole = parts.as_slice().first().filter(|_| parts.len() == 1).and_then(|&atom| plan.axis_alone(atom));
        let origin = whole.and_then(|axis| x.axes.get(axis)).and_then(|axis| axis.origin);
        axes.push(Axis { name, dim, origin });
    }
    Ok(TensorType { class: x.class, axes })
}

/// The axis that an atom alone is, if it is one.
fn slice(operands: &[TensorType], attributes: &Attributes, facts: &Facts) -> Result<TensorType, TypeFault> {
    let [x] = arity(operands)?;
    let Attributes::Slice { axis, from, length } = attributes else { return Err(wrong_attributes()) };
    let Some(sliced) = x.axes.get(*axis) else {
        return Err(TypeFault::new(FaultKind::Axis, format!("`{x}` has no axis {axis}")));
    };
    if [from, length].iter().any(|given| given.as_constant().is_some_and(|given| given < 0)) {
        let message = format!("elements cannot begin at `{from}` or be `{length}`: a size is not negative");
        return Err(TypeFault::new(FaultKind::Shape, message));
    }
    let (size, end) = (&sliced.dim, from.add(length).ok_or_else(too_large)?);
    if facts.decide_le(&end, size) == Some(false) {
        let message = format!("elements `{from}..{end}` do not exist on an axis of `{size}`");
        return Err(TypeFault::new(FaultKind::Shape, message));
    }
    let mut result = x.clone();
    result.axes[*axis] = Axis::new(sliced.name.clone(), length.clone());
    Ok(result)
}

fn concat(operands: &[TensorType], attributes: &Attributes, _: &Facts) -> Result<TensorType, TypeFault> {
    let [a, b] = arity(operands)?;
    let Attributes::Axis(axis) = attributes else { return Err(wrong_attributes()) };
    let fits = a.class == b.class
        && a.axes.len() == b.axes.len()
        && *axis < a.axes.len()
        && a.dims().zip(b.dims()).enumerate().all(|(i, (x, y))| i == *axis || x == y);
    if !fits {
        let fault = TypeFault::new(FaultKind::Shape, format!("`{a}` and `{b}` cannot be joined along axis {axis}"))
            .help("every other axis must have the same size in both");
        let pairs = a.axes.iter().zip(&b.axes).enumerate();
        let sides = pairs.filter(|(at, _)| at != axis).map(|(_, sides)| sides).find(|(x, y)| x.dim != y.dim);
        return Err(match sides {
            Some((x, y)) => fault.between(x.clone(), y.clone()),
            None => fault,
        });
    }
    let mut result = a.clone();
    result.axes[*axis].dim = a.axes[*axis].dim.add(&b.axes[*axis].dim).ok_or_else(too_large)?;
    Ok(result)
}

fn expand(operands: &[TensorType], attributes: &Attributes, _: &Facts) -> Result<TensorType, TypeFault> {
    let [x] = arity(operands)?;
    let Attributes::Expand { axis, size } = attributes else { return Err(wrong_attributes()) };
    let Some(stretched) = x.axes.get(*axis) else {
        return Err(TypeFault::new(FaultKind::Axis, format!("`{x}` has no axis {axis}")));
    };
    if stretched.dim != Dim::from(1) {
        let message = format!("only an axis of size 1 stretches, and axis {axis} of `{x}` is `{}`", stretched.dim);
        return Err(TypeFault::new(FaultKind::Shape, message));
    }
    if size.as_constant().is_some_and(|size| size < 1) {
        return Err(TypeFault::new(FaultKind::Shape, format!("an axis cannot have `{size}` elements")));
    }
    let mut result = x.clone();
    result.axes[*axis] = Axis::new(stretched.name.clone(), size.clone());
    Ok(result)
}
