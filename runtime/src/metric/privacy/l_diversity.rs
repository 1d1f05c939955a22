//! l-diversity, distinct.

use super::{by_class, over_records};
use crate::metric::api::metric;

metric! {
    /// # l-diversity
    ///
    /// ## Measures
    /// The fewest different values of the secret column among rows that share one combination of values in the columns
    /// that can identify a person (distinct l-diversity). Undefined without rows, and refused where no secret column or
    /// no identifying column is named.
    ///
    /// It is a fact about this table, not an estimate: it has no interval.
    ///
    /// ## Why it matters
    /// Who knows a person's combination learns the secret at once where all rows of it share the secret, however many
    /// they are: with l = 1 k-anonymity is no help.
    ///
    /// ## How to mend
    /// Make the identifying columns coarser until each combination holds several secrets, or leave combinations out
    /// that hold one.
    ///
    /// ## Traps
    /// It counts values and not how often they occur: 99 rows of one secret and one row of another make l = 2. Secrets
    /// that differ as texts may mean the same (stomach ulcer, gastritis). See `t_closeness` for shares.
    ///
    /// ## References
    /// Machanavajjhala, Kifer, Gehrke and Venkitasubramaniam 2007 (ACM Transactions on Knowledge Discovery from Data 1,
    /// 1); the value is the least `nunique` of a pandas `groupby` of the columns.
    ///
    /// ```json example
    /// {"parameters": {}, "input": {"identifiers": [["130**"], ["130**"], ["130**"], ["148**"], ["148**"], ["148**"]], "secret": ["flu", "cancer", "flu", "flu", "cancer", "asthma"]}, "expected": 2}
    /// ```
    /// ```lms pass
    /// l_diversity(patients.test, secret: diagnosis) by age_band & region & sex >= 2
    /// ```
    /// ```lms fail
    /// l_diversity(patients.test, secret: diagnosis) by age_band & region & sex >= 4
    /// ```
    "l_diversity", version 1, equals "machanavajjhala-2007", reads Records, Higher,
    "measure l_diversity(split: split, by: columns, secret: column) -> count",
    |items, _| {
        let score = over_records(items, true, |weighed| {
            by_class(weighed).iter().map(Vec::len).min().map(|secrets| secrets as f64)
        })?;
        Ok(score.into())
    }
}
