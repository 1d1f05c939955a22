//! Metrics of how far several raters agree, beyond what chance would give.

pub mod fleiss_kappa;
pub mod krippendorff_alpha;
