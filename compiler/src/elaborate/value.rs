//! What an expression of a tensor program is while it is elaborated: a tensor, or a value known at compile time.

use crate::ir::build::Tensor;
use crate::ir::graph::Static;
use crate::ty::dim::Dim;
use crate::typeck::config::Type;

/// A value. `None` inside means: known once a config is bound.
#[derive(Clone, Debug)]
pub enum Value {
    /// A tensor.
    Tensor(Tensor),
    /// A whole number, possibly symbolic.
    Int(Dim),
    /// A real number.
    Real(Option<f64>),
    /// A truth value.
    Bool(Option<bool>),
    /// A text.
    Text(Option<String>),
    /// A list.
    List(List),
    /// An axis, counted from the front.
    Axis(usize),
    /// Several values; in a record each has a name.
    Tuple(Vec<(Option<String>, Value)>),
    /// A block, an operation or a local function: its place in the elaborator's table.
    Function(usize),
    /// An optional config field that the config does not give.
    Absent,
    /// An optional config field while the config is unknown: its value where it is given.
    Maybe(Box<Value>),
    /// Something whose fault has been reported; it must not be reported again.
    Poison,
}

/// A list known once a config is bound.
#[derive(Clone, Debug)]
pub struct List {
    /// What it is called; its elements' sizes are symbols made of this while the config is unknown.
    pub name: String,
    /// What each element is.
    pub element: Type,
    /// Its elements; none while the config is unknown.
    pub values: Option<Vec<Value>>,
}

impl List {
    /// The element of an index; none where there is no such element.
    pub fn item(&self, index: &Dim) -> Option<Value> {
        match (&self.values, index.as_constant()) {
            (Some(values), Some(at)) => values.get(usize::try_from(at).ok()?).cloned(),
            _ => Some(match self.element {
                Type::Real => Value::Real(None),
                Type::Bool => Value::Bool(None),
                Type::Text => Value::Text(None),
                _ => Value::Int(Dim::symbol(&format!("{}[{index}]", self.name))),
            }),
        }
    }

    /// The number of elements.
    pub fn count(&self) -> Dim {
        match &self.values {
            Some(values) => Dim::from(i64::try_from(values.len()).unwrap_or(i64::MAX)),
            None => Dim::symbol(&format!("count({})", self.name)),
        }
    }
}

/// A fault has been pushed to the sink; callers only pass it on.
#[derive(Debug)]
pub struct Reported;

impl Value {
    /// The words for people.
    pub fn describe(&self) -> String {
        match self {
            Value::Tensor(tensor) => format!("`{}`", tensor.ty),
            Value::Int(dim) => format!("the int `{dim}`"),
            Value::Real(Some(value)) => format!("the real {value:?}"),
            Value::Real(None) => "a real".into(),
            Value::Bool(_) => "a bool".into(),
            Value::Text(Some(text)) => format!("the text \"{text}\""),
            Value::Text(None) => "a text".into(),
            Value::List(list) => match list.element {
                Type::Real => "a list of reals".into(),
                Type::Bool => "a list of bools".into(),
                Type::Text => "a list of texts".into(),
                _ => "a list of ints".into(),
            },
            Value::Axis(axis) => format!("axis {axis}"),
            Value::Tuple(parts) => {
                let part = |(name, value): &(Option<String>, Value)| match name {
                    Some(name) => format!("{name}: {}", value.describe()),
                    None => value.describe(),
                };
                format!("({})", parts.iter().map(part).collect::<Vec<_>>().join(", "))
            }
            Value::Function(_) => "a block".into(),
            Value::Absent => "a field that the config does not give".into(),
            Value::Maybe(value) => format!("{}, if the config gives it", value.describe()),
            Value::Poison => "nothing".into(),
        }
    }

    /// As a real number, if it is one: the outer `None` means it is not a number.
    pub fn as_real(&self) -> Option<Option<f64>> {
        match self {
            Value::Real(value) => Some(*value),
            Value::Int(dim) => Some(dim.as_constant().map(|value| value as f64)),
            _ => None,
        }
    }

    /// As an argument of a composite call; tensors are operands, not arguments.
    pub fn as_static(&self) -> Option<Static> {
        Some(match self {
            Value::Int(dim) => Static::Dim(dim.clone()),
            Value::Real(value) => Static::Real(*value),
            Value::Bool(value) => Static::Bool(*value),
            Value::Text(value) => Static::Text(value.clone()),
            Value::Axis(axis) => Static::Axis(*axis),
            Value::Tensor(_)
            | Value::List(_)
            | Value::Tuple(_)
            | Value::Function(_)
            | Value::Absent
            | Value::Maybe(_)
            | Value::Poison => return None,
        })
    }
}

/// Whether two values have the same type: the same kinds, and tensors of the same class and sizes.
pub fn same_type(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Tensor(a), Value::Tensor(b)) => a.ty.fits(&b.ty),
        (Value::Tuple(a), Value::Tuple(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|((m, a), (n, b))| m == n && same_type(a, b))
        }
        (a, b) => std::mem::discriminant(a) == std::mem::discriminant(b),
    }
}

/// Whether a fault inside the value has been reported.
pub fn is_poisoned(value: &Value) -> bool {
    match value {
        Value::Poison => true,
        Value::Tuple(parts) => parts.iter().any(|(_, part)| is_poisoned(part)),
        _ => false,
    }
}

/// Names in scope, innermost last.
#[derive(Default, Clone, Debug)]
pub struct Environment {
    names: Vec<(String, Value)>,
}

impl Environment {
    /// The innermost value of a name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.names.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// Adds a name, hiding an outer one.
    pub fn bind(&mut self, name: &str, value: Value) {
        self.names.push((name.into(), value));
    }

    /// All names, for "did you mean".
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(|(name, _)| name.as_str())
    }

    /// A mark to come back to.
    pub fn mark(&self) -> usize {
        self.names.len()
    }

    /// Forgets what was bound since the mark.
    pub fn reset(&mut self, mark: usize) {
        self.names.truncate(mark);
    }
}
