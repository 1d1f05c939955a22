//! Endpoints: one that answers, and one for each way of being hostile. Each double is a server of this process that gives
//! the bytes it is told to give.

use lmstd_runtime::opaque::Source;
use lmstd_runtime::opaque::address::Place;
use lmstd_runtime::opaque::http::{Endpoint, Patience, Spec};
use lmstd_runtime::opaque::protocol::{Kind, Question, Reply};
use serde_json::{Map, Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// A request as the double saw it.
struct Seen {
    head: String,
    body: Value,
}

/// Serves every connection with `answer` until the test ends; gives the port and a counter of requests.
fn served(answer: impl Fn(Seen, &mut TcpStream) + Send + Sync + 'static) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let count = Arc::new(AtomicUsize::new(0));
    let (answer, seen) = (Arc::new(answer), count.clone());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (answer, seen) = (answer.clone(), seen.clone());
            std::thread::spawn(move || {
                let mut stream = stream;
                while let Some(request) = request(&stream) {
                    seen.fetch_add(1, Ordering::SeqCst);
                    answer(request, &mut stream);
                }
            });
        }
    });
    (port, count)
}

fn request(stream: &TcpStream) -> Option<Seen> {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if line == "\r\n" {
            break;
        }
        head.push_str(&line.to_ascii_lowercase());
    }
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "))?.trim().parse().ok()?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Seen { head, body: serde_json::from_slice(&body).ok()? })
}

fn ok(stream: &mut TcpStream, body: &str) {
    respond(stream, "200 OK", "content-type: application/json\r\n", body);
}

fn respond(stream: &mut TcpStream, status: &str, headers: &str, body: &str) {
    let _ = write!(stream, "HTTP/1.1 {status}\r\n{headers}content-length: {}\r\n\r\n{body}", body.len());
}

fn message(text: &str) -> String {
    json!({ "model": "m-1", "system_fingerprint": "fp", "choices": [{ "message": { "content": text } }] }).to_string()
}

fn patience() -> Patience {
    Patience {
        connect: Duration::from_secs(2),
        first: Duration::from_secs(2),
        whole: Duration::from_secs(3),
        response: 1 << 20,
        again: 1,
        pause: Duration::from_millis(10),
        ..Patience::default()
    }
}

fn endpoint(port: u16) -> Endpoint {
    let place = Place::parse(&format!("http://127.0.0.1:{port}/v1")).unwrap();
    let spec = Spec { place, model: "m".into(), allowed: vec![format!("127.0.0.1:{port}")], patience: patience() };
    Endpoint::open(spec, Some("sesame".into())).unwrap()
}

fn question(kind: Kind, text: &str, choices: &[&str]) -> Question {
    let inputs = Map::from_iter([("text".to_owned(), text.into())]);
    Question { task: "t".into(), kind, inputs, choices: choices.iter().map(|choice| (*choice).to_owned()).collect() }
}

fn classify(text: &str) -> Question {
    question(Kind::Classify, text, &["negative", "positive"])
}

/// One question: the answer, or the fault.
fn one(endpoint: &mut Endpoint, question: &Question) -> Result<Option<Reply>, String> {
    endpoint.ask(&[question]).map(|mut told| told.remove(0)).map_err(|error| error.fault.to_string())
}

/// One question to a double that answers so.
fn told(answer: impl Fn(Seen, &mut TcpStream) + Send + Sync + 'static) -> Result<Option<Reply>, String> {
    one(&mut endpoint(served(answer).0), &classify("fine"))
}

#[test]
fn chat_completions_embeddings_and_logprobs_are_answers() {
    let (port, _) = served(|seen, stream| {
        assert!(seen.head.contains("authorization: bearer sesame") && seen.head.contains("post /v1/"));
        assert!(!seen.head.contains("accept-encoding") && !seen.head.contains("stream"));
        if seen.head.contains("/embeddings") {
            return ok(stream, r#"{"data":[{"embedding":[0.5,-1]}]}"#);
        }
        if seen.head.contains("/chat/completions") {
            let asked = seen.body["messages"][0]["content"].as_str().unwrap().to_owned();
            let answer = if asked.contains("number") { "4.5" } else { " Positive.\n" };
            let answer = if asked.starts_with("Translate") { "Bonjour" } else { answer };
            return ok(stream, &message(answer));
        }
        // One token a word, and one that was written behind the text.
        let prompt = seen.body["prompt"].as_str().unwrap();
        let mut offsets = vec![0];
        offsets.extend(prompt.char_indices().filter(|(_, c)| *c == ' ').map(|(at, _)| at));
        let mut logs: Vec<Value> = (0..offsets.len()).map(|place| json!(-(place as f64))).collect();
        logs[0] = Value::Null;
        offsets.push(prompt.len());
        logs.push(json!(-99));
        ok(
            stream,
            &json!({ "choices": [{ "logprobs": { "token_logprobs": logs, "text_offset": offsets } }] }).to_string(),
        );
    });
    let mut endpoint = endpoint(port);
    let mut ask = |question: Question| one(&mut endpoint, &question);
    assert_eq!(ask(classify("fine")), Ok(Some(Reply::Label(1))));
    assert_eq!(ask(question(Kind::Number, "what number?", &[])), Ok(Some(Reply::Cell("4.5".into()))));
    assert_eq!(ask(question(Kind::Write, "Translate: hello", &[])), Ok(Some(Reply::Cell("Bonjour".into()))));
    assert_eq!(ask(question(Kind::Vector, "x", &[])), Ok(Some(Reply::Cell("[0.5,-1]".into()))));
    assert_eq!(ask(question(Kind::Likelihood, "a b c", &[])), Ok(Some(Reply::Cell("[-1,-2]".into()))));
    // Behind `a b` stand ` c` (token 2), and ` c d` (tokens 2 and 3).
    assert_eq!(ask(question(Kind::Choose, "a b", &[" c", " c d"])), Ok(Some(Reply::Cell("[-2,-5]".into()))));
    // A text that is no tag list, and one that is.
    assert_eq!(ask(question(Kind::Fill, "x", &[])), Ok(None));
    assert_eq!(endpoint.claims(), ["model m-1", "system_fingerprint fp"]);
}

#[test]
fn a_text_that_is_no_class_is_no_answer() {
    for text in ["I cannot say", "", "positive or negative", "posit\u{0131}ve"] {
        let told = told(move |_, stream| ok(stream, &message(text)));
        assert_eq!(told, Ok(None), "{text}");
    }
}

/// Case 97: one byte now and then, for ever.
#[test]
fn a_slow_drip_is_cut_off() {
    let before = Instant::now();
    let dripping = told(|_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n");
        while stream.write_all(b" ").is_ok() {
            std::thread::sleep(Duration::from_millis(300));
        }
    });
    assert_eq!(dripping, Ok(None));
    let silent = told(|_, _| std::thread::sleep(Duration::from_secs(30)));
    assert_eq!(silent, Ok(None));
    let headers = told(|_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n");
        while stream.write_all(b"x: y\r\n").is_ok() {
            std::thread::sleep(Duration::from_millis(300));
        }
    });
    assert_eq!(headers, Ok(None));
    assert!(before.elapsed() < Duration::from_secs(25), "{:?}", before.elapsed());
}

/// Case 98: streams without end, bodies without end, what is packed.
#[test]
fn too_much_and_what_was_not_asked_for_is_refused() {
    let endless = |head: &'static str| {
        move |_: Seen, stream: &mut TcpStream| {
            let _ = stream.write_all(head.as_bytes());
            let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x10000));
            while stream.write_all(chunk.as_bytes()).is_ok() {}
        }
    };
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    assert_eq!(told(endless(chunked)).unwrap_err(), "limit_exceeded");
    let long = "HTTP/1.1 200 OK\r\ncontent-length: 10000000000\r\n\r\n";
    assert_eq!(told(endless(long)).unwrap_err(), "limit_exceeded");
    let events = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
    assert_eq!(told(endless(events)).unwrap_err(), "malformed_answer");
    let packed = "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ntransfer-encoding: chunked\r\n\r\n";
    assert_eq!(told(endless(packed)).unwrap_err(), "malformed_answer");
    // Headers without end.
    let headers = told(|_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n");
        while stream.write_all(format!("x: {}\r\n", "y".repeat(1_000)).as_bytes()).is_ok() {}
    });
    assert!(!matches!(headers, Ok(Some(_))), "{headers:?}");
}

/// Case 99: a redirect is not followed, wherever it leads.
#[test]
fn a_redirect_is_refused() {
    let (target, reached) = served(|_, stream| ok(stream, &message("positive")));
    for status in ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"] {
        let location = format!("location: http://127.0.0.1:{target}/v1/chat/completions\r\n");
        let told = told(move |_, stream| respond(stream, status, &location, ""));
        assert_eq!(told.unwrap_err(), "address_refused", "{status}");
    }
    assert_eq!(reached.load(Ordering::SeqCst), 0);
}

/// Case 101: failures on hard questions only. They are tried again, counted, and have no answer.
#[test]
fn failures_are_tried_again_and_counted() {
    let (port, count) = served(|seen, stream| match seen.body.to_string().contains("hard") {
        true => respond(stream, "500 Internal", "", "{}"),
        false => ok(stream, &message("negative")),
    });
    let mut endpoint = endpoint(port);
    let (easy, hard) = (classify("easy"), classify("hard"));
    let told = endpoint.ask(&[&easy, &hard, &easy]).unwrap();
    assert_eq!(told, [Some(Reply::Label(0)), None, Some(Reply::Label(0))]);
    assert_eq!((endpoint.retries(), count.load(Ordering::SeqCst)), (1, 4));
    // A server that is down altogether ends the run.
    let all: Vec<&Question> = std::iter::repeat_n(&hard, 40).collect();
    assert_eq!(endpoint.ask(&all).unwrap_err().fault, "no_answer");
}

#[test]
fn what_is_no_answer_of_the_api_is_malformed() {
    let bodies = [
        "",
        "null",
        "[]",
        "not json",
        r#"{"choices":[]}"#,
        r#"{"choices":[{"message":{"content":null}}]}"#,
        r#"{"choices":[{"message":{"content":"positive"}}],"choices":[]}"#,
        r#"{"choices":[{"message":{"content":"positive"}}],"x":NaN}"#,
        "{\"choices\":[{\"message\":{\"content\":\"\u{0}\"}}]}",
    ];
    for body in bodies {
        let told = told(move |_, stream| ok(stream, body));
        assert_eq!(told.unwrap_err(), "malformed_answer", "{body}");
    }
    let deep = "[".repeat(100_000);
    assert_eq!(told(move |_, stream| ok(stream, &deep)).unwrap_err(), "malformed_answer");
    for logs in [r#"[null,0.5]"#, r#"[null,null]"#, r#"[null]"#, r#"[null,"x"]"#] {
        let body = format!(r#"{{"choices":[{{"logprobs":{{"token_logprobs":{logs},"text_offset":[0,1]}}}}]}}"#);
        let (port, _) = served(move |_, stream| ok(stream, &body));
        let told = one(&mut endpoint(port), &question(Kind::Likelihood, "a b", &[]));
        assert_eq!(told.unwrap_err(), "malformed_answer", "{logs}");
    }
}

#[test]
fn a_refusal_is_told_and_no_message_holds_the_key() {
    for (status, fault) in [("401 Unauthorized", "no_answer"), ("404 Not Found", "no_answer")] {
        let (port, _) = served(move |_, stream| respond(stream, status, "", "{\"error\":\"sesame\"}"));
        let error = endpoint(port).ask(&[&classify("x")]).unwrap_err();
        assert_eq!(error.fault, fault);
        assert!(!format!("{error} {error:?}").contains("sesame"), "{error}");
    }
    assert_eq!(told(|_, stream| respond(stream, "400 Bad Request", "", "{}")), Ok(None));
}

#[test]
fn an_endpoint_of_this_machine_is_not_asked_unless_named() {
    let (port, reached) = served(|_, stream| ok(stream, &message("positive")));
    for url in
        [format!("http://127.0.0.1:{port}"), format!("https://127.0.0.1:{port}"), format!("https://localhost:{port}")]
    {
        let place = Place::parse(&url).unwrap();
        let spec = Spec { place, model: "m".into(), allowed: vec!["example.org".into()], patience: patience() };
        assert_eq!(Endpoint::open(spec, None).err().unwrap().fault, "address_refused", "{url}");
    }
    // Nobody vouches for the certificate of a server that has none.
    let place = Place::parse(&format!("https://127.0.0.1:{port}")).unwrap();
    let spec = Spec { place, model: "m".into(), allowed: vec!["127.0.0.1".into()], patience: patience() };
    let told = Endpoint::open(spec, None).unwrap().ask(&[&classify("x")]);
    assert!(!matches!(told.as_deref(), Ok([Some(_)])), "{told:?}");
    assert_eq!(reached.load(Ordering::SeqCst), 0);
}
