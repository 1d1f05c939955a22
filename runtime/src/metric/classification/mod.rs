//! Metrics of true and predicted classes, and of rows with several marks.

pub mod accuracy;
pub mod cohen_kappa;
pub mod f1;
pub mod f_beta;
pub mod hamming_loss;
pub mod jaccard;
pub mod marks;
pub mod mcc;
pub mod precision;
pub mod recall;
pub mod specificity;
pub mod table;
