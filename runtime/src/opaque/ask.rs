//! Everything is asked here, in an order drawn from the seed: each question once for its answer, and some of them again
//! and again, scattered between the others, as probes of who answers. The answers to probes are not scored.

use super::identity::{Identity, Probe, mix};
use super::protocol::{Question, Reply};
use super::{Source, fault};
use crate::intake::error::IntakeError;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Questions that are put together.
pub const TOGETHER: usize = 16;
/// Most questions of a run.
pub const MOST_QUESTIONS: usize = 200_000;
/// Most bytes of all answers.
const MOST_BYTES: usize = 48 << 20;
/// Questions that are put again, and how often in all: twice at the start, twice at the end, the rest between.
pub const PROBES: usize = 24;
/// See [`PROBES`].
pub const ROUNDS: usize = 10;
/// Rounds at the start, and at the end.
const ENDS: usize = 2;
/// Streams of the seed: the order, and the test.
const ORDER: u64 = 1 << 41;

/// How the probes are chosen and placed, as part of what an opaque submission is.
pub const RULE: &str = "lmstd-probes/1: 24 questions drawn from the run's seed, each put 10 times, twice at the start, \
                        twice at the end, the rest in six even parts at places drawn from the seed";

/// How a task's classes were answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Scored {
    /// By logits.
    Scores,
    /// By probabilities.
    Probabilities,
    /// By labels alone.
    Labels,
}

/// The answers of a run.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Answered {
    /// Answers by the digest of their questions; a question without one is not there.
    pub replies: BTreeMap<String, Reply>,
    /// Questions, and those without an answer, by task.
    pub counts: BTreeMap<String, (u64, u64)>,
    /// How classes were answered, by task.
    pub scored: BTreeMap<String, Scored>,
    /// Questions and probes that were put.
    pub asked: u64,
    /// How often one was put again after a failure.
    pub retries: u64,
    /// What the model says of itself.
    pub claims: Vec<String>,
    /// The probes as they were answered.
    pub probes: Vec<Probe>,
    /// What the probes tell.
    pub identity: Identity,
}

/// Asks all questions. `progress` is told how many are done, of how many.
///
/// # Errors
/// Those of the source; `limit_exceeded` for too much of anything; `no_answer` where nothing was answered.
pub fn ask(
    source: &mut dyn Source,
    questions: &[Question],
    seed: [u8; 32],
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Answered, IntakeError> {
    if questions.len() > MOST_QUESTIONS {
        let message = format!("there are more than {MOST_QUESTIONS} questions to ask");
        return Err(IntakeError::new(crate::intake::error::fault::LIMIT_EXCEEDED, "", message).mend("ask a sample"));
    }
    let (order, chosen) = schedule(questions.len(), seed);
    let mut replies = BTreeMap::new();
    let mut probes: Vec<Probe> =
        chosen.iter().map(|question| Probe { question: *question, answers: Vec::new(), times: Vec::new() }).collect();
    let (total, mut done, mut bytes) = (order.len() as u64, 0_u64, 0_usize);
    for some in order.chunks(TOGETHER) {
        let together: Vec<&Question> = some.iter().filter_map(|slot| questions.get(slot.question)).collect();
        let told = source.ask(&together)?;
        if told.len() != some.len() {
            return Err(IntakeError::new(fault::MALFORMED_ANSWER, "", "there are other answers than questions"));
        }
        for ((slot, question), reply) in some.iter().zip(together).zip(told) {
            bytes = bytes.saturating_add(size(reply.as_ref()));
            let time = done as f64 / total.max(1) as f64;
            done += 1;
            match slot.probe.and_then(|probe| probes.get_mut(probe)) {
                Some(probe) => {
                    probe.answers.push(reply);
                    probe.times.push(time);
                }
                None => drop(reply.map(|reply| replies.insert(question.digest(), reply))),
            }
        }
        if bytes > MOST_BYTES {
            let message = format!("the answers have more than {MOST_BYTES} bytes");
            return Err(IntakeError::new(crate::intake::error::fault::LIMIT_EXCEEDED, "", message)
                .mend("give shorter answers, or ask a sample"));
        }
        progress(done, total);
    }
    if replies.is_empty() && !questions.is_empty() {
        return Err(IntakeError::new(fault::NO_ANSWER, "", "not one question was answered"));
    }
    let (counts, scored) = (counted(questions, &replies), scored(questions, &replies)?);
    let identity = Identity::of(&probes, seed);
    let (claims, retries) = (source.claims(), source.retries());
    Ok(Answered { replies, counts, scored, asked: total, retries, claims, probes, identity })
}

/// Questions and those without an answer, by task.
fn counted(questions: &[Question], replies: &BTreeMap<String, Reply>) -> BTreeMap<String, (u64, u64)> {
    let mut counts: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for question in questions {
        let entry = counts.entry(question.task.clone()).or_default();
        entry.0 += 1;
        entry.1 += u64::from(!replies.contains_key(&question.digest()));
    }
    counts
}

/// How the classes of each task were answered, which must be one way for all rows.
fn scored(questions: &[Question], replies: &BTreeMap<String, Reply>) -> Result<BTreeMap<String, Scored>, IntakeError> {
    let mut ways: BTreeMap<String, Scored> = BTreeMap::new();
    for question in questions {
        let way = match replies.get(&question.digest()) {
            Some(Reply::Scores(_)) => Scored::Scores,
            Some(Reply::Probabilities(_)) => Scored::Probabilities,
            Some(Reply::Label(_)) => Scored::Labels,
            Some(Reply::Cell(_)) | None => continue,
        };
        if *ways.entry(question.task.clone()).or_insert(way) != way {
            let message = format!("the classes of `{}` are answered in two ways", question.task);
            return Err(IntakeError::new(fault::MALFORMED_ANSWER, "", message)
                .mend("give every row scores, or probabilities, or a label"));
        }
    }
    Ok(ways)
}

fn size(reply: Option<&Reply>) -> usize {
    match reply {
        Some(Reply::Cell(text)) => text.len(),
        Some(Reply::Scores(list) | Reply::Probabilities(list)) => list.len() * 8,
        _ => 8,
    }
}

/// One place of the order: a question for its answer, or as the probe of that place.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Slot {
    question: usize,
    probe: Option<usize>,
}

/// The order in which so many questions are put, and which of them are probes.
fn schedule(questions: usize, seed: [u8; 32]) -> (Vec<Slot>, Vec<usize>) {
    let mut cipher = ChaCha20Rng::from_seed(seed);
    cipher.set_stream(ORDER);
    let mut chosen: Vec<usize> = (0..questions).collect();
    mix(&mut chosen, &mut cipher);
    chosen.truncate(PROBES);
    let mut plain: Vec<usize> = (0..questions).collect();
    mix(&mut plain, &mut cipher);
    let round = |cipher: &mut ChaCha20Rng| {
        let mut slots: Vec<Slot> = chosen
            .iter()
            .enumerate()
            .map(|(probe, question)| Slot { question: *question, probe: Some(probe) })
            .collect();
        mix(&mut slots, cipher);
        slots
    };
    let mut order = Vec::new();
    (0..ENDS).for_each(|_| order.extend(round(&mut cipher)));
    let parts = ROUNDS - 2 * ENDS;
    for part in 0..parts {
        let (from, to) = (questions * part / parts, questions * (part + 1) / parts);
        let mut slots: Vec<Slot> =
            plain[from..to].iter().map(|question| Slot { question: *question, probe: None }).collect();
        slots.extend(round(&mut cipher));
        mix(&mut slots, &mut cipher);
        order.extend(slots);
    }
    (0..ENDS).for_each(|_| order.extend(round(&mut cipher)));
    (order, chosen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_question_is_put_once_and_every_probe_in_every_round() {
        for questions in [0, 1, 5, 24, 100] {
            let (order, chosen) = schedule(questions, [7; 32]);
            let mut plain: Vec<usize> =
                order.iter().filter(|slot| slot.probe.is_none()).map(|slot| slot.question).collect();
            plain.sort_unstable();
            assert_eq!(plain, (0..questions).collect::<Vec<_>>());
            assert_eq!(chosen.len(), questions.min(PROBES));
            for probe in 0..chosen.len() {
                assert_eq!(order.iter().filter(|slot| slot.probe == Some(probe)).count(), ROUNDS);
            }
        }
        assert_ne!(schedule(50, [1; 32]).0, schedule(50, [2; 32]).0);
    }
}
