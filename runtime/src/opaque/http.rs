//! An endpoint over HTTP. One address, resolved once; no redirect, no proxy, no compression, no stream; TLS verified by the
//! public roots; every request with time-outs for the connection, the first byte and the whole, every response bounded.
//!
//! A server's failure (5xx, 429, a time-out, a broken connection) is tried again a few times with pauses in between, and
//! counted. A question that is never answered has no answer; the run ends where nothing seems to be answered any more. The
//! key goes into one header and nowhere else: no message quotes a request.

use super::address::Place;
use super::openai::{self, Post, Unanswered};
use super::protocol::{Question, Reply};
use super::{Source, fault};
use crate::intake::error::{IntakeError, fault as intake, printable};
use crate::intake::json;
use crate::world::{RealWorld, World};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::Read;
use std::net::SocketAddr;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use ureq::Agent;
use ureq::config::{AutoHeaderValue, Config};
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};

/// Requests at a time.
const AT_ONCE: usize = 4;
/// Bytes of all headers of a response.
const HEADERS: usize = 64 << 10;
/// Questions in a row without an answer after which nothing is asked any more.
const IN_A_ROW: u64 = 20;
/// Different things that an endpoint may say of itself.
const MOST_CLAIMS: usize = 8;

/// What an endpoint may take.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Patience {
    /// Until there is a connection.
    pub connect: Duration,
    /// Until the response begins.
    pub first: Duration,
    /// Until it has ended, from the request on.
    pub whole: Duration,
    /// In all.
    pub all: Duration,
    /// Bytes of one response.
    pub response: u64,
    /// Requests in all.
    pub requests: u64,
    /// How often a request is tried again.
    pub again: u32,
    /// The first pause before that; each further one is twice as long.
    pub pause: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            first: Duration::from_secs(60),
            whole: Duration::from_secs(120),
            all: Duration::from_secs(6 * 3_600),
            response: 8 << 20,
            requests: 1_000_000,
            again: 3,
            pause: Duration::from_millis(500),
        }
    }
}

/// An endpoint and a model there.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Spec {
    /// Where it is.
    pub place: Place,
    /// The model's name in requests.
    pub model: String,
    /// Hosts that the user names: see [`Place::resolve`].
    pub allowed: Vec<String>,
    /// What it may take.
    pub patience: Patience,
}

/// An endpoint that is asked.
pub struct Endpoint {
    spec: Spec,
    agent: Agent,
    key: Option<String>,
    deadline: Duration,
    requests: AtomicU64,
    retries: AtomicU64,
    in_a_row: AtomicU64,
    claims: Mutex<BTreeSet<String>>,
}

/// Why a request has no response.
enum Failed {
    /// No answer to this question.
    Here,
    /// Nothing that comes counts any more.
    Wholly(IntakeError),
}

/// Answers every name with the one address.
#[derive(Debug)]
struct Pinned(SocketAddr);

impl Resolver for Pinned {
    fn resolve(&self, _: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let mut found = self.empty();
        found.push(self.0);
        Ok(found)
    }
}

impl Endpoint {
    /// Resolves the endpoint's host; nothing is sent.
    ///
    /// # Errors
    /// Those of [`Place::resolve`].
    pub fn open(spec: Spec, key: Option<String>) -> Result<Endpoint, IntakeError> {
        let address = spec.place.resolve(&spec.allowed)?;
        let patience = spec.patience;
        let config = Agent::config_builder()
            .https_only(spec.place.tls)
            .http_status_as_error(false)
            .proxy(None)
            .max_redirects(0)
            .accept_encoding(AutoHeaderValue::None)
            .user_agent(AutoHeaderValue::None)
            .max_response_header_size(HEADERS)
            .timeout_connect(Some(patience.connect))
            .timeout_recv_response(Some(patience.first))
            .timeout_global(Some(patience.whole))
            .build();
        let agent = Agent::with_parts(config, DefaultConnector::default(), Pinned(address));
        let deadline = RealWorld.monotonic().saturating_add(patience.all);
        let [requests, retries, in_a_row] = [(); 3].map(|()| AtomicU64::new(0));
        Ok(Endpoint { spec, agent, key, deadline, requests, retries, in_a_row, claims: Mutex::default() })
    }

    fn one(&self, question: &Question) -> Result<Option<Reply>, IntakeError> {
        let mut responses = Vec::new();
        for post in openai::posts(&self.spec.model, question) {
            match self.tried(&post) {
                Ok(response) => responses.push(response),
                Err(Failed::Wholly(error)) => return Err(error),
                Err(Failed::Here) => return self.unanswered(),
            }
        }
        match openai::reply(question, &responses) {
            Ok(reply) => {
                self.in_a_row.store(0, Ordering::Relaxed);
                Ok(Some(reply))
            }
            Err(Unanswered::Other) => Ok(None),
            Err(Unanswered::Malformed(why)) => Err(self.malformed(&why)),
        }
    }

    /// Counts a question that the server did not answer.
    fn unanswered(&self) -> Result<Option<Reply>, IntakeError> {
        if self.in_a_row.fetch_add(1, Ordering::Relaxed) + 1 < IN_A_ROW {
            return Ok(None);
        }
        let message = format!("{IN_A_ROW} questions in a row had no answer");
        Err(self.refused(fault::NO_ANSWER, message).mend("look whether the endpoint works, and run again"))
    }

    fn refused(&self, fault: &'static str, message: impl Into<String>) -> IntakeError {
        IntakeError::new(fault, &self.spec.place.authority(), message)
    }

    fn malformed(&self, why: &str) -> IntakeError {
        self.refused(fault::MALFORMED_ANSWER, format!("a response of the endpoint is not what its API says: {why}"))
            .mend("use an endpoint that speaks OpenAI's API as docs/opaque.md says")
    }

    /// A request, tried again where the server failed.
    fn tried(&self, post: &Post) -> Result<Value, Failed> {
        let mut pause = self.spec.patience.pause;
        for attempt in 0..=self.spec.patience.again {
            if attempt > 0 {
                self.retries.fetch_add(1, Ordering::Relaxed);
                std::thread::sleep(pause);
                pause = pause.saturating_mul(2);
            }
            self.within_budget()?;
            if let Some(response) = self.sent(post)? {
                return Ok(response);
            }
        }
        Err(Failed::Here)
    }

    fn within_budget(&self) -> Result<(), Failed> {
        let limit = |what: &str| {
            let error = self.refused(intake::LIMIT_EXCEEDED, format!("the endpoint was asked {what}"));
            Err(Failed::Wholly(error.mend("ask a sample of the rows")))
        };
        if RealWorld.monotonic() >= self.deadline {
            return limit("for as long as it may be");
        }
        if self.requests.fetch_add(1, Ordering::Relaxed) >= self.spec.patience.requests {
            return limit("as often as it may be");
        }
        Ok(())
    }

    /// A response; none where the server failed in a way that may pass.
    fn sent(&self, post: &Post) -> Result<Option<Value>, Failed> {
        let mut request = self.agent.post(self.spec.place.url(post.path)).header("content-type", "application/json");
        if let Some(key) = &self.key {
            request = request.header("authorization", format!("Bearer {key}"));
        }
        let mut response = match request.send(post.body.to_string()) {
            Ok(response) => response,
            Err(error) => return self.broken(&error),
        };
        let status = response.status().as_u16();
        match status {
            200 => {}
            300..=399 => {
                let error =
                    self.refused(fault::ADDRESS_REFUSED, format!("the endpoint leads elsewhere (HTTP {status})"));
                return Err(Failed::Wholly(error.mend("give the address to which it leads, if it is meant")));
            }
            408 | 429 | 500..=599 => return Ok(None),
            400 | 413 | 422 => return Err(Failed::Here),
            _ => {
                let error = self.refused(fault::NO_ANSWER, format!("the endpoint refuses to answer (HTTP {status})"));
                return Err(Failed::Wholly(error.mend("check its address, the model's name and the key")));
            }
        }
        let header =
            |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if !matches!(header("content-encoding").trim(), "" | "identity") {
            return Err(Failed::Wholly(self.malformed("it is compressed, which was not asked for")));
        }
        if header("content-type").trim_start().starts_with("text/event-stream") {
            return Err(Failed::Wholly(self.malformed("it is a stream, which was not asked for")));
        }
        let most = self.spec.patience.response;
        let mut bytes = Vec::new();
        let read = response.body_mut().as_reader().take(most + 1).read_to_end(&mut bytes);
        if bytes.len() as u64 > most {
            let message = format!("a response of the endpoint has more than {most} bytes");
            return Err(Failed::Wholly(self.refused(intake::LIMIT_EXCEEDED, message).mend("give shorter answers")));
        }
        if read.is_err() {
            return Ok(None);
        }
        let told = json::parse(&bytes, &self.spec.place.authority(), bytes.len());
        let told = told.map_err(|error| Failed::Wholly(self.malformed(&error.message)))?;
        self.claim(&told);
        Ok(Some(told))
    }

    /// A request without a response: what may pass is tried again.
    fn broken(&self, error: &ureq::Error) -> Result<Option<Value>, Failed> {
        let why = match error {
            ureq::Error::Timeout(_) | ureq::Error::Io(_) | ureq::Error::ConnectionFailed => return Ok(None),
            ureq::Error::Tls(_) | ureq::Error::Rustls(_) => "its certificate or its TLS does not hold",
            ureq::Error::Protocol(_) | ureq::Error::Http(_) => {
                return Err(Failed::Wholly(self.malformed("it is no HTTP")));
            }
            _ => "it cannot be asked",
        };
        let error = self.refused(fault::NO_ANSWER, format!("the endpoint did not answer: {why}"));
        Err(Failed::Wholly(error.mend("check its address and its certificate")))
    }

    fn claim(&self, told: &Value) {
        let mut claims = self.claims.lock().unwrap_or_else(PoisonError::into_inner);
        for name in ["model", "system_fingerprint"] {
            if let Some(text) = told.get(name).and_then(Value::as_str)
                && claims.len() < MOST_CLAIMS
            {
                claims.insert(format!("{name} {}", printable(text)));
            }
        }
    }
}

impl Source for Endpoint {
    fn ask(&mut self, questions: &[&Question]) -> Result<Vec<Option<Reply>>, IntakeError> {
        let endpoint = &*self;
        let mut told = Vec::with_capacity(questions.len());
        for some in questions.chunks(AT_ONCE) {
            let together = std::thread::scope(|scope| {
                let asked: Vec<_> = some.iter().map(|question| scope.spawn(move || endpoint.one(question))).collect();
                asked.into_iter().map(|thread| thread.join()).collect::<Vec<_>>()
            });
            for one in together {
                let gave_up = |_| endpoint.refused(fault::NO_ANSWER, "the asking gave up on an error of its own");
                told.push(one.map_err(gave_up)??);
            }
        }
        Ok(told)
    }

    fn claims(&self) -> Vec<String> {
        self.claims.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    fn retries(&self) -> u64 {
        self.retries.load(Ordering::Relaxed)
    }
}
