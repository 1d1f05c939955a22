//! Pinball loss: the error of a forecast of a quantile.

use super::numbers;
use crate::metric::api::{Params, Refusal, Scores, metric};
use crate::metric::items::Items;
use crate::metric::score::Score;

metric! {
    /// # Pinball loss
    ///
    /// ## Measures
    /// The mean of alpha d where d > 0, else (alpha - 1) d, with d = truth - prediction, in the unit of the target
    /// column. `alpha`, above 0 and below 1, is the quantile that the model forecasts: 0.9 for a number that nine of
    /// ten truths stay below. The interval is a seeded bootstrap, bias-corrected and accelerated (BCa).
    ///
    /// ## Why it matters
    /// Stock, staff and reserves are planned for a quantile, not for the mean: too little costs more than too much.
    /// This loss is least for the true quantile.
    ///
    /// ## How to mend
    /// Count how many truths are above the forecast: it should be a share of 1 - alpha. Train on this loss with the
    /// same alpha.
    ///
    /// ## Traps
    /// With alpha 0.5 it is half of the mean absolute error. Losses of different alpha do not compare. An alpha of 0 or
    /// 1 is refused, though the reference takes it: errors on one side would cost nothing. Of no rows there is none.
    ///
    /// ## References
    /// Koenker and Bassett 1978; scikit-learn `mean_pinball_loss`.
    ///
    /// ```json example
    /// {"parameters": {"alpha": 0.9}, "input": {"truth": [10.0, 20.0, 40.0], "prediction": [11.0, 18.0, 40.0]}, "expected": 0.6333333333333333}
    /// ```
    /// ```lms pass
    /// pinball(forecaster, demand.test, alpha: 0.9) <= 3 at 95%
    /// ```
    /// ```lms fail
    /// pinball(forecaster, demand.test) <= 0.02 at 95%
    /// ```
    "pinball", version 1, equals "scikit-learn", reads Numbers, Lower,
    "measure pinball(model: model, split: split, alpha: real = 0.5) -> number",
    bind
}

fn bind(items: &Items, params: &Params) -> Result<Scores, Refusal> {
    let alpha = params.number("alpha", 0.5)?;
    if alpha <= 0.0 || alpha >= 1.0 {
        return Err(Refusal::new("`alpha` is not above 0 and below 1", "write the quantile, for example `alpha: 0.9`"));
    }
    let loss = |(truth, predicted): (f64, f64)| {
        let above = truth - predicted;
        if above > 0.0 { alpha * above } else { (alpha - 1.0) * above }
    };
    Ok(Score::mean(numbers(items)?.pairs().map(loss), 0.0, f64::INFINITY).into())
}
