//! Faults in words for people: a piece that fits nothing is matched alone, and pest's rule names become words.

use pest::error::{Error, ErrorVariant, InputLocation};

use crate::error::SyntaxErrorKind;
use crate::span::Span;

use super::{Builder, MAX_DEPTH, Piece, Rule, pairs_of};

/// Words that say what an error expected, the most telling first; rules without words are not worth naming.
const WORDS: &[(&[Rule], &str)] = &[
    (&[Rule::document, Rule::only_item, Rule::standard], "`standard`"),
    (&[Rule::architecture], "`architecture`"),
    (&[Rule::op], "`op`"),
    (&[Rule::measure], "`measure`"),
    (&[Rule::library, Rule::kw_library], "`library`"),
    (&[Rule::use_line, Rule::kw_use], "`use`"),
    (&[Rule::key_pattern], "a key of `config.json`, `*` for any text"),
    (&[Rule::extends, Rule::base, Rule::kw_extends], "`extends`"),
    (&[Rule::reference, Rule::target], "a built-in name or a relative path"),
    (&[Rule::versions], "a range of versions such as `1.*`"),
    (&[Rule::title], "`title`"),
    (&[Rule::model], "`model`"),
    (&[Rule::dataset], "`dataset`"),
    (&[Rule::metric], "`metric`"),
    (&[Rule::attestor, Rule::kw_attestor], "`attestor`"),
    (&[Rule::clause], "`clause`"),
    (&[Rule::config], "`config`"),
    (&[Rule::weights], "`weights`"),
    (&[Rule::inputs], "`inputs`"),
    (&[Rule::outputs], "`outputs`"),
    (&[Rule::block_item], "`block`"),
    (&[Rule::forward], "`forward`"),
    (&[Rule::kw_standard], "`standard`"),
    (&[Rule::kw_architecture], "`architecture`"),
    (&[Rule::kw_op], "`op`"),
    (&[Rule::kw_measure], "`measure`"),
    (&[Rule::kw_title], "`title`"),
    (&[Rule::kw_model], "`model`"),
    (&[Rule::kw_dataset], "`dataset`"),
    (&[Rule::kw_metric], "`metric`"),
    (&[Rule::kw_clause], "`clause`"),
    (&[Rule::kw_config], "`config`"),
    (&[Rule::kw_weights], "`weights`"),
    (&[Rule::kw_inputs], "`inputs`"),
    (&[Rule::kw_outputs], "`outputs`"),
    (&[Rule::kw_block], "`block`"),
    (&[Rule::kw_forward], "`forward`"),
    (&[Rule::level], "`must`, `should` or `may`"),
    (
        &[Rule::plain_type, Rule::field_type, Rule::class_type],
        "a column type such as `text`, `int`, `real`, `bool` or `class {…}`",
    ),
    (&[Rule::field_rule], "a rule: `length in`, `in`, `matches`, `role`, `unique` or `optional`"),
    (&[Rule::type_axis], "an axis"),
    (&[Rule::r#type, Rule::tuple_type, Rule::type_part], "a type"),
    (
        &[
            Rule::name,
            Rule::binding,
            Rule::dotted,
            Rule::dashed,
            Rule::word,
            Rule::segment,
            Rule::label,
            Rule::arg_name,
        ],
        "a name",
    ),
    (&[Rule::control], "a control such as `eu-ai-act.art-15-1`"),
    (&[Rule::version], "a version such as `1.0.0`"),
    (&[Rule::language, Rule::localized], "a language such as `en` and a text in quotes"),
    (
        &[Rule::expr, Rule::argument, Rule::value, Rule::constraint, Rule::requirement, Rule::path, Rule::operand],
        "an expression",
    ),
    (&[Rule::string], "a text in quotes"),
    (&[Rule::label_number], "a number"),
    (&[Rule::source, Rule::kw_source], "`source`"),
    (&[Rule::annotation, Rule::kw_annotation], "`annotation`"),
    (&[Rule::prepare, Rule::kw_prepare], "`prepare`"),
    (&[Rule::p_equals, Rule::default], "`=`"),
    (&[Rule::p_colon], "`:`"),
    (&[Rule::p_arrow], "`->`"),
    (&[Rule::p_brace_open, Rule::block, Rule::constraints, Rule::entries, Rule::steps], "`{`"),
    (&[Rule::p_paren_open, Rule::params], "`(`"),
    (&[Rule::p_bracket_open, Rule::type_axes], "`[`"),
    (&[Rule::kw_from, Rule::sources], "`from`"),
    (&[Rule::kw_in, Rule::in_values], "`in`"),
    (&[Rule::kw_to], "`to`"),
    (&[Rule::kw_else], "`else`"),
    (&[Rule::kw_when], "`when`"),
    (&[Rule::kw_where], "`where`"),
    (&[Rule::kw_let, Rule::let_statement], "`let`"),
    (&[Rule::kw_trace, Rule::trace_statement], "`trace`"),
    (&[Rule::kw_output, Rule::output_statement], "`output`"),
    (&[Rule::kw_rename, Rule::rename_rule], "`rename`"),
    (&[Rule::kw_ignore, Rule::ignore_rule], "`ignore`"),
    (&[Rule::kw_tie, Rule::tie_rule], "`tie`"),
    (&[Rule::axis_name, Rule::axis_one, Rule::axis_group, Rule::axis_rest], "an axis of the pattern"),
    (&[Rule::plain_result], "a result type"),
    (&[Rule::p_comma], "`,`"),
    (&[Rule::p_paren_close], "`)`"),
    (&[Rule::p_bracket_close], "`]`"),
    (&[Rule::p_brace_close], "`}`"),
    (&[Rule::op_add, Rule::op_or, Rule::op_and, Rule::op_eq, Rule::op_in], "an operator"),
];

/// What people write who know other languages, and what this one says; longer marks before their beginnings.
const SLIPS: &[(&str, &str)] = &[
    ("&&", "`and`"),
    ("||", "`or`"),
    ("=>", "`>=`"),
    ("=<", "`<=`"),
    ("<>", "`!=`"),
    ("===", "`==`"),
    ("!==", "`!=`"),
    ("=", "`==` to compare"),
    ("!", "`not`"),
    ("&", "`and`"),
    ("|", "`or`"),
    ("≥", "`>=`"),
    ("≤", "`<=`"),
    ("≠", "`!=`"),
    ("×", "`*`"),
    ("÷", "`/`"),
];

/// Quotes of other languages and what closes them; here only `"` is one.
const QUOTES: &[(char, char)] = &[('\'', '\''), ('“', '”'), ('‘', '’'), ('「', '」'), ('`', '`')];

/// The words for places that take an expression.
const VALUES: &[&str] = &["an expression", "a constraint", "a requirement", "one value at the end of the block"];

/// Where a bad piece stands: which rules it could have been.
#[derive(Clone, Copy)]
pub(super) enum Place {
    Item,
    Member,
    Section,
    Part,
    Constraint,
    Statement,
    DatasetLine,
    NoteLine,
    ConfigLine,
    PortLine,
    WeightLine,
}

impl Place {
    /// The rule that a piece in this place most likely was meant to match.
    fn rule(self, piece: &str) -> Rule {
        let word = piece.split(|char: char| !(char.is_alphanumeric() || char == '_')).next().unwrap_or("");
        match self {
            Place::Item if matches!(word, "use" | "export") => Rule::only_use,
            Place::Item => Rule::only_item,
            Place::Member => Rule::only_member,
            Place::Section => Rule::only_section,
            Place::Part if matches!(word, "text" | "satisfies") => Rule::only_part,
            Place::Statement if matches!(word, "let" | "trace" | "output") => Rule::only_statement,
            Place::Part | Place::Constraint | Place::Statement => Rule::only_expr,
            Place::DatasetLine if matches!(word, "length" | "in" | "matches" | "role") => Rule::only_rule,
            Place::DatasetLine => Rule::only_field,
            Place::NoteLine => Rule::only_entry,
            Place::ConfigLine => Rule::only_config,
            Place::PortLine => Rule::only_port,
            Place::WeightLine => Rule::only_weight,
        }
    }

    /// What could stand here, for a piece that is well formed but out of place.
    fn words(self) -> &'static [&'static str] {
        match self {
            Place::Item => &["`use`", "`standard`", "`architecture`", "`op`", "`library`"],
            Place::Member => &["`model`", "`dataset`", "`metric`", "`attestor`", "`clause`", "`title`", "`extends`"],
            Place::Section => &["`config`", "`weights`", "`inputs`", "`outputs`", "`block`", "`forward`"],
            Place::Part => &["a requirement", "`text`", "`satisfies`"],
            Place::Constraint => &["a constraint"],
            Place::Statement => &["`let`", "`trace`", "`output`", "one value at the end of the block"],
            Place::DatasetLine => &["a column", "`split`", "`source`", "`annotation`", "`prepare`"],
            Place::NoteLine => &["a key, a colon and a text in quotes"],
            Place::ConfigLine => &["a config field", "`ignore`", "`require`"],
            Place::PortLine => &["a name and its type"],
            Place::WeightLine => &["`rename`", "`ignore`", "`tie`"],
        }
    }
}

impl<'t> Builder<'t> {
    /// Says what is wrong with a piece that fits nothing in its place.
    pub(super) fn bad(&mut self, pair: &Piece<'t>, place: Place) {
        let start = pair.as_span().start();
        if start < self.told {
            return;
        }
        let piece = pair.as_str().trim_end();
        let bare = skip_docs(piece);
        if bare.is_empty() {
            let expected = std::iter::once("what this comment documents").chain(place.words().iter().copied());
            return self.expected(expected.map(str::to_owned).collect(), start + piece.len());
        }
        let head = start + piece.len() - bare.len();
        match pairs_of(place.rule(bare), bare) {
            Err(error) if !matches!(error.location, InputLocation::Pos(0)) => {
                self.report(&error, head);
            }
            _ => self.expected(place.words().iter().map(|&word| word.to_owned()).collect(), head),
        }
    }

    /// Says that documentation stands above what takes none.
    pub(super) fn bad_doc(&mut self, pair: &Piece<'t>) {
        let start = pair.as_span().start();
        let found = "///".to_owned();
        let span = self.text.span(start..start + found.len());
        let expected = vec!["`//`, because this takes no documentation".to_owned()];
        self.error(SyntaxErrorKind::Expected { expected, found }, span);
    }

    /// Turns pest's error into ours; `base` is where the matched text begins.
    pub(super) fn report(&mut self, error: &Error<Rule>, base: usize) {
        let at = base
            + match error.location {
                InputLocation::Pos(at) => at,
                InputLocation::Span((start, _)) => start,
            };
        match &error.variant {
            ErrorVariant::ParsingError { positives, .. } => self.expected(words(positives), at),
            ErrorVariant::CustomError { .. } => {
                let span = self.text.span(at..at);
                self.error(SyntaxErrorKind::TooDeep { limit: MAX_DEPTH }, span);
            }
        }
    }

    /// Something else was expected at `at` or, if nothing stands there, at the next thing of the line.
    pub(super) fn expected(&mut self, mut expected: Vec<String>, at: usize) {
        let text: &'t str = &self.text.text;
        let next = skip_blank(text, at);
        let found = token(&text[next..]);
        let same_line = !text[at..next].contains(['\n', '\r']);
        let range = if same_line { next..next + found.len() } else { at..at };
        let span = self.text.span(range);
        if self.scanned.mutes(Span::new(span.file(), span.start()..span.start())) {
            return;
        }
        let takes = |words: &[&str]| expected.iter().any(|word| words.contains(&word.as_str()));
        let (value, operator, string) = (takes(VALUES), takes(&["an operator"]), takes(&["a text in quotes"]));
        if let Some(call) = spaced_call(&text[next..]).filter(|_| value) {
            expected = vec![format!("`{call}(` without a space")];
        }
        let slip = SLIPS.iter().find(|(slip, _)| text[next..].starts_with(slip));
        if let Some((_, word)) = slip.filter(|_| operator || value) {
            expected.insert(0, (*word).to_owned());
        }
        if found == "," && operator && splits_digits(text, next) {
            expected = vec!["`_` between groups of digits, as in `1_000`".to_owned()];
        }
        if let Some(inner) = quote(found).filter(|_| value || string) {
            expected = vec![format!("`\"{inner}\"` in double quotes")];
        }
        self.error(SyntaxErrorKind::Expected { expected, found: shortened(found) }, span);
    }
}

/// The name of a call whose bracket stands apart.
fn spaced_call(rest: &str) -> Option<&str> {
    let name = token(rest);
    let after = rest[name.len()..].trim_start_matches([' ', '\t']);
    let word = name.chars().next().is_some_and(char::is_alphabetic) && pairs_of(Rule::only_name, name).is_ok();
    (word && after.starts_with('(') && !rest[name.len()..].starts_with('(')).then_some(name)
}

fn words(rules: &[Rule]) -> Vec<String> {
    let hit = WORDS.iter().filter(|(of, _)| of.iter().any(|rule| rules.contains(rule)));
    let mut words: Vec<String> = Vec::new();
    for (_, word) in hit {
        if !words.iter().any(|known| known == word) {
            words.push((*word).to_owned());
        }
    }
    if words.first().is_some_and(|first| first == "an expression") {
        words.truncate(1);
    }
    if words.is_empty() {
        words.push(if rules.contains(&Rule::EOI) { "the end".to_owned() } else { "something else".to_owned() });
    }
    words
}

/// The piece without the documentation and the blanks at its start.
fn skip_docs(piece: &str) -> &str {
    let mut rest = piece.trim_start();
    while rest.starts_with("//") {
        rest = rest.find(['\n', '\r']).map_or("", |newline| rest[newline..].trim_start());
    }
    rest
}

/// The next offset at or after `at` where something stands.
fn skip_blank(text: &str, at: usize) -> usize {
    text.len() - text[at..].trim_start_matches([' ', '\t', '\r', '\n', '\u{feff}']).len()
}

/// The word, text or mark at the start of `rest`.
fn token(rest: &str) -> &str {
    let Some(first) = rest.chars().next() else { return "" };
    let word = |char: char| char.is_alphanumeric() || char == '_';
    if word(first) {
        return &rest[..rest.find(|char| !word(char)).unwrap_or(rest.len())];
    }
    if first == '"' {
        let inside = rest[1..].find(['"', '\n', '\r']).map_or(rest.len(), |end| end + 2);
        return rest.get(..inside).unwrap_or(rest).trim_end_matches(['\n', '\r']);
    }
    if let Some(inner) = quote(rest) {
        return &rest[..2 * first.len_utf8() + inner.len()];
    }
    let pairs = ["->", "===", "!==", "==", "!=", "<=", ">=", "..=", "..", "&&", "||", "=>", "=<", "<>"];
    match pairs.iter().find(|mark| rest.starts_with(**mark)) {
        Some(mark) => &rest[..mark.len()],
        None => &rest[..first.len_utf8()],
    }
}

/// True for a comma in the middle of a number.
fn splits_digits(text: &str, comma: usize) -> bool {
    let after = text[comma + 1..].bytes().take_while(u8::is_ascii_digit).count();
    after == 3 && text[..comma].ends_with(|char: char| char.is_ascii_digit())
}

/// What stands between foreign quotes that begin `rest` and close on its line.
fn quote(rest: &str) -> Option<&str> {
    let first = rest.chars().next()?;
    let (_, close) = QUOTES.iter().find(|(open, _)| *open == first)?;
    let line = rest[first.len_utf8()..].split(['\n', '\r']).next()?;
    line.find(*close).map(|end| &line[..end])
}

/// A piece of the text as a message shows it.
pub(super) fn shortened(found: &str) -> String {
    const LIMIT: usize = 40;
    if found.chars().count() <= LIMIT {
        return found.to_owned();
    }
    found.chars().take(LIMIT - 1).chain(['…']).collect()
}
