//! On whose word a value rests. Trust is part of a value's type: a clause can never show a declared fact as measured.

use serde::{Deserialize, Serialize};

/// Ordered from the weakest to the strongest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Trust {
    /// The submitter says so.
    Declared,
    /// A named third party signed it.
    Attested,
    /// The checker measured it.
    Measured,
}

impl Trust {
    /// The trust of a statement that needs both: the weaker one.
    pub fn meet(self, other: Trust) -> Trust {
        self.min(other)
    }

    /// The word used in standards and reports.
    pub fn word(self) -> &'static str {
        match self {
            Trust::Declared => "declared",
            Trust::Attested => "attested",
            Trust::Measured => "measured",
        }
    }
}
