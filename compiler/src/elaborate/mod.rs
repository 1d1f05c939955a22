//! From an architecture's text to a typed tensor graph.
//!
//! One elaborator serves both type checking and lowering. With a config bound, loops unroll, `if` chooses, and the
//! result is the graph of one model. Without a config, fields are symbols: a loop body is elaborated once for a
//! symbolic index and must keep its state's type, both branches of an `if` are elaborated and must agree, and each
//! block is checked alone against its declared type. So the same type rules decide both, and what type-checks without
//! a config can only fail with one where a size, range or divisibility of that config fails.
//!
//! Rejected, for example: `linear(x, hidden) + linear(x, hidden + 1)` (two sizes that are not equal for every
//! config), and `rearrange(x[b s (h d)] -> b h s d, h = heads)` where nothing says that `heads` divides the axis.
//!
//! A fault poisons the name it would have bound, not the rest of the program: one run reports several.

mod axes;
mod bind;
mod block;
mod call;
mod expr;
pub mod fields;
mod function;
mod number;
mod pattern;
pub mod value;

use crate::config::Config;
use crate::diag::{Diagnostic, Label, Sink, code};
use crate::ir::build::{Builder, Origin, Tensor};
use crate::ir::graph::{Composite, Graph, Node};
use crate::op::row::{FaultKind, TypeFault};
use crate::stored;
use crate::ty::dim::Dim;
use crate::ty::facts::Facts;
use crate::ty::shape::{Axis, TensorType};
use lmstd_grammar::ast::{Architecture, Function};
use lmstd_grammar::span::Span;
use std::collections::HashMap;
use std::sync::Arc;
use value::{Environment, Reported, Value};

/// The most steps of one loop.
const MAX_STEPS: i64 = 10_000;
/// How deep blocks and operations may call each other.
const MAX_CALLS: usize = 32;
/// The most expressions one program may evaluate, loops and calls unrolled: it bounds time and size together.
const MAX_WORK: usize = 1_000_000;

type Outcome<T> = Result<T, Reported>;

/// Where composite operations come from: name to definition.
pub type Ops<'a> = &'a dyn Fn(&str) -> Option<&'a Function>;

/// What the blocks of one architecture may name: each other, and the config fields.
type Names<'a> = (HashMap<&'a str, &'a Function>, Environment);

/// One graph under construction: the architecture's own, or the body of a composite call.
struct Frame {
    builder: Builder,
    /// Operands of the call this frame is the body of, in the enclosing frame.
    operands: Vec<crate::arena::Handle<Node>>,
    /// Weights that came in from the enclosing frame: full name to input node.
    lifted: HashMap<String, Tensor>,
}

struct Elaborator<'a, 's> {
    frames: Vec<Frame>,
    facts: Arc<Facts>,
    ops: Ops<'a>,
    blocks: HashMap<&'a str, &'a Function>,
    /// The config fields, which every block sees.
    fields: Environment,
    /// Whether a config is bound.
    bound: bool,
    scope: Vec<String>,
    /// Names of the open calls, outermost first, and where each is made.
    calls: Vec<(String, Span)>,
    /// What a value can be called by.
    functions: Vec<function::Callable<'a>>,
    /// Expressions evaluated so far.
    work: usize,
    /// The type of every expression, where somebody wants to know.
    types: Option<Vec<(Span, String)>>,
    sink: &'s mut Sink,
}

/// Type-checks an architecture for every config: each block alone, then `forward`. Gives the symbolic graph, in which
/// a loop stands for one step, unless an error was reported.
pub fn check_architecture<'a>(architecture: &'a Architecture, ops: Ops<'a>, sink: &mut Sink) -> Option<Graph> {
    check_with_types(architecture, ops, sink, None)
}

/// [`check_architecture`], which also records the type of every expression by its place.
pub fn check_with_types<'a>(
    architecture: &'a Architecture,
    ops: Ops<'a>,
    sink: &mut Sink,
    mut types: Option<&mut Vec<(Span, String)>>,
) -> Option<Graph> {
    let facts = Arc::new(fields::facts(architecture));
    let fields = fields::symbolic(architecture, sink);
    let mut blocks = HashMap::new();
    for block in &architecture.blocks {
        if blocks.insert(block.name.as_str(), block).is_some() {
            sink.push(Diagnostic::error(
                &code::DUPLICATE_NAME,
                block.name.span,
                format!("block `{}` is defined twice", block.name.value),
            ));
        }
    }
    let before = sink.has_errors();
    stored::check(architecture, sink);
    for block in &architecture.blocks {
        let mut elaborator = Elaborator::new(facts.clone(), ops, (blocks.clone(), fields.clone()), false, sink);
        elaborator.types = types.as_ref().map(|_| Vec::new());
        // A fault is in the sink; the next block is checked all the same.
        let _ = elaborator.check_function(block);
        let found = elaborator.types.take();
        types.iter_mut().for_each(|types| types.extend(found.iter().flatten().cloned()));
    }
    let mut elaborator = Elaborator::new(facts, ops, (blocks, fields), false, sink);
    elaborator.types = types.as_ref().map(|_| Vec::new());
    let graph = elaborator.forward(architecture).ok();
    let found = elaborator.types.take();
    types.iter_mut().for_each(|types| types.extend(found.iter().flatten().cloned()));
    if sink.has_errors() && !before { None } else { graph }
}

/// Type-checks a composite operation alone.
pub fn check_op<'a>(op: &'a Function, ops: Ops<'a>, sink: &mut Sink) {
    let mut elaborator = Elaborator::new(Arc::default(), ops, (HashMap::new(), Environment::default()), false, sink);
    // A fault is in the sink.
    let _ = elaborator.check_function(op);
}

/// The graph of an architecture under a config. Faults that only this config shows go to the sink.
pub fn instantiate<'a>(
    architecture: &'a Architecture,
    ops: Ops<'a>,
    config: &Config,
    sink: &mut Sink,
) -> Option<Graph> {
    let blocks = architecture.blocks.iter().map(|block| (block.name.as_str(), block)).collect();
    let mut fields = Environment::default();
    for (name, value) in config.fields() {
        let value = fields::value_of(name, value);
        fields.bind(name, value);
    }
    for field in architecture.config.iter().filter(|field| field.optional && config.get(field.name.as_str()).is_none())
    {
        fields.bind(field.name.as_str(), Value::Absent);
    }
    let mut elaborator = Elaborator::new(Arc::default(), ops, (blocks, fields), true, sink);
    elaborator.forward(architecture).ok()
}

impl<'a, 's> Elaborator<'a, 's> {
    fn new(facts: Arc<Facts>, ops: Ops<'a>, names: Names<'a>, bound: bool, sink: &'s mut Sink) -> Self {
        let (blocks, fields) = names;
        let mut elaborator = Elaborator {
            frames: Vec::new(),
            facts,
            ops,
            blocks,
            fields,
            bound,
            scope: Vec::new(),
            calls: Vec::new(),
            functions: Vec::new(),
            work: 0,
            types: None,
            sink,
        };
        elaborator.open_frame();
        elaborator
    }

    fn open_frame(&mut self) {
        let frame = Frame { builder: Builder::new(self.facts.clone()), operands: Vec::new(), lifted: HashMap::new() };
        self.frames.push(frame);
    }

    fn frame(&mut self) -> &mut Frame {
        self.frames.last_mut().expect("the architecture's own frame is always open")
    }

    fn builder(&mut self) -> &mut Builder {
        &mut self.frame().builder
    }

    fn origin(&self, span: Span) -> Origin {
        Origin { scope: self.scope.join(".").into(), span }
    }

    fn report<T>(&mut self, mut diagnostic: Diagnostic) -> Outcome<T> {
        // A fault inside a library operation is first of all one of the call that led there.
        let own = self.calls.first().map(|(_, span)| span.file());
        if let Some(own) = own.filter(|own| *own != diagnostic.span().file())
            && let Some((_, call)) = self.calls.iter().rev().find(|(_, span)| span.file() == own)
        {
            diagnostic.labels.insert(0, Label { span: *call, text: "in this call".into() });
        }
        self.sink.push(diagnostic);
        Err(Reported)
    }

    /// A refusal of a type rule, with the place of the expression that asked.
    fn fault<T>(&mut self, fault: TypeFault, span: Span) -> Outcome<T> {
        let code = match fault.kind {
            FaultKind::Shape => &code::SHAPE_MISMATCH,
            FaultKind::Class => &code::DTYPE_MISMATCH,
            FaultKind::Axis => &code::UNKNOWN_AXIS,
            FaultKind::Divisibility => &code::NOT_DIVISIBLE,
            FaultKind::Arity => &code::WRONG_ARGUMENT,
        };
        let mut diagnostic = Diagnostic::error(code, span, fault.message);
        diagnostic.help = fault.help;
        if let Some(sides) = &fault.sides {
            diagnostic = self.explained(diagnostic, &sides.0, &sides.1);
        }
        self.report(diagnostic)
    }

    /// Adds where two sizes that should be equal come from, and the equation that fails.
    fn explained(&self, mut diagnostic: Diagnostic, left: &Axis, right: &Axis) -> Diagnostic {
        let mut places = vec![diagnostic.span().place()];
        for axis in [left, right] {
            if let Some(origin) = axis.origin.filter(|origin| !places.contains(&origin.place())) {
                places.push(origin.place());
                diagnostic = diagnostic.label(origin, format!("`{}` comes from here", axis.dim));
            }
        }
        let equation = format!("`{} == {}`", left.dim, right.dim);
        diagnostic.note(match self.bound {
            true => format!("{equation} does not hold with this config"),
            false => format!("{equation} would have to hold for every config and every input"),
        })
    }

    /// The weight `name` in the current frame: a parameter of the architecture, carried into every open call.
    fn weight(&mut self, name: &str, ty: TensorType, span: Span) -> Outcome<Tensor> {
        let origin = self.origin(span);
        let parameter = match self.frames[0].builder.parameter(name, ty.clone(), &origin) {
            Ok(node) => Tensor { node, ty: ty.clone() },
            Err(fault) => return self.fault(fault, span),
        };
        let mut here = parameter;
        for frame in &mut self.frames[1..] {
            if let Some(known) = frame.lifted.get(name) {
                here = Tensor { node: known.node, ty: ty.clone() };
                continue;
            }
            let node = frame.builder.input(name, ty.clone(), None, None, &origin);
            frame.operands.push(here.node);
            here = Tensor { node, ty: ty.clone() };
            frame.lifted.insert(name.into(), here.clone());
        }
        Ok(here)
    }

    /// Closes the innermost call and makes its node in the enclosing frame.
    fn close_frame(&mut self, mut composite: Composite, result: Tensor, origin: &Origin) -> Tensor {
        let mut frame = self.frames.pop().expect("a call's own frame is open");
        frame.builder.output(crate::ir::graph::Output {
            name: "value".into(),
            node: result.node,
            keep: None,
            trace: false,
        });
        composite.body = frame.builder.finish();
        let node = self.builder().call(composite, frame.operands, result.ty.clone(), origin);
        Tensor { node, ty: result.ty }
    }

    /// A size that must be a number once a config is bound and does not depend on inputs.
    fn is_fixed(&self, dim: &Dim) -> bool {
        !self.bound || dim.as_constant().is_some()
    }
}
