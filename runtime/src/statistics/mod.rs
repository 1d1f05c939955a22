//! Intervals for estimates: how far a number measured on a sample may lie from the number it stands for. Every method
//! states its formula, its reference and what it does where it has no answer. Knows no metrics and no bars.

pub mod bootstrap;
pub mod order;
pub mod wilson;

pub use bootstrap::{Bootstrap, Interval};
pub use order::{OrderInterval, nearest_rank, order_statistic_interval};
pub use wilson::wilson;
