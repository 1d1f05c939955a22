//! Parameters of two submissions held against each other.

use super::Parameter;
use crate::measure::api::failure;
use crate::measure::reading::Failure;
use crate::session::{ModelParts, Progress, Session, finding_of_weight, not_computed};
use lmstd_runtime::weights::{Inventory, Relation, relate};
use std::rc::Rc;

/// Every parameter of the program.
pub(super) fn compare(
    a: (&Session, &ModelParts),
    b: (&Session, &ModelParts),
    progress: &Progress,
) -> Result<Vec<Parameter>, Failure> {
    let (one, two) = (sound(a)?, sound(b)?);
    let total = one.parameters.len() as u64;
    let mut parameters = Vec::new();
    for (done, (name, tensor)) in one.parameters.iter().enumerate() {
        progress("weights", done as u64, total);
        let relation = match two.parameters.get(name) {
            Some(other) => relate((&a.0.submission, tensor), (&b.0.submission, other)).map_err(not_computed)?,
            None => Relation::Different { largest: None, at: 0 },
        };
        parameters.push(Parameter { name: name.clone(), relation });
    }
    let extra = two.parameters.keys().filter(|name| !one.parameters.contains_key(*name));
    let different =
        |name: &String| Parameter { name: name.clone(), relation: Relation::Different { largest: None, at: 0 } };
    parameters.extend(extra.map(different));
    progress("weights", total, total);
    Ok(parameters)
}

/// The inventory, if every stored tensor is a parameter and every parameter is stored.
fn sound((session, parts): (&Session, &ModelParts)) -> Result<Rc<Inventory>, Failure> {
    let inventory = parts.inventory(session)?;
    match inventory.faults.first().map(finding_of_weight) {
        None => Ok(inventory),
        Some(finding) => Err(failure(&finding.fault, &finding.message, &finding.at, &finding.mend)),
    }
}
