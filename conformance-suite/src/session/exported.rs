//! A submission whose weights lie in a graph of their own, in ONNX.
//!
//! Where the weights are those of an architecture, the graph must compute what the architecture does: both are run on inputs
//! that nobody chose, and on the claimed ones. Where they are not, and the standard takes any model, the graph itself is
//! the model: it is run as it is, its reference is itself in `f64`, and what needs the architecture's text is not measured.

use super::model::ModelParts;
use super::{Session, not_computed, refused};
use crate::measure::api::{failure, no_tolerance};
use crate::measure::reading::Failure;
use lmstd_compiler::config::Config;
use lmstd_compiler::ir::graph::{Graph, NodeKind};
use lmstd_compiler::ty::dtype::Class;
use lmstd_runtime::exec::{Executable, Inputs};
use lmstd_runtime::intake::error::printable;
use lmstd_runtime::onnx;
use lmstd_runtime::tolerance::{FAIL_MARGIN, largest_difference};
use lmstd_runtime::value::Precision;
use lmstd_runtime::weights::WeightFault;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

/// What stands in the place of an architecture's name where the graph is the model.
pub const OWN_GRAPH: &str = "onnx";
/// Examples on which graph and architecture are compared.
const ROWS: usize = 2;
/// Lengths that are tried for what neither fixes.
const LENGTHS: [usize; 3] = [16, 8, 64];

/// The graph, ready to run.
pub struct Exported {
    /// Its inputs and outputs.
    pub graph: Rc<Graph>,
    /// Its operators, with how often each comes.
    pub operators: Vec<(String, usize)>,
    program: Arc<onnx::Program>,
}

impl Session<'_> {
    /// The graph that came with the weights, if one did.
    pub fn exported(&self) -> Result<Option<Rc<Exported>>, Failure> {
        self.exported.get_or_init(|| self.open_exported()).clone()
    }

    fn open_exported(&self) -> Result<Option<Rc<Exported>>, Failure> {
        let checkpoint = self.checkpoint()?;
        let Some(own) = &checkpoint.graph else { return Ok(None) };
        let gone = || failure("missing_file", "the graph's file is not there", &own.file, "submit it again");
        let file = self.submission.file(&own.file).ok_or_else(gone)?;
        let model = onnx::open(&self.submission, file).map_err(refused)?;
        let graph = Rc::new(model.typed().map_err(refused)?);
        let operators = model.operators().iter().map(|(name, count)| (name.clone(), *count)).collect();
        let program = model.load(&self.submission, self.setting.budget.memory_bytes).map_err(refused)?;
        Ok(Some(Rc::new(Exported { graph, operators, program: Arc::new(program) })))
    }
}

impl Exported {
    /// The graph as something that runs.
    pub fn executable(&self, session: &Session, precision: Precision) -> Executable {
        let program = Arc::clone(&self.program);
        Executable::foreign(Arc::new(Graph::clone(&self.graph)), precision, program, session.setting.budget)
    }
}

/// The submission's graph as the model, if it has one.
pub(super) fn as_model(session: &Session, name: &str) -> Option<ModelParts> {
    // Why it cannot run, if it cannot, is told by whatever runs it.
    let has_graph = session.checkpoint().is_ok_and(|checkpoint| checkpoint.graph.is_some());
    has_graph.then(|| ModelParts::of(name, OWN_GRAPH.to_owned(), Ok(Config::default())))
}

/// Which input of the program is which of the graph, by name; where each has one left over, these are the same.
fn inputs_of(program: &Graph, own: &Graph) -> Result<Vec<(String, String)>, Failure> {
    let mut pairs = Vec::new();
    let mut left: Vec<&str> = own.inputs().map(|(name, ..)| name).collect();
    let mut open = Vec::new();
    for (name, _, node) in program.inputs() {
        match left.iter().position(|known| *known == name) {
            Some(at) => pairs.push((name.to_owned(), left.remove(at).to_owned())),
            None => {
                let optional = matches!(&node.kind, NodeKind::Input { default: Some(_), .. });
                open.extend((!optional).then_some(name));
            }
        }
    }
    match (open.as_slice(), left.as_slice()) {
        ([], []) => {}
        ([one], [other]) => pairs.push(((*one).to_owned(), (*other).to_owned())),
        _ => return Err(strange("inputs", &left, &program.inputs().map(|(name, ..)| name).collect::<Vec<_>>())),
    }
    Ok(pairs)
}

/// Which output of the program is which of the graph; one alone is the other one alone.
fn outputs_of(program: &Graph, own: &Graph) -> Result<Vec<(String, String)>, Failure> {
    let declared: Vec<&str> = program.outputs.iter().filter(|o| !o.trace).map(|o| o.name.as_str()).collect();
    let given: Vec<&str> = own.outputs.iter().map(|output| output.name.as_str()).collect();
    if let ([one], [other]) = (declared.as_slice(), given.as_slice()) {
        return Ok(vec![((*one).to_owned(), (*other).to_owned())]);
    }
    let all = |name: &&str| program.output(name).is_some();
    if given.iter().all(all) {
        return Ok(given.iter().map(|name| ((*name).to_owned(), (*name).to_owned())).collect());
    }
    Err(strange("outputs", &given, &declared))
}

fn strange(what: &str, found: &[&str], known: &[&str]) -> Failure {
    let message = format!(
        "the graph's {what} are not those of the architecture ({}; {}), so the two cannot be compared",
        printable(&found.join(", ")),
        printable(&known.join(", "))
    );
    failure("graph_not_comparable", message, "", "export the model with inputs and outputs of the architecture's names")
}

/// Sizes that the graph fixes, by the symbol of the program's axis.
fn fixed(program: &Graph, own: &Graph, pairs: &[(String, String)]) -> HashMap<String, usize> {
    let mut sizes = HashMap::new();
    for (ours, theirs) in pairs {
        let node = |graph: &Graph, name: &str| {
            graph.inputs().find(|(known, ..)| *known == name).map(|(_, _, node)| node.ty.clone())
        };
        let (Some(ours), Some(theirs)) = (node(program, ours), node(own, theirs)) else { continue };
        for (dim, extent) in ours.dims().zip(theirs.dims()) {
            if let (Some(symbol), Some(extent)) = (dim.as_symbol(), extent.as_constant()) {
                sizes.insert(symbol.to_owned(), usize::try_from(extent).unwrap_or(0));
            }
        }
    }
    sizes
}

/// The last quarter of every second example is hidden, so that a graph that looks at what the mask hides is seen.
fn hide_some(program: &Graph, inputs: &mut Inputs) {
    for (name, _, node) in program.inputs() {
        let Some(array) = inputs.get_mut(name).filter(|_| node.ty.class == Class::Bool) else { continue };
        let width = array.data.len() / array.shape.first().copied().unwrap_or(1).max(1);
        for row in array.data.chunks_mut(width.max(1)).skip(1).step_by(2) {
            let kept = width - width / 4;
            row[kept..].iter_mut().for_each(|seen| *seen = 0.0);
        }
    }
}

impl ModelParts {
    /// Where the submission's own graph computes something else than the architecture; none where there is no such graph.
    pub(super) fn strays(&self, session: &Session) -> Result<Option<WeightFault>, Failure> {
        let Some(exported) = session.exported()?.filter(|_| self.architecture != OWN_GRAPH) else { return Ok(None) };
        let program = self.program(session)?;
        let (read, given) = (inputs_of(&program, &exported.graph)?, outputs_of(&program, &exported.graph)?);
        let sizes = fixed(&program, &exported.graph, &read);
        let graph = exported.executable(session, Precision::F32);
        let reference = self.unchecked(session, Precision::F64)?;
        let (mut why, mut compared) = (None, 0);
        let (claims, random) = session.trials(&program, &sizes);
        for mut inputs in claims.into_iter().chain(random) {
            inputs.retain(|name, _| read.iter().any(|(ours, _)| ours == name));
            hide_some(&program, &mut inputs);
            let theirs = read.iter().filter_map(|(ours, theirs)| Some((theirs.clone(), inputs.get(ours)?.clone())));
            let found = match graph.run(&theirs.collect(), &|_| true, None) {
                Ok(found) => found,
                Err(error) => {
                    why = why.or(Some(not_computed(error)));
                    continue;
                }
            };
            let wanted = |name: &str| given.iter().any(|(ours, _)| ours == name);
            let truth = match session.truth_at(&reference, &inputs, &wanted, exported.program.roundoff()) {
                Ok(truth) => truth,
                Err(failure) => {
                    why = why.or(Some(failure));
                    continue;
                }
            };
            for (ours, theirs) in &given {
                let (Some(exact), Some(found)) = (truth.outputs.get(ours), found.get(theirs)) else { continue };
                if let Some(fault) = compare(ours, largest_difference(exact, &found.values), truth.bound(ours))? {
                    return Ok(Some(fault));
                }
            }
            compared += 1;
        }
        match why.filter(|_| compared == 0) {
            Some(why) => Err(why),
            None => Ok(None),
        }
    }
}

/// A difference against its bound; what rounding may explain and need not cannot be told.
fn compare(name: &str, difference: Option<f64>, bound: Option<f64>) -> Result<Option<WeightFault>, Failure> {
    let bound = bound.ok_or_else(|| no_tolerance(name))?;
    let found = match difference {
        Some(difference) if difference <= bound => return Ok(None),
        Some(difference) if difference <= bound * FAIL_MARGIN => {
            let message = format!("`{name}` of the graph differs from the architecture by a few roundings");
            return Err(failure("graph_not_comparable", message, name, "export the model again, in f32"));
        }
        Some(difference) => format!("{difference:.2e} away"),
        None => "another shape, or no finite numbers".to_owned(),
    };
    Ok(Some(WeightFault {
        fault: "graph_differs",
        message: format!("the graph computes another `{name}` than the architecture does with its weights"),
        at: name.to_owned(),
        expected: format!("within {bound:.2e} of the architecture"),
        found,
        mend: "export the model again from the weights, or declare the architecture that the graph is of".into(),
    }))
}

impl Session<'_> {
    /// Inputs on which a graph is tried: the claimed ones, and random ones at the sizes that it fixes.
    fn trials(&self, program: &Graph, sizes: &HashMap<String, usize>) -> (Option<Inputs>, Vec<Inputs>) {
        let claims = super::probe::claimed(self, program);
        let of_claims = claims.as_ref().map(|claims| super::probe::sizes_of(program, claims)).unwrap_or_default();
        let rows = program.inputs().next().and_then(|(_, _, node)| node.ty.dims().next().cloned());
        let rows = rows.and_then(|dim| sizes.get(dim.as_symbol()?).copied()).unwrap_or(ROWS);
        let random = |length: usize| {
            let size = |symbol: &str| sizes.get(symbol).or_else(|| of_claims.get(symbol)).copied().or(Some(length));
            self.random(program, rows, &size)
        };
        let mut all: Vec<Inputs> = LENGTHS.iter().map(|length| random(*length)).collect();
        all.dedup();
        (claims, all)
    }
}
