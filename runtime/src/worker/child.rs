//! The child's side: requests in, answers out.

use super::frame;
use crate::intake::error::printable;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io::{self, BufReader, Read, Write};
use std::ops::ControlFlow;
use std::process::exit;
use std::sync::mpsc;

/// Exit code for a parent that cannot be understood or a message that cannot be sent.
const EXIT_PROTOCOL: i32 = 70;

/// Answers requests from stdin on stdout until the handler breaks. `first` is shown the first request while this thread is
/// still the only one: there the process limits itself ([`super::confine`]), knowing what it is asked for. The handler may
/// give any number of answers to one request. The process exits at once when the parent closes the pipe, even while the handler works: nobody is left
/// to hear it. A panic is not caught; the parent learns of it by the process's death and one line on stderr.
///
/// Nothing else may write to stdout.
pub fn serve<Q: DeserializeOwned, A: Serialize>(
    first: impl FnOnce(&Q, &mut dyn FnMut(&A)),
    handler: impl FnMut(Q, &mut dyn FnMut(&A)) -> ControlFlow<()>,
) {
    serve_on(io::stdin(), io::stdout(), first, handler);
}

/// [`serve`] on other pipes, for a process whose stdout is not its own.
pub fn serve_on<Q: DeserializeOwned, A: Serialize>(
    input: impl Read + Send + 'static,
    mut output: impl Write,
    first: impl FnOnce(&Q, &mut dyn FnMut(&A)),
    mut handler: impl FnMut(Q, &mut dyn FnMut(&A)) -> ControlFlow<()>,
) {
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map_or(String::new(), |at| {
            let file = at.file().rsplit(['/', '\\']).next().unwrap_or_default();
            format!(" at {file}:{}", at.line())
        });
        let message = info.payload_as_str().unwrap_or("no message");
        // A closed stderr must not turn one panic into two.
        let _ = writeln!(io::stderr(), "panic{place}: {}", printable(message));
    }));
    let mut input = BufReader::new(input);
    let mut answer = |message: &A| {
        let sent = frame::encode(message).and_then(|bytes| frame::write(&mut output, &bytes));
        if let Err(error) = sent {
            fail(&error);
        }
    };
    let parse = |bytes: &[u8]| -> Q { serde_json::from_slice(bytes).unwrap_or_else(|error| fail(&error.into())) };
    let request = match frame::read(&mut input) {
        Ok(Some(bytes)) => parse(&bytes),
        Ok(None) => return,
        Err(error) => fail(&error),
    };
    first(&request, &mut answer);
    let inbox = listen(input);
    let mut next = Some(request);
    while let Some(request) = next {
        if handler(request, &mut answer).is_break() {
            return;
        }
        next = inbox.recv().ok().map(|bytes| parse(&bytes));
    }
}

/// Reads requests on a thread of its own, which ends the process when the parent is gone.
fn listen(mut input: impl Read + Send + 'static) -> mpsc::Receiver<Vec<u8>> {
    let (requests, inbox) = mpsc::sync_channel(1);
    let listening = std::thread::Builder::new().name("requests".into()).spawn(move || {
        loop {
            match frame::read(&mut input) {
                Ok(Some(bytes)) => {
                    if requests.send(bytes).is_err() {
                        return;
                    }
                }
                Ok(None) => exit(0),
                Err(error) => fail(&error),
            }
        }
    });
    if let Err(error) = listening {
        fail(&error);
    }
    inbox
}

fn fail(error: &io::Error) -> ! {
    let _ = writeln!(io::stderr(), "{}", printable(&error.to_string()));
    exit(EXIT_PROTOCOL)
}
