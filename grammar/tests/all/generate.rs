//! Random trees: all that a document can hold, without places and comments.

use lmstd_grammar::ast::{
    Architecture, Argument, Attestor, Axis, AxisPattern, BinaryOp, Binding, Block, ClassLabel, Clause, ConfigField,
    Dataset, Doc, Document, Expr, ExprKind, Field, FieldRule, FieldType, Function, Item, Level, LibraryHead, Localized,
    MeasureResult, MeasureSignature, Member, Metric, Model, Name, Note, NoteEntry, Param, Patterned, Pick, Port,
    Prepare, Reference, Split, Standard, Statement, StatementKind, TypeExpr, TypeKind, TypePart, UnaryOp, Use,
    WeightRule,
};
use lmstd_grammar::span::{FileId, Span, Spanned};
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

/// Names of parts, among them words that YAML or the grammar takes for something else in other places.
const NAMES: &[&str] =
    &["a", "b_1", "null", "yes", "no", "on", "y", "NaN", "split", "role", "unique", "情感", "é", "_z"];
/// Names in expressions.
const WORDS: &[&str] = &["a", "b_1", "x.y", "null.off", "情感", "é", "_z", "e5", "inf_", "declared.size"];
const UNITS: &[&str] = &["ms", "MiB", "tokens/s", "%", "s"];

fn spanned(text: impl Into<String>) -> Spanned<String> {
    Spanned::new(text.into(), Span::default())
}

fn name() -> impl Strategy<Value = Name> {
    select(NAMES).prop_map(spanned)
}

fn one_of(words: &'static [&'static str]) -> impl Strategy<Value = Name> {
    select(words).prop_map(spanned)
}

/// Any characters, those that nobody sees included.
fn any_text() -> impl Strategy<Value = String> {
    vec(any::<char>(), 0..8).prop_map(|chars| chars.into_iter().collect::<String>())
}

fn text() -> impl Strategy<Value = Spanned<String>> {
    any_text().prop_map(spanned)
}

fn doc() -> impl Strategy<Value = Doc> {
    let lines = vec("[ -~é情]{0,12}", 1..4);
    let joined = |lines: Vec<String>| {
        let lines: Vec<&str> = lines.iter().map(|line| line.trim_end()).collect();
        spanned(lines.join("\n").trim_end_matches('\n'))
    };
    of(lines.prop_map(joined))
}

fn at(kind: ExprKind) -> Expr {
    Expr { span: Span::default(), kind }
}

fn path() -> impl Strategy<Value = ExprKind> {
    select(WORDS).prop_map(|path| ExprKind::Path(path.split('.').map(spanned).collect()))
}

fn leaf() -> impl Strategy<Value = ExprKind> {
    prop_oneof![
        path(),
        (0..=i64::MAX).prop_map(ExprKind::Int),
        prop_oneof![0.0..1e6f64, select(vec![1e-12, 5e-324, 1e300, 0.1])].prop_map(ExprKind::Real),
        any::<bool>().prop_map(ExprKind::Bool),
        any_text().prop_map(ExprKind::Text),
        Just(ExprKind::Infinity),
        (prop_oneof![0.0..1e6f64, (0u32..5_000).prop_map(f64::from)], one_of(UNITS))
            .prop_map(|(value, unit)| ExprKind::Quantity { value, unit }),
    ]
}

/// An expression of any kind.
pub fn expr() -> BoxedStrategy<Expr> {
    let leaf = leaf().prop_map(at).boxed();
    let deeper = |inner: BoxedStrategy<Expr>| {
        prop_oneof![
            3 => operation(inner.clone()),
            2 => collection(inner.clone()),
            1 => branch(inner.clone()),
            1 => pattern(inner),
        ]
        .prop_map(at)
    };
    leaf.prop_recursive(4, 20, 3, deeper).boxed()
}

fn operation(inner: BoxedStrategy<Expr>) -> BoxedStrategy<ExprKind> {
    let boxed = inner.prop_map(Box::new).boxed();
    let binary = select(vec![
        BinaryOp::Or,
        BinaryOp::And,
        BinaryOp::Eq,
        BinaryOp::Ne,
        BinaryOp::Lt,
        BinaryOp::Le,
        BinaryOp::Gt,
        BinaryOp::Ge,
        BinaryOp::In,
        BinaryOp::Has,
        BinaryOp::Add,
        BinaryOp::Sub,
        BinaryOp::Mul,
        BinaryOp::Div,
        BinaryOp::FloorDiv,
        BinaryOp::Rem,
    ]);
    let unary = select(vec![UnaryOp::Neg, UnaryOp::Not]);
    prop_oneof![
        4 => (binary, boxed.clone(), boxed.clone()).prop_map(|(op, left, right)| {
            ExprKind::Binary { op: Spanned::new(op, Span::default()), left, right }
        }),
        2 => (unary, boxed.clone()).prop_map(|(op, operand)| {
            ExprKind::Unary { op: Spanned::new(op, Span::default()), operand }
        }),
        1 => (boxed.clone(), boxed.clone(), any::<bool>())
            .prop_map(|(low, high, inclusive)| ExprKind::Range { low, high, inclusive }),
        1 => (boxed.clone(), boxed.clone()).prop_map(|(base, confidence)| ExprKind::At { base, confidence }),
        1 => (boxed.clone(), boxed.clone()).prop_map(|(base, tolerance)| ExprKind::Within { base, tolerance }),
        1 => (boxed.clone(), text()).prop_map(|(base, scope)| ExprKind::Under { base, scope }),
        1 => (boxed.clone(), boxed.clone()).prop_map(|(base, condition)| ExprKind::Where { base, condition }),
        1 => (boxed, vec(name(), 1..3), select(vec![Pick::Each, Pick::Worst]))
            .prop_map(|(base, columns, pick)| ExprKind::By { base, columns, pick }),
    ]
    .boxed()
}

fn arguments(inner: BoxedStrategy<Expr>, count: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Argument>> {
    vec((of(name()), inner).prop_map(|(name, value)| Argument { name, value }), count)
}

fn call(inner: BoxedStrategy<Expr>) -> impl Strategy<Value = ExprKind> {
    (one_of(&["f", "g.h", "where", "softmax"]), arguments(inner, 0..4))
        .prop_map(|(callee, arguments)| ExprKind::Call { callee, arguments })
}

fn collection(inner: BoxedStrategy<Expr>) -> BoxedStrategy<ExprKind> {
    let field =
        (call(inner.clone()), name()).prop_map(|(call, name)| ExprKind::Field { base: Box::new(at(call)), name });
    prop_oneof![
        call(inner.clone()),
        field,
        vec(inner.clone(), 0..4).prop_map(ExprKind::Set),
        vec(inner.clone(), 0..4).prop_map(ExprKind::List),
        arguments(inner, 2..4).prop_map(ExprKind::Tuple),
        (text(), ty()).prop_map(|(name, ty)| ExprKind::Weight { name, ty }),
    ]
    .boxed()
}

fn branch(inner: BoxedStrategy<Expr>) -> BoxedStrategy<ExprKind> {
    let boxed = inner.clone().prop_map(Box::new);
    let choice = (boxed.clone(), block(inner.clone()), block(inner.clone()))
        .prop_map(|(condition, then, otherwise)| ExprKind::If { condition, then, otherwise });
    let repeated = (name(), boxed.clone(), (binding(), vec(of(ty()), 3)), boxed, block(inner)).prop_map(
        |(index, range, (state, mut types), init, body)| {
            types.truncate(state.names().len());
            ExprKind::For { index, range, state: Box::new(state), types, init, body }
        },
    );
    prop_oneof![choice, repeated].boxed()
}

fn axes() -> BoxedStrategy<Vec<AxisPattern>> {
    let axis = prop_oneof![
        4 => one_of(&["b", "h", "i_1", "yes"]).prop_map(AxisPattern::Name),
        1 => Just(AxisPattern::One(Span::default())),
        1 => Just(AxisPattern::Rest(Span::default())),
        1 => vec(one_of(&["h", "d"]), 1..3).prop_map(|names| AxisPattern::Group(Span::default(), names)),
    ];
    vec(axis, 0..4).boxed()
}

fn pattern(inner: BoxedStrategy<Expr>) -> BoxedStrategy<ExprKind> {
    let axes = axes();
    let value = prop_oneof![path(), call(inner.clone())].prop_map(|kind| Box::new(at(kind)));
    let operand = (value, axes.clone()).prop_map(|(value, axes)| Patterned { value, axes }).boxed();
    let sizes = vec((name(), inner), 0..3).boxed();
    prop_oneof![
        (vec(operand.clone(), 2..3), axes.clone())
            .prop_map(|(operands, result)| ExprKind::Contract { operands, result }),
        (operand.clone(), axes.clone(), sizes.clone()).prop_map(|(operand, result, sizes)| ExprKind::Rearrange {
            operand,
            result,
            sizes
        }),
        (operand.clone(), axes.clone(), one_of(&["sum", "mean", "max"]))
            .prop_map(|(operand, result, by)| ExprKind::Reduce { operand, result, by }),
        (operand, axes, sizes).prop_map(|(operand, result, sizes)| ExprKind::Repeat { operand, result, sizes }),
    ]
    .boxed()
}

fn ty() -> BoxedStrategy<TypeExpr> {
    let value = one_of(&["int", "real", "bool", "model", "split"]).prop_map(TypeKind::Value);
    let dim = prop_oneof![path(), (0i64..9).prop_map(ExprKind::Int)].prop_map(|kind| Axis::Dim(at(kind)));
    let axis = prop_oneof![1 => Just(Axis::Rest(Span::default())), 4 => dim];
    let tensor =
        (one_of(&["float", "int", "bool"]), vec(axis, 0..4)).prop_map(|(class, axes)| TypeKind::Tensor(class, axes));
    let simple = prop_oneof![value, tensor].prop_map(|kind| TypeExpr { span: Span::default(), kind });
    let tuple = |inner: BoxedStrategy<TypeExpr>| {
        vec((of(name()), inner).prop_map(|(name, ty)| TypePart { name, ty }), 2..4)
            .prop_map(|parts| TypeExpr { span: Span::default(), kind: TypeKind::Tuple(parts) })
    };
    simple.prop_recursive(2, 6, 3, tuple).boxed()
}

fn binding() -> BoxedStrategy<Binding> {
    let tuple = vec(name(), 2..4).prop_map(|names| Binding::Tuple(Span::default(), names));
    prop_oneof![name().prop_map(Binding::Name), tuple].boxed()
}

fn block(inner: BoxedStrategy<Expr>) -> BoxedStrategy<Block> {
    let keep = of(inner.clone()).boxed();
    let kind = prop_oneof![
        3 => (binding(), inner.clone()).prop_map(|(to, value)| StatementKind::Let { to, value }),
        1 => (name(), vec(name(), 0..3), inner.clone())
            .prop_map(|(name, params, value)| StatementKind::Function { name, params, value }),
        1 => (text(), inner.clone(), keep.clone())
            .prop_map(|(name, value, keep)| StatementKind::Trace { name, value, keep }),
        1 => (name(), inner.clone(), keep).prop_map(|(name, value, keep)| StatementKind::Output { name, value, keep }),
    ];
    let statement = kind.prop_map(|kind| Statement { span: Span::default(), kind });
    (vec(statement, 0..3), of(inner.prop_map(Box::new)))
        .prop_map(|(statements, value)| Block { span: Span::default(), statements, value })
        .boxed()
}

fn exprs(count: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Expr>> {
    vec(expr(), count)
}

fn texts(count: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Localized>> {
    (subsequence(vec!["en", "zh", "no", "y"], count), vec(text(), 4)).prop_map(|(languages, texts)| {
        languages
            .into_iter()
            .zip(texts)
            .map(|(language, text)| Localized { language: spanned(language), text })
            .collect::<Vec<Localized>>()
    })
}

fn reference() -> impl Strategy<Value = Reference> {
    let target = prop_oneof![one_of(&["lmstd/bert", "../a-b/c.lms", "export"]), text()];
    (target, of(one_of(&["1.*", "^1.2", ">=1.2.0", "~0.3", "=1.0.0-rc"]))).prop_map(|(target, versions)| Reference {
        span: Span::default(),
        target,
        versions,
    })
}

fn model() -> impl Strategy<Value = Member> {
    (doc(), name(), one_of(&["a", "bert.SequenceClassification", "null"]), exprs(0..4)).prop_map(
        |(doc, name, architecture, constraints)| {
            Member::Model(Model { span: Span::default(), doc, name, architecture, constraints })
        },
    )
}

fn field() -> impl Strategy<Value = Field> {
    let label = (name(), of(text())).prop_map(|(name, value)| ClassLabel { name, value });
    let labels = vec(label, 1..4).boxed();
    let plain = select(vec![
        FieldType::Text,
        FieldType::Int,
        FieldType::Real,
        FieldType::Bool,
        FieldType::Tokens,
        FieldType::Date,
        FieldType::Image,
        FieldType::Audio,
    ]);
    let ty = prop_oneof![
        4 => (plain, of(one_of(UNITS))),
        1 => labels.clone().prop_map(|labels| (FieldType::Class(labels), None::<Name>)),
        1 => labels.prop_map(|labels| (FieldType::Spans(labels), None::<Name>)),
    ];
    let rule = prop_oneof![
        expr().prop_map(FieldRule::Length),
        expr().prop_map(FieldRule::In),
        text().prop_map(FieldRule::Matches),
        one_of(&["input", "target", "id"]).prop_map(FieldRule::Role),
        Just(FieldRule::Unique),
        Just(FieldRule::Optional),
    ];
    let rules = vec(rule.prop_map(|rule| Spanned::new(rule, Span::default())), 0..3);
    (doc(), name(), ty, rules).prop_map(|(doc, name, (ty, unit), rules)| {
        let ty = Spanned::new(ty, Span::default());
        Field { span: Span::default(), doc, name, ty, unit, rules }
    })
}

fn dataset() -> impl Strategy<Value = Member> {
    let split = (doc(), name(), of(text()), exprs(0..3)).prop_map(|(doc, name, from, rules)| Split {
        span: Span::default(),
        doc,
        name,
        from,
        rules,
    });
    let prepare = (doc(), name(), exprs(0..3)).prop_map(|(doc, column, steps)| Prepare {
        span: Span::default(),
        doc,
        column,
        steps,
    });
    let notes = (vec(note(name().prop_map(Some)), 0..3), vec(note(Just(None)), 0..2));
    (doc(), name(), vec(field(), 0..4), notes, vec(prepare, 0..2), vec(split, 0..3)).prop_map(
        |(doc, name, fields, (mut notes, annotation), prepares, splits)| {
            notes.extend(annotation);
            Member::Dataset(Dataset { span: Span::default(), doc, name, fields, notes, prepares, splits })
        },
    )
}

fn note(source: impl Strategy<Value = Option<Name>>) -> impl Strategy<Value = Note> {
    let entry = (name(), text()).prop_map(|(key, value)| NoteEntry { span: Span::default(), key, value });
    (doc(), source, vec(entry, 0..3)).prop_map(|(doc, source, mut entries)| {
        // A mapping of YAML holds a key once.
        entries.sort_by(|a, b| a.key.value.cmp(&b.key.value));
        entries.dedup_by(|a, b| a.key.value == b.key.value);
        Note { span: Span::default(), doc, source, entries }
    })
}

fn clause() -> impl Strategy<Value = Member> {
    let level = select(vec![Level::Must, Level::Should, Level::May]);
    let id = one_of(&["A-1", "null", "QUAL_2", "y"]);
    let satisfies = vec(one_of(&["eu-ai-act.art-15-1", "iso.42001", "a"]), 0..3);
    (doc(), id, level, of(expr()), texts(0..3), expr(), satisfies).prop_map(
        |(doc, id, level, when, text, requirement, satisfies)| {
            let level = Spanned::new(level, Span::default());
            let requirement = Some(requirement);
            Member::Clause(Clause { span: Span::default(), doc, id, level, when, text, requirement, satisfies })
        },
    )
}

fn standard() -> impl Strategy<Value = Item> {
    let metric = (doc(), name(), expr())
        .prop_map(|(doc, name, value)| Member::Metric(Metric { span: Span::default(), doc, name, value }));
    let attestor = (doc(), name(), text())
        .prop_map(|(doc, name, key)| Member::Attestor(Attestor { span: Span::default(), doc, name, key }));
    let member = prop_oneof![model(), dataset(), metric, attestor, clause()];
    let head = (doc(), one_of(&["s", "sentiment-classifier", "null"]), one_of(&["1.0.0", "0.1.2-rc.1"]));
    (head, of(reference()), texts(0..4), vec(member, 0..5)).prop_map(
        |((doc, name, version), extends, title, members)| {
            Item::Standard(Standard { span: Span::default(), doc, name, version, extends, title, members })
        },
    )
}

fn function() -> impl Strategy<Value = Function> {
    let param =
        (name(), ty(), of(expr())).prop_map(|(name, ty, default)| Param { span: Span::default(), name, ty, default });
    (doc(), name(), vec(param, 0..4), ty(), block(expr())).prop_map(|(doc, name, params, result, body)| Function {
        span: Span::default(),
        doc,
        name,
        params,
        result,
        body,
    })
}

fn config_field() -> impl Strategy<Value = ConfigField> {
    let ty = one_of(&["int", "real", "bool", "text", "ints", "texts"]);
    (doc(), name(), ty, any::<bool>(), of(expr()), exprs(0..3), of(expr())).prop_map(
        |(doc, name, ty, optional, range, from, default)| ConfigField {
            span: Span::default(),
            doc,
            name,
            ty,
            optional,
            range,
            from,
            default,
        },
    )
}

fn weight_rule() -> impl Strategy<Value = WeightRule> {
    let span = Span::default();
    prop_oneof![
        (text(), text(), of(-2_000_i64..2_000)).prop_map(move |(from, to, added)| {
            WeightRule::Rename { span, from, to, added: added.map(|value| Spanned { span, value }) }
        }),
        (text(), axes(), vec(text(), 1..3), axes(), vec((name(), expr()), 0..2)).prop_map(
            move |(from, stored, to, result, sizes)| WeightRule::Relay { span, from, stored, to, result, sizes }
        ),
        (text(), text(), of(expr())).prop_map(move |(name, to, when)| WeightRule::Tie { span, name, to, when }),
        text().prop_map(move |pattern| WeightRule::Ignore { span, pattern }),
    ]
}

fn ports() -> impl Strategy<Value = Vec<Port>> {
    let port = (doc(), name(), ty(), of(expr()), of(expr())).prop_map(|(doc, name, ty, range, default)| Port {
        span: Span::default(),
        doc,
        name,
        ty,
        range,
        default,
    });
    vec(port, 0..3)
}

fn architecture() -> impl Strategy<Value = Item> {
    let head = (doc(), one_of(&["a.b", "null", "bert.SequenceClassification"]), of(one_of(&["a.b", "bert.Model"])));
    let ignored = vec(one_of(&["*dropout", "a.b", "x-1/y", "*", "null"]), 0..3);
    let config = (vec(config_field(), 0..4), ignored, exprs(0..3), vec(weight_rule(), 0..3));
    (head, config, ports(), ports(), vec(function(), 0..3), of(block(expr()))).prop_map(
        |((doc, name, extends), (config, ignored, facts, weights), inputs, outputs, blocks, forward)| {
            let span = Span::default();
            Item::Architecture(Architecture {
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
        },
    )
}

fn measure() -> impl Strategy<Value = Item> {
    let param = (name(), ty()).prop_map(|(name, ty)| Param { span: Span::default(), name, ty, default: None });
    let plain = one_of(&["rate", "time"]).prop_map(|ty| vec![MeasureResult { name: None, ty }]);
    let named = vec((name(), one_of(&["rate", "time"])), 1..3).prop_map(|results| {
        let mut named: Vec<MeasureResult> = Vec::new();
        for (name, ty) in results {
            // A key stands once in a mapping of YAML.
            if !named.iter().any(|known| known.name.as_ref() == Some(&name)) {
                named.push(MeasureResult { name: Some(name), ty });
            }
        }
        named
    });
    (doc(), name(), vec(param, 0..3), prop_oneof![plain, named]).prop_map(|(doc, name, params, results)| {
        Item::Measure(MeasureSignature { span: Span::default(), doc, name, params, results })
    })
}

fn item() -> impl Strategy<Value = Item> {
    let library = (doc(), one_of(&["gates", "null"]), one_of(&["1.0.0", "2.3.4"]))
        .prop_map(|(doc, name, version)| Item::Library(LibraryHead { span: Span::default(), doc, name, version }));
    prop_oneof![
        1 => library,
        3 => standard(),
        3 => architecture(),
        2 => function().prop_map(Item::Op),
        1 => measure(),
    ]
}

/// A document. Parts that stand under a key of YAML have different names, as YAML asks.
pub fn document() -> impl Strategy<Value = Document> {
    let used = (any::<bool>(), reference()).prop_map(|(export, of)| Use { span: Span::default(), export, of });
    (vec(used, 0..3), vec(item(), 1..4)).prop_map(|(uses, mut items)| {
        items.iter_mut().for_each(unlike);
        Document { file: FileId(0), uses, items, comments: Vec::new() }
    })
}

/// Drops parts whose name another part of the same mapping has.
fn unlike(item: &mut Item) {
    match item {
        Item::Standard(standard) => {
            let mut seen = Vec::new();
            standard.members.retain(|member| once(&mut seen, key(member)));
            for member in &mut standard.members {
                if let Member::Dataset(dataset) = member {
                    let (mut fields, mut splits) = (Vec::new(), Vec::new());
                    dataset.fields.retain(|field| once(&mut fields, field.name.value.clone()));
                    dataset.splits.retain(|split| once(&mut splits, split.name.value.clone()));
                    let (mut notes, mut columns) = (Vec::new(), Vec::new());
                    dataset.notes.retain(|note| once(&mut notes, note.source.as_ref().map(|name| name.value.clone())));
                    dataset.prepares.retain(|prepare| once(&mut columns, prepare.column.value.clone()));
                }
            }
        }
        Item::Architecture(architecture) => {
            let mut seen: [Vec<String>; 4] = Default::default();
            architecture.config.retain(|field| once(&mut seen[0], field.name.value.clone()));
            architecture.inputs.retain(|port| once(&mut seen[1], port.name.value.clone()));
            architecture.outputs.retain(|port| once(&mut seen[2], port.name.value.clone()));
            architecture.blocks.retain(|block| once(&mut seen[3], block.name.value.clone()));
        }
        Item::Library(_) | Item::Op(_) | Item::Measure(_) => {}
    }
}

fn key(member: &Member) -> (u8, String) {
    match member {
        Member::Model(model) => (0, model.name.value.clone()),
        Member::Dataset(dataset) => (1, dataset.name.value.clone()),
        Member::Metric(metric) => (2, metric.name.value.clone()),
        Member::Attestor(attestor) => (3, attestor.name.value.clone()),
        Member::Clause(clause) => (4, clause.id.value.clone()),
    }
}

fn once<T: PartialEq>(seen: &mut Vec<T>, key: T) -> bool {
    let new = !seen.contains(&key);
    seen.push(key);
    new
}
