//! Metrics of fairness: how far apart the groups of a column are in what a model predicts.

pub mod demographic_parity_difference;
pub mod demographic_parity_ratio;
pub mod disparate_impact;
pub mod equal_opportunity_difference;
pub mod equalized_odds_difference;
pub mod groups;
