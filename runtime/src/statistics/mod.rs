//! Intervals for estimates: how far a number measured on a sample may lie from the number it stands for. Every method
//! states its formula, its reference and what it does where it has no answer. Knows no metrics and no bars.
//!
//! An interval that decides a verdict must not be too narrow in small samples, where nobody looks: a rate has its exact
//! interval, and the bootstrap never takes a sample without errors for a population without errors.

pub mod acceptance;
mod binomial;
pub mod bootstrap;
pub mod chi_square;
pub mod clopper_pearson;
pub mod cramers_v;
pub mod holm;
pub mod mcnemar;
pub mod newcombe;
pub mod normal;
pub mod order;
pub mod pairs;
pub mod power;
pub mod randomisation;
pub mod rate;
mod search;
pub mod wilson;

pub use bootstrap::Bootstrap;
pub use clopper_pearson::clopper_pearson;
pub use order::{OrderInterval, nearest_rank, order_statistic_interval, samples_for_both_ends};
pub use rate::{chance_at_bar, rate_interval};
pub use wilson::wilson;
