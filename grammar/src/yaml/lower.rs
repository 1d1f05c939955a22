//! From the node tree to the tree of the language. What the schema refuses is passed over here without a word.

use crate::ast::{
    Architecture, Attestor, Block, Clause, Comment, ConfigField, Dataset, Doc, Expr, ExprKind, Field, FieldType,
    Function, Item, LibraryHead, Localized, MeasureResult, MeasureSignature, Member, Metric, Model, Name, Note,
    NoteEntry, Param, Port, Prepare, Reference, Split, Standard, TypeExpr, TypeKind, Use,
};
use crate::error::SyntaxError;
use crate::parse::{Builder, Rule, Scanned, level_of};
use crate::schema::Head;
use crate::span::{Span, Spanned};

use super::check::Refused;
use super::node::{Node, NodeKind};

/// Builds the tree and gathers faults and comments.
pub(super) struct Lowering {
    pub(super) errors: Vec<SyntaxError>,
    pub(super) comments: Vec<Comment>,
    /// What the schema has refused.
    pub(super) refused: Refused,
}

impl Lowering {
    /// The item of a mapping with a known head.
    pub(super) fn item(&mut self, head: Head, node: &Node) -> Option<Item> {
        Some(match head {
            Head::Library => Item::Library(self.library(node)?),
            Head::Standard => Item::Standard(self.standard(node)?),
            Head::Architecture => Item::Architecture(self.architecture(node)?),
            Head::Op => {
                let name = self.name(node.get("op")?, Rule::only_name)?;
                Item::Op(self.function(name, node, whole(node)))
            }
            Head::Measure => Item::Measure(self.measure(node)?),
        })
    }

    /// Reads a scalar by a rule of the grammar; `fallback` stands in for a scalar that does not fit.
    fn piece<T>(
        &mut self,
        node: &Node,
        rule: Rule,
        fallback: T,
        build: impl for<'b> FnOnce(&mut Builder<'b>, crate::parse::Pieces<'b>) -> Option<T>,
    ) -> T {
        let NodeKind::Scalar { text, .. } = &node.kind else { return fallback };
        if self.refused.holds(node) {
            return fallback;
        }
        let scanned = Scanned::new(text.clone());
        let mut builder = Builder::new(&scanned);
        let built = match builder.run(rule) {
            Some(pairs) => build(&mut builder, pairs),
            None => None,
        };
        self.errors.extend(builder.finish(&mut self.comments));
        built.unwrap_or(fallback)
    }

    fn name(&mut self, node: &Node, rule: Rule) -> Option<Name> {
        let written = Spanned::new(node.text()?.to_owned(), node.span);
        // The scalar may hold a comment beside the name.
        Some(self.piece(node, rule, written, |_, mut pairs| {
            Some(Spanned::new(pairs.next()?.as_str().to_owned(), node.span))
        }))
    }

    fn names(&mut self, list: Option<&Node>, rule: Rule) -> Vec<Name> {
        let items = list.map_or(&[][..], Node::items);
        items.iter().filter_map(|item| self.name(item, rule)).collect()
    }

    fn expr(&mut self, node: &Node) -> Expr {
        let error = Expr { span: node.span, kind: ExprKind::Error };
        self.piece(node, Rule::only_expr, error, |builder, mut pairs| Some(builder.expr(pairs.next()?)))
    }

    fn exprs(&mut self, list: Option<&Node>) -> Vec<Expr> {
        let items = list.map_or(&[][..], Node::items);
        items.iter().map(|item| self.expr(item)).collect()
    }

    fn text(&self, node: &Node) -> Option<Spanned<String>> {
        Some(Spanned::new(node.text()?.to_owned(), node.span))
    }

    fn doc(&self, node: &Node) -> Doc {
        let doc = present(node.get("doc"))?;
        let text = doc.text()?.replace("\r\n", "\n").replace('\r', "\n");
        let lines: Vec<&str> = text.trim_end().split('\n').map(str::trim_end).collect();
        Some(Spanned::new(lines.join("\n"), doc.span))
    }

    fn texts(&mut self, node: Option<&Node>) -> Vec<Localized> {
        let entries = node.map_or(&[][..], Node::entries);
        let entry = |(key, value): &(Node, Node)| {
            Some(Localized { language: self.name(key, Rule::only_dashed)?, text: self.text(value)? })
        };
        entries.iter().filter_map(entry).collect()
    }

    /// What stands under the keys of a mapping, each with its name and the span of the entry.
    fn each<T>(
        &mut self,
        node: Option<&Node>,
        rule: Rule,
        mut build: impl FnMut(&mut Self, Name, &Node, Span) -> Option<T>,
    ) -> Vec<T> {
        let mut built = Vec::new();
        for (key, value) in node.map_or(&[][..], Node::entries) {
            let Some(name) = self.name(key, rule) else { continue };
            let span = key.span.to(value.span);
            built.extend(build(self, name, value, span));
        }
        built
    }

    /// The documents under `use`.
    pub(super) fn uses(&mut self, root: &Node) -> Vec<Use> {
        let Some(list) = present(root.get("use")) else { return Vec::new() };
        let used = |item: &Node| {
            self.piece(item, Rule::only_used, None, |builder, pairs| Some(builder.used(item.span, pairs)))
        };
        list.items().iter().filter_map(used).collect()
    }

    fn reference(&mut self, node: &Node) -> Option<Reference> {
        self.piece(node, Rule::only_reference, None, |builder, mut pairs| Some(builder.reference(pairs.next()?)))
    }

    fn library(&mut self, node: &Node) -> Option<LibraryHead> {
        let name = self.name(node.get("library")?, Rule::only_dashed)?;
        let version = self.version(node, &name)?;
        Some(LibraryHead { span: whole(node), doc: self.doc(node), name, version })
    }

    fn version(&mut self, node: &Node, name: &Name) -> Option<Spanned<String>> {
        match present(node.get("version")).filter(|version| !self.refused.holds(version)) {
            Some(version) => self.name(version, Rule::only_version),
            None => Some(Spanned::new(String::new(), name.span.after())),
        }
    }

    fn standard(&mut self, node: &Node) -> Option<Standard> {
        let name = self.name(node.get("standard")?, Rule::only_dashed)?;
        let version = self.version(node, &name)?;
        let extends = present(node.get("extends")).and_then(|parent| self.reference(parent));
        let mut members = Vec::new();
        for (key, value) in node.entries() {
            let section = Some(value);
            match key.text() {
                Some("models") => members.extend(self.each(section, Rule::only_name, Self::model)),
                Some("datasets") => members.extend(self.each(section, Rule::only_name, Self::dataset)),
                Some("metrics") => members.extend(self.each(section, Rule::only_name, Self::metric)),
                Some("attestors") => members.extend(self.each(section, Rule::only_name, Self::attestor)),
                Some("clauses") => members.extend(self.each(section, Rule::only_dashed, Self::clause)),
                _ => {}
            }
        }
        let title = self.texts(node.get("title"));
        Some(Standard { span: whole(node), doc: self.doc(node), name, version, extends, title, members })
    }

    fn model(&mut self, name: Name, node: &Node, span: Span) -> Option<Member> {
        let architecture = self.name(node.get("is")?, Rule::only_dotted)?;
        let constraints = self.exprs(node.get("require"));
        Some(Member::Model(Model { span, doc: self.doc(node), name, architecture, constraints }))
    }

    fn dataset(&mut self, name: Name, node: &Node, span: Span) -> Option<Member> {
        let fields = self.each(node.get("fields"), Rule::only_name, Self::field);
        let splits = self.each(node.get("splits"), Rule::only_name, |lowering, name, node, span| {
            let from = present(node.get("from")).and_then(|from| lowering.text(from));
            Some(Split { span, doc: lowering.doc(node), name, from, rules: lowering.exprs(node.get("require")) })
        });
        let mut notes = self.each(node.get("sources"), Rule::only_name, |lowering, name, node, span| {
            Some(lowering.note(Some(name), node, span))
        });
        if let Some(annotation) = present(node.get("annotation")) {
            let span = node.key("annotation").map_or(annotation.span, |key| key.span.to(annotation.span));
            notes.push(self.note(None, annotation, span));
        }
        let prepares = self.each(node.get("prepare"), Rule::only_name, |lowering, column, node, span| {
            let steps = node.get("steps").unwrap_or(node);
            Some(Prepare { span, doc: lowering.doc(node), column, steps: lowering.exprs(Some(steps)) })
        });
        Some(Member::Dataset(Dataset { span, doc: self.doc(node), name, fields, notes, prepares, splits }))
    }

    /// What is said of a source, or of the annotation; `doc` is its documentation.
    fn note(&mut self, source: Option<Name>, node: &Node, span: Span) -> Note {
        let mut entries = Vec::new();
        for (key, value) in node.entries().iter().filter(|(key, _)| key.text() != Some("doc")) {
            let Some(name) = self.name(key, Rule::only_name) else { continue };
            let Some(said) = self.text(value) else { continue };
            entries.push(NoteEntry { span: key.span.to(value.span), key: name, value: said });
        }
        Note { span, doc: self.doc(node), source, entries }
    }

    fn field(&mut self, name: Name, node: &Node, span: Span) -> Option<Field> {
        let column = described(node)?;
        let fallback = (Spanned::new(FieldType::Text, column.span), None, Vec::new());
        let (ty, unit, rules) =
            self.piece(column, Rule::only_column, fallback, |builder, pairs| Some(builder.column(pairs)));
        Some(Field { span, doc: self.doc(node), name, ty, unit, rules })
    }

    fn metric(&mut self, name: Name, node: &Node, span: Span) -> Option<Member> {
        let value = self.expr(described(node)?);
        Some(Member::Metric(Metric { span, doc: self.doc(node), name, value }))
    }

    fn attestor(&mut self, name: Name, node: &Node, span: Span) -> Option<Member> {
        let key = self.text(described(node)?)?;
        Some(Member::Attestor(Attestor { span, doc: self.doc(node), name, key }))
    }

    fn clause(&mut self, id: Name, node: &Node, span: Span) -> Option<Member> {
        let level = node.get("level");
        let place = level.map_or(id.span, |level| level.span);
        let level = Spanned::new(level_of(level.and_then(Node::text).unwrap_or("must")), place);
        let when = present(node.get("when")).map(|when| self.expr(when));
        let requirement = node.get("require").filter(|node| node.text().is_some()).map(|node| self.expr(node));
        Some(Member::Clause(Clause {
            span,
            doc: self.doc(node),
            id,
            level,
            when,
            text: self.texts(node.get("text")),
            requirement,
            satisfies: self.names(node.get("satisfies"), Rule::only_control),
        }))
    }

    fn architecture(&mut self, node: &Node) -> Option<Architecture> {
        let name = self.name(node.get("architecture")?, Rule::only_dotted)?;
        let config = self.each(node.get("config"), Rule::only_name, Self::config_field);
        let extends = present(node.get("extends")).and_then(|base| self.name(base, Rule::only_dotted));
        let keys = node.get("ignored").map_or(&[][..], Node::items);
        let ignored = keys.iter().filter_map(|key| self.name(key, Rule::only_key)).collect();
        let facts = self.exprs(node.get("facts"));
        let rules = node.get("weights").map_or(&[][..], Node::items);
        let rule = |rule: &Node| {
            self.piece(rule, Rule::only_weight, None, |builder, mut pairs| Some(builder.weight_rule(pairs.next()?)))
        };
        let weights = rules.iter().filter_map(rule).collect();
        let inputs = self.each(node.get("inputs"), Rule::only_name, Self::port);
        let outputs = self.each(node.get("outputs"), Rule::only_name, Self::port);
        let blocks = self.each(node.get("blocks"), Rule::only_name, |lowering, name, node, span| {
            Some(lowering.function(name, node, span))
        });
        let forward = present(node.get("forward")).map(|forward| self.body(forward, None));
        let doc = self.doc(node);
        let span = whole(node);
        Some(Architecture {
            span,
            doc,
            name,
            extends,
            config,
            ignored,
            facts,
            weights,
            inputs,
            outputs,
            blocks,
            forward,
        })
    }

    fn config_field(&mut self, name: Name, node: &Node, span: Span) -> Option<ConfigField> {
        let column = described(node)?;
        let field = self.piece(column, Rule::only_config_column, None, |builder, pairs| {
            Some(Some(builder.config_column(name, pairs)))
        })?;
        Some(ConfigField { span, doc: self.doc(node), ..field })
    }

    fn port(&mut self, name: Name, node: &Node, span: Span) -> Option<Port> {
        let column = described(node)?;
        let port = self.piece(column, Rule::only_port_column, None, |builder, pairs| {
            Some(Some(builder.port_column(name, pairs)))
        })?;
        Some(Port { span, doc: self.doc(node), ..port })
    }

    fn function(&mut self, name: Name, node: &Node, span: Span) -> Function {
        let params = self.params(node);
        let place = node.get("gives").map_or(span, |gives| gives.span);
        let base = Spanned::new(String::new(), place);
        let nothing = TypeExpr { span: place, kind: TypeKind::Value(base) };
        let result = match node.get("gives") {
            Some(gives) => {
                self.piece(gives, Rule::only_type, nothing, |builder, mut pairs| Some(builder.type_expr(pairs.next()?)))
            }
            None => nothing,
        };
        let body = match node.get("body") {
            Some(body) => {
                let unknown = Expr { span: body.span, kind: ExprKind::Error };
                self.body(body, Some(Box::new(unknown)))
            }
            None => Block { span, statements: Vec::new(), value: None },
        };
        Function { span, doc: self.doc(node), name, params, result, body }
    }

    fn params(&mut self, node: &Node) -> Vec<Param> {
        let Some(takes) = present(node.get("takes")) else { return Vec::new() };
        self.piece(takes, Rule::only_params, Vec::new(), |builder, pairs| Some(builder.params(pairs)))
    }

    /// What stands in a block; `value` stands in for that of a text that does not fit.
    fn body(&mut self, node: &Node, value: Option<Box<Expr>>) -> Block {
        let empty = Block { span: node.span, statements: Vec::new(), value };
        let built = self.piece(node, Rule::only_body, empty, |builder, mut pairs| Some(builder.body(pairs.next()?)));
        Block { span: node.span, ..built }
    }

    fn measure(&mut self, node: &Node) -> Option<MeasureSignature> {
        let name = self.name(node.get("measure")?, Rule::only_name)?;
        let params = self.params(node);
        let results = match node.get("gives") {
            Some(gives) if gives.text().is_some() => {
                self.piece(gives, Rule::only_results, Vec::new(), |builder, mut pairs| {
                    Some(builder.results(pairs.next()?))
                })
            }
            gives => self.each(gives, Rule::only_name, |lowering, name, ty, _| {
                Some(MeasureResult { name: Some(name), ty: lowering.name(ty, Rule::only_name)? })
            }),
        };
        Some(MeasureSignature { span: whole(node), doc: self.doc(node), name, params, results })
    }
}

/// The place of an item: its mapping without the documents that it uses, which are no part of it.
fn whole(node: &Node) -> Span {
    let own = node.entries().iter().filter(|(key, _)| key.text() != Some("use"));
    own.map(|(key, value)| key.span.to(value.span)).reduce(Span::to).unwrap_or(node.span)
}

/// A value that is given and is not null.
fn present(node: Option<&Node>) -> Option<&Node> {
    node.filter(|node| !node.value().is_null())
}

/// The value itself, or what stands under `is` beside its documentation.
fn described(node: &Node) -> Option<&Node> {
    match &node.kind {
        NodeKind::Mapping { .. } => node.get("is"),
        NodeKind::Scalar { .. } => Some(node),
        NodeKind::Sequence(_) => None,
    }
}
