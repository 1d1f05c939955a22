//! Stub
use super::{Lang, ReportError};
use crate::verdict::Report;
pub fn render(_: &Report, _: Lang) -> Result<Vec<u8>, ReportError> {
    Ok(vec![])
}
