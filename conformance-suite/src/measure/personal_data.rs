//! Texts that hold personal data.

use super::api::{Arguments, exact, facts, measure};
use super::reading::{Failure, Reading};
use super::tables;
use crate::session::{Session, unreadable};

measure! {
    /// # Personal data
    ///
    /// ## Measures
    /// The rows of the split in whose text columns personal data stand: e-mail addresses, phone numbers, card numbers
    /// (Luhn), IBANs (mod 97), national ids with their check digits, IP addresses, and the names listed in `names`,
    /// separated by commas. What was found is shown masked. A check digit keeps most other numbers out, not all of
    /// them; names that are not listed are not found.
    ///
    /// ## Why it matters
    /// A model repeats what it was trained on, and personal data need a reason to be there at all.
    ///
    /// ## How to mend
    /// Mask the places that are listed before the data are used.
    ///
    /// ## References
    /// Regulation (EU) 2016/679, Articles 4(1) and 5(1)(c); ISO/IEC 7812-1 (Luhn); ISO 13616-1 (IBAN); TC260-003-2024,
    /// 5.2.
    ///
    /// ```lms pass tickets
    /// personal_data(tickets.train) == 0
    /// ```
    /// ```lms fail tickets
    /// personal_data(tickets.train, names: "the") == 0
    /// ```
    "personal_data", Header, "measure personal_data(split: split, names: text = \"\") -> count", run
}

fn run(arguments: &Arguments, session: &Session) -> Result<Reading, Failure> {
    let table = tables::split(arguments, session)?;
    let names: Vec<String> =
        arguments.text("names").unwrap_or_default().split(',').map(|name| name.trim().to_owned()).collect();
    let names: Vec<String> = names.into_iter().filter(|name| !name.is_empty()).collect();
    let found = session.engine()?.personal_data(&table, &names).map_err(unreadable)?;
    let findings = tables::findings(
        &table,
        &found,
        "personal_text",
        "the text holds personal data",
        "none",
        "mask it before the data are used",
    );
    Ok(exact(found.count as f64, findings, facts([("rows", table.rows.to_string())])))
}
