//! k-anonymity.

use super::{by_class, over_records};
use crate::metric::api::metric;

metric! {
    /// # k-anonymity
    ///
    /// ## Measures
    /// The fewest rows that share one combination of values in the columns that can identify a person (the
    /// quasi-identifiers): every row looks like at least k - 1 others. Undefined without rows, and refused where no
    /// such column is named.
    ///
    /// It is a fact about this table, not an estimate: it has no interval.
    ///
    /// ## Why it matters
    /// Names can be gone and people still be found: postcode, sex and date of birth together single out most of a
    /// population. With k = 1 somebody's row stands alone.
    ///
    /// ## How to mend
    /// Make the columns coarser (years in place of dates, fewer digits of a postcode), or leave the rarest combinations
    /// out.
    ///
    /// ## Traps
    /// It is as good as the list of columns: one that is missing there can still identify. Values are compared as
    /// texts, an empty one as a value like others. If all rows of a combination share the secret, nothing is hidden:
    /// see `l_diversity`. Several rows of one person are counted as several people.
    ///
    /// ## References
    /// Sweeney 2002 (International Journal of Uncertainty, Fuzziness and Knowledge-Based Systems 10, 5), definition 3;
    /// the value is the least size of a pandas `groupby` of the columns.
    ///
    /// ```json example
    /// {"parameters": {}, "input": {"identifiers": [["130**", "20-29"], ["130**", "20-29"], ["130**", "20-29"], ["148**", "30-39"], ["148**", "30-39"]]}, "expected": 2}
    /// ```
    /// ```lms pass
    /// k_anonymity(patients.test) by age_band & region & sex >= 5
    /// ```
    /// ```lms fail
    /// k_anonymity(patients.test) by age_band & region & sex >= 50
    /// ```
    "k_anonymity", version 1, equals "sweeney-2002", reads Records, Higher,
    "measure k_anonymity(split: split, by: columns) -> count",
    |items, _| {
        let score = over_records(items, false, |weighed| {
            let classes = by_class(weighed);
            classes.iter().map(|class| class.iter().map(|(_, weight)| weight).sum::<f64>()).reduce(f64::min)
        })?;
        Ok(score.into())
    }
}
