//! Under construction.

pub mod intake;
pub mod worker;
pub mod world;
