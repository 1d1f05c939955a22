//! What the measures of closeness share: results against a reference, bound by bound, and the first that diverges.

use super::reading::{Content, OutputCloseness, ReadValue, Reading};
use crate::number;
use crate::verdict::Finding;
use indexmap::IndexMap;
use lmstd_compiler::arena::Handle;
use lmstd_compiler::ir::graph::{Graph, Node, NodeKind};
use lmstd_runtime::tolerance::{FAIL_MARGIN, SAMPLES};

/// One compared result: its name, the largest difference found, and what arithmetic explains.
pub struct Compared {
    /// Name of the output or trace.
    pub name: String,
    /// Largest absolute difference over the positions that count.
    pub difference: f64,
    /// Pass bound.
    pub bound: f64,
}

/// The largest difference of each result over several comparisons of the same results.
pub fn worst(comparisons: impl IntoIterator<Item = Vec<Compared>>) -> Vec<Compared> {
    let larger = |mut worst: Vec<Compared>, other: Vec<Compared>| {
        worst.iter_mut().zip(other).for_each(|(one, other)| one.difference = one.difference.max(other.difference));
        worst
    };
    comparisons.into_iter().reduce(larger).unwrap_or_default()
}

/// The reading of compared results, in the program's order; `graph` names the layers between them.
pub fn reading(compared: Vec<Compared>, graph: Option<&Graph>) -> Reading {
    let first = compared.iter().position(|one| one.difference > one.bound);
    let fails = compared.iter().any(|one| one.difference > one.bound * FAIL_MARGIN);
    let mut findings = Vec::new();
    if let (Some(at), true) = (first, fails) {
        findings.push(divergence(&compared, at, graph));
    }
    let output = |(index, one): (usize, &Compared)| OutputCloseness {
        name: one.name.clone(),
        max_difference: one.difference,
        pass_bound: one.bound,
        fail_bound: one.bound * FAIL_MARGIN,
        first_divergent: Some(index) == first,
    };
    let outputs = compared.iter().enumerate().map(output).collect();
    let origin = format!(
        "reference in f64, unfused; bound = twice the largest of {SAMPLES} runs with random roundings; fail at {FAIL_MARGIN} bounds; a fault that moves no value by a bound looks like rounding and passes"
    );
    let facts = IndexMap::from([("tolerance".to_string(), origin)]);
    let value = ReadValue {
        result: None,
        content: Content::Closeness { outputs },
        facts,
        confusion: None,
        figures: Vec::new(),
    };
    Reading { values: vec![value], findings, ..Reading::default() }
}

fn divergence(compared: &[Compared], at: usize, graph: Option<&Graph>) -> Finding {
    let one = &compared[at];
    let before = at.checked_sub(1).map(|index| compared[index].name.as_str());
    let layer = graph.and_then(|graph| layer_between(graph, before, &one.name));
    let message = match (&layer, before) {
        (Some(layer), Some(before)) => {
            format!("the values diverge first in `{layer}`: `{before}` agrees, `{}` does not", one.name)
        }
        (Some(layer), None) => {
            format!("the values diverge first in `{layer}`: `{}` is the first value compared", one.name)
        }
        (None, _) => format!("`{}` diverges from the reference", one.name),
    };
    Finding {
        fault: "output_mismatch".into(),
        message,
        at: layer.unwrap_or_else(|| one.name.clone()),
        expected: format!("within {} of the reference", number::quantity(one.bound, "")),
        found: format!("{} away", number::quantity(one.difference, "")),
        mend: "look at this layer: its weights, its options in the config, or the code that made the claimed values"
            .into(),
    }
}

/// The weight scope of the nodes that come after result `before` up to result `name`: their longest common prefix.
fn layer_between(graph: &Graph, before: Option<&str>, name: &str) -> Option<String> {
    let index = |handle: Handle<Node>| handle.index();
    let from = before.and_then(|before| graph.output(before)).map_or(0, |output| index(output.node) + 1);
    let to = index(graph.output(name)?.node);
    let between: Vec<&Node> =
        graph.nodes.iter().filter(|(handle, _)| (from..=to).contains(&handle.index())).map(|(_, node)| node).collect();
    // Weights name a layer best; what is made beside them, masks and angles, has the scope of who makes it.
    let weights = between.iter().filter(|node| matches!(node.kind, NodeKind::Parameter { .. }));
    let named: Vec<&&Node> =
        if weights.clone().next().is_some() { weights.collect() } else { between.iter().collect() };
    let mut common: Option<Vec<&str>> = None;
    for node in named.into_iter().filter(|node| !node.scope.is_empty()) {
        let parts: Vec<&str> = node.scope.split('.').collect();
        common = Some(match common {
            None => parts,
            Some(known) => known.into_iter().zip(parts).take_while(|(a, b)| a == b).map(|(a, _)| a).collect(),
        });
    }
    common.filter(|parts| !parts.is_empty()).map(|parts| parts.join("."))
}
