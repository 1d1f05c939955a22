//! What a run will take, told from the graph before anything runs, and what it may take.
//!
//! The numbers are lower bounds: values count while something still needs them, moves that may share their operand's
//! storage count nothing, and what a kernel needs for itself is not known here. So what is refused could not have been
//! done, and what is not refused may still meet the limits of the process, which hold whatever was estimated.

use super::plan::Plan;
use crate::intake::error::fault;
use crate::value::{ExecError, Precision};
use lmstd_compiler::ir::counts::Counts;
use lmstd_compiler::ir::graph::{Graph, Node, NodeKind};
use lmstd_compiler::op::Primitive;
use lmstd_compiler::ty::dim::Dim;
use lmstd_compiler::ty::dtype::Class;

/// Floating-point operations that no core does in one second: two 512-bit units, each a multiplication and an addition of
/// 16 numbers a cycle, at 4 GHz, come to 2.56e11.
pub const OPERATIONS_A_SECOND: u64 = 256_000_000_000;

/// What a run may take.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Budget {
    /// Bytes of weights and values together.
    pub memory_bytes: u64,
    /// Seconds of CPU time over all threads.
    pub cpu_seconds: u64,
}

impl Budget {
    /// Whatever it takes.
    pub const UNLIMITED: Budget = Budget { memory_bytes: u64::MAX, cpu_seconds: u64::MAX };
}

/// What a run will take at least.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Estimate {
    /// Bytes of what is the same in every run: the weights, and what follows from them.
    pub fixed_bytes: u64,
    /// The most bytes of all other values that are alive at once.
    pub peak_bytes: u64,
    /// Floating-point operations of one run.
    pub operations: u64,
    /// The type of the largest value, and the sizes of its axes.
    pub largest: (String, Vec<u64>),
}

/// The costs of a program, ready to be told at any sizes.
pub(super) struct Costs {
    flops: Option<Dim>,
}

impl Costs {
    /// Those of a program.
    pub(super) fn of(graph: &Graph) -> Costs {
        Costs { flops: Counts::of(graph).map(|counts| counts.flops) }
    }

    /// What a run of the nodes that are `needed` takes at these sizes. What leaves 64 bits is as good as infinite.
    pub(super) fn at(
        &self,
        (graph, plan, needed): (&Graph, &Plan, &[bool]),
        precision: Precision,
        sizes: &dyn Fn(&str) -> Option<i64>,
    ) -> Estimate {
        let mut bytes = vec![0u64; graph.nodes.len()];
        let (mut fixed_bytes, mut alive, mut peak_bytes) = (0u64, 0u64, 0u64);
        let mut largest = (0, None);
        for (handle, node) in graph.nodes.iter() {
            let index = handle.index();
            if !(plan.fixed[index] || needed[index]) {
                continue;
            }
            let own = bytes_of(node, precision, sizes);
            if own > largest.0 {
                largest = (own, Some(node));
            }
            if plan.fixed[index] {
                fixed_bytes = fixed_bytes.saturating_add(own);
                continue;
            }
            bytes[index] = own;
            alive = alive.saturating_add(own);
            peak_bytes = peak_bytes.max(alive);
            for dead in &plan.drop_after[index] {
                alive = alive.saturating_sub(std::mem::take(&mut bytes[dead.index()]));
            }
        }
        let operations = self.flops.as_ref().map_or(u64::MAX, |flops| size(flops, sizes));
        let dims = |node: &Node| node.ty.dims().map(|dim| size(dim, sizes)).collect();
        let largest = largest.1.map_or_else(Default::default, |node| (node.ty.to_string(), dims(node)));
        Estimate { fixed_bytes, peak_bytes, operations, largest }
    }
}

impl Estimate {
    /// What `graph` takes where every size that the inputs decide is `length`.
    #[must_use]
    pub fn of(graph: &Graph, precision: Precision, length: i64) -> Estimate {
        let plan = Plan::new(graph);
        let results = graph.outputs.iter().filter(|output| !output.trace);
        let needed = graph.needed_by(results.flat_map(|output| output.nodes()));
        Costs::of(graph).at((graph, &plan, &needed), precision, &|_| Some(length))
    }

    /// Refuses what cannot be done within the budget.
    ///
    /// # Errors
    /// `limit_exceeded`: what it would take, and what is allowed.
    pub fn within(&self, budget: &Budget) -> Result<(), ExecError> {
        let Budget { memory_bytes, cpu_seconds } = *budget;
        let wanted = self.fixed_bytes.saturating_add(self.peak_bytes);
        if wanted > memory_bytes {
            let largest = &self.largest.0;
            let most = memory_bytes;
            let wants = format!("a run would take at least {wanted} bytes of memory, and {most} bytes are allowed");
            return Err(ExecError::of(fault::LIMIT_EXCEEDED, format!("{wants}; its largest value is `{largest}`")));
        }
        if self.operations > cpu_seconds.saturating_mul(OPERATIONS_A_SECOND) {
            let seconds = self.operations.div_ceil(OPERATIONS_A_SECOND);
            return Err(ExecError::of(
                fault::LIMIT_EXCEEDED,
                format!(
                    "a run would take at least {seconds} seconds of CPU time, and {cpu_seconds} seconds are allowed"
                ),
            ));
        }
        Ok(())
    }
}

/// The bytes that a node's value takes of its own.
fn bytes_of(node: &Node, precision: Precision, sizes: &dyn Fn(&str) -> Option<i64>) -> u64 {
    use Primitive as P;
    // Views, and constants that stay numbers.
    let shared = |primitive: Primitive| matches!(primitive, P::Rearrange | P::Slice | P::Expand | P::Constant);
    if matches!(&node.kind, NodeKind::Primitive(primitive, _) if shared(*primitive)) {
        return 0;
    }
    let width = match node.ty.class {
        Class::Float => precision.float_bytes() as u64,
        Class::Int => 8,
        Class::Bool => 1,
    };
    node.ty.dims().fold(width, |bytes, dim| bytes.saturating_mul(size(dim, sizes)))
}

/// A size in this run; nothing where it has none, everything where it leaves 64 bits.
fn size(dim: &Dim, sizes: &dyn Fn(&str) -> Option<i64>) -> u64 {
    dim.evaluate(sizes).map_or(u64::MAX, |size| u64::try_from(size).unwrap_or(0))
}
