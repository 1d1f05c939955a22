//! What chat templates may call: the functions that transformers gives them, and those methods of texts, dictionaries and
//! lists that templates, written for Python, call on their values. None of them changes a value.

use minijinja::value::{Kwargs, Value, ValueKind, from_args};
use minijinja::{Environment, Error, ErrorKind, State};
use std::fmt;

/// Longest range, as in the engine of transformers, and most repeats of an indent.
const RANGE: i64 = 100_000;
const INDENT: usize = 64;
/// Deepest value that is written as JSON.
const DEPTH: usize = 128;

/// The template's own refusal, and its words.
#[derive(Debug)]
pub(super) struct Raised(pub(super) String);

impl fmt::Display for Raised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the template refuses")
    }
}

impl std::error::Error for Raised {}

/// Puts all that may be called into the box; `now` is in seconds since 1970 (UTC).
pub(super) fn furnish(env: &mut Environment<'_>, now: u64) {
    env.add_function("raise_exception", |message: String| -> Result<Value, Error> {
        Err(Error::new(ErrorKind::InvalidOperation, "the template refuses").with_source(Raised(message)))
    });
    env.add_function("strftime_now", move |format: &str| time(format, now));
    env.add_function("range", range);
    env.add_filter("tojson", tojson);
    env.set_unknown_method_callback(method);
}

fn wrong(message: &'static str) -> Error {
    Error::new(ErrorKind::InvalidOperation, message)
}

fn range(lower: i64, upper: Option<i64>, step: Option<i64>) -> Result<Value, Error> {
    let (from, to) = upper.map_or((0, lower), |upper| (lower, upper));
    let step = step.unwrap_or(1);
    let reach = if step > 0 { to.checked_sub(from) } else { from.checked_sub(to) };
    let reach = reach.ok_or_else(|| wrong("range has too many elements"))?.max(0);
    let count = match step.checked_abs() {
        Some(0) | None => return Err(wrong("a range has no step")),
        Some(step) => reach / step + i64::from(reach % step != 0),
    };
    if count > RANGE {
        return Err(wrong("range has too many elements"));
    }
    Ok(Value::make_iterable(move || (0..count).map(move |n| from + n * step)))
}

/// `json.dumps` of Python, with characters beyond ASCII as they are.
fn tojson(state: &State, value: &Value, options: Kwargs) -> Result<Value, Error> {
    let ascii = options.get::<Option<bool>>("ensure_ascii")?.unwrap_or(false);
    let sort = options.get::<Option<bool>>("sort_keys")?.unwrap_or(false);
    let indent = match options.get::<Option<Value>>("indent")? {
        Some(value) if !value.is_none() => match value.as_str() {
            Some(text) => Some(text.to_owned()),
            None => Some(" ".repeat(value.as_usize().unwrap_or(0).min(INDENT))),
        },
        _ => None,
    };
    let separators = match options.get::<Option<Vec<String>>>("separators")?.as_deref() {
        Some([item, key]) => (item.clone(), key.clone()),
        Some(_) => return Err(wrong("separators are not two texts")),
        None => (if indent.is_some() { "," } else { ", " }.to_owned(), ": ".to_owned()),
    };
    options.assert_all_used()?;
    let mut writer = Json { out: String::new(), ascii, sort, indent, separators, state, paid: 0 };
    writer.value(value, 0)?;
    Ok(Value::from(writer.out))
}

struct Json<'a, 'e, 't> {
    out: String,
    ascii: bool,
    sort: bool,
    indent: Option<String>,
    separators: (String, String),
    state: &'a State<'e, 't>,
    paid: usize,
}

impl Json<'_, '_, '_> {
    /// Pays for what was written since.
    fn pay(&mut self) -> Result<(), Error> {
        let bytes = self.out.len() - self.paid;
        self.paid = self.out.len();
        self.state.consume_fuel(1 + bytes as u64 / 64)
    }

    fn value(&mut self, value: &Value, depth: usize) -> Result<(), Error> {
        if depth > DEPTH {
            return Err(wrong("recursion limit of JSON"));
        }
        self.pay()?;
        match value.kind() {
            ValueKind::None => self.out.push_str("null"),
            ValueKind::Bool => self.out.push_str(if value.is_true() { "true" } else { "false" }),
            ValueKind::Number if value.is_integer() => self.out.push_str(&value.to_string()),
            ValueKind::Number => {
                let number = f64::try_from(value.clone())?;
                self.out.push_str(&float(number));
            }
            ValueKind::String => self.text(value.as_str().unwrap_or_default()),
            ValueKind::Map => {
                let mut keys: Vec<Value> = value.try_iter()?.collect();
                if self.sort {
                    keys.sort();
                }
                self.list('{', '}', keys.len(), depth, |writer, n| {
                    let key = keys.get(n).cloned().unwrap_or_default();
                    let inner = value.get_item(&key)?;
                    writer.text(&key.to_string());
                    let between = writer.separators.1.clone();
                    writer.out.push_str(&between);
                    writer.value(&inner, depth + 1)
                })?;
            }
            ValueKind::Seq | ValueKind::Iterable => {
                let items: Vec<Value> = value.try_iter()?.collect();
                self.list('[', ']', items.len(), depth, |writer, n| {
                    writer.value(items.get(n).unwrap_or(&Value::UNDEFINED), depth + 1)
                })?;
            }
            _ => return Err(wrong("a value cannot be written as JSON")),
        }
        Ok(())
    }

    fn list(
        &mut self,
        open: char,
        close: char,
        count: usize,
        depth: usize,
        mut item: impl FnMut(&mut Self, usize) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.out.push(open);
        for n in 0..count {
            if n > 0 {
                let between = self.separators.0.clone();
                self.out.push_str(&between);
            }
            self.line(depth + 1);
            item(self, n)?;
        }
        if count > 0 {
            self.line(depth);
        }
        self.out.push(close);
        Ok(())
    }

    fn line(&mut self, depth: usize) {
        if let Some(indent) = &self.indent {
            self.out.push('\n');
            self.out.extend(std::iter::repeat_n(indent.as_str(), depth));
        }
    }

    fn text(&mut self, text: &str) {
        self.out.push('"');
        for c in text.chars() {
            match c {
                '"' => self.out.push_str("\\\""),
                '\\' => self.out.push_str("\\\\"),
                '\n' => self.out.push_str("\\n"),
                '\r' => self.out.push_str("\\r"),
                '\t' => self.out.push_str("\\t"),
                '\u{8}' => self.out.push_str("\\b"),
                '\u{c}' => self.out.push_str("\\f"),
                c if c < ' ' || (self.ascii && !c.is_ascii()) || (self.ascii && c == '\u{7f}') => {
                    for unit in c.encode_utf16(&mut [0; 2]) {
                        self.out.push_str(&format!("\\u{unit:04x}"));
                    }
                }
                c => self.out.push(c),
            }
        }
        self.out.push('"');
    }
}

/// A number as Python writes it: the shortest that reads back, with an exponent from 1e16 up and below 1e-4.
fn float(number: f64) -> String {
    if !number.is_finite() {
        return if number.is_nan() {
            "NaN"
        } else if number > 0.0 {
            "Infinity"
        } else {
            "-Infinity"
        }
        .to_owned();
    }
    let short = format!("{number:e}");
    let (digits, exponent) = short.split_once('e').unwrap_or((&short, "0"));
    match exponent.parse::<i32>().unwrap_or(0) {
        power @ -4..=15 => {
            let plain = format!("{number}");
            if power >= 0 && !plain.contains('.') { format!("{plain}.0") } else { plain }
        }
        power => format!("{digits}e{}{:02}", if power < 0 { '-' } else { '+' }, power.unsigned_abs()),
    }
}

fn method(state: &mut State, value: &Value, name: &str, args: &[Value]) -> Result<Value, Error> {
    match value.kind() {
        ValueKind::String => text_method(state, value.as_str().unwrap_or_default(), name, args),
        ValueKind::Map => map_method(value, name, args),
        ValueKind::Seq => list_method(value, name, args),
        _ => Err(Error::from(ErrorKind::UnknownMethod)),
    }
}

fn map_method(map: &Value, name: &str, args: &[Value]) -> Result<Value, Error> {
    match name {
        "keys" => {
            let () = from_args(args)?;
            Ok(map.try_iter()?.collect())
        }
        "values" | "items" => {
            let () = from_args(args)?;
            let mut all = Vec::new();
            for key in map.try_iter()? {
                let value = map.get_item(&key)?;
                all.push(if name == "values" { value } else { Value::from(vec![key, value]) });
            }
            Ok(Value::from(all))
        }
        "get" => {
            let (key, default): (&Value, Option<&Value>) = from_args(args)?;
            let value = map.get_item(key)?;
            Ok(if value.is_undefined() { default.cloned().unwrap_or_else(|| Value::from(())) } else { value })
        }
        _ => Err(Error::from(ErrorKind::UnknownMethod)),
    }
}

fn list_method(list: &Value, name: &str, args: &[Value]) -> Result<Value, Error> {
    let (wanted,): (&Value,) = from_args(args)?;
    match name {
        "count" => Ok(Value::from(list.try_iter()?.filter(|item| item == wanted).count())),
        "index" => {
            let place = list.try_iter()?.position(|item| item == *wanted);
            place.map(Value::from).ok_or_else(|| wrong("the value is not in the list"))
        }
        _ => Err(Error::from(ErrorKind::UnknownMethod)),
    }
}

fn text_method(state: &mut State, text: &str, name: &str, args: &[Value]) -> Result<Value, Error> {
    // Each goes through the text once.
    state.consume_fuel(1 + text.len() as u64 / 64)?;
    if let Some(changed) = changed(text, name, args)? {
        return Ok(changed);
    }
    match name {
        "startswith" | "endswith" => {
            let (affix,): (&Value,) = from_args(args)?;
            let found = |affix: &Value| match affix.as_str() {
                Some(affix) if name == "startswith" => Ok(text.starts_with(affix)),
                Some(affix) => Ok(text.ends_with(affix)),
                None => Err(wrong("what a text begins or ends with is a text")),
            };
            if affix.kind() != ValueKind::Seq {
                return found(affix).map(Value::from);
            }
            affix.try_iter()?.try_fold(false, |any, affix| Ok(any || found(&affix)?)).map(Value::from)
        }
        "split" | "rsplit" => split(text, name == "rsplit", args),
        "splitlines" => Ok(text.lines().map(Value::from).collect()),
        "join" => {
            let (parts,): (&Value,) = from_args(args)?;
            let mut out = String::new();
            for (n, part) in parts.try_iter()?.enumerate() {
                out.push_str(if n > 0 { text } else { "" });
                out.push_str(part.as_str().ok_or_else(|| wrong("only texts are joined"))?);
                state.consume_fuel(1 + (text.len() + part.as_str().map_or(0, str::len)) as u64 / 64)?;
            }
            Ok(Value::from(out))
        }
        "find" | "rfind" | "index" | "count" => {
            let (wanted,): (&str,) = from_args(args)?;
            let place = |at: Option<usize>| at.and_then(|at| text.get(..at)).map(|before| before.chars().count());
            let place = match name {
                "count" if wanted.is_empty() => return Ok(Value::from(text.chars().count() + 1)),
                "count" => return Ok(Value::from(text.matches(wanted).count())),
                "rfind" => place(text.rfind(wanted)),
                _ => place(text.find(wanted)),
            };
            match place {
                Some(place) => Ok(Value::from(place)),
                None if name == "index" => Err(wrong("the text is not found")),
                None => Ok(Value::from(-1)),
            }
        }
        _ => is(text, name).map(Value::from).ok_or_else(|| Error::from(ErrorKind::UnknownMethod)),
    }
}

/// Methods that give a text for a text.
fn changed(text: &str, name: &str, args: &[Value]) -> Result<Option<Value>, Error> {
    Ok(Some(Value::from(match name {
        "strip" | "lstrip" | "rstrip" => {
            let (chars,): (Option<&str>,) = from_args(args)?;
            let goes = |c: char| chars.map_or(blank(c), |chars| chars.contains(c));
            match name {
                "strip" => text.trim_matches(goes),
                "lstrip" => text.trim_start_matches(goes),
                _ => text.trim_end_matches(goes),
            }
            .to_owned()
        }
        "upper" => text.to_uppercase(),
        "lower" => text.to_lowercase(),
        "capitalize" => {
            let mut chars = text.chars();
            chars.next().map_or(String::new(), |first| {
                first.to_uppercase().chain(chars.as_str().to_lowercase().chars()).collect()
            })
        }
        "title" => {
            let mut inside = false;
            let mut out = String::new();
            for c in text.chars() {
                if inside {
                    out.extend(c.to_lowercase())
                } else {
                    out.extend(c.to_uppercase())
                }
                inside = c.is_alphabetic();
            }
            out
        }
        "removeprefix" | "removesuffix" => {
            let (affix,): (&str,) = from_args(args)?;
            let cut = if name == "removeprefix" { text.strip_prefix(affix) } else { text.strip_suffix(affix) };
            cut.unwrap_or(text).to_owned()
        }
        "replace" => {
            let (from, to, count): (&str, &str, Option<usize>) = from_args(args)?;
            // What comes out is charged by the engine; it may not be large before that.
            let most = text.len().saturating_add(1).saturating_mul(to.len()).saturating_add(text.len());
            if most > super::OUTPUT_BYTES && text.matches(from).count().saturating_mul(to.len()) > super::OUTPUT_BYTES {
                return Err(wrong("a text becomes too large"));
            }
            count.map_or_else(|| text.replace(from, to), |count| text.replacen(from, to, count))
        }
        _ => return Ok(None),
    })))
}

fn is(text: &str, name: &str) -> Option<bool> {
    let all = |test: fn(char) -> bool| !text.is_empty() && text.chars().all(test);
    let cased = |same: fn(char) -> bool, other: fn(char) -> bool| text.chars().any(same) && !text.chars().any(other);
    Some(match name {
        "isdigit" | "isdecimal" | "isnumeric" => all(char::is_numeric),
        "isalpha" => all(char::is_alphabetic),
        "isalnum" => all(char::is_alphanumeric),
        "isspace" => all(blank),
        "isupper" => cased(char::is_uppercase, char::is_lowercase),
        "islower" => cased(char::is_lowercase, char::is_uppercase),
        _ => return None,
    })
}

/// What Python takes for a blank.
fn blank(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}

fn split(text: &str, from_right: bool, args: &[Value]) -> Result<Value, Error> {
    let (by, most): (Option<&str>, Option<i64>) = from_args(args)?;
    let most = most.and_then(|most| usize::try_from(most).ok()).unwrap_or(usize::MAX).saturating_add(1);
    let parts: Vec<&str> = match (by, from_right) {
        (Some(""), _) => return Err(wrong("a text is not split by nothing")),
        (Some(by), false) => text.splitn(most, by).collect(),
        (Some(by), true) => {
            let mut parts: Vec<&str> = text.rsplitn(most, by).collect();
            parts.reverse();
            parts
        }
        (None, _) => {
            let mut parts = Vec::new();
            let mut rest = text.trim_matches(blank);
            while !rest.is_empty() {
                let cut = (parts.len() + 1 < most).then(|| rest.find(blank)).flatten();
                let (part, after) = rest.split_at(cut.unwrap_or(rest.len()));
                parts.push(part);
                rest = after.trim_start_matches(blank);
            }
            parts
        }
    };
    Ok(parts.into_iter().map(Value::from).collect())
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = ["Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday"];

/// The time as `strftime` writes it, in UTC.
fn time(format: &str, now: u64) -> Result<Value, Error> {
    let (days, seconds) = (now / 86_400, now % 86_400);
    let (year, month, day) = date(days).ok_or_else(|| wrong("the time is too far off"))?;
    let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    let name = |names: &[&'static str], at: u64| names.get(at as usize).copied().unwrap_or_default();
    let half = if hour % 12 == 0 { 12 } else { hour % 12 };
    let mut out = String::new();
    let mut chars = format.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let mut letter = chars.next();
        let bare = letter == Some('-');
        if bare {
            letter = chars.next();
        }
        let two = |number: u64| if bare { number.to_string() } else { format!("{number:02}") };
        out.push_str(&match letter {
            Some('Y') => year.to_string(),
            Some('y') => two(year % 100),
            Some('m') => two(month),
            Some('d') => two(day),
            Some('B') => name(&MONTHS, month - 1).to_owned(),
            Some('b' | 'h') => name(&MONTHS, month - 1).chars().take(3).collect(),
            Some('A') => name(&DAYS, days % 7).to_owned(),
            Some('a') => name(&DAYS, days % 7).chars().take(3).collect(),
            Some('H') => two(hour),
            Some('I') => two(half),
            Some('M') => two(minute),
            Some('S') => two(second),
            Some('p') => if hour < 12 { "AM" } else { "PM" }.to_owned(),
            Some('Z') => String::new(),
            Some('F') => format!("{year}-{month:02}-{day:02}"),
            Some('T') => format!("{hour:02}:{minute:02}:{second:02}"),
            Some('%') => "%".to_owned(),
            _ => return Err(wrong("the time cannot be written in this form")),
        });
    }
    Ok(Value::from(out))
}

/// Year, month and day of a count of days since 1970, to the year 9999.
fn date(days: u64) -> Option<(u64, u64, u64)> {
    if days > 2_932_896 {
        return None;
    }
    let (mut year, mut left) = (1970, days);
    let leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    while left >= 365 + u64::from(leap(year)) {
        left -= 365 + u64::from(leap(year));
        year += 1;
    }
    for month in 1..=12 {
        let length = match month {
            2 => 28 + u64::from(leap(year)),
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        if left < length {
            return Some((year, month, left + 1));
        }
        left -= length;
    }
    None
}
