//! Data types: what a value is, how wide, in which byte order, and by which names it goes.

mod calendar;
mod parse;
mod rows;
mod services;
mod symbols;
mod write;

pub use parse::{LiteralError, LiteralReason, duration};
pub use rows::{DataTypeRow, Form, Radix, Symbol};

pub use write::{Style, write_duration};

pub(super) use symbols::symbol;

use rows::ROWS;
use std::fmt;

/// A data type of the language, such as `ipv4_addr` or `mark`.
///
/// A handle to a [`DataTypeRow`]. Besides the types that nft numbers there are some that it only tells apart by how they
/// print (a raw payload is an integer in hexadecimal, say); their [`id`](Self::id) is that of the type they refine.
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
pub struct DataType(u8);

/// In which order the bytes of a value stand in registers, sets and packets.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "there are two")]
pub enum ByteOrder {
    /// The order of the machine.
    Host,
    /// Network order: most significant byte first.
    Big,
}

impl DataType {
    /// The facts of this type.
    #[must_use]
    pub const fn row(self) -> &'static DataTypeRow {
        &ROWS[self.0 as usize]
    }

    /// The place of this type in the table, for code that `nft!` makes.
    #[doc(hidden)]
    #[must_use]
    pub const fn row_number(self) -> u8 {
        self.0
    }

    /// The type at that place of the table; `integer` if there is none.
    #[doc(hidden)]
    #[must_use]
    pub const fn at(row: u8) -> Self {
        if (row as usize) < ROWS.len() { Self(row) } else { Self::INTEGER }
    }

    /// nft's number, as stored in the key type of sets.
    #[must_use]
    pub const fn id(self) -> u32 {
        self.row().id
    }

    /// The name, as in `type ipv4_addr`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.row().name
    }

    /// What it is, in words, as `nft describe` has it.
    #[must_use]
    pub const fn description(self) -> &'static str {
        self.row().description
    }

    /// The width; 0 where it is that of the place.
    #[must_use]
    pub const fn bits(self) -> u32 {
        self.row().bits
    }

    /// The byte order; nothing where it is that of the place.
    #[must_use]
    pub const fn byte_order(self) -> Option<ByteOrder> {
        self.row().byte_order
    }

    /// The type that this one refines.
    #[must_use]
    pub const fn base(self) -> Option<Self> {
        self.row().base
    }

    /// The end of the chain of [`base`](Self::base)s: integer, string, verdict or invalid.
    #[must_use]
    pub const fn root(self) -> Self {
        let mut at = self;
        while let Some(base) = at.base() {
            at = base;
        }
        at
    }

    /// Whether it is `integer` or refines it.
    #[must_use]
    pub const fn is_integer(self) -> bool {
        self.root().id() == Self::INTEGER.id()
    }

    /// Whether it is `string` or refines it.
    #[must_use]
    pub const fn is_string(self) -> bool {
        self.root().id() == Self::STRING.id()
    }

    /// Whether it is `bitmask` or refines it, so that a comma list means "any of".
    #[must_use]
    pub const fn is_bitmask(self) -> bool {
        let mut at = self;
        loop {
            if at.id() == Self::BITMASK.id() {
                return true;
            }
            match at.base() {
                Some(base) => at = base,
                None => return false,
            }
        }
    }

    /// Its named values.
    #[must_use]
    pub const fn symbols(self) -> &'static [Symbol] {
        self.row().symbols
    }

    /// The number that a built-in name stands for.
    #[must_use]
    pub fn symbol(self, name: &str) -> Option<u64> {
        self.symbols().iter().find(|symbol| symbol.name == name).map(|symbol| symbol.value)
    }

    /// The first built-in name of a number.
    #[must_use]
    pub fn symbol_name(self, value: u128) -> Option<&'static str> {
        self.symbols().iter().find(|symbol| u128::from(symbol.value) == value).map(|symbol| symbol.name)
    }

    /// The type of that name. `time` is the relative one, as in nft.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::numbered().find(|ty| ty.name() == name)
    }

    /// The type of that number.
    #[must_use]
    pub fn by_id(id: u32) -> Option<Self> {
        Self::numbered().find(|ty| ty.id() == id)
    }

    /// Every type that has a number of its own.
    pub fn numbered() -> impl Iterator<Item = Self> {
        Self::all().filter(|ty| !ty.row().refined)
    }

    /// Every type, those without a number of their own included.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..ROWS.len()).filter_map(|index| u8::try_from(index).ok()).map(Self)
    }
}

impl fmt::Debug for DataType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.row().label)
    }
}

impl fmt::Display for DataType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
