//! Graphs as text and as DOT, for people and snapshots.

use super::graph::{Graph, Node, NodeKind, Static};
use crate::arena::Handle;
use crate::op::Attributes;
use std::fmt::Write;

/// One line a node: `%4 = linear(%1, %2, %3; out = 32): float[batch, seq, 32]  // bert.pooler.dense`.
pub fn text(graph: &Graph) -> String {
    let mut out = String::new();
    for (handle, node) in graph.nodes.iter() {
        let scope = if node.scope.is_empty() { String::new() } else { format!("  // {}", node.scope) };
        let _ = writeln!(out, "{handle:?} = {}: {}{scope}", describe(node), node.ty);
    }
    for output in &graph.outputs {
        let word = if output.trace { "trace" } else { "output" };
        let keep = output.keep.map(|keep| format!(" where {keep:?}")).unwrap_or_default();
        let _ = writeln!(out, "{word} {} = {:?}{keep}", output.name, output.node);
    }
    out
}

fn list(operands: &[Handle<Node>]) -> String {
    operands.iter().map(|handle| format!("{handle:?}")).collect::<Vec<_>>().join(", ")
}

/// What a node does, without its type.
pub fn describe(node: &Node) -> String {
    match &node.kind {
        NodeKind::Input { name, .. } => format!("input {name}"),
        NodeKind::Parameter { name } => format!("weight \"{name}\""),
        NodeKind::Foreign { output } => format!("foreign \"{output}\"({})", list(&node.operands)),
        NodeKind::Primitive(primitive, attributes) => {
            let attributes = attributes_text(attributes);
            format!("{}({}{attributes})", primitive.row().name, list(&node.operands))
        }
        NodeKind::Call(composite) => {
            let statics: Vec<String> =
                composite.arguments.iter().map(|(name, value)| format!("{name} = {}", static_text(value))).collect();
            let separator = if statics.is_empty() { "" } else { "; " };
            format!("{}({}{separator}{})", composite.name, list(&node.operands), statics.join(", "))
        }
    }
}

fn static_text(value: &Static) -> String {
    match value {
        Static::Dim(dim) => dim.to_string(),
        Static::Real(Some(value)) => format!("{value:?}"),
        Static::Bool(Some(value)) => value.to_string(),
        Static::Text(Some(value)) => format!("\"{value}\""),
        Static::Axis(axis) => format!("axis {axis}"),
        Static::Real(None) | Static::Bool(None) | Static::Text(None) => "from config".into(),
    }
}

fn attributes_text(attributes: &Attributes) -> String {
    match attributes {
        Attributes::None => String::new(),
        Attributes::Axis(axis) => format!("; axis {axis}"),
        Attributes::Slice { axis, from, length } => format!("; axis {axis}, from {from}, length {length}"),
        Attributes::Expand { axis, size } => format!("; axis {axis}, size {size}"),
        Attributes::Pad { axis, before, after, value } => {
            let value = value.map_or("from config".into(), |value| format!("{value:?}"));
            format!("; axis {axis}, before {before}, after {after}, value {value}")
        }
        Attributes::Windows { axis, size, step, dilation } => {
            format!("; axis {axis}, size {size}, step {step}, dilation {dilation}")
        }
        Attributes::Sizes(sizes) => {
            format!("; {}", sizes.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
        }
        Attributes::Contract(c) => {
            let letters = |axes: &[usize]| axes.iter().map(|&l| c.names[l].as_str()).collect::<Vec<_>>().join(" ");
            format!("; {}, {} -> {}", letters(&c.left), letters(&c.right), letters(&c.result))
        }
        Attributes::Rearrange(r) => {
            let names: Vec<String> = r.names.iter().map(|n| n.clone().unwrap_or_else(|| "_".into())).collect();
            format!("; -> {}", names.join(" "))
        }
        Attributes::Length(length) => length.to_string(),
        Attributes::Value(Some(value)) => format!("{value:?}"),
        Attributes::Value(None) => "from config".into(),
    }
}

/// The graph as statements of DOT, whose nodes begin with `prefix`: one box a node, parameters and constants left out so
/// that the program's flow shows.
pub fn dot(graph: &Graph, prefix: &str) -> String {
    let quiet = |node: &Node| {
        matches!(&node.kind, NodeKind::Parameter { .. } | NodeKind::Primitive(crate::op::Primitive::Constant, _))
    };
    let mut out = String::new();
    // Writing into a String cannot fail.
    for (handle, node) in graph.nodes.iter().filter(|(_, node)| !quiet(node)) {
        let title = match &node.kind {
            NodeKind::Input { name, .. } | NodeKind::Parameter { name } | NodeKind::Foreign { output: name } => {
                name.clone()
            }
            NodeKind::Primitive(primitive, _) => primitive.row().name.to_string(),
            NodeKind::Call(composite) => composite.name.clone(),
        };
        let lines: Vec<String> = [title, node.scope.to_string(), node.ty.to_string()]
            .into_iter()
            .filter(|line| !line.is_empty())
            .map(|line| quoted(&line))
            .collect();
        let _ = writeln!(out, "{prefix}n{} [label=\"{}\"];", handle.index(), lines.join("\\n"));
        for operand in node.operands.iter().filter(|&&operand| !quiet(&graph.nodes[operand])) {
            let _ = writeln!(out, "{prefix}n{} -> {prefix}n{};", operand.index(), handle.index());
        }
    }
    for (index, output) in graph.outputs.iter().enumerate() {
        let shape = if output.trace { "note" } else { "oval" };
        let _ = writeln!(out, "{prefix}o{index} [label=\"{}\", shape={shape}];", quoted(&output.name));
        let _ = writeln!(out, "{prefix}n{} -> {prefix}o{index};", output.node.index());
    }
    out
}

/// A text inside the quotes of DOT.
pub fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}
