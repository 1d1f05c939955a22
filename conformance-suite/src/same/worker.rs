//! The worker's side: opens both submissions, compares, and looks once more whether both stayed the same.

use super::{Answer, Job, Parameter, Proof, Relation, Side, outputs, weights};
use crate::measure::api::failure;
use crate::measure::reading::Failure;
use crate::session::{ModelParts, Progress, Session, Setting, refused};
use crate::standards;
use lmstd_runtime::exec::{Budget, Narrow};
use lmstd_runtime::intake::config::read_config;
use lmstd_runtime::intake::door::{DoorLimits, Submission};
use lmstd_runtime::intake::error::fault;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::rc::Rc;

/// The standard that names no architecture: the config does.
const STANDARD: &str = "lmstd/architecture";

/// Compares the submissions of a job.
pub(crate) fn prove(job: &Job, progress: &Progress) -> Result<Proof, Failure> {
    let open = |path: &Path| Submission::open(path, &DoorLimits::default()).map_err(refused);
    let (a, b) = (open(&job.a)?, open(&job.b)?);
    // Neither side chooses the inputs, and the order does not matter.
    let mut roots = [a.manifest().root.clone(), b.manifest().root.clone()];
    roots.sort_unstable();
    let nonce = hex::encode(Sha256::new().chain_update(b"lmstd same v1\0").chain_update(roots.concat()).finalize());
    let (one, two) = (config(&a)?, config(&b)?);
    let (first, second) = (one.clone().or_else(|| two.clone()), two.or(one));
    let budget = Budget { memory_bytes: job.limits.memory_bytes, cpu_seconds: job.limits.cpu_seconds };
    let session = |submission, config| session(submission, config, (&nonce, budget), progress);
    let (one, two) = (session(a, first)?, session(b, second)?);
    let proof = compared((&one, &job.a), (&two, &job.b), progress)?;
    for session in [&one, &two] {
        session.submission.rehash().map_err(refused)?;
    }
    Ok(proof)
}

/// The config of a submission that has one.
fn config(submission: &Submission) -> Result<Option<Rc<serde_json::Value>>, Failure> {
    match read_config(submission) {
        Ok(config) => Ok(Some(Rc::new(config))),
        Err(error) if error.fault == fault::MISSING_FILE => Ok(None),
        Err(error) => Err(refused(error)),
    }
}

fn session<'t>(
    submission: Submission,
    config: Option<Rc<serde_json::Value>>,
    (nonce, budget): (&str, Budget),
    progress: &'t Progress<'t>,
) -> Result<Session<'t>, Failure> {
    let internal = || failure("internal", "the built-in standard does not compile", "", "report this as a bug");
    let library = crate::measure::library();
    let text = standards::find(STANDARD).ok_or_else(internal)?;
    let mut compiled = lmstd_compiler::compile(STANDARD, text, &library, &lmstd_compiler::modules::NoDocuments);
    let standard = compiled.standard.take().ok_or_else(internal)?;
    let setting = Setting {
        data: HashMap::new(),
        given: HashMap::new(),
        nonce: nonce.to_owned(),
        threads: crate::certify::threads(),
        budget,
        cluster: None,
        opaque: None,
        progress,
    };
    let session = Session::new(standard, compiled, library, submission, setting);
    Ok(match config {
        Some(config) => session.with_config(config),
        None => session,
    })
}

type One<'s, 't> = (&'s Session<'t>, &'s Path);

fn compared(a: One, b: One, progress: &Progress) -> Result<Proof, Failure> {
    let name = a.0.standard.models.keys().next().cloned().unwrap_or_default();
    let (one, two) = (a.0.model(&name), b.0.model(&name));
    one.bound().map_err(|why| at(why, a.1))?;
    two.bound().map_err(|why| at(why, b.1))?;
    if one.architecture != two.architecture {
        let message = format!("one is `{}`, the other `{}`", one.architecture, two.architecture);
        return Err(failure("unknown_architecture", message, "", "compare submissions of one architecture"));
    }
    runs_as_its_graph(a, &one)?;
    runs_as_its_graph(b, &two)?;
    let parameters = weights::compare((a.0, &one), (b.0, &two), progress)?;
    let narrower = narrower(&parameters);
    let all_equal = parameters.iter().all(|parameter| parameter.relation == Relation::Equal);
    let mut proof = Proof {
        a: side(a, &one)?,
        b: side(b, &two)?,
        architecture: one.architecture.clone(),
        parameters,
        outputs: Vec::new(),
        findings: Vec::new(),
        answer: Answer::Equal,
    };
    // Where the configs differ, equal numbers may still mean another model.
    if !all_equal || one.bound()? != two.bound()? {
        let (outputs, findings) = outputs::compare((a.0, &one), (b.0, &two), narrower)?;
        proof.outputs = outputs;
        proof.findings = findings;
        proof.answer = answer(&proof);
    }
    Ok(proof)
}

/// The graph is what is deployed, whatever the numbers beside it are.
fn runs_as_its_graph((session, path): One, parts: &ModelParts) -> Result<(), Failure> {
    match parts.stray(session).map_err(|why| at(why, path))? {
        Some(fault) => Err(at(failure(fault.fault, fault.message, &fault.at, &fault.mend), path)),
        None => Ok(()),
    }
}

/// The unit roundoff of the narrowest type that a parameter was rounded to; f32's where none was.
fn narrower(parameters: &[Parameter]) -> f64 {
    let roundoff = |parameter: &Parameter| match &parameter.relation {
        Relation::Rounded { to } if to == "BF16" => Narrow::Bf16.roundoff(),
        Relation::Rounded { to } if to == "F16" => Narrow::F16.roundoff(),
        _ => lmstd_runtime::tolerance::F32_ROUNDOFF,
    };
    parameters.iter().map(roundoff).fold(lmstd_runtime::tolerance::F32_ROUNDOFF, f64::max)
}

/// Numbers that differ are another model, however close the outputs are on a few inputs.
fn answer(proof: &Proof) -> Answer {
    let differs = proof.count(|relation| matches!(relation, Relation::Different { .. })) > 0;
    let quantised = proof.count(|relation| matches!(relation, Relation::Quantised { .. })) > 0;
    let beyond = proof.outputs.iter().any(|output| output.max_difference > output.fail_bound);
    let unclear = proof.outputs.iter().any(|output| output.max_difference > output.pass_bound);
    match (differs, quantised, beyond, unclear) {
        (true, ..) => Answer::Different,
        // What the blocks lose is more than rounding; that they are those of the other's numbers is what counts.
        (_, true, ..) => Answer::Within,
        (_, _, true, _) => Answer::Different,
        (_, _, _, true) => Answer::Unclear,
        _ if proof.count(|relation| *relation != Relation::Equal) == 0 => Answer::Equal,
        _ => Answer::Within,
    }
}

fn side((session, path): One, parts: &ModelParts) -> Result<Side, Failure> {
    let checkpoint = session.checkpoint()?;
    let inventory = parts.inventory(session)?;
    // A tensor that is several parameters is stored once.
    let tensors: HashMap<&str, &str> =
        inventory.parameters.values().map(|tensor| (tensor.name.as_str(), tensor.type_name())).collect();
    let mut types: BTreeMap<&str, usize> = BTreeMap::new();
    for name in tensors.values() {
        *types.entry(name).or_default() += 1;
    }
    let types: Vec<String> = types.iter().map(|(name, count)| format!("{count} {name}")).collect();
    Ok(Side {
        name: crate::certify::name_of(path),
        root: session.root().to_owned(),
        files: checkpoint.files.clone(),
        types: types.join(", "),
    })
}

/// A failure, with the submission that it is of.
fn at(failure: Failure, path: &Path) -> Failure {
    Failure { at: format!("{}: {}", crate::certify::name_of(path), failure.at), ..failure }
}
