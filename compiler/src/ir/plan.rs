//! The certification plan: a DAG of steps, from opening the submission to deciding each clause.
//!
//! Meaning: a node may run when all that it depends on has run. Its key is a SHA-256 over its kind, its inputs and the
//! keys of its dependencies, so two runs with equal keys give equal results: that is resume, caching and
//! recomputation. Before a submission and data are known, placeholder words stand for their digests; [`Plan::rekey`]
//! puts the digests in. Promise: nodes are in an order in which every dependency comes first, which
//! [`Plan::validate`] checks, so the graph has no circle.

use super::text::quoted;
use crate::standard::MeasurementId;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fmt::{self, Write};

/// Index into [`Plan::nodes`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct NodeId(pub u32);

/// What a step does.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum NodeKind {
    /// Opens the submission: its files and their digests.
    Open,
    /// Binds the config of a model and checks its constraints.
    Config {
        /// Model by name.
        model: String,
    },
    /// Reads the headers of the model's weights.
    Header {
        /// Model by name.
        model: String,
    },
    /// Reads the weights' values.
    Weights {
        /// Model by name.
        model: String,
    },
    /// Builds the tensor graph.
    Graph {
        /// Model by name.
        model: String,
    },
    /// Reads a split.
    Scan {
        /// Dataset by name.
        dataset: String,
        /// Split by name.
        split: String,
    },
    /// Runs a model over a split.
    Predict {
        /// Model by name.
        model: String,
        /// Dataset by name.
        dataset: String,
        /// Split by name.
        split: String,
    },
    /// Takes a measurement.
    Measure {
        /// Which one.
        measurement: MeasurementId,
        /// As a reader would write it.
        display: String,
    },
    /// Decides a clause.
    Clause {
        /// Its id.
        id: String,
    },
}

impl NodeKind {
    /// The word of the kind, part of the key.
    pub fn word(&self) -> &'static str {
        match self {
            NodeKind::Open => "open",
            NodeKind::Config { .. } => "config",
            NodeKind::Header { .. } => "header",
            NodeKind::Weights { .. } => "weights",
            NodeKind::Graph { .. } => "graph",
            NodeKind::Scan { .. } => "scan",
            NodeKind::Predict { .. } => "predict",
            NodeKind::Measure { .. } => "measure",
            NodeKind::Clause { .. } => "clause",
        }
    }
}

impl fmt::Display for NodeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = self.word();
        match self {
            NodeKind::Open => f.write_str("open submission"),
            NodeKind::Config { model } => write!(f, "bind config({model})"),
            NodeKind::Header { model } | NodeKind::Weights { model } | NodeKind::Graph { model } => {
                write!(f, "{word}({model})")
            }
            NodeKind::Scan { dataset, split } => write!(f, "{word}({dataset}.{split})"),
            NodeKind::Predict { model, dataset, split } => write!(f, "{word}({model}, {dataset}.{split})"),
            NodeKind::Measure { display, .. } => write!(f, "{word} {display}"),
            NodeKind::Clause { id } => write!(f, "{word} {id}"),
        }
    }
}

/// A step.
#[derive(Clone, PartialEq, Debug)]
pub struct Node {
    /// What it does.
    pub kind: NodeKind,
    /// What must have run before; each index is smaller than the node's own.
    pub depends: Vec<NodeId>,
    /// All else that its result depends on, in a canonical text.
    pub inputs: String,
    /// SHA-256 in hex over kind, inputs and the keys of the dependencies.
    pub key: String,
}

/// The plan.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Plan {
    nodes: Vec<Node>,
    known: HashMap<NodeKind, NodeId>,
}

/// Why a plan is not valid.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PlanError {
    /// A node depends on itself or on a later one.
    Order(NodeId),
    /// A node's key is not the digest of what it depends on.
    Key(NodeId),
    /// Two nodes do the same.
    Repeated(NodeId),
}

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PlanError::Order(id) => write!(f, "step {} depends on a step that does not come before it", id.0),
            PlanError::Key(id) => write!(f, "the key of step {} is not that of its inputs", id.0),
            PlanError::Repeated(id) => write!(f, "step {} does what an earlier step does", id.0),
        }
    }
}

impl std::error::Error for PlanError {}

impl Plan {
    /// The steps, dependencies first.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The step that does this.
    pub fn find(&self, kind: &NodeKind) -> Option<NodeId> {
        self.known.get(kind).copied()
    }

    /// Adds a step, or finds the one that does the same.
    pub fn add(&mut self, kind: NodeKind, inputs: String, depends: Vec<NodeId>) -> NodeId {
        if let Some(known) = self.find(&kind) {
            return known;
        }
        let key = key(&kind, &inputs, depends.iter().map(|id| self.key_of(*id)));
        let id = NodeId(self.nodes.len() as u32);
        self.known.insert(kind.clone(), id);
        self.nodes.push(Node { kind, depends, inputs, key });
        id
    }

    fn key_of(&self, id: NodeId) -> &str {
        self.nodes.get(id.0 as usize).map_or("", |node| node.key.as_str())
    }

    /// The same plan for a submission with root digest `submission` and the data whose digests `data` gives by dataset
    /// and split; `None` keeps the placeholder.
    pub fn rekey(&self, submission: &str, data: &dyn Fn(&str, &str) -> Option<String>) -> Plan {
        let mut plan = Plan::default();
        for node in &self.nodes {
            let digest = match &node.kind {
                NodeKind::Open => Some(submission.to_owned()),
                NodeKind::Scan { dataset, split } => data(dataset, split),
                _ => None,
            };
            let inputs = digest.map_or_else(|| node.inputs.clone(), |digest| format!("{}\n{digest}", node.inputs));
            plan.add(node.kind.clone(), inputs, node.depends.clone());
        }
        plan
    }

    /// Checks the promise in the head of this file.
    pub fn validate(&self) -> Result<(), PlanError> {
        for (index, node) in self.nodes.iter().enumerate() {
            let id = NodeId(index as u32);
            if node.depends.iter().any(|&before| before >= id) {
                return Err(PlanError::Order(id));
            }
            if node.key != key(&node.kind, &node.inputs, node.depends.iter().map(|id| self.key_of(*id))) {
                return Err(PlanError::Key(id));
            }
            if self.find(&node.kind) != Some(id) {
                return Err(PlanError::Repeated(id));
            }
        }
        Ok(())
    }

    /// The plan as statements of DOT, whose nodes begin with `prefix`.
    pub fn to_dot(&self, prefix: &str) -> String {
        let mut out = String::new();
        for (index, node) in self.nodes.iter().enumerate() {
            // Writing into a String cannot fail.
            let _ = writeln!(out, "{prefix}n{index} [label=\"{}\"];", quoted(&node.kind.to_string()));
            for before in &node.depends {
                let _ = writeln!(out, "{prefix}n{} -> {prefix}n{index};", before.0);
            }
        }
        out
    }
}

/// One line a step: number, first digits of the key, what it does, on what it depends.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, node) in self.nodes.iter().enumerate() {
            let short = node.key.get(..8).unwrap_or(&node.key);
            write!(f, "{index:>3} {short} {}", node.kind)?;
            for (position, before) in node.depends.iter().enumerate() {
                write!(f, "{} {}", if position == 0 { " ←" } else { "," }, before.0)?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

/// Each part is framed by its length, so that no two lists of parts give the same bytes.
fn key<'k>(kind: &NodeKind, inputs: &'k str, depends: impl Iterator<Item = &'k str>) -> String {
    let mut hasher = Sha256::new();
    let mut frame = |part: &str| {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    };
    frame(kind.word());
    frame(&kind.to_string());
    frame(inputs);
    depends.for_each(frame);
    hex::encode(hasher.finalize())
}
