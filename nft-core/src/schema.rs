//! The facts of the protocols, one row each.

pub mod datatype;

pub use datatype::DataType;
