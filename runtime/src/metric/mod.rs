//! Metrics, each one file with its formula, the public reference that it must equal, its traps and worked examples. All go
//! through one state: what each row says as a short list of numbers, and the metric as a function of how much each distinct
//! list weighs ([`score`]), so that how the rows were split among threads or machines cannot change a result. Knows no bars.
//!
//! An undefined value is `None`, never a number that could pass.

pub mod agreement;
pub mod api;
mod checked;
pub mod classification;
pub mod composite;
pub mod drift;
pub mod embedding;
pub mod estimate;
pub mod fairness;
pub mod items;
mod json;
pub mod language;
pub mod privacy;
pub mod probability;
pub mod ranking;
pub mod regression;
pub mod robustness;
pub mod score;
pub mod spans;
pub mod speech;
pub mod text;
mod view;
pub mod vision;

pub use api::{Better, Metric, Param, Params, Refusal, Scores};
pub use composite::composite;
pub use estimate::{Estimate, Sampling};
pub use items::{Items, Kind};
pub use score::Score;

/// Every metric, by family and name.
pub const ALL: &[&Metric] = &[
    &agreement::fleiss_kappa::METRIC,
    &agreement::krippendorff_alpha::METRIC,
    &classification::accuracy::METRIC,
    &classification::cohen_kappa::METRIC,
    &classification::f1::METRIC,
    &classification::f_beta::METRIC,
    &classification::hamming_loss::METRIC,
    &classification::jaccard::METRIC,
    &classification::mcc::METRIC,
    &classification::precision::METRIC,
    &classification::recall::METRIC,
    &classification::specificity::METRIC,
    &drift::chi_square::METRIC,
    &drift::jensen_shannon::METRIC,
    &drift::ks::METRIC,
    &drift::psi::METRIC,
    &embedding::analogy_accuracy::METRIC,
    &embedding::cosine::METRIC,
    &embedding::spearman::METRIC,
    &fairness::demographic_parity_difference::METRIC,
    &fairness::demographic_parity_ratio::METRIC,
    &fairness::disparate_impact::METRIC,
    &fairness::equal_opportunity_difference::METRIC,
    &fairness::equalized_odds_difference::METRIC,
    &language::bits_per_byte::METRIC,
    &language::byte_perplexity::METRIC,
    &language::choice_accuracy::METRIC,
    &language::masked_accuracy::METRIC,
    &language::perplexity::METRIC,
    &language::word_perplexity::METRIC,
    &privacy::k_anonymity::METRIC,
    &privacy::l_diversity::METRIC,
    &privacy::t_closeness::METRIC,
    &probability::average_precision::METRIC,
    &probability::brier::METRIC,
    &probability::ece::METRIC,
    &probability::log_loss::METRIC,
    &probability::roc_auc::METRIC,
    &probability::top_k_accuracy::METRIC,
    &ranking::mrr::METRIC,
    &ranking::ndcg::METRIC,
    &ranking::recall_at_k::METRIC,
    &regression::mae::METRIC,
    &regression::mape::METRIC,
    &regression::pinball::METRIC,
    &regression::r2::METRIC,
    &regression::rmse::METRIC,
    &regression::smape::METRIC,
    &robustness::accuracy_drop::METRIC,
    &robustness::flip_rate::METRIC,
    &spans::span_f1::METRIC,
    &spans::span_precision::METRIC,
    &spans::span_recall::METRIC,
    &speech::cer::METRIC,
    &speech::mer::METRIC,
    &speech::wer::METRIC,
    &speech::wil::METRIC,
    &text::bleu::METRIC,
    &text::chrf::METRIC,
    &text::exact_match::METRIC,
    &text::rouge::METRIC,
    &text::ter::METRIC,
    &text::token_f1::METRIC,
    &vision::coco_map::METRIC,
    &vision::dice::METRIC,
    &vision::iou::METRIC,
];

/// The metric of that name.
pub fn find(id: &str) -> Option<&'static Metric> {
    ALL.iter().copied().find(|metric| metric.id == id)
}

impl Metric {
    /// The metric of items under parameters.
    ///
    /// # Errors
    /// Where the items or the parameters are none that it is defined for.
    pub fn of(&self, items: &Items, params: &Params) -> Result<Scores, Refusal> {
        items.check()?;
        (self.bind)(items, params)
    }
}
