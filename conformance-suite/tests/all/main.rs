//! Tests.

mod judge;
