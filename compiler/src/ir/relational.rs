//! The relational plan of a measurement over data: what is read, predicted and aggregated, as plain data.
//!
//! Meaning: a plan is a tree whose leaves scan one split each; rows flow upwards. `Predict` adds one column and keeps
//! the rows and their order. `Aggregate` is the root and gives the measurement's values from all rows; its state is
//! mergeable, so that the same plan runs embedded or on a cluster. Nothing here executes.

use std::fmt;

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
    fn lines(&self, depth: usize, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let indent = "  ".repeat(depth);
        match self {
            Rel::Scan { dataset, split, columns } => {
                writeln!(out, "{indent}scan {dataset}.{split} [{}]", columns.join(", "))
            }
            Rel::Union { inputs } => {
                inputs.iter().try_for_each(|input| input.lines(depth + 1, out))?;
                writeln!(out, "{indent}→ union")
            }
            Rel::Predict { input, model, column, name } => {
                input.lines(depth, out)?;
                writeln!(out, "{indent}→ predict {model}({column}) as {name}")
            }
            Rel::Aggregate { input, function, columns, arguments } => {
                input.lines(depth, out)?;
                write!(out, "{indent}→ aggregate {function}({}", columns.join(", "))?;
                arguments.iter().try_for_each(|(name, value)| write!(out, ", {name}: {value}"))?;
                writeln!(out, ")")
            }
        }
    }
}

/// One line a step, from the scan down to the aggregate.
impl fmt::Display for Rel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lines(0, f)
    }
}
