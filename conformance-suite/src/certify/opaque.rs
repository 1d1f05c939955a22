//! A model that is only asked, as the parent sees it: what it is, as bytes that have a digest, and the asking. The worker
//! has gathered the questions; it has neither network nor other programs, so it is the parent that asks.

use super::asker::Asker;
use super::job::Questions;
use crate::measure::reading::Failure;
use crate::session::refused;
use crate::verdict::{IdentityReport, OpaqueReport, PowerReport};
use lmstd_runtime::intake::error::printable;
use lmstd_runtime::opaque::Source;
use lmstd_runtime::opaque::ask::{Answered, RULE, ask};
use lmstd_runtime::opaque::command::{Budget, Lines};
use lmstd_runtime::opaque::http::Spec;
use lmstd_runtime::opaque::identity::ALPHA;
use serde_json::json;

/// Name of the description in the OUT folder: it is the submission's only file.
pub const NAME: &str = "opaque.json";
/// Media type of kept answers.
pub const MEDIA: &str = "application/vnd.lmstd.answers+json";

/// The name of a limit, and what holds.
pub type Limit = (&'static str, &'static str);

/// What is asked.
pub enum OpaqueModel {
    /// A command and its arguments.
    Command(Vec<String>),
    /// An endpoint, and the key that it wants.
    Endpoint(Box<Spec>, Option<String>),
}

impl OpaqueModel {
    /// The description whose digest is the submission's root: what was asked, and how probes are chosen. It names a model
    /// and binds none.
    pub fn description(&self) -> Vec<u8> {
        let told = match self {
            OpaqueModel::Command(words) => json!({ "lmstd_opaque": 1, "command": words, "probes": RULE }),
            OpaqueModel::Endpoint(spec, _) => {
                json!({ "lmstd_opaque": 1, "endpoint": spec.place.url(""), "model": spec.model, "probes": RULE })
            }
        };
        let mut bytes = told.to_string().into_bytes();
        bytes.push(b'\n');
        bytes
    }

    /// `command` or `endpoint`.
    fn kind(&self) -> &'static str {
        match self {
            OpaqueModel::Command(_) => "command",
            OpaqueModel::Endpoint(..) => "endpoint",
        }
    }

    /// How people call it, printable.
    pub fn shown(&self) -> String {
        match self {
            OpaqueModel::Command(words) => printable(&words.join(" ")),
            OpaqueModel::Endpoint(spec, _) => printable(&format!("{} ({})", spec.place.url(""), spec.model)),
        }
    }

    /// Asks everything; gives also what limited the asked or the asking, for the report: the name, and what held.
    ///
    /// # Errors
    /// Why there are no answers.
    pub fn ask(
        &self,
        Questions { tasks, questions }: &Questions,
        seed: [u8; 32],
        progress: &mut dyn FnMut(&str, u64, u64),
    ) -> Result<(Answered, Limit), Failure> {
        let (mut source, limit): (Box<dyn Source>, Limit) = match self {
            OpaqueModel::Command(words) => {
                let lines = Lines::start(words, tasks, Budget::default()).map_err(refused)?;
                (Box::new(lines), ("command", "not limited: the user's own program"))
            }
            OpaqueModel::Endpoint(spec, key) => {
                let asker = Asker::start(spec, key.as_deref()).map_err(refused)?;
                let held = asker.held();
                (Box::new(asker), ("endpoint", held))
            }
        };
        let answered = ask(&mut *source, questions, seed, &mut |done, total| progress("asking", done, total));
        Ok((answered.map_err(refused)?, limit))
    }

    /// What the report says of it.
    pub fn report(&self, answered: &Answered, exchange: String) -> OpaqueReport {
        let identity = &answered.identity;
        OpaqueReport {
            kind: self.kind().to_owned(),
            address: self.shown(),
            claims: answered.claims.clone(),
            asked: answered.asked,
            missing: answered.counts.values().map(|(_, missing)| missing).sum(),
            retries: answered.retries,
            identity: IdentityReport {
                probes: identity.probes,
                rounds: identity.rounds,
                spread: identity.spread,
                p: identity.p,
                alpha: ALPHA,
                changed: identity.changed(),
                power: identity.power.iter().map(|&(difference, seen)| PowerReport { difference, seen }).collect(),
            },
            exchange,
        }
    }
}
