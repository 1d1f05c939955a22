<<<<<<< HEAD
//! Tests of the compiler.

mod architectures;
=======
//! Tests.

mod analyse;
mod catalogue;
mod eval;
mod hostile;
mod library;
mod names;
mod plan;
mod render;
mod sample;
mod support;
mod types;
mod ui;
>>>>>>> refs/heads/compiler
