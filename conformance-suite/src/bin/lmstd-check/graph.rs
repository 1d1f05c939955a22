//! `graph`: what a document compiles to.

use crate::shared::{self, Outcome, Problem};
use clap::ValueEnum;
use lmstd_compiler::config;
use lmstd_compiler::diag::Sink;
use lmstd_compiler::elaborate::{Ops, check_architecture, instantiate};
use lmstd_compiler::ir::counts::{Counts, kv_cache};
use lmstd_compiler::ir::graph::Graph;
use lmstd_compiler::ir::text;
use lmstd_compiler::library::Library;
use lmstd_compiler::ty::dim::Dim;
use lmstd_conformance_suite::document::picture;
use lmstd_conformance_suite::report::Lang;
use lmstd_grammar::ast::{Architecture, WeightRule};
use std::collections::HashMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Print what a document compiles to: tensor graphs, relational plans and the certification plan.
#[derive(clap::Args)]
#[command(
    after_help = "A tensor graph is shown for every config: sizes are symbols, a loop is one step.\nExamples: lmstd-check graph bert.Model --format svg > bert.svg · lmstd-check graph gpt2.CausalLM --config config.json · lmstd-check graph examples/sentiment/standard.lms --format dot | dot -Tsvg"
)]
pub struct Args {
    /// A .lms or YAML file, a built-in standard, or a built-in architecture such as bert.Model.
    file: String,
    /// Text for people, DOT for drawing, or a picture.
    #[arg(long, value_enum, default_value_t = FormatArg::Text)]
    format: FormatArg,
    /// The architecture that the picture shows, where there are several.
    #[arg(long, value_name = "NAME")]
    of: Option<String>,
    /// A config.json for a built-in architecture: sizes become numbers, and what a run costs is told.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FormatArg {
    /// One line a node.
    Text,
    /// Graphviz.
    Dot,
    /// A picture of one architecture: its layers, their shapes and weights, repetitions folded.
    Svg,
}

/// Runs it.
pub fn run(args: &Args) -> Outcome {
    let library = shared::library();
    if let Some(entry) = library.architectures.get(&args.file) {
        return built_in(args, &library, &entry.item);
    }
    if args.config.is_some() {
        return Err(Problem::usage(format!("`--config` is for a built-in architecture, and `{}` is none", args.file)));
    }
    let compiled = shared::sound(&args.file, &library)?;
    let ops = |name: &str| compiled.op(&library, name);
    if args.format == FormatArg::Svg {
        let known: Vec<&Architecture> = compiled.architectures.values().collect();
        let wanted = |own: &&&Architecture| args.of.as_ref().is_none_or(|name| own.name.value == *name);
        let names: Vec<&str> = known.iter().map(|own| own.name.as_str()).collect();
        let chosen: Vec<&&Architecture> = known.iter().filter(wanted).collect();
        return match chosen.as_slice() {
            [only] => drawn(only, &ops),
            _ => Err(Problem::usage(format!("choose one architecture with --of: {}", names.join(", ")))),
        };
    }
    let mut parts: Vec<(String, String)> = Vec::new();
    let prefix = |parts: &[(String, String)]| format!("g{}_", parts.len());
    let dot = args.format == FormatArg::Dot;
    for (name, architecture) in &compiled.architectures {
        let mut sink = Sink::default();
        let Some(graph) = check_architecture(architecture, &ops, &mut sink) else {
            shared::tell(&sink.into_sorted(), &compiled.sources);
            return Err(Problem::Told(shared::USAGE));
        };
        let body = if dot { text::dot(&graph, &prefix(&parts)) } else { text::text(&graph) };
        parts.push((format!("tensor graph of {name}"), body));
    }
    for (id, relation) in &compiled.relations {
        let display =
            compiled.standard.as_ref().and_then(|s| s.measurements.get(id.0 as usize)).map(|m| m.display.as_str());
        let body = if dot { relation.to_dot(&prefix(&parts)) } else { format!("{relation}\n") };
        parts.push((format!("relational plan of {}", display.unwrap_or("a measurement")), body));
    }
    if let Some(plan) = &compiled.plan {
        let body = if dot { plan.to_dot(&prefix(&parts)) } else { plan.to_string() };
        parts.push(("certification plan".to_owned(), body));
    }
    let out = if dot { drawing(&parts) } else { listing(&parts) };
    shared::deliver(out.as_bytes(), None)
}

/// A built-in architecture alone.
fn built_in(args: &Args, library: &Library, architecture: &Architecture) -> Outcome {
    let ops = |name: &str| library.ops.get(name).map(|entry| &entry.item);
    let (graph, costs) = match &args.config {
        None if args.format == FormatArg::Svg => return drawn(architecture, &ops),
        None => (check_architecture(architecture, &ops, &mut Sink::default()), None),
        Some(path) => {
            let (graph, tied) = configured(path, library, architecture)?;
            let costs = Counts::of(&graph).map(|costs| costs_text(&costs, kv_cache(&graph).as_ref(), tied));
            (Some(graph), costs)
        }
    };
    let graph = graph.ok_or_else(|| Problem::usage(format!("`{}` cannot be drawn", args.file)))?;
    let title = format!("tensor graph of {}", args.file);
    let out = match args.format {
        FormatArg::Dot => drawing(&[(title, text::dot(&graph, "g0_"))]),
        FormatArg::Svg => picture::picture(&args.file, &graph, Lang::En)
            .ok_or_else(|| Problem::usage(format!("`{}` has no layers to draw", args.file)))?,
        FormatArg::Text => {
            let costs = costs.map(|costs| (format!("what a run of {} costs", args.file), costs));
            let parts: Vec<(String, String)> = costs.into_iter().chain([(title, text::text(&graph))]).collect();
            listing(&parts)
        }
    };
    shared::deliver(out.as_bytes(), None)
}

/// The program of a config file, and how many of its parameters share the storage of others where ties are kept.
fn configured(path: &Path, library: &Library, architecture: &Architecture) -> Result<(Graph, u64), Problem> {
    let problem = |why: String| Problem::usage(format!("`{}`: {why}", path.display()));
    let text = std::fs::read(path).map_err(|error| problem(error.to_string()))?;
    let json = serde_json::from_slice(&text).map_err(|error| problem(error.to_string()))?;
    let config = config::bind(architecture, &library.sources, &json).map_err(|faults| {
        let told: Vec<String> = faults.iter().map(|fault| fault.message.clone()).collect();
        problem(told.join("; "))
    })?;
    let ops = |name: &str| library.ops.get(name).map(|entry| &entry.item);
    let mut sink = Sink::default();
    let Some(graph) = instantiate(architecture, &ops, &config, &mut sink) else {
        let first = sink.into_sorted().first().map(|fault| fault.message.clone());
        return Err(problem(first.unwrap_or_else(|| "the config has no program".into())));
    };
    let sizes: HashMap<&str, u64> = graph
        .parameters()
        .map(|(name, _, node)| {
            (name, node.ty.dims().filter_map(|dim| dim.as_constant()).product::<i64>().unsigned_abs())
        })
        .collect();
    let tied = architecture.weights.iter().filter_map(|rule| match rule {
        WeightRule::Tie { name, to, when, .. } => {
            let holds = when.as_ref().is_none_or(|when| config::holds(when, &config) == Ok(true));
            (holds && sizes.contains_key(to.as_str())).then(|| sizes.get(name.as_str()).copied())?
        }
        _ => None,
    });
    let tied = tied.fold(0, u64::saturating_add);
    Ok((graph, tied))
}

/// The costs as formulas in the sizes that the inputs decide.
fn costs_text(costs: &Counts, kept: Option<&Dim>, tied: u64) -> String {
    let shared = if tied == 0 { String::new() } else { format!(", of which {tied} share the storage of others") };
    let kept = kept.map_or_else(|| "nothing is kept".to_owned(), |kept| format!("{kept} bytes"));
    [
        format!("parameters:                {}{shared}", costs.parameters),
        format!("floating-point operations: {}", costs.flops),
        format!("activations:               {} bytes", costs.activations),
        format!("kept for each position:    {kept}"),
    ]
    .map(|line| line + "\n")
    .concat()
}

/// The picture of one architecture.
fn drawn<'a>(architecture: &'a Architecture, ops: Ops<'a>) -> Outcome {
    let graph = check_architecture(architecture, ops, &mut Sink::default());
    match graph.and_then(|graph| picture::picture(architecture.name.as_str(), &graph, Lang::En)) {
        Some(svg) => shared::deliver(svg.as_bytes(), None),
        None => Err(Problem::usage(format!("`{}` has no layers to draw", architecture.name.value))),
    }
}

fn listing(parts: &[(String, String)]) -> String {
    parts.iter().map(|(title, body)| format!("# {title}\n\n{body}\n")).collect()
}

/// One graph with a cluster for each part, so that one drawing shows them all.
fn drawing(parts: &[(String, String)]) -> String {
    let mut out = String::from("digraph lmstd {\n  node [shape=box, fontname=\"sans-serif\"];\n");
    for (index, (title, body)) in parts.iter().enumerate() {
        // Writing into a String cannot fail.
        let _ = writeln!(out, "  subgraph cluster_{index} {{\n    label=\"{}\";", text::quoted(title));
        body.lines().for_each(|line| out.extend(["    ", line, "\n"]));
        out.push_str("  }\n");
    }
    out + "}\n"
}
