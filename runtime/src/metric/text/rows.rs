//! The rows that metrics of texts read: a candidate each, and the references that it is held against.

use crate::metric::api::Refusal;
use crate::metric::items::{Items, Texts};
use rayon::prelude::*;

/// The texts of the items.
///
/// # Errors
/// For items of another kind.
pub fn texts(items: &Items) -> Result<&Texts, Refusal> {
    match items {
        Items::Texts(texts) => Ok(texts),
        _ => Err(Refusal::kind()),
    }
}

/// What the candidate and the references of each row give, in the order of the rows, which are read in parallel.
pub fn each<T: Send>(texts: &Texts, of: impl Fn(&str, &[String]) -> T + Send + Sync) -> Vec<T> {
    let rows = texts.candidates.par_iter().zip(texts.references.par_iter());
    rows.map(|(candidate, references)| of(candidate, references)).collect()
}
