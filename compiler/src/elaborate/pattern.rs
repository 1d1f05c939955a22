//! Patterns over axes: `contract` and `rearrange`.

use super::value::{Environment, Value};
use super::{Elaborator, Outcome};
use crate::diag::{Diagnostic, code, did_you_mean};
use crate::ir::build::Tensor;
use crate::op::row::{Contraction, Rearrangement};
use crate::op::{Attributes, Primitive};
use crate::ty::dim::Dim;
use lmstd_grammar::ast::{AxisPattern, Expr, Name, Patterned};
use lmstd_grammar::span::Span;

/// The letters of a contraction, in order of appearance.
#[derive(Default)]
struct Letters {
    names: Vec<String>,
}

impl Letters {
    fn intern(&mut self, name: &str) -> usize {
        self.names.iter().position(|known| known == name).unwrap_or_else(|| {
            self.names.push(name.into());
            self.names.len() - 1
        })
    }
}

impl<'a> Elaborator<'a, '_> {
    pub(super) fn contract(
        &mut self,
        operands: &'a [Patterned],
        result: &'a [AxisPattern],
        span: Span,
        env: &mut Environment,
    ) -> Outcome<Value> {
        let [left, right] = operands else {
            return self.pattern_fault("a contraction takes two operands".into(), span);
        };
        let a = self.patterned(left, env)?;
        let b = self.patterned(right, env)?;
        let mut letters = Letters::default();
        let rest =
            [(left, &a), (right, &b)].into_iter().find(|(p, _)| matches!(p.axes.first(), Some(AxisPattern::Rest(_))));
        let rest = rest.map_or(0, |(p, t)| t.ty.axes.len().saturating_sub(p.axes.len() - 1));
        let left_letters = self.letters(&left.axes, rest, &mut letters)?;
        let right_letters = self.letters(&right.axes, rest, &mut letters)?;
        let known = letters.names.len();
        let result_letters = self.letters(result, rest, &mut letters)?;
        if let Some(new) = letters.names.get(known) {
            let message = format!("the result names axis `{new}`, which no operand has");
            let help = did_you_mean(new, letters.names[..known].iter().map(String::as_str))
                .map(|n| format!("did you mean `{n}`?"));
            let mut fault = Diagnostic::error(&code::BAD_AXIS, span, message);
            fault.help = help;
            return self.report(fault);
        }
        let contraction =
            Contraction { left: left_letters, right: right_letters, result: result_letters, names: letters.names };
        self.primitive(Primitive::Contract, Attributes::Contract(contraction), &[a, b], span)
    }

    pub(super) fn patterned(&mut self, patterned: &'a Patterned, env: &mut Environment) -> Outcome<Tensor> {
        let value = self.expr(&patterned.value, env)?;
        self.tensor(value, patterned.value.span)
    }

    fn letters(&mut self, axes: &'a [AxisPattern], rest: usize, letters: &mut Letters) -> Outcome<Vec<usize>> {
        let mut result = Vec::new();
        for (index, axis) in axes.iter().enumerate() {
            match axis {
                AxisPattern::Name(name) => result.push(letters.intern(name.as_str())),
                AxisPattern::Rest(_) if index == 0 => {
                    result.extend((0..rest).map(|i| letters.intern(&format!("..{i}"))))
                }
                AxisPattern::Rest(span) | AxisPattern::One(span) | AxisPattern::Group(span, _) => {
                    return self.pattern_fault("a contraction's axes are plain names, `..` only first".into(), *span);
                }
            }
        }
        let mut sorted = result.clone();
        sorted.sort_unstable();
        if let Some(pair) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
            let message = format!("axis `{}` is named twice in one operand", letters.names[pair[0]]);
            return self.pattern_fault(message, axis_span(&axes[0]));
        }
        Ok(result)
    }

    /// The sizes that a call gives to names of its pattern: `h = heads`.
    pub(super) fn sizes(&mut self, sizes: &'a [(Name, Expr)], env: &mut Environment) -> Outcome<Vec<(&'a str, Dim)>> {
        sizes.iter().map(|(name, size)| Ok((name.as_str(), self.int(size, env)?))).collect()
    }

    pub(super) fn rearrange(
        &mut self,
        operand: &'a Patterned,
        result: &'a [AxisPattern],
        sizes: &'a [(Name, Expr)],
        span: Span,
        env: &mut Environment,
    ) -> Outcome<Value> {
        let tensor = self.patterned(operand, env)?;
        let rest = matches!(operand.axes.first(), Some(AxisPattern::Rest(_)));
        let named = operand.axes.len() - usize::from(rest);
        let rank = tensor.ty.axes.len();
        if rank < named || (!rest && rank != named) {
            let message = format!("the pattern names {named} axes, but the tensor is `{}`", tensor.ty);
            return self.pattern_fault(message, operand.value.span);
        }
        let given = self.sizes(sizes, env)?;
        let mut plan = Rearrangement { atoms: Vec::new(), operand: Vec::new(), result: Vec::new(), names: Vec::new() };
        let mut names: Vec<String> = Vec::new();
        for index in 0..rank - named {
            plan.atoms.push(tensor.ty.axes[index].dim.clone());
            plan.operand.push(1);
            names.push(format!("..{index}"));
        }
        let patterns = operand.axes.iter().skip(usize::from(rest));
        for (pattern, axis) in patterns.zip(&tensor.ty.axes[rank - named..]) {
            let count = self.split_axis(pattern, &axis.dim, &given, &mut plan.atoms, &mut names)?;
            plan.operand.push(count);
        }
        for pattern in result {
            self.merge_axis(pattern, rank - named, &names, &mut plan)?;
        }
        self.primitive(Primitive::Rearrange, Attributes::Rearrange(plan), &[tensor], span)
    }

    /// The parts of one axis of the operand; at most one of a group's sizes may be left to the division.
    fn split_axis(
        &mut self,
        pattern: &'a AxisPattern,
        size: &Dim,
        given: &[(&str, Dim)],
        atoms: &mut Vec<Dim>,
        names: &mut Vec<String>,
    ) -> Outcome<usize> {
        match pattern {
            AxisPattern::Name(name) => {
                atoms.push(size.clone());
                names.push(name.value.clone());
                Ok(1)
            }
            AxisPattern::One(span) if *size != Dim::from(1) => {
                self.pattern_fault(format!("this axis is `{size}`, not 1"), *span)
            }
            AxisPattern::One(_) => {
                // An axis of size 1 is an atom that the result does not use.
                atoms.push(Dim::from(1));
                names.push(String::new());
                Ok(1)
            }
            AxisPattern::Rest(span) => self.pattern_fault("`..` can only come first".into(), *span),
            AxisPattern::Group(span, parts) => {
                let known = |name: &Name| given.iter().find(|(n, _)| *n == name.as_str()).map(|(_, dim)| dim.clone());
                let product = parts.iter().filter_map(known).try_fold(Dim::from(1), |a, b| a.mul(&b));
                let open: Vec<&Name> = parts.iter().filter(|part| known(part).is_none()).collect();
                let (Some(product), 1) = (product, open.len()) else {
                    let message = format!(
                        "give the sizes of all but one of {} parts, for example `, {} = …`",
                        parts.len(),
                        parts[0].value
                    );
                    return self.pattern_fault(message, *span);
                };
                let Some(quotient) = size.exact_div(&product, &self.facts) else {
                    return self.undivided(size, &product, *span);
                };
                for part in parts {
                    atoms.push(known(part).unwrap_or_else(|| quotient.clone()));
                    names.push(part.value.clone());
                }
                Ok(parts.len())
            }
        }
    }

    fn merge_axis(
        &mut self,
        pattern: &'a AxisPattern,
        rest: usize,
        names: &[String],
        plan: &mut Rearrangement,
    ) -> Outcome<()> {
        match pattern {
            AxisPattern::One(_) => {
                plan.result.push(Vec::new());
                plan.names.push(None);
            }
            AxisPattern::Rest(_) => {
                for index in 0..rest {
                    plan.result.push(vec![index]);
                    plan.names.push(None);
                }
            }
            AxisPattern::Name(name) => {
                let atom = self.atom(name, names)?;
                plan.result.push(vec![atom]);
                plan.names.push(Some(name.value.clone()));
            }
            AxisPattern::Group(_, parts) => {
                let mut atoms = Vec::with_capacity(parts.len());
                for part in parts {
                    atoms.push(self.atom(part, names)?);
                }
                plan.result.push(atoms);
                plan.names.push(None);
            }
        }
        Ok(())
    }

    fn atom(&mut self, name: &'a Name, names: &[String]) -> Outcome<usize> {
        if let Some(index) = names.iter().position(|known| known == name.as_str()) {
            return Ok(index);
        }
        let fault = Diagnostic::error(&code::BAD_AXIS, name.span, format!("the operand has no axis `{}`", name.value));
        let near = did_you_mean(name.as_str(), names.iter().map(String::as_str));
        self.report(fault.suggest(name.span, near))
    }

    pub(super) fn pattern_fault<T>(&mut self, message: String, span: Span) -> Outcome<T> {
        self.report(Diagnostic::error(&code::BAD_AXIS, span, message))
    }
}

fn axis_span(axis: &AxisPattern) -> Span {
    match axis {
        AxisPattern::Name(name) => name.span,
        AxisPattern::One(span) | AxisPattern::Rest(span) | AxisPattern::Group(span, _) => *span,
    }
}
