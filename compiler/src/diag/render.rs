//! The only file that names miette: diagnostics for terminals.
