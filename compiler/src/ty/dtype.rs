//! Element classes. A program says what kind of number a tensor holds; the engine chooses the width
//! (f32 for production, f64 for the reference), so that both run the same program.

/// The kind of element.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Class {
    /// Real numbers.
    Float,
    /// Whole numbers.
    Int,
    /// True or false.
    Bool,
}

impl Class {
    /// The word that types use.
    pub fn word(self) -> &'static str {
        match self {
            Class::Float => "float",
            Class::Int => "int",
            Class::Bool => "bool",
        }
    }

    /// Looks a class up by its word.
    pub fn of_word(word: &str) -> Option<Class> {
        [Class::Float, Class::Int, Class::Bool].into_iter().find(|class| class.word() == word)
    }
}
