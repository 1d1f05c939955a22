//! Patterns that change the number of elements: `reduce` and `repeat`.

use super::value::{Environment, Value};
use super::{Elaborator, Outcome};
use crate::diag::{Diagnostic, code, did_you_mean};
use crate::ir::build::Tensor;
use crate::op::row::Rearrangement;
use crate::op::{Attributes, Primitive};
use crate::ty::dim::Dim;
use lmstd_grammar::ast::{AxisPattern, Expr, Name, Patterned};
use lmstd_grammar::span::Span;

/// The reductions by name.
const REDUCTIONS: [(&str, Primitive); 3] =
    [("sum", Primitive::Sum), ("mean", Primitive::Mean), ("max", Primitive::Max)];

/// One axis that a pattern's result is made of, groups taken apart.
enum Part<'a> {
    /// An axis of the operand.
    Old(usize),
    /// A new axis of a size.
    New(&'a Name, Dim),
    /// A new axis of size 1.
    One,
}

impl<'a> Elaborator<'a, '_> {
    /// `reduce(x[b s d] -> b d, mean)`.
    pub(super) fn reduce(
        &mut self,
        operand: &'a Patterned,
        result: &'a [AxisPattern],
        by: &'a Name,
        span: Span,
        env: &mut Environment,
    ) -> Outcome<Value> {
        let Some((_, primitive)) = REDUCTIONS.into_iter().find(|(name, _)| *name == by.as_str()) else {
            let message = format!("there is no reduction `{}`", by.value);
            let fault = Diagnostic::error(&code::UNKNOWN_OP, by.span, message);
            return self.report(match did_you_mean(by.as_str(), REDUCTIONS.map(|(name, _)| name)) {
                Some(near) => fault.suggest(by.span, Some(near)),
                None => fault.help("write `sum`, `mean` or `max`"),
            });
        };
        let mut tensor = self.patterned(operand, env)?;
        let names = self.plain_axes(operand, &tensor)?;
        let mut kept = Vec::new();
        for pattern in result {
            match pattern {
                AxisPattern::Rest(_) => kept.extend((0..names.len()).filter(|&axis| names[axis].is_none()).map(Some)),
                AxisPattern::One(_) => kept.push(None),
                AxisPattern::Name(name) => kept.push(Some(self.old_axis(name, &names)?)),
                AxisPattern::Group(span, _) => {
                    return self.pattern_fault("`reduce` joins no axes; use `rearrange` on its result".into(), *span);
                }
            }
        }
        for axis in (0..names.len()).filter(|axis| !kept.contains(&Some(*axis))) {
            let reduced = self.primitive(primitive, Attributes::Axis(axis), &[tensor], span)?;
            tensor = self.tensor(reduced, span)?;
        }
        let plan = Rearrangement {
            atoms: tensor.ty.dims().cloned().collect(),
            operand: vec![1; names.len()],
            result: kept.iter().map(|axis| axis.iter().copied().collect()).collect(),
            names: kept.iter().map(|axis| axis.and_then(|axis| self.axis_name(&names, axis, &tensor))).collect(),
        };
        self.primitive(Primitive::Rearrange, Attributes::Rearrange(plan), &[tensor], span)
    }

    /// `repeat(x[b s d] -> b h s d, h = heads)`: insert axes of size 1, stretch them, join groups.
    pub(super) fn repeat_axes(
        &mut self,
        operand: &'a Patterned,
        result: &'a [AxisPattern],
        sizes: &'a [(Name, Expr)],
        span: Span,
        env: &mut Environment,
    ) -> Outcome<Value> {
        let mut tensor = self.patterned(operand, env)?;
        let names = self.plain_axes(operand, &tensor)?;
        let given = self.sizes(sizes, env)?;
        let mut parts: Vec<Part<'a>> = Vec::new();
        let mut groups = Vec::new();
        for pattern in result {
            let before = parts.len();
            match pattern {
                AxisPattern::Rest(_) => {
                    let rest = (0..names.len()).filter(|&axis| names[axis].is_none());
                    rest.for_each(|axis| parts.push(Part::Old(axis)));
                    groups.extend((before..parts.len()).map(|at| vec![at]));
                    continue;
                }
                AxisPattern::One(_) => parts.push(Part::One),
                AxisPattern::Name(name) => parts.push(self.repeated(name, &names, &given)?),
                AxisPattern::Group(_, members) => {
                    for name in members {
                        let part = self.repeated(name, &names, &given)?;
                        parts.push(part);
                    }
                }
            }
            groups.push((before..parts.len()).collect::<Vec<usize>>());
        }
        let uses = |axis: usize| parts.iter().filter(|part| matches!(part, Part::Old(old) if *old == axis)).count();
        if let Some(axis) = (0..names.len()).find(|&axis| uses(axis) != 1) {
            let name = names[axis].map_or_else(|| "..".to_owned(), |name| name.value.clone());
            return self.pattern_fault(format!("the result must name axis `{name}` of the operand once"), span);
        }
        let plan = Rearrangement {
            atoms: tensor.ty.dims().cloned().collect(),
            operand: vec![1; names.len()],
            result: parts
                .iter()
                .map(|part| if let Part::Old(axis) = part { vec![*axis] } else { Vec::new() })
                .collect(),
            names: parts.iter().map(|part| self.part_name(part, &names, &tensor)).collect(),
        };
        let inserted = self.primitive(Primitive::Rearrange, Attributes::Rearrange(plan), &[tensor], span)?;
        tensor = self.tensor(inserted, span)?;
        for (axis, part) in parts.iter().enumerate() {
            if let Part::New(_, size) = part {
                let attributes = Attributes::Expand { axis, size: size.clone() };
                let stretched = self.primitive(Primitive::Expand, attributes, &[tensor], span)?;
                tensor = self.tensor(stretched, span)?;
            }
        }
        if groups.iter().all(|group| group.len() == 1) {
            return Ok(Value::Tensor(tensor));
        }
        let plan = Rearrangement {
            atoms: tensor.ty.dims().cloned().collect(),
            operand: vec![1; parts.len()],
            names: groups
                .iter()
                .map(|group| match group.as_slice() {
                    [only] => tensor.ty.axes[*only].name.as_deref().map(str::to_owned),
                    _ => None,
                })
                .collect(),
            result: groups,
        };
        self.primitive(Primitive::Rearrange, Attributes::Rearrange(plan), &[tensor], span)
    }

    /// The name of each axis of the operand; none for those that `..` stands for.
    fn plain_axes(&mut self, operand: &'a Patterned, tensor: &Tensor) -> Outcome<Vec<Option<&'a Name>>> {
        let rest = matches!(operand.axes.first(), Some(AxisPattern::Rest(_)));
        let named = operand.axes.len() - usize::from(rest);
        let rank = tensor.ty.axes.len();
        if rank < named || (!rest && rank != named) {
            let message = format!("the pattern names {named} axes, but the tensor is `{}`", tensor.ty);
            return self.pattern_fault(message, operand.value.span);
        }
        let mut names: Vec<Option<&'a Name>> = vec![None; rank - named];
        for pattern in operand.axes.iter().skip(usize::from(rest)) {
            match pattern {
                AxisPattern::Name(name) if names.contains(&Some(name)) => {
                    return self.pattern_fault(format!("axis `{}` is named twice", name.value), name.span);
                }
                AxisPattern::Name(name) => names.push(Some(name)),
                AxisPattern::One(span) | AxisPattern::Rest(span) | AxisPattern::Group(span, _) => {
                    let message = "the operand's axes are plain names here, `..` only first";
                    return self.pattern_fault(message.into(), *span);
                }
            }
        }
        Ok(names)
    }

    fn old_axis(&mut self, name: &'a Name, names: &[Option<&'a Name>]) -> Outcome<usize> {
        if let Some(axis) = names.iter().position(|known| *known == Some(name)) {
            return Ok(axis);
        }
        let message = format!("the operand has no axis `{}`", name.value);
        let fault = Diagnostic::error(&code::BAD_AXIS, name.span, message);
        let known = names.iter().flatten().map(|name| name.as_str());
        self.report(fault.suggest(name.span, did_you_mean(name.as_str(), known)))
    }

    fn repeated(&mut self, name: &'a Name, names: &[Option<&'a Name>], given: &[(&str, Dim)]) -> Outcome<Part<'a>> {
        let size = given.iter().find(|(known, _)| *known == name.as_str()).map(|(_, size)| size.clone());
        let old = names.iter().position(|known| *known == Some(name));
        match (old, size) {
            (Some(axis), None) => Ok(Part::Old(axis)),
            (None, Some(size)) => Ok(Part::New(name, size)),
            (Some(_), Some(_)) => {
                self.pattern_fault(format!("axis `{}` has its size from the operand", name.value), name.span)
            }
            (None, None) => {
                let message = format!("the new axis `{}` has no size", name.value);
                let fault = Diagnostic::error(&code::BAD_AXIS, name.span, message);
                self.report(fault.help(format!("add `, {} = …` after the pattern", name.value)))
            }
        }
    }

    fn part_name(&self, part: &Part<'a>, names: &[Option<&'a Name>], tensor: &Tensor) -> Option<String> {
        match part {
            Part::Old(axis) => self.axis_name(names, *axis, tensor),
            Part::New(name, _) => Some(name.value.clone()),
            Part::One => None,
        }
    }

    fn axis_name(&self, names: &[Option<&'a Name>], axis: usize, tensor: &Tensor) -> Option<String> {
        let own = tensor.ty.axes[axis].name.as_deref().map(str::to_owned);
        names[axis].map(|name| name.value.clone()).or(own)
    }
}
