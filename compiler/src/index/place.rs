//! What may stand at the end of a piece of `.lms` text, told by its tokens alone: the text before a cursor is seldom
//! well formed, so no tree is asked. Knows the language's shape, but no name: those are filled in elsewhere.

use super::scan::{Kind, Scan, words};
use super::token::{Token, TokenKind};
use crate::typeck::prepare::STEPS;

/// One kind of thing that may stand at a place.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Want {
    /// Keywords and other words of the language.
    Words(&'static [&'static str]),
    /// Names of architectures.
    Architectures,
    /// Config fields of an architecture.
    Fields(String),
    /// Texts that a config field (architecture, field) may be.
    Values(String, String),
    /// Measures and metrics.
    Measures,
    /// Measures that a metric can weigh.
    Weighable,
    /// Models and datasets, which conditions begin with.
    Subjects,
    /// What may follow a name and a dot.
    Parts(String),
    /// Columns of a dataset.
    Columns(String),
    /// Named results of a measure.
    Results(String),
    /// An argument of a measure or metric.
    Argument(Argument),
    /// Names of a callee's parameters, to be followed by `:`.
    Parameters(String),
    /// Controls.
    Controls,
    /// Units.
    Units,
    /// Outputs of an architecture.
    Outputs(String),
    /// Sizes that types of an architecture name.
    Sizes(String),
    /// Names of a tensor program.
    Program(Program),
}

/// Which argument.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Argument {
    /// What is called.
    pub(super) callee: String,
    /// How many arguments stand before it.
    pub(super) position: usize,
    /// Its parameter, if it is named.
    pub(super) name: Option<String>,
    /// The words of the call so far, among them the dataset whose labels a class may be.
    pub(super) given: Vec<String>,
    /// The call is part of a metric, which leaves out model and split.
    pub(super) weighed: bool,
}

/// Where in a tensor program.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Program {
    /// The architecture; empty in an operation.
    pub(super) architecture: String,
    /// In `forward`, which alone sees the inputs.
    pub(super) forward: bool,
    /// What parameters, `let` and `for` have bound so far.
    pub(super) locals: Vec<String>,
}

const ITEMS: &[&str] = &["standard", "architecture", "use", "library"];
const MEMBERS: &[&str] = &["title", "extends", "model", "dataset", "metric", "attestor", "clause"];
const LEVELS: &[&str] = &["must", "should", "may"];
const LANGUAGES: &[&str] = &["en", "zh"];
const CLAUSE_PARTS: &[&str] = &["text", "satisfies"];
const REQUIREMENT: &[&str] = &["declared", "attested", "not"];
const AFTER_REQUIREMENT: &[&str] = &["and", "or", "at", "within", "in"];
const COLUMN_TYPES: &[&str] = &["text", "int", "real", "bool", "class", "spans", "tokens", "date", "image", "audio"];
const COLUMN_RULES: &[&str] = &["length", "matches", "in", "role", "unique", "optional"];
const DATASET_PARTS: &[&str] = &["source", "annotation", "prepare", "split"];
const NOTE_KEYS: &[&str] = &["url", "method", "period", "purpose", "consent", "licence", "language"];
/// The words of all steps.
const STEP_WORDS: [&str; STEPS.len()] = {
    let mut words = [""; STEPS.len()];
    let mut index = 0;
    while index < STEPS.len() {
        words[index] = STEPS[index].word;
        index += 1;
    }
    words
};
const ROLES: &[&str] = &["input", "target", "id", "cluster"];
const SECTIONS: &[&str] = &["config", "weights", "inputs", "outputs", "block", "forward"];
const FIELD_TYPES: &[&str] = &["int", "real", "bool", "text"];
const TENSORS: &[&str] = &["float", "int", "bool"];
const PARAMETERS: &[&str] = &["float", "int", "bool", "real", "text", "axis", "block"];
const WEIGHT_RULES: &[&str] = &["rename", "ignore", "tie"];
const STATEMENTS: &[&str] = &["let", "trace", "output"];
const EXPRESSIONS: &[&str] =
    &["contract", "rearrange", "reduce", "repeat", "weight", "for", "if", "given", "true", "false", "inf", "pi"];
/// After these something begins, and nothing has been said yet.
const OPENERS: &[&str] = &[
    "", "=", "+", "-", "*", "/", "%", "div", "<", "<=", ">", ">=", "==", "!=", ",", "and", "or", "not", "in", "when",
    "require", "..", "..=", ";", ":",
];

/// What may stand at the end of `text`; nothing inside a comment or a text in quotes.
pub(super) fn wants(text: &str) -> Vec<Want> {
    let scan = Scan::new(text);
    let open = scan.last.is_some_and(|last| {
        matches!(last.kind, TokenKind::Comment | TokenKind::Doc | TokenKind::OpenText)
            && !text[last.start..].contains('\n')
    });
    if open { Vec::new() } else { scan.wants() }
}

impl Scan<'_> {
    /// An expression begins here.
    fn begins(&self) -> bool {
        OPENERS.contains(&self.back(0))
    }

    fn wants(&self) -> Vec<Want> {
        if self.back(0) == "." {
            return self.after_dot();
        }
        match (&self.frame().kind, &self.context().kind) {
            (Kind::Set(field), Kind::Model(architecture)) => {
                vec![Want::Values(architecture.clone(), field.clone())]
            }
            (Kind::Set(_) | Kind::Names, _) => Vec::new(),
            (Kind::Axes, _) => vec![Want::Sizes(self.architecture())],
            (_, Kind::Body | Kind::Forward) => self.program(),
            (Kind::Call(callee), Kind::Clause | Kind::Standard) => self.argument(callee),
            (_, Kind::Clause) => self.clause(),
            (_, Kind::Standard) => self.member(),
            (_, Kind::Model(architecture)) => self.constraint(architecture),
            (_, Kind::Dataset) => self.column(),
            (_, Kind::Split) => self.rows(),
            (_, Kind::Note) if self.line_start() || self.begins() => vec![Want::Words(NOTE_KEYS)],
            (_, Kind::Note) => Vec::new(),
            (_, Kind::Steps) => vec![Want::Words(&STEP_WORDS)],
            (_, Kind::Architecture(_)) => self.section(),
            (_, Kind::Config) => self.config(),
            (_, Kind::Weights) => self.weight_rule(),
            (_, Kind::Ports) => self.port(),
            (_, Kind::Params) if self.back(0) == ":" => vec![Want::Words(PARAMETERS)],
            (_, Kind::Top) if self.line_start() || matches!(self.back(0), "" | "}") => vec![Want::Words(ITEMS)],
            _ => Vec::new(),
        }
    }

    fn after_dot(&self) -> Vec<Want> {
        match (&self.context().kind, self.back(1), self.back(2)) {
            (Kind::Clause | Kind::Standard, ")", callee) => vec![Want::Results(callee.to_owned())],
            (Kind::Clause | Kind::Standard, root, before) if before != "." => vec![Want::Parts(root.to_owned())],
            _ => Vec::new(),
        }
    }

    /// A member of a standard: its head, the sum of a metric, the condition of a clause.
    fn member(&self) -> Vec<Want> {
        if self.frame().kind != Kind::Standard {
            return if self.begins() { vec![Want::Weighable, Want::Subjects] } else { Vec::new() };
        }
        let Some((head, tail)) = self.head(MEMBERS) else { return vec![Want::Words(MEMBERS)] };
        let has = |word: &str| tail.iter().any(|token| token.text(self.text) == word);
        let level = tail.iter().any(|token| LEVELS.contains(&token.text(self.text)));
        let goes_on = tail.is_empty() || self.begins() && !self.back(0).is_empty();
        if self.line_start() && !goes_on {
            let languages = (head == "title").then_some(Want::Words(LANGUAGES));
            return [Want::Words(MEMBERS)].into_iter().chain(languages).collect();
        }
        match head {
            "model" if self.back(0) == "=" => vec![Want::Architectures],
            "metric" if has("=") && self.begins() => vec![Want::Weighable],
            "clause" if !level && !tail.is_empty() => vec![Want::Words(LEVELS)],
            "clause" if level && !has("when") => vec![Want::Words(&["when"])],
            "clause" if level => self.condition(),
            "title" => vec![Want::Words(LANGUAGES)],
            _ => Vec::new(),
        }
    }

    fn condition(&self) -> Vec<Want> {
        match self.back(0) {
            "has" => vec![Want::Columns(self.back(1).to_owned())],
            "in" => Vec::new(),
            _ if self.begins() => vec![Want::Subjects, Want::Words(&["not"])],
            _ => vec![Want::Words(&["has", "in", "and", "or"])],
        }
    }

    fn clause(&self) -> Vec<Want> {
        let own = self.frame().kind == Kind::Clause;
        let part = if own { self.head(CLAUSE_PARTS) } else { None };
        let list = |tail: &[Token]| {
            let kind = |token: &Token| matches!(token.kind, TokenKind::Word | TokenKind::Number);
            tail.iter().all(|token| kind(token) || matches!(token.text(self.text), "," | "." | "-"))
        };
        match (part, self.back(0)) {
            (Some(("satisfies", tail)), "satisfies" | ",") if list(tail) => return vec![Want::Controls],
            (Some(("text", _)), "text") => return vec![Want::Words(LANGUAGES)],
            (_, "within") => return vec![Want::Words(&["derived"])],
            (_, "at" | "in") => return Vec::new(),
            _ => {}
        }
        let texts = |tail: &[Token]| tail.iter().all(|token| matches!(token.kind, TokenKind::Word | TokenKind::Text));
        if self.is_text(0) && part.is_some_and(|(head, tail)| head == "text" && texts(tail)) {
            return vec![Want::Words(LANGUAGES), Want::Measures, Want::Words(REQUIREMENT), Want::Words(CLAUSE_PARTS)];
        }
        if self.begins() || self.line_start() {
            let mut wants = vec![Want::Measures, Want::Words(REQUIREMENT)];
            if own && (self.line_start() || self.back(0).is_empty()) {
                wants.push(Want::Words(CLAUSE_PARTS));
            }
            if !self.begins() {
                wants.push(Want::Words(&["and", "or"]));
            }
            return wants;
        }
        let units = self.after_number().then_some(Want::Units);
        let parts = own.then_some(Want::Words(CLAUSE_PARTS));
        units.into_iter().chain([Want::Words(AFTER_REQUIREMENT)]).chain(parts).collect()
    }

    /// An argument of a measure: its value where one may begin, or its name.
    fn argument(&self, callee: &str) -> Vec<Want> {
        let flat = &self.frame().flat;
        let name = match self.back(0) {
            "" | "," => None,
            ":" => Some(self.back(1).to_owned()),
            _ if self.after_number() => return vec![Want::Units],
            _ => return Vec::new(),
        };
        let named = name.is_some();
        let argument = Argument {
            callee: callee.to_owned(),
            position: flat.iter().filter(|token| token.text(self.text) == ",").count(),
            name,
            given: words(flat, self.text),
            weighed: self.context().kind == Kind::Standard,
        };
        let parameters = (!named).then(|| Want::Parameters(callee.to_owned()));
        [Want::Argument(argument)].into_iter().chain(parameters).collect()
    }

    fn constraint(&self, architecture: &str) -> Vec<Want> {
        match self.back(0) {
            "in" => Vec::new(),
            _ if self.begins() || self.line_start() => {
                vec![Want::Fields(architecture.to_owned()), Want::Words(&["not"])]
            }
            _ if self.after_number() => vec![Want::Words(&["and", "or"])],
            _ => vec![Want::Words(&["in", "and", "or", "div"])],
        }
    }

    fn column(&self) -> Vec<Want> {
        match (self.back(0), self.back(1)) {
            (":", _) => vec![Want::Words(COLUMN_TYPES)],
            ("role", _) => vec![Want::Words(ROLES)],
            ("length", _) => vec![Want::Words(&["in"])],
            _ if self.line_start() => vec![Want::Words(DATASET_PARTS)],
            ("", _) => vec![Want::Words(DATASET_PARTS)],
            (_, "split") => vec![Want::Words(&["from"])],
            ("," | "}", _) => vec![Want::Words(COLUMN_RULES)],
            (word, _) if COLUMN_TYPES.contains(&word) => vec![Want::Words(COLUMN_RULES), Want::Units],
            _ => Vec::new(),
        }
    }

    fn rows(&self) -> Vec<Want> {
        match self.back(0) {
            "rows" => vec![Want::Words(&["in"])],
            _ if self.begins() || self.line_start() => vec![Want::Words(&["rows"])],
            _ => Vec::new(),
        }
    }

    fn section(&self) -> Vec<Want> {
        match self.back(0) {
            "->" => vec![Want::Words(TENSORS)],
            "block" => Vec::new(),
            _ => vec![Want::Words(SECTIONS)],
        }
    }

    fn config(&self) -> Vec<Want> {
        if self.frame().kind != Kind::Config {
            return if self.begins() { vec![Want::Fields(self.architecture())] } else { Vec::new() };
        }
        match self.back(0) {
            ":" => vec![Want::Words(FIELD_TYPES)],
            "from" => vec![Want::Words(&["count"])],
            "in" | "=" => Vec::new(),
            word if FIELD_TYPES.contains(&word) || word == "?" => vec![Want::Words(&["in", "from"])],
            _ if self.line_start() || self.back(0).is_empty() => vec![Want::Words(&["require"])],
            _ if self.begins() => vec![Want::Fields(self.architecture())],
            _ => Vec::new(),
        }
    }

    fn weight_rule(&self) -> Vec<Want> {
        match self.back(0) {
            _ if self.line_start() => vec![Want::Words(WEIGHT_RULES)],
            "" => vec![Want::Words(WEIGHT_RULES)],
            _ if self.is_text(0) => vec![Want::Words(&["to"])],
            _ => Vec::new(),
        }
    }

    fn port(&self) -> Vec<Want> {
        match self.back(0) {
            ":" => vec![Want::Words(TENSORS)],
            "in" | ".." | "..=" => vec![Want::Fields(self.architecture())],
            "]" => vec![Want::Words(&["in"])],
            _ => Vec::new(),
        }
    }

    fn program(&self) -> Vec<Want> {
        let weight = self.back(0) == ":" && self.is_text(1) && self.back(2) == "weight";
        match self.back(0) {
            "let" | "trace" | "weight" | "under" | "for" | "->" => return Vec::new(),
            "output" => return vec![Want::Outputs(self.architecture())],
            _ if weight => return vec![Want::Words(TENSORS)],
            _ if !(self.begins() || self.line_start() || self.back(0) == "where") => {
                return if self.is_text(0) { Vec::new() } else { vec![Want::Words(&["under"])] };
            }
            _ => {}
        }
        let forward = self.frames.iter().any(|frame| frame.kind == Kind::Forward);
        let program = Program { architecture: self.architecture(), forward, locals: self.locals() };
        let mut wants = vec![Want::Program(program), Want::Words(EXPRESSIONS)];
        match &self.frame().kind {
            Kind::Call(callee) if matches!(self.back(0), "" | ",") => wants.push(Want::Parameters(callee.clone())),
            Kind::Call(_) if self.back(0) == ":" => wants.push(Want::Sizes(self.architecture())),
            Kind::Body | Kind::Forward if self.line_start() || matches!(self.back(0), "" | ";") => {
                wants.push(Want::Words(STATEMENTS));
            }
            _ => {}
        }
        wants
    }
}
