//! Data types.

/// A data type.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct DataType(u8);
