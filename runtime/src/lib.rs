//! Under construction.

pub mod intake;
pub mod world;
