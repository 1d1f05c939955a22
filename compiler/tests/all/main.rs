//! Tests of the compiler.

mod architectures;
