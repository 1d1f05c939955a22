//! What an operation asks of its operands so that its result is right at the new positions of some axes.

use super::plan::{Modes, Text, whole};
use crate::ir::graph::{Graph, Node};
use crate::op::{Attributes, Primitive};

/// What each operand must be, and the attributes of the operation on them. `None` where new positions cannot be computed
/// from new positions.
pub fn operands(
    graph: &Graph,
    node: &Node,
    (primitive, attributes): (Primitive, &Attributes),
    modes: &Modes,
    text: &Text,
) -> Option<(Vec<Modes>, Attributes)> {
    let asked = Asked { graph, node, modes, text };
    let mut changed = attributes.clone();
    let operands = match (attributes, &mut changed) {
        (Attributes::Slice { axis, .. } | Attributes::Pad { axis, .. }, _) if !modes[*axis] => asked.same(),
        (Attributes::Windows { axis, .. }, _) if !modes[*axis] && modes.last() == Some(&false) => asked.same(),
        (Attributes::Expand { axis, .. }, Attributes::Expand { size, .. }) => {
            if modes[*axis] {
                *size = text.new.clone();
            }
            asked.same()
        }
        (Attributes::Axis(axis), _) => match primitive {
            Primitive::Gather => asked.gather(*axis),
            // Axes of which one is reduced to size 1 are never new there.
            Primitive::Sum | Primitive::Mean | Primitive::Max => asked.same(),
            _ if modes[*axis] => return None,
            _ => asked.same(),
        },
        (Attributes::Contract(plan), _) => {
            let letters: Vec<usize> =
                plan.result.iter().zip(modes).filter(|(_, new)| **new).map(|(letter, _)| *letter).collect();
            let of = |own: &[usize]| own.iter().map(|letter| letters.contains(letter)).collect();
            vec![of(&plan.left), of(&plan.right)]
        }
        (Attributes::Rearrange(plan), Attributes::Rearrange(changed)) => {
            let mut operand = vec![false; plan.operand.len()];
            for (parts, _) in plan.result.iter().zip(modes).filter(|(_, new)| **new) {
                let [atom] = parts.as_slice() else { return None };
                let axis = plan.axis_alone(*atom)?;
                operand[axis] = true;
                changed.atoms[*atom] = text.new.clone();
            }
            vec![operand]
        }
        (Attributes::None | Attributes::Sizes(_), _) => match primitive {
            Primitive::Take => vec![whole(graph, node.operands[0]), modes[..modes.len().saturating_sub(1)].to_vec()],
            _ => asked.broadcast(),
        },
        _ if !modes.contains(&true) => asked.same(),
        _ => return None,
    };
    if let Attributes::Sizes(sizes) = &mut changed {
        sizes.iter_mut().zip(modes).filter(|(_, new)| **new).for_each(|(size, _)| *size = text.new.clone());
    }
    Some((operands, changed))
}

struct Asked<'a> {
    graph: &'a Graph,
    node: &'a Node,
    modes: &'a Modes,
    text: &'a Text,
}

impl Asked<'_> {
    /// Axis by axis from the front, as far as the operand has the length of the text there.
    fn same(&self) -> Vec<Modes> {
        (0..self.node.operands.len()).map(|operand| self.front(operand)).collect()
    }

    fn front(&self, operand: usize) -> Modes {
        let is_text = self.text.axes(&self.graph.nodes[self.node.operands[operand]].ty);
        is_text.iter().enumerate().map(|(axis, is)| *is && self.modes.get(axis) == Some(&true)).collect()
    }

    /// Axis by axis from the back, as elementwise operations stretch.
    fn broadcast(&self) -> Vec<Modes> {
        let of = |operand: usize| {
            let is_text = self.text.axes(&self.graph.nodes[self.node.operands[operand]].ty);
            let ahead = self.modes.len().saturating_sub(is_text.len());
            is_text.iter().enumerate().map(|(axis, is)| *is && self.modes[axis + ahead]).collect()
        };
        (0..self.node.operands.len()).map(of).collect()
    }

    /// The elements that are chosen from lie along one axis, which must be whole.
    fn gather(&self, axis: usize) -> Vec<Modes> {
        let mut x = self.front(0);
        x[axis] = false;
        vec![x, self.front(1)]
    }
}
