//! Runs tensor graphs, reads submissions and data, computes metrics.
//!
//! `runtime` knows no clauses, no verdicts and no report formats.

pub mod exec;
pub mod intake;
<<<<<<< HEAD
pub mod kernel;
pub mod tolerance;
pub mod value;
pub mod weights;
=======
pub mod worker;
>>>>>>> refs/heads/intake
pub mod world;
