//! Cases 97 to 101: endpoints. A server on this machine answers as an endpoint that means harm.

use super::bench::Bench;
use super::process::Seen;
use super::{Case, Must, case};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

/// Answers one request: its number from nought, its text, where to write, and whether the run is over.
type Answer = fn(usize, &str, &mut TcpStream, &AtomicBool) -> std::io::Result<()>;

/// An answer that is fine.
const GOOD: &str = r#"{"id":"a","object":"chat.completion","model":"m","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"yes"}}]}"#;

fn reply(stream: &mut TcpStream, status: &str, more: &str, body: &str) -> std::io::Result<()> {
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n{more}\r\n{body}"
    )
}

/// A request, as far as its own length says.
fn request(stream: &mut TcpStream) -> std::io::Result<String> {
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    let (mut bytes, mut part) = (Vec::new(), [0; 4_096]);
    loop {
        let got = stream.read(&mut part)?;
        bytes.extend(&part[..got]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            if got == 0 {
                return Ok(text);
            }
            continue;
        };
        let told =
            head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:").map(str::to_owned));
        let length = told.and_then(|told| told.trim().parse::<usize>().ok()).unwrap_or(0);
        if got == 0 || body.len() >= length {
            return Ok(text);
        }
    }
}

/// Certifies an endpoint that answers so.
fn served(bench: &mut Bench, answer: Answer) -> Result<Seen, String> {
    bench.standard(
        "standard served 1.0.0 {
  model m = any
  dataset d {
    id: int, unique, role id
    text: text, role input
    label: class {no, yes}, role target
    split test from \"d.csv\"
  }
  clause QUAL-1 must { accuracy(m, d.test) >= 0.9 at 95% }
}
",
    );
    let rows: String = (0..60).map(|row| format!("{row},is {row} a number?,yes\n")).collect();
    std::fs::write(bench.path("d.csv"), format!("id,text,label\n{rows}")).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    bench.instead = Some(format!("http://{address}/v1"));
    bench.more.extend(["--model", "m", "--allow-host", &address].map(str::to_owned));
    let (over, count) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    listener.set_nonblocking(true).unwrap();
    let server = {
        let (over, count) = (Arc::clone(&over), Arc::clone(&count));
        std::thread::spawn(move || {
            while !over.load(Ordering::Relaxed) {
                let Ok((mut stream, _)) = listener.accept() else {
                    std::thread::sleep(Duration::from_millis(5));
                    continue;
                };
                let (over, count) = (Arc::clone(&over), Arc::clone(&count));
                std::thread::spawn(move || {
                    stream.set_nonblocking(false)?;
                    let text = request(&mut stream)?;
                    answer(count.fetch_add(1, Ordering::Relaxed), &text, &mut stream, &over)
                });
            }
        })
    };
    let seen = bench.certify();
    over.store(true, Ordering::Relaxed);
    server.join().unwrap();
    Ok(seen)
}

fn slow(_: usize, _: &str, stream: &mut TcpStream, over: &AtomicBool) -> std::io::Result<()> {
    write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")?;
    while !over.load(Ordering::Relaxed) {
        stream.write_all(b" ")?;
        std::thread::sleep(Duration::from_secs(9));
    }
    Ok(())
}

fn endless(_: usize, _: &str, stream: &mut TcpStream, over: &AtomicBool) -> std::io::Result<()> {
    write!(stream, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")?;
    while !over.load(Ordering::Relaxed) {
        stream.write_all(&b"data: {\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\n".repeat(1_000))?;
    }
    Ok(())
}

fn huge(_: usize, _: &str, stream: &mut TcpStream, over: &AtomicBool) -> std::io::Result<()> {
    write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 10000000000\r\n\r\n{{\"a\":\""
    )?;
    while !over.load(Ordering::Relaxed) {
        stream.write_all(&[b'x'; 65_536])?;
    }
    Ok(())
}

fn packed(_: usize, _: &str, stream: &mut TcpStream, _: &AtomicBool) -> std::io::Result<()> {
    let length = 258 * 400_000 + 1;
    let data = super::build::deflated_zeros(length);
    let head = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];
    let crc = crc32fast::hash(&vec![0; length]).to_le_bytes();
    let body = [&head[..], &data, &crc, &(length as u32).to_le_bytes()].concat();
    write!(stream, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n", body.len())?;
    stream.write_all(&body)
}

fn redirected(_: usize, _: &str, stream: &mut TcpStream, _: &AtomicBool) -> std::io::Result<()> {
    reply(stream, "302 Found", "Location: http://169.254.169.254/latest/meta-data/\r\n", "")
}

/// Another model answers after the tenth item: it says its name, and answers wrong.
fn swapped(number: usize, _: &str, stream: &mut TcpStream, _: &AtomicBool) -> std::io::Result<()> {
    let body = if number < 10 { GOOD.to_owned() } else { GOOD.replace("\"m\"", "\"n\"").replace("yes", "no") };
    reply(stream, "200 OK", "", &body)
}

/// One row is hard: it fails however often it is asked.
fn failing(_: usize, text: &str, stream: &mut TcpStream, _: &AtomicBool) -> std::io::Result<()> {
    if text.contains("is 7 a number?") {
        reply(stream, "500 Internal Server Error", "", "{}")
    } else {
        reply(stream, "200 OK", "", GOOD)
    }
}

pub fn cases() -> Vec<Case> {
    vec![
        case(97, "ep: 1 byte per 9 s forever", Must::Limit).act("", "", |bench| {
            bench.more.extend(["--time", "5"].map(str::to_owned));
            served(bench, slow)
        }),
        case(98, "ep: endless SSE / 10 GB / gzip bomb", Must::Limit)
            .act("", "endless SSE", |bench| served(bench, endless))
            .act("", "10 GB", |bench| served(bench, huge))
            .act("", "gzip bomb", |bench| served(bench, packed)),
        case(99, "ep: 302 to metadata IP; DNS rebinding", Must::Reject)
            .act("address_refused", "302", |bench| served(bench, redirected)),
        case(100, "ep: swaps model after item k", Must::Fail)
            .act("identity_changed", "", |bench| served(bench, swapped)),
        case(101, "ep: 500 on hard items only", Must::Fail).act("rows_unanswered", "", |bench| served(bench, failing)),
    ]
}
