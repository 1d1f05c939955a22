//! Inputs for property checks: random but legal, from a seed that nobody can choose.

use super::Session;
use lmstd_compiler::ir::graph::{Graph, NodeKind};
use lmstd_compiler::ty::dtype::Class;
use lmstd_runtime::exec::Inputs;
use lmstd_runtime::value::Array;
use sha2::{Digest, Sha256};

/// Length of every axis that the caller decides, besides the batch.
const LENGTH: usize = 16;
/// Ids are drawn below this where the program states no range.
const DEFAULT_RANGE: i64 = 2;

impl Session<'_> {
    /// Legal inputs for a program: `rows` examples, ids uniform in their range, everything else at its default.
    pub fn probe(&self, graph: &Graph, rows: usize) -> Inputs {
        let mut random = Stream { seed: self.seed("probe"), counter: 0 };
        let mut inputs = Inputs::new();
        for (name, _, node) in graph.inputs() {
            let NodeKind::Input { range, default, .. } = &node.kind else { continue };
            let size = |index: usize| match node.ty.axes[index].dim.as_constant() {
                Some(size) => usize::try_from(size).unwrap_or(1).max(1),
                None if index == 0 => rows,
                None => LENGTH,
            };
            let shape: Vec<usize> = (0..node.ty.axes.len()).map(size).collect();
            let count = shape.iter().product();
            let data = match (node.ty.class, default) {
                (_, Some(value)) => vec![*value; count],
                (Class::Bool, None) => vec![1.0; count],
                (Class::Int, None) => {
                    let (low, high) = range.unwrap_or((0, DEFAULT_RANGE));
                    (0..count).map(|_| (low + random.below(high - low)) as f64).collect()
                }
                (Class::Float, None) => (0..count).map(|_| random.below(2001) as f64 / 1000.0 - 1.0).collect(),
            };
            inputs.insert(name.into(), Array { shape, data });
        }
        inputs
    }
}

/// SHA-256 in counter mode: slow, and exactly reproducible by anybody.
struct Stream {
    seed: [u8; 32],
    counter: u64,
}

impl Stream {
    /// A number in `0..bound`; the bias of the remainder is below 2^-40 for every range that fits a vocabulary.
    fn below(&mut self, bound: i64) -> i64 {
        let mut hash = Sha256::new();
        hash.update(self.seed);
        hash.update(self.counter.to_le_bytes());
        self.counter += 1;
        let digest = hash.finalize();
        let mut word = [0u8; 8];
        word.copy_from_slice(&digest[..8]);
        (u64::from_le_bytes(word) % bound.max(1).unsigned_abs()) as i64
    }
}
