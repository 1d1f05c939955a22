//! A model of rows of numbers: classes by its logits, or one number.

use super::{computed, output_of, reads, width_of};
use crate::dataset::predict::{Answers, Replies};
use crate::exec::{Executable, Inputs};
use crate::prepare::{Material, prepare};
use crate::value::{Array, ExecError};
use lmstd_compiler::standard::{ColumnType, FieldSpec, Step};
use std::fmt;

/// How a column becomes numbers.
#[derive(Clone, Debug)]
pub struct Column {
    name: String,
    ty: ColumnType,
    steps: Vec<Step>,
}

impl Column {
    /// The column of a declared field, after its preparation.
    pub fn of(field: &FieldSpec, steps: &[Step]) -> Column {
        Column { name: field.name.clone(), ty: field.ty.clone(), steps: steps.to_vec() }
    }

    /// How many numbers it gives.
    fn width(&self) -> usize {
        match &self.ty {
            ColumnType::Class(labels) => labels.len(),
            _ => 1,
        }
    }

    /// Appends the numbers of a cell.
    fn push(&self, cell: &str, out: &mut Vec<f64>) -> Result<(), String> {
        let wrong = || format!("the column `{}` holds what is no value of it", self.name);
        match &self.ty {
            ColumnType::Class(labels) => {
                let place = labels.iter().position(|(_, written)| written == cell).ok_or_else(wrong)?;
                out.extend((0..labels.len()).map(|label| f64::from(u8::from(label == place))));
            }
            ColumnType::Bool => match cell {
                "true" | "True" | "TRUE" | "1" => out.push(1.0),
                "false" | "False" | "FALSE" | "0" => out.push(0.0),
                _ => return Err(wrong()),
            },
            _ => {
                let number: f64 = cell.trim().parse().ok().filter(|n: &f64| n.is_finite()).ok_or_else(wrong)?;
                match prepare(&self.steps, Material::Number(number))? {
                    Material::Number(number) => out.push(number),
                    _ => return Err(wrong()),
                }
            }
        }
        Ok(())
    }
}

/// A program that reads `features: float[batch, n]`.
pub struct TableModel {
    executable: Executable,
    columns: Vec<Column>,
    output: String,
    labels: Option<usize>,
    digest: String,
}

impl fmt::Debug for TableModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TableModel({})", self.digest)
    }
}

impl TableModel {
    /// Puts a program and columns together; `classifies` where the answer is a class.
    ///
    /// # Errors
    /// Where the program reads no features, or has another number of them than the columns give.
    pub fn new(
        executable: Executable,
        columns: Vec<Column>,
        classifies: bool,
        digest: String,
    ) -> Result<TableModel, ExecError> {
        let graph = executable.graph();
        if !reads(graph, "features") {
            return Err(ExecError::new("the architecture reads no `features`"));
        }
        let output = output_of(graph, if classifies { "logits" } else { "prediction" })?;
        let wanted = graph.inputs().find(|(name, _, _)| *name == "features").and_then(|(_, _, node)| {
            node.ty.dims().last().and_then(|width| width.as_constant()).and_then(|width| usize::try_from(width).ok())
        });
        let given: usize = columns.iter().map(Column::width).sum();
        if wanted.is_some_and(|wanted| wanted != given) {
            let message =
                format!("the columns give {given} numbers a row, and the model reads {}", wanted.unwrap_or(0));
            return Err(ExecError::new(message));
        }
        let labels = if classifies { Some(width_of(graph, &output)?) } else { None };
        Ok(TableModel { executable, columns, output, labels, digest })
    }
}

impl Answers for TableModel {
    fn digest(&self) -> &str {
        &self.digest
    }

    fn labels(&self) -> Option<usize> {
        self.labels
    }

    fn answer(&self, rows: &[Vec<&str>]) -> Result<Replies, String> {
        let mut data = Vec::new();
        for row in rows {
            for (column, cell) in self.columns.iter().zip(row) {
                column.push(cell, &mut data)?;
            }
        }
        let width = data.len() / rows.len().max(1);
        let inputs = Inputs::from([("features".to_owned(), Array { shape: vec![rows.len(), width], data })]);
        let answer = computed(&self.executable, &inputs, &self.output).map_err(|error| error.message)?;
        Ok(match self.labels {
            Some(labels) => Replies::Logits(answer.data.chunks(labels.max(1)).map(<[f64]>::to_vec).collect()),
            None if answer.data.iter().any(|number| !number.is_finite()) => {
                return Err("the model's output is not a finite number".to_owned());
            }
            None => Replies::Cells(answer.data.iter().map(f64::to_string).collect()),
        })
    }
}
