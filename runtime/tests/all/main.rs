//! Tests of the runtime.

mod exec;
