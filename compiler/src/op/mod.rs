//! The primitive operations: one row each, in the order of [`Primitive`].
//!
//! A row is everything the compiler knows of an operation: its name, signature in our own notation, doc, class of
//! rounding error and type rule. The type rule is the only one there is: the elaborator, the graph builder and the
//! validator all ask it. What an operation computes is defined by its doc; kernels live in the runtime.

pub mod contract;
pub mod elementwise;
pub mod index;
pub mod layout;
pub mod reduce;
pub mod row;

pub use row::{Attributes, Rounding, Row, TypeFault};

macro_rules! primitives {
    ($($variant:ident => $row:path,)*) => {
        /// A primitive operation.
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
        pub enum Primitive {
            $(#[doc = concat!("See [`", stringify!($row), "`].")] $variant,)*
        }

        impl Primitive {
            /// All of them.
            pub const ALL: &[Primitive] = &[$(Primitive::$variant,)*];

            /// Its row.
            pub fn row(self) -> &'static Row {
                match self {
                    $(Primitive::$variant => &$row,)*
                }
            }
        }
    };
}

primitives! {
    Add => elementwise::ADD,
    Sub => elementwise::SUB,
    Mul => elementwise::MUL,
    Div => elementwise::DIV,
    Neg => elementwise::NEG,
    Exp => elementwise::EXP,
    Log => elementwise::LOG,
    Sqrt => elementwise::SQRT,
    Tanh => elementwise::TANH,
    Erf => elementwise::ERF,
    Sin => elementwise::SIN,
    Cos => elementwise::COS,
    Relu => elementwise::RELU,
    Abs => elementwise::ABS,
    Floor => elementwise::FLOOR,
    Minimum => elementwise::MINIMUM,
    Maximum => elementwise::MAXIMUM,
    FloorDiv => elementwise::FLOOR_DIV,
    Rem => elementwise::REM,
    Float => elementwise::FLOAT,
    Int => elementwise::INT,
    Ge => elementwise::GE,
    Lt => elementwise::LT,
    Eq => elementwise::EQ,
    Not => elementwise::NOT,
    And => elementwise::AND,
    Or => elementwise::OR,
    Where => elementwise::WHERE,
    Sum => reduce::SUM,
    Mean => reduce::MEAN,
    Max => reduce::MAX,
    Cumsum => reduce::CUMSUM,
    Contract => contract::CONTRACT,
    Rearrange => layout::REARRANGE,
    Slice => layout::SLICE,
    Concat => layout::CONCAT,
    Expand => layout::EXPAND,
    Pad => layout::PAD,
    Windows => layout::WINDOWS,
    Carry => layout::CARRY,
    Take => index::TAKE,
    Gather => index::GATHER,
    Iota => index::IOTA,
    Size => index::SIZE,
    Constant => index::CONSTANT,
}

impl Primitive {
    /// Looks one up by its name.
    pub fn of_name(name: &str) -> Option<Primitive> {
        Primitive::ALL.iter().copied().find(|primitive| primitive.row().name == name)
    }
}
