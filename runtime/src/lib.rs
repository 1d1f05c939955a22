<<<<<<< HEAD
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
=======
//! What runs: data, metrics and statistics. Knows no clauses, bars or verdicts.

pub mod dataset;
pub mod metric;
pub mod statistics;
>>>>>>> refs/heads/data
