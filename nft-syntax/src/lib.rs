//! The nftables language: text to values and back.

mod diagnostic;
mod grammar;
mod parse;
mod tree;

pub use diagnostic::{Diagnostic, Severity};
pub mod print;
