//! Computes only the positions that are read.
//!
//! Before: `%9 = layer(%8)` over a whole text, `%10 = slice(%9; axis 1 from 0 length 1)`, as a classifier reads the first
//! word. After: the layer at that position alone, its keys and values still over the whole text. By the rules of
//! [`super`]; where the whole of a value is asked as well, its part is cut from it.

use super::plan::{Plans, Text, Use, whole};
use super::write;
use crate::ir::graph::{Graph, NodeKind, Output};
use crate::op::{Attributes, Primitive};
use crate::pass::Pass;
use crate::ty::dim::Dim;

/// The pass.
pub struct Focus;

/// The most different positions that are read alone; a program of more is left as it is from there on.
const MOST: usize = 4;

impl Pass for Focus {
    fn name(&self) -> &'static str {
        "focus"
    }

    fn run(&self, graph: Graph) -> Graph {
        let mut texts: Vec<Text> = Vec::new();
        for (_, node) in graph.nodes.iter() {
            let NodeKind::Primitive(Primitive::Slice, Attributes::Slice { axis, from, length }) = &node.kind else {
                continue;
            };
            let of = node.operands.first().and_then(|operand| graph.nodes[*operand].ty.axes.get(*axis));
            let one = *length == Dim::from(1) && from.as_constant().is_some();
            if let Some(of) = of.filter(|of| one && of.dim != *length) {
                let text = Text { whole: of.dim.clone(), from: from.clone(), new: length.clone() };
                if !texts.contains(&text) {
                    texts.push(text);
                }
            }
        }
        texts.iter().take(MOST).fold(graph, |graph, text| focused(&graph, text).unwrap_or(graph))
    }
}

/// The program with one part of one length read alone; `None` where the rules do not reach.
fn focused(graph: &Graph, text: &Text) -> Option<Graph> {
    let results: Vec<_> =
        graph.outputs.iter().flat_map(Output::nodes).map(|handle| (handle, whole(graph, handle))).collect();
    let plans = Plans::new(graph, text, &results, Use::Focus);
    write::program(graph, text, &plans, &|output| Some(whole(graph, output.node)))
}
