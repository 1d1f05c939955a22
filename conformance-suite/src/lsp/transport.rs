//! Messages over a byte stream: `Content-Length` frames of JSON.
//!
//! Our own reader, because one bad frame must not end a session and a header must not make us reserve memory: what
//! cannot be read is reported and skipped, up to the next header. Writing is the protocol crate's.

use lsp_server::{ErrorCode, Message};
use serde_json::json;
use std::io::{self, BufRead, Read, Write};

/// The longest message that is read, in bytes.
pub const LONGEST_MESSAGE: u64 = 16 << 20;
/// The longest header line.
const LONGEST_LINE: u64 = 8 << 10;
const LENGTH: &str = "content-length:";

/// What came in.
#[derive(Debug)]
pub enum Incoming {
    /// A message.
    Message(Message),
    /// A frame that holds none, and why.
    Malformed(String),
}

/// Reads one frame; `None` at the end of the stream.
///
/// # Errors
/// Those of the stream. What it carries is never an error.
pub fn read(input: &mut impl BufRead) -> io::Result<Option<Incoming>> {
    let Some(length) = header(input)? else { return Ok(None) };
    if length > LONGEST_MESSAGE {
        io::copy(&mut input.by_ref().take(length), &mut io::sink())?;
        return Ok(Some(Incoming::Malformed(format!("a message is longer than {LONGEST_MESSAGE} bytes"))));
    }
    let mut body = Vec::new();
    input.by_ref().take(length).read_to_end(&mut body)?;
    if (body.len() as u64) < length {
        return Ok(None);
    }
    Ok(Some(match serde_json::from_slice(&body) {
        Ok(message) => Incoming::Message(message),
        Err(error) => Incoming::Malformed(format!("this is no message: {error}")),
    }))
}

/// The length that the next header gives; `None` at the end of the stream. Lines that are no header are passed over.
fn header(input: &mut impl BufRead) -> io::Result<Option<u64>> {
    let mut length = None;
    loop {
        let mut line = Vec::new();
        if input.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        let line = String::from_utf8_lossy(&line).to_ascii_lowercase();
        match (line.trim(), length) {
            ("", Some(length)) => return Ok(Some(length)),
            ("", None) => {}
            // What precedes the header on its line is the rest of a message that could not be read.
            (line, _) => {
                let value = line.rfind(LENGTH).map(|at| line[at + LENGTH.len()..].trim());
                length = value.and_then(|value| value.parse().ok()).or(length);
            }
        }
    }
}

/// Writes a message.
///
/// # Errors
/// Those of the stream.
pub fn write(output: &mut impl Write, message: &Message) -> io::Result<()> {
    message.write(output)
}

/// Answers a frame that holds no message: without a message there is no id to answer to.
///
/// # Errors
/// Those of the stream.
pub fn write_malformed(output: &mut impl Write, why: &str) -> io::Result<()> {
    let code = ErrorCode::ParseError as i32;
    let text = json!({ "jsonrpc": "2.0", "id": null, "error": { "code": code, "message": why } }).to_string();
    write!(output, "Content-Length: {}\r\n\r\n{text}", text.len())?;
    output.flush()
}
