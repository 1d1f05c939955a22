//! The language server: the compiler's answers about open documents, over the language server protocol.
//!
//! One thread reads, one answers, so answers come in the order of the questions. A change is taken over at once and
//! checked when everything that is waiting has been read, so a version that is already superseded is never checked for
//! its own sake. What a client sends can be wrong in any way: a message that is none, a method that is not known,
//! parameters that do not fit and documents that are not open are answered with an error, and the session goes on.

mod capabilities;
mod complete;
mod diagnose;
mod document;
mod edit;
mod format;
mod hover;
mod navigate;
mod outline;
pub mod position;
mod rename;
mod texts;
mod tokens;
pub mod transport;
mod uri;

use crate::measure;
use document::Open;
use lmstd_compiler::Library;
use lsp_server::{ErrorCode, Message, Notification, Request, RequestId, Response};
use lsp_types::notification::{
    Cancel, DidChangeTextDocument, DidCloseTextDocument, DidOpenTextDocument, DidSaveTextDocument, Exit,
    Notification as _, PublishDiagnostics,
};
use lsp_types::request::{
    CodeActionRequest, Completion, DocumentHighlightRequest, DocumentSymbolRequest, FoldingRangeRequest, Formatting,
    GotoDefinition, HoverRequest, Initialize, PrepareRenameRequest, References, Rename, Request as _,
    SemanticTokensFullRequest, Shutdown,
};
use lsp_types::{NumberOrString, PublishDiagnosticsParams, SemanticTokens, TextDocumentPositionParams, Uri};
use serde_json::Value;
use std::collections::{BTreeMap, HashSet};
use std::io::{self, BufReader, Read, Write};
use std::sync::mpsc::sync_channel;
use texts::Texts;
use transport::Incoming;

/// How many messages may wait before the client does.
const WAITING: usize = 1_024;

/// Serves one session; `true` if the client ended it as it should.
///
/// # Errors
/// Those of `output`, and of starting the thread that reads.
pub fn serve(input: impl Read + Send + 'static, output: &mut impl Write) -> io::Result<bool> {
    let (sender, receiver) = sync_channel(WAITING);
    std::thread::Builder::new().name("reader".to_owned()).spawn(move || {
        let mut input = BufReader::new(input);
        while let Ok(Some(incoming)) = transport::read(&mut input) {
            if sender.send(incoming).is_err() {
                break;
            }
        }
    })?;
    let mut server = Server::new(measure::library());
    while let Ok(first) = receiver.recv() {
        let batch: Vec<Incoming> = std::iter::once(first).chain(receiver.try_iter().take(WAITING)).collect();
        server.cancelled = batch.iter().filter_map(cancelled).collect();
        for incoming in batch {
            match incoming {
                Incoming::Malformed(why) => transport::write_malformed(output, &why)?,
                Incoming::Message(message) => {
                    if let Some(answer) = server.handle(message) {
                        transport::write(output, &answer)?;
                    }
                }
            }
            if server.phase == Phase::Ended {
                return Ok(server.orderly);
            }
        }
        for message in server.publish() {
            transport::write(output, &message)?;
        }
    }
    Ok(server.orderly)
}

/// The request that a message takes back.
fn cancelled(incoming: &Incoming) -> Option<RequestId> {
    let Incoming::Message(Message::Notification(notification)) = incoming else { return None };
    let params = (notification.method == Cancel::METHOD).then(|| notification.params.clone())?;
    match serde_json::from_value::<lsp_types::CancelParams>(params).ok()?.id {
        NumberOrString::Number(id) => Some(id.into()),
        NumberOrString::String(id) => Some(id.into()),
    }
}

/// Why a request gets no answer.
#[derive(Debug)]
struct Refusal {
    code: ErrorCode,
    message: String,
}

impl Refusal {
    fn new(code: ErrorCode, message: impl Into<String>) -> Refusal {
        Refusal { code, message: message.into() }
    }

    /// What was asked is not possible, for a reason that people should read.
    fn failed(message: String) -> Refusal {
        Refusal::new(ErrorCode::RequestFailed, message)
    }
}

/// An answer, or why there is none.
type Answer<T> = Result<T, Refusal>;

/// How far a session is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Phase {
    /// Before `initialize`.
    New,
    /// Requests are answered.
    Running,
    /// After `shutdown`.
    Down,
    /// After `exit`.
    Ended,
}

struct Server {
    library: Library,
    documents: BTreeMap<String, Open>,
    texts: Texts,
    phase: Phase,
    /// `shutdown` came before the end.
    orderly: bool,
    /// Requests of this batch that have been taken back.
    cancelled: HashSet<RequestId>,
}

impl Server {
    fn new(library: Library) -> Server {
        Server {
            library,
            documents: BTreeMap::new(),
            texts: Texts::default(),
            phase: Phase::New,
            orderly: false,
            cancelled: HashSet::new(),
        }
    }

    /// Takes a message in; a request gets an answer.
    fn handle(&mut self, message: Message) -> Option<Message> {
        match message {
            Message::Request(request) => Some(self.request(request).into()),
            Message::Notification(notification) => {
                self.notification(notification);
                None
            }
            // The server asks nothing of the client.
            Message::Response(_) => None,
        }
    }

    fn request(&mut self, request: Request) -> Response {
        let Request { id, method, params } = request;
        let answer = match self.phase {
            _ if self.cancelled.contains(&id) => Err(Refusal::new(ErrorCode::RequestCanceled, "taken back")),
            Phase::New if method == Initialize::METHOD => self.initialize(),
            Phase::New => Err(Refusal::new(ErrorCode::ServerNotInitialized, "`initialize` comes first")),
            Phase::Running => self.answer(&method, params),
            Phase::Down | Phase::Ended => {
                Err(Refusal::new(ErrorCode::InvalidRequest, "the session has been shut down"))
            }
        };
        match answer {
            Ok(result) => Response::new_ok(id, result),
            Err(refusal) => Response::new_err(id, refusal.code as i32, refusal.message),
        }
    }

    fn initialize(&mut self) -> Answer<Value> {
        self.phase = Phase::Running;
        to_value(&capabilities::result())
    }

    fn notification(&mut self, notification: Notification) {
        let Notification { method, params } = notification;
        if method == Exit::METHOD {
            self.phase = Phase::Ended;
            return;
        }
        if self.phase != Phase::Running {
            return;
        }
        // A notification has no answer, so one that does not fit is passed over.
        match method.as_str() {
            DidOpenTextDocument::METHOD => {
                if let Some(params) = fitting::<DidOpenTextDocument>(params) {
                    let built_in = self.texts.holds(&params.text_document.uri);
                    let open = Open::new(params.text_document, built_in);
                    self.documents.insert(open.uri.as_str().to_owned(), open);
                }
            }
            DidChangeTextDocument::METHOD => {
                if let Some(params) = fitting::<DidChangeTextDocument>(params)
                    && let Some(open) = self.documents.get_mut(params.text_document.uri.as_str())
                {
                    open.change(params.text_document.version, params.content_changes);
                }
            }
            DidCloseTextDocument::METHOD => {
                if let Some(params) = fitting::<DidCloseTextDocument>(params)
                    && let Some(open) = self.documents.get_mut(params.text_document.uri.as_str())
                {
                    open.close();
                }
            }
            // Other documents may use the one that was saved.
            DidSaveTextDocument::METHOD => self.documents.values_mut().for_each(Open::forget),
            _ => {}
        }
    }

    /// The faults of every document that changed since they were told last; a closed one has none.
    fn publish(&mut self) -> Vec<Message> {
        let Server { library, documents, texts, .. } = self;
        let mut messages = Vec::new();
        for open in documents.values_mut().filter(|open| open.dirty) {
            open.dirty = false;
            let diagnostics = if open.built_in || open.closed {
                Vec::new()
            } else if open.too_long() {
                vec![diagnose::too_long()]
            } else {
                diagnose::faults(&open.checked(library), texts, library)
            };
            let version = (!open.closed).then_some(open.version);
            let params = PublishDiagnosticsParams { uri: open.uri.clone(), diagnostics, version };
            messages.push(Notification::new(PublishDiagnostics::METHOD.to_owned(), params).into());
        }
        documents.retain(|_, open| !open.closed);
        messages
    }

    fn answer(&mut self, method: &str, params: Value) -> Answer<Value> {
        let Server { library, documents, texts, .. } = self;
        let library: &Library = library;
        match method {
            Shutdown::METHOD => {
                self.phase = Phase::Down;
                self.orderly = true;
                Ok(Value::Null)
            }
            Initialize::METHOD => Err(Refusal::new(ErrorCode::InvalidRequest, "`initialize` came before")),
            HoverRequest::METHOD => on::<HoverRequest>(params, |params| {
                let (open, offset) = place(documents, &params.text_document_position_params)?;
                Ok(hover::hover(&open.view(library), offset))
            }),
            Completion::METHOD => on::<Completion>(params, |params| {
                let (open, offset) = place(documents, &params.text_document_position)?;
                Ok(Some(complete::items(&open.view(library), offset, library).into()))
            }),
            GotoDefinition::METHOD => on::<GotoDefinition>(params, |params| {
                let (open, offset) = place(documents, &params.text_document_position_params)?;
                Ok(navigate::definition(&open.view(library), offset, texts, library).map(Into::into))
            }),
            References::METHOD => on::<References>(params, |params| {
                let (open, offset) = place(documents, &params.text_document_position)?;
                let declaration = params.context.include_declaration;
                Ok(navigate::references(&open.view(library), offset, declaration, texts, library))
            }),
            DocumentHighlightRequest::METHOD => on::<DocumentHighlightRequest>(params, |params| {
                let (open, offset) = place(documents, &params.text_document_position_params)?;
                Ok(navigate::highlights(&open.view(library), offset))
            }),
            PrepareRenameRequest::METHOD => on::<PrepareRenameRequest>(params, |params| {
                let (open, offset) = place(documents, &params)?;
                rename::prepare(&open.view(library), offset).map(Some).map_err(Refusal::failed)
            }),
            Rename::METHOD => on::<Rename>(params, |params| {
                let (open, offset) = place(documents, &params.text_document_position)?;
                rename::rename(&open.view(library), offset, &params.new_name, library)
                    .map(Some)
                    .map_err(Refusal::failed)
            }),
            _ => self.answer_whole(method, params),
        }
    }

    /// Requests about a whole document.
    fn answer_whole(&mut self, method: &str, params: Value) -> Answer<Value> {
        let Server { library, documents, texts, .. } = self;
        let library: &Library = library;
        match method {
            Formatting::METHOD => on::<Formatting>(params, |params| {
                let open = opened(documents, &params.text_document.uri)?;
                if open.too_long() {
                    return Err(Refusal::failed("the document is too long to be formatted".to_owned()));
                }
                format::format(&open.checked(library)).map(Some).map_err(Refusal::failed)
            }),
            CodeActionRequest::METHOD => on::<CodeActionRequest>(params, |params| {
                let open = opened(documents, &params.text_document.uri)?;
                let wanted = diagnose::wanted(params.context.only.as_deref());
                let actions = wanted.then(|| diagnose::actions(&open.checked(library), params.range, texts, library));
                Ok(Some(actions.unwrap_or_default()))
            }),
            SemanticTokensFullRequest::METHOD => on::<SemanticTokensFullRequest>(params, |params| {
                let open = opened(documents, &params.text_document.uri)?;
                let data = tokens::all(&open.view(library));
                Ok(Some(SemanticTokens { result_id: None, data }.into()))
            }),
            DocumentSymbolRequest::METHOD => on::<DocumentSymbolRequest>(params, |params| {
                let open = opened(documents, &params.text_document.uri)?;
                Ok(Some(outline::symbols(&open.view(library)).into()))
            }),
            FoldingRangeRequest::METHOD => on::<FoldingRangeRequest>(params, |params| {
                let open = opened(documents, &params.text_document.uri)?;
                Ok(Some(outline::folds(&open.view(library))))
            }),
            _ => Err(Refusal::new(ErrorCode::MethodNotFound, format!("there is no method `{method}` here"))),
        }
    }
}

/// The open document of an address.
fn opened<'d>(documents: &'d mut BTreeMap<String, Open>, uri: &Uri) -> Answer<&'d mut Open> {
    let refused = || Refusal::new(ErrorCode::InvalidParams, format!("`{}` is not open", uri.as_str()));
    documents.get_mut(uri.as_str()).filter(|open| !open.closed).ok_or_else(refused)
}

/// The open document of a position, and the position's byte offset.
fn place<'d>(
    documents: &'d mut BTreeMap<String, Open>,
    at: &TextDocumentPositionParams,
) -> Answer<(&'d mut Open, usize)> {
    let open = opened(documents, &at.text_document.uri)?;
    let offset = open.offset(at.position);
    Ok((open, offset))
}

/// Answers a request whose parameters fit.
fn on<R: lsp_types::request::Request>(
    params: Value,
    answer: impl FnOnce(R::Params) -> Answer<R::Result>,
) -> Answer<Value> {
    let refused = |error: serde_json::Error| Refusal::new(ErrorCode::InvalidParams, error.to_string());
    let params: R::Params = serde_json::from_value(params).map_err(refused)?;
    to_value(&answer(params)?)
}

fn to_value(result: &impl serde::Serialize) -> Answer<Value> {
    serde_json::to_value(result).map_err(|error| Refusal::new(ErrorCode::InternalError, error.to_string()))
}

/// The parameters of a notification, if they fit.
fn fitting<N: lsp_types::notification::Notification>(params: Value) -> Option<N::Params> {
    serde_json::from_value(params).ok()
}
