//! A checkpoint's tensors held against a program's parameters: which stored tensor is which parameter, and everything
//! that is missing, left over, misshapen or of another type. Reads headers only; `load` reads the bytes of one tensor.

mod finite;
mod relation;
mod rename;

pub use finite::first_non_finite_stored;
pub use relation::{Relation, relate};

use crate::intake::checkpoint::{Checkpoint, read_tensor};
use crate::intake::door::Submission;
use crate::intake::error::printable;
use crate::intake::tensor::{StoredDtype, TensorInfo};
use crate::value::ExecError;
use crate::weights::rename::is_ignored;
use candle_core::{DType, Device, Tensor};
use indexmap::IndexMap;
use lmstd_compiler::config::{self, Config};
use lmstd_compiler::ir::graph::Graph;
use lmstd_compiler::ty::dtype::Class;
use lmstd_grammar::ast::WeightRule;
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

/// One fault of the inventory.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WeightFault {
    /// Stable fault id.
    pub fault: &'static str,
    /// One sentence.
    pub message: String,
    /// The tensor.
    pub at: String,
    /// What the architecture says.
    pub expected: String,
    /// What is stored.
    pub found: String,
    /// How to mend it.
    pub mend: String,
}

/// A stored tensor's name, and the step along one of its axes that is meant.
type Part = (String, Option<(usize, u64)>);

/// Which stored tensor is which parameter.
#[derive(Clone, Debug, Default)]
pub struct Inventory {
    /// Parameter name to stored tensor.
    pub parameters: IndexMap<String, TensorInfo>,
    /// Stored tensors that the architecture says are no parameters.
    pub ignored: Vec<String>,
    /// Parameters that share the storage of another one: (name, the other).
    pub tied: Vec<(String, String)>,
    /// Tensors that are stored twice and must hold the same numbers; [`Inventory::disagreement`] reads them.
    pub copies: Vec<(TensorInfo, TensorInfo)>,
    /// Everything that does not fit, in the order of the program, then of the file.
    pub faults: Vec<WeightFault>,
    /// Parameters that were read, by the name of their tensor and their part of it, so that programs of one model share
    /// them.
    read: RefCell<HashMap<Part, Tensor>>,
}

/// What a checkpoint is held against.
pub struct Expected<'a> {
    /// The program.
    pub graph: &'a Graph,
    /// Its rules on stored names.
    pub rules: &'a [WeightRule],
    /// The config that decides which ties hold.
    pub config: &'a Config,
    /// The element type that the config declares, as PyTorch names it (`float32`).
    pub dtype: Option<&'a str>,
    /// The vocabulary size that the config declares.
    pub vocabulary: Option<u64>,
}

impl Expected<'_> {
    /// The ties that hold under the config: a name, the one whose storage it shares, and whether there is a condition.
    fn active(&self) -> impl Iterator<Item = (&str, &str, bool)> {
        self.rules.iter().filter_map(|rule| match rule {
            WeightRule::Tie { name, to, when, .. } => {
                let holds = when.as_ref().is_none_or(|when| config::holds(when, self.config) == Ok(true));
                holds.then_some((name.as_str(), to.as_str(), when.is_some()))
            }
            _ => None,
        })
    }

    /// What a parameter may share the storage of.
    fn ties(&self, name: &str) -> impl Iterator<Item = &str> {
        self.active().filter(move |(tied, _, _)| *tied == name).map(|(_, to, _)| to)
    }
}

impl Inventory {
    /// Matches every stored tensor with a parameter.
    pub fn new(expected: &Expected, checkpoint: &Checkpoint) -> Inventory {
        let mut inventory = Inventory::default();
        let mut stored: IndexMap<String, TensorInfo> = IndexMap::new();
        for (name, tensor) in &checkpoint.tensors {
            if is_ignored(expected.rules, name) {
                inventory.ignored.push(name.clone());
                continue;
            }
            let programs = rename::programs(expected, tensor).unwrap_or_else(|fault| {
                inventory.faults.push(fault);
                Vec::new()
            });
            for (program, tensor) in programs {
                if let Some(first) = stored.insert(program.clone(), tensor) {
                    inventory.faults.push(WeightFault {
                        fault: "ambiguous_tensor",
                        message: format!("two stored tensors are both `{}`", printable(&program)),
                        at: printable(name),
                        expected: "one tensor for each parameter".into(),
                        found: format!("`{}` and `{}`", printable(&first.name), printable(name)),
                        mend: "keep one of the two".into(),
                    });
                }
            }
        }
        let mut used: HashSet<String> = HashSet::new();
        for (name, _, node) in expected.graph.parameters() {
            let shape: Vec<u64> =
                node.ty.dims().map(|dim| dim.as_constant().map_or(0, |size| size.unsigned_abs())).collect();
            let (tensor, tied) = match stored.get(name) {
                Some(tensor) => (Some(tensor), None),
                None => match expected.ties(name).find_map(|other| Some((stored.get(other)?, other))) {
                    Some((tensor, other)) => (Some(tensor), Some(other)),
                    None => (None, None),
                },
            };
            used.extend([name.to_string()].into_iter().chain(tied.map(Into::into)));
            inventory.tied.extend(tied.map(|other| (name.to_string(), other.to_string())));
            let cut = tensor.filter(|_| checkpoint.graph.is_some()).and_then(|tensor| rows_kept(tensor, &shape));
            inventory.parameter(name, (&shape, node.ty.class), cut.as_ref().or(tensor), expected);
        }
        inventory.copies(expected, &stored, &mut used);
        // What a graph computes with besides is held against the program by running both.
        let is_constant =
            |tensor: &TensorInfo| checkpoint.graph.as_ref().is_some_and(|graph| graph.reads.contains(&tensor.name));
        for (name, tensor) in stored.into_iter().filter(|(name, _)| !used.contains(name)) {
            if is_constant(&tensor) {
                inventory.ignored.push(tensor.name);
                continue;
            }
            inventory.faults.push(WeightFault {
                fault: "unexpected_tensor",
                message: format!("the architecture has no parameter `{}`", printable(&name)),
                at: printable(&tensor.name),
                expected: "nothing".into(),
                found: format!("{} {:?}", tensor.dtype, tensor.shape),
                mend: "remove the tensor, or declare the architecture and sizes that it belongs to".into(),
            });
        }
        inventory
    }

    /// A parameter in its stored type, read once.
    ///
    /// # Errors
    /// Where it is not stored, and those of [`load`].
    pub fn weight(&self, submission: &Submission, name: &str) -> Result<Tensor, ExecError> {
        let tensor = self.parameters.get(name);
        let tensor = tensor.ok_or_else(|| ExecError::new(format!("the parameter `{name}` is not stored")))?;
        let key = (tensor.name.clone(), tensor.relaid.as_ref().and_then(|relaid| relaid.step));
        if let Some(known) = self.read.borrow().get(&key) {
            return Ok(known.clone());
        }
        let read = load(submission, tensor)?;
        self.read.borrow_mut().insert(key, read.clone());
        Ok(read)
    }

    /// Number of parameters, shared storage counted once. `None` where anything does not fit: a count of what happens
    /// to be there is not the count of the program's parameters.
    pub fn elements(&self) -> Option<u64> {
        if !self.faults.is_empty() {
            return None;
        }
        // What is stored twice, though it is one tensor, counts once as well.
        let copied = |tensor: &TensorInfo| {
            let is = |(one, other): &(TensorInfo, TensorInfo)| {
                one.name == tensor.name && self.parameters.values().any(|known| known.name == other.name)
            };
            self.copies.iter().any(is)
        };
        let own = self
            .parameters
            .iter()
            .filter(|(name, tensor)| !self.tied.iter().any(|(tied, _)| tied == *name) && !copied(tensor));
        own.map(|(_, tensor)| tensor.shape.iter().product::<u64>()).try_fold(0, u64::checked_add)
    }

    /// What a tie says to be one tensor and the checkpoint stores twice: where the tie has a condition, or where one of
    /// both is no parameter of the program and so can only be a copy.
    fn copies(&mut self, expected: &Expected, stored: &IndexMap<String, TensorInfo>, used: &mut HashSet<String>) {
        let is_parameter = |name: &str| self.parameters.contains_key(name);
        // A parameter that is not stored under its own name is what it was found as.
        let found = |name: &str| stored.get(name).or_else(|| self.parameters.get(name));
        let mut copies = Vec::new();
        for (name, to, conditional) in expected.active() {
            let (Some(one), Some(other)) = (found(name), found(to)) else { continue };
            if one.name == other.name {
                continue;
            }
            if conditional || !is_parameter(name) || !is_parameter(to) {
                copies.push((one.clone(), other.clone()));
                used.extend([name.to_string(), to.to_string()]);
            }
        }
        self.copies = copies;
    }

    /// The first pair of [`Inventory::copies`] whose numbers differ.
    ///
    /// # Errors
    /// Those of reading a tensor.
    pub fn disagreement(&self, submission: &Submission) -> Result<Option<WeightFault>, ExecError> {
        for (one, other) in &self.copies {
            let read = |tensor| read_tensor(submission, tensor).map_err(ExecError::from);
            let are_alike = one.shape == other.shape && one.dtype == other.dtype && one.added == other.added;
            if !are_alike || read(one)? != read(other)? {
                return Ok(Some(WeightFault {
                    fault: "tied_weights_differ",
                    message: format!(
                        "`{}` and `{}` are one tensor in the architecture, but differ",
                        printable(&one.name),
                        printable(&other.name)
                    ),
                    at: printable(&one.name),
                    expected: format!("the numbers of `{}`", printable(&other.name)),
                    found: "other numbers".into(),
                    mend: "store one of the two, or declare that they are not tied".into(),
                }));
            }
        }
        Ok(None)
    }

    fn parameter(
        &mut self,
        name: &str,
        (shape, class): (&[u64], Class),
        tensor: Option<&TensorInfo>,
        expected: &Expected,
    ) {
        let Some(tensor) = tensor else {
            self.faults.push(WeightFault {
                fault: "missing_tensor",
                message: format!("the parameter `{name}` is not stored"),
                at: name.into(),
                expected: format!("{shape:?}"),
                found: "nothing".into(),
                mend: "save the checkpoint again with this tensor".into(),
            });
            return;
        };
        if tensor.shape != shape {
            self.faults.push(misshapen(tensor, shape, expected.vocabulary));
        }
        if !holds(tensor.dtype, class) {
            self.faults.push(WeightFault {
                fault: "wrong_dtype",
                message: format!(
                    "`{}` is stored as another kind of number than the architecture says",
                    printable(&tensor.name)
                ),
                at: printable(&tensor.name),
                expected: class_words(class).into(),
                found: tensor.dtype.to_string(),
                mend: "save the weight as the number that it is".into(),
            });
        } else if let Some(dtype) = expected.dtype
            && class == Class::Float
            && torch_name(tensor.dtype) != Some(dtype)
        {
            self.faults.push(WeightFault {
                fault: "wrong_dtype",
                message: format!("`{}` is not stored as the config declares", printable(&tensor.name)),
                at: printable(&tensor.name),
                expected: printable(dtype),
                found: tensor.dtype.to_string(),
                mend: "convert the tensor, or declare the type that is stored".into(),
            });
        }
        self.parameters.insert(name.into(), tensor.clone());
    }
}

/// A table of which a graph of a fixed length has kept the first rows.
fn rows_kept(tensor: &TensorInfo, shape: &[u64]) -> Option<TensorInfo> {
    let ([stored, row @ ..], [rows, whole @ ..]) = (&tensor.shape[..], shape) else { return None };
    let is_cut = row == whole && !row.is_empty() && (1..*rows).contains(stored) && is_float(tensor.dtype);
    is_cut.then(|| TensorInfo { shape: shape.to_vec(), rows_absent: rows - stored, ..tensor.clone() })
}

fn misshapen(tensor: &TensorInfo, shape: &[u64], vocabulary: Option<u64>) -> WeightFault {
    let reversed = shape.len() == 2 && tensor.shape.iter().rev().eq(shape.iter());
    let vocabulary_rows =
        shape.first().copied() == vocabulary && vocabulary.is_some() && tensor.shape.get(1..) == shape.get(1..);
    let (fault, message, mend) = match (reversed, vocabulary_rows) {
        (true, _) => ("transposed_weight", "is stored transposed", "store the weight as [out, in]"),
        (_, true) => (
            "vocab_size_mismatch",
            "has another number of rows than the vocabulary",
            "make `vocab_size` and the table agree",
        ),
        _ => (
            "wrong_shape",
            "has another shape than the architecture says",
            "declare the sizes that are stored, or save the right weights",
        ),
    };
    WeightFault {
        fault,
        message: format!("`{}` {message}", printable(&tensor.name)),
        at: printable(&tensor.name),
        expected: format!("{shape:?}"),
        found: format!("{:?}", tensor.shape),
        mend: mend.into(),
    }
}

/// Whether the type stores floating-point numbers.
pub fn is_float(dtype: StoredDtype) -> bool {
    use StoredDtype::{BF16, F8E4M3, F8E5M2, F16, F32, F64};
    matches!(dtype, F64 | F32 | F16 | BF16 | F8E4M3 | F8E5M2)
}

/// Whether a parameter of this class may be stored in the type.
fn holds(dtype: StoredDtype, class: Class) -> bool {
    match class {
        Class::Float => is_float(dtype),
        Class::Int => !is_float(dtype) && dtype != StoredDtype::BOOL,
        Class::Bool => matches!(dtype, StoredDtype::BOOL | StoredDtype::U8),
    }
}

fn class_words(class: Class) -> &'static str {
    match class {
        Class::Float => "a floating-point type",
        Class::Int => "a type of whole numbers",
        Class::Bool => "BOOL",
    }
}

fn torch_name(dtype: StoredDtype) -> Option<&'static str> {
    Some(match dtype {
        StoredDtype::F64 => "float64",
        StoredDtype::F32 => "float32",
        StoredDtype::F16 => "float16",
        StoredDtype::BF16 => "bfloat16",
        _ => return None,
    })
}

/// The type in which the numbers of a stored one are read; none where none of candle's holds them.
fn read_as(dtype: StoredDtype) -> Option<DType> {
    Some(match dtype {
        StoredDtype::F64 => DType::F64,
        StoredDtype::F32 => DType::F32,
        StoredDtype::F16 => DType::F16,
        StoredDtype::BF16 => DType::BF16,
        StoredDtype::I64 => DType::I64,
        StoredDtype::I32 => DType::I32,
        StoredDtype::I16 => DType::I16,
        StoredDtype::U32 => DType::U32,
        StoredDtype::U8 | StoredDtype::BOOL => DType::U8,
        _ => return None,
    })
}

/// Reads one tensor in its stored type; in `f64` where a rule adds to its numbers, since the sums need not fit the stored one.
pub fn load(submission: &Submission, tensor: &TensorInfo) -> Result<Tensor, ExecError> {
    let unread = || ExecError::new(format!("tensors of type {} are not computed with", tensor.dtype));
    let dtype = read_as(tensor.dtype).ok_or_else(unread)?;
    let bytes = read_tensor(submission, tensor)?;
    let shape: Result<Vec<usize>, _> = tensor.shape.iter().map(|&size| usize::try_from(size)).collect();
    let shape = shape.map_err(|_| ExecError::new("a size does not fit this machine"))?;
    let stored = Tensor::from_raw_buffer(&bytes, dtype, &shape, &Device::Cpu)?;
    Ok(if tensor.added == 0 { stored } else { stored.to_dtype(DType::F64)?.affine(1.0, tensor.added as f64)? })
}

/// The flat index of the first element that is not a finite number, if there is one.
pub fn first_non_finite(tensor: &Tensor) -> Result<Option<usize>, ExecError> {
    if !tensor.dtype().is_float() || tensor.elem_count() == 0 {
        return Ok(None);
    }
    let wide = tensor.flatten_all()?.to_dtype(DType::F32)?;
    // x - x is 0 exactly for finite x, and NaN otherwise; only then is the place looked for.
    if wide.sub(&wide)?.sum_all()?.to_scalar::<f32>()? == 0.0 {
        return Ok(None);
    }
    Ok(tensor.flatten_all()?.to_dtype(DType::F64)?.to_vec1::<f64>()?.iter().position(|value| !value.is_finite()))
}

/// Whether every number is 0 or minus infinity: what is added to scores so that some do not count.
pub fn is_mask(tensor: &Tensor) -> Result<bool, ExecError> {
    let numbers = tensor.flatten_all()?.to_dtype(DType::F64)?.to_vec1::<f64>()?;
    Ok(numbers.iter().all(|number| *number == 0.0 || *number == f64::NEG_INFINITY))
}
