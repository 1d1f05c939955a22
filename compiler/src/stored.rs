//! How a stored tensor becomes a parameter where a rule lays it out anew: `rename "*.kernel"[i h d] to "*.weight"[(h d) i]`.
//!
//! A rule takes the stored axes apart into named ones, of which each stands once in the result, so that every stored number
//! is used exactly once. Where it names several parameters, one axis is left out of the result: each parameter is one step
//! along it. Sizes come from the stored shape, from the config, or by division, which must come out even.

use crate::config::Config;
use crate::diag::{Diagnostic, Sink, code};
use crate::eval::{self, Value};
use lmstd_grammar::ast::{Architecture, AxisPattern, Expr, Name, WeightRule};
use lmstd_grammar::span::Span;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// One parameter's numbers inside of a stored tensor.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Relaid {
    /// The stored shape.
    pub stored: Vec<u64>,
    /// Sizes of the axes that the stored ones are made of, in stored order.
    pub axes: Vec<u64>,
    /// Which of them the parameter has, in its order.
    pub order: Vec<usize>,
    /// The axis that it has not, and the step along it that it is.
    pub step: Option<(usize, u64)>,
    /// The parameter's shape.
    pub shape: Vec<u64>,
}

/// A rule's axes.
#[derive(Clone, Copy, Debug)]
pub struct Rule<'a> {
    /// Those of the stored tensor.
    pub stored: &'a [AxisPattern],
    /// How many parameters it holds.
    pub parts: usize,
    /// Those of a parameter.
    pub result: &'a [AxisPattern],
    /// Sizes that are given.
    pub sizes: &'a [(Name, Expr)],
}

/// Reports the rules that no tensor could follow.
pub fn check(architecture: &Architecture, sink: &mut Sink) {
    for rule in &architecture.weights {
        let WeightRule::Relay { span, stored, to, result, sizes, .. } = rule else { continue };
        if let Err((at, message)) = (Rule { stored, parts: to.len(), result, sizes }).check(*span) {
            sink.push(Diagnostic::error(&code::BAD_AXIS, at, message));
        }
    }
}

/// The names of a pattern's parts, `None` for an axis of size 1.
fn parts(axes: &[AxisPattern]) -> impl Iterator<Item = (Option<&Name>, Span)> {
    axes.iter().flat_map(|axis| match axis {
        AxisPattern::Name(name) => vec![(Some(name), name.span)],
        AxisPattern::One(span) | AxisPattern::Rest(span) => vec![(None, *span)],
        AxisPattern::Group(_, names) => names.iter().map(|name| (Some(name), name.span)).collect(),
    })
}

impl Rule<'_> {
    fn check(&self, span: Span) -> Result<(), (Span, String)> {
        for axis in self.stored.iter().chain(self.result) {
            if let AxisPattern::Rest(span) = axis {
                return Err((*span, "a rule for stored tensors names every axis".into()));
            }
        }
        let named = |axes| -> Result<HashSet<String>, (Span, String)> {
            let mut names = HashSet::new();
            for (name, span) in parts(axes) {
                if name.is_some_and(|name| !names.insert(name.value.clone())) {
                    return Err((span, "an axis is named twice".into()));
                }
            }
            Ok(names)
        };
        let (stored, result) = (named(self.stored)?, named(self.result)?);
        if let Some(new) = result.difference(&stored).next() {
            return Err((span, format!("the stored tensor has no axis `{new}`")));
        }
        if let Some((name, _)) = self.sizes.iter().find(|(name, _)| !stored.contains(name.as_str())) {
            return Err((name.span, format!("the stored tensor has no axis `{}`", name.value)));
        }
        let left: Vec<&String> = stored.difference(&result).collect();
        match (left.as_slice(), self.parts) {
            ([], 1) | ([_], 2..) => Ok(()),
            ([], _) => Err((span, "several parameters need an axis along which they stand".into())),
            ([axis, ..], 1) => Err((span, format!("the parameter lacks the axis `{axis}`"))),
            _ => Err((span, "the parameters lack more than one axis".into())),
        }
    }

    /// What the parameter number `part` is of a tensor stored with `shape`.
    ///
    /// # Errors
    /// A sentence: the shape does not have these axes, or a size is no positive number.
    pub fn relay(&self, part: usize, shape: &[u64], config: &Config) -> Result<Relaid, String> {
        if shape.len() != self.stored.len() {
            return Err(format!("the rule takes {} axes", self.stored.len()));
        }
        let mut given = Vec::new();
        for (name, size) in self.sizes {
            let value = eval::value(size, &|field| config.get(field).cloned());
            match value.map_err(|error| error.to_string())? {
                Value::Int(size) if size > 0 => given.push((name.as_str(), size.unsigned_abs())),
                other => return Err(format!("the size of `{}` is {other}", name.value)),
            }
        }
        // The axis along which several parameters stand is as long as they are many.
        let is_in_result =
            |name: &Name| parts(self.result).any(|(other, _)| other.is_some_and(|other| other.value == name.value));
        let left = parts(self.stored).filter_map(|(name, _)| name).find(|name| !is_in_result(name));
        given.extend(left.map(|name| (name.as_str(), self.parts as u64)));
        let (mut axes, mut names) = (Vec::new(), Vec::new());
        for (pattern, &size) in self.stored.iter().zip(shape) {
            let parts: Vec<Option<&str>> =
                parts(std::slice::from_ref(pattern)).map(|(name, _)| name.map(Name::as_str)).collect();
            axes.extend(split(&parts, size, &given)?);
            names.extend(parts);
        }
        let place = |name: &Name| names.iter().position(|known| *known == Some(name.as_str()));
        let (mut order, mut result) = (Vec::new(), Vec::new());
        for pattern in self.result {
            let places: Vec<usize> =
                parts(std::slice::from_ref(pattern)).filter_map(|(name, _)| place(name?)).collect();
            let size = places.iter().try_fold(1_u64, |size, place| size.checked_mul(axes[*place]));
            result.push(size.ok_or("a size is too large")?);
            order.extend(places);
        }
        let step = left.and_then(place).map(|place| (place, part as u64));
        if let Some((place, _)) = step.filter(|(place, _)| axes[*place] != self.parts as u64) {
            return Err(format!("it holds {} parameters, and the rule names {}", axes[place], self.parts));
        }
        Ok(Relaid { stored: shape.to_vec(), axes, order, step, shape: result })
    }
}

/// The sizes of the parts of an axis, at most one of which is not given.
fn split(parts: &[Option<&str>], size: u64, given: &[(&str, u64)]) -> Result<Vec<u64>, String> {
    let told: Vec<Option<u64>> = parts
        .iter()
        .map(|part| match part {
            None => Some(1),
            Some(name) => given.iter().find(|(known, _)| known == name).map(|(_, size)| *size),
        })
        .collect();
    let known = told.iter().flatten().try_fold(1_u64, |product, size| product.checked_mul(*size));
    let known = known.ok_or("a size is too large")?;
    let open = told.iter().filter(|size| size.is_none()).count();
    let fits = match open {
        0 => known == size,
        1 => size.is_multiple_of(known),
        _ => return Err("the sizes of an axis are not told".into()),
    };
    if !fits {
        return Err(format!("an axis of {size} does not have the parts {known}"));
    }
    Ok(told.into_iter().map(|told| told.unwrap_or(size / known)).collect())
}
