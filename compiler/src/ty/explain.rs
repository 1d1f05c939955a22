//! Conflicts of sizes in words: which relations cannot hold, for which values.

use super::dim::Dim;
use super::facts::Facts;
use super::solve::{Core, Relation};
use std::fmt;

impl fmt::Display for Relation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Relation::Eq(a, b) => write!(f, "{a} == {b}"),
            Relation::Ne(a, b) => write!(f, "{a} != {b}"),
            Relation::Lt(a, b) => write!(f, "{a} < {b}"),
            Relation::Le(a, b) => write!(f, "{a} <= {b}"),
            Relation::Divides(a, b) => write!(f, "{} % {} == 0", b.as_operand(), a.as_operand()),
            Relation::DividesNot(a, b) => write!(f, "{} % {} != 0", b.as_operand(), a.as_operand()),
        }
    }
}

impl Core {
    /// The conflict as a sentence: "no value of `hidden_size` in {128, 256} is a multiple of `heads` = 3". `facts` and
    /// `constraints` are those that the solver was asked about.
    pub fn explain(&self, facts: &Facts, constraints: &[Relation]) -> String {
        let asked = self.relations.iter().filter_map(|&at| constraints.get(at).cloned());
        let known = self.facts.iter().filter_map(|&at| facts.divisible.get(at));
        let known = known.map(|(dividend, divisor)| Relation::Divides(divisor.clone(), dividend.clone()));
        let rules: Vec<Relation> = asked.chain(known).collect();
        if let [Relation::Divides(divisor, dividend)] = rules.as_slice()
            && let (Some(dividend), Some(divisor)) = (dividend.as_symbol(), self.name(divisor, facts))
        {
            let multiple = self.with_values(dividend, facts);
            return match facts.values.get(dividend).and_then(|values| values.single()) {
                Some(_) => format!("{multiple} is no multiple of {divisor}"),
                None => format!("no value of {multiple} is a multiple of {divisor}"),
            };
        }
        let together = if rules.len() > 1 { " together" } else { "" };
        let rules = listed(rules.iter().map(|rule| format!("`{rule}`")));
        let values = listed(self.symbols.iter().map(|name| self.with_values(name, facts)));
        let values = if values.is_empty() { values } else { format!(" for {values}") };
        format!("{rules} cannot hold{together}{values}")
    }

    /// A symbol with its values, or a number.
    fn name(&self, dim: &Dim, facts: &Facts) -> Option<String> {
        match dim.as_symbol() {
            Some(name) => Some(self.with_values(name, facts)),
            None => dim.as_constant().map(|value| value.to_string()),
        }
    }

    /// A symbol, and its values if they matter to the conflict.
    fn with_values(&self, name: &str, facts: &Facts) -> String {
        let matters = self.symbols.iter().any(|known| **known == *name);
        match facts.values.get(name).filter(|_| matters) {
            Some(values) => format!("`{name}` {values}").trim_end().to_owned(),
            None => format!("`{name}`"),
        }
    }
}

/// `a`, `a and b`, `a, b and c`.
fn listed(items: impl Iterator<Item = String>) -> String {
    let items: Vec<String> = items.collect();
    match items.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    }
}
