//! The relational plan of a measurement over data: what is read, predicted and aggregated, as plain data.
//!
//! Meaning: a plan is a tree whose leaves scan one split each; rows flow upwards. `Predict` adds one column and keeps
//! the rows and their order. `Aggregate` is the root and gives the measurement's values from all rows; its state is
//! mergeable, so that the same plan runs embedded or on a cluster. Nothing here executes.

use super::text::quoted;
use std::fmt;
use std::fmt::Write as _;

/// A relation.
#[derive(Clone, PartialEq, Debug)]
pub enum Rel {
    /// The rows of one split.
    Scan {
        /// Dataset by name.
        dataset: String,
        /// Split by name.
        split: String,
        /// Columns read, in the dataset's order.
        columns: Vec<String>,
    },
    /// The rows of several relations with the same columns, with the name of the split as column `split`.
    Union {
        /// The relations.
        inputs: Vec<Rel>,
    },
    /// The rows with one more column: what the model gives for `column`.
    Predict {
        /// The rows.
        input: Box<Rel>,
        /// Model by name.
        model: String,
        /// The column that the model reads.
        column: String,
        /// The new column.
        name: String,
    },
    /// All rows to the values of a measure.
    Aggregate {
        /// The rows.
        input: Box<Rel>,
        /// Measure id.
        function: String,
        /// The columns it reads.
        columns: Vec<String>,
        /// Further arguments as written: (parameter, value).
        arguments: Vec<(String, String)>,
    },
}

impl Rel {
    /// The plan as statements of DOT, whose nodes begin with `prefix`: rows flow along the arrows.
    pub fn to_dot(&self, prefix: &str) -> String {
        let mut out = String::new();
        self.node(prefix, &mut 0, &mut out);
        out
    }

    /// Writes this step and those below it; gives its number.
    fn node(&self, prefix: &str, next: &mut usize, out: &mut String) -> usize {
        let inputs: Vec<usize> = match self {
            Rel::Scan { .. } => Vec::new(),
            Rel::Union { inputs } => inputs.iter().map(|input| input.node(prefix, next, out)).collect(),
            Rel::Predict { input, .. } | Rel::Aggregate { input, .. } => vec![input.node(prefix, next, out)],
        };
        let own = *next;
        *next += 1;
        // Writing into a String cannot fail.
        let _ = writeln!(out, "{prefix}n{own} [label=\"{}\"];", quoted(&self.step()));
        for input in inputs {
            let _ = writeln!(out, "{prefix}n{input} -> {prefix}n{own};");
        }
        own
    }

    /// This step alone.
    fn step(&self) -> String {
        match self {
            Rel::Scan { dataset, split, columns } => format!("scan {dataset}.{split} [{}]", columns.join(", ")),
            Rel::Union { .. } => "union".to_owned(),
            Rel::Predict { model, column, name, .. } => format!("predict {model}({column}) as {name}"),
            Rel::Aggregate { function, columns, arguments, .. } => {
                let named = arguments.iter().map(|(name, value)| format!("{name}: {value}"));
                let all: Vec<String> = columns.iter().cloned().chain(named).collect();
                format!("aggregate {function}({})", all.join(", "))
            }
        }
    }

    fn lines(&self, depth: usize, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let indent = "  ".repeat(depth);
        match self {
            Rel::Scan { .. } => return writeln!(out, "{indent}{}", self.step()),
            Rel::Union { inputs } => inputs.iter().try_for_each(|input| input.lines(depth + 1, out))?,
            Rel::Predict { input, .. } | Rel::Aggregate { input, .. } => input.lines(depth, out)?,
        }
        writeln!(out, "{indent}→ {}", self.step())
    }
}

/// One line a step, from the scan down to the aggregate.
impl fmt::Display for Rel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lines(0, f)
    }
}
