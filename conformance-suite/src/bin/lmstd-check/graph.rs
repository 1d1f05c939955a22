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
    let mut out = String::new();
    for (name, architecture) in &compiled.architectures {
        let mut sink = Sink::default();
        let Some(graph) = check_architecture(architecture, &ops, &mut sink) else {
            shared::tell(&sink.into_sorted(), &compiled.sources);
            return Err(Problem::Told(shared::USAGE));
        };
        if args.format == FormatArg::Dot {
            out.push_str(&text::dot(&graph, name));
        } else {
            let _ = writeln!(out, "# tensor graph of {name}\n\n{}", text::text(&graph));
        }
    }
    if args.format == FormatArg::Text {
        for (id, relation) in &compiled.relations {
            let display =
                compiled.standard.as_ref().and_then(|s| s.measurements.get(id.0 as usize)).map(|m| m.display.as_str());
            let _ = writeln!(out, "# relational plan of {}\n\n{relation}\n", display.unwrap_or("a measurement"));
        }
    }
    if let Some(plan) = &compiled.plan {
        match args.format {
            FormatArg::Text => {
                let _ = writeln!(out, "# certification plan\n\n{plan}");
            }
            FormatArg::Dot => out.push_str(&plan.to_dot()),
        }
    }
    shared::deliver(out.as_bytes(), None)
}
