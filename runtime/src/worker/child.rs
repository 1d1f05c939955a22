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

/// Answers requests from stdin on stdout until the handler breaks. The handler may give any number of answers to one
/// request. The process exits at once when the parent closes the pipe, even while the handler works: nobody is left
/// to hear it. A panic is not caught; the parent learns of it by the process's death and one line on stderr.
///
/// Nothing else may write to stdout.
pub fn serve<Q: DeserializeOwned, A: Serialize>(handler: impl FnMut(Q, &mut dyn FnMut(&A)) -> ControlFlow<()>) {
    serve_on(io::stdin(), io::stdout(), handler);
}

/// [`serve`] on other pipes, for a process whose stdout is not its own.
pub fn serve_on<Q: DeserializeOwned, A: Serialize>(
    input: impl Read + Send + 'static,
    mut output: impl Write,
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
    let (requests, inbox) = mpsc::sync_channel(1);
    let listening = std::thread::Builder::new().name("requests".into()).spawn(move || {
        let mut input = BufReader::new(input);
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
    let mut answer = |message: &A| {
        let sent = frame::encode(message).and_then(|bytes| frame::write(&mut output, &bytes));
        if let Err(error) = sent {
            fail(&error);
        }
    };
    while let Ok(bytes) = inbox.recv() {
        let request = serde_json::from_slice(&bytes).unwrap_or_else(|error| fail(&error.into()));
        if handler(request, &mut answer).is_break() {
            return;
        }
    }
}

fn fail(error: &io::Error) -> ! {
    let _ = writeln!(io::stderr(), "{}", printable(&error.to_string()));
    exit(EXIT_PROTOCOL)
}
