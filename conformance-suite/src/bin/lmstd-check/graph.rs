//! `graph`: what a document compiles to.

use crate::shared::{self, Outcome, Problem};
use clap::ValueEnum;
use lmstd_compiler::diag::Sink;
use lmstd_compiler::elaborate::check_architecture;
use lmstd_compiler::ir::text;
use std::fmt::Write;

/// Print what a document compiles to: tensor graphs, relational plans and the certification plan.
#[derive(clap::Args)]
#[command(
    after_help = "A tensor graph is shown for every config: sizes are symbols, a loop is one step.\nExample: lmstd-check graph examples/sentiment/standard.lms --format dot | dot -Tsvg"
)]
pub struct Args {
    /// A .lms or YAML file, or a built-in name.
    file: String,
    /// Text for people, or DOT for drawing.
    #[arg(long, value_enum, default_value_t = FormatArg::Text)]
    format: FormatArg,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FormatArg {
    /// One line a node.
    Text,
    /// Graphviz.
    Dot,
}

/// Runs it.
pub fn run(args: &Args) -> Outcome {
    let library = shared::library();
    let compiled = shared::sound(&args.file, &library)?;
    let ops = |name: &str| library.ops.get(name).map(|entry| &entry.item);
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
