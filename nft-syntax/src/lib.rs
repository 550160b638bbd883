//! The nftables language: text to values and back.

// What pest derives without its `std` feature (which asks the system for stack space at each step) names this crate.
extern crate alloc;

mod diagnostic;
mod document;
mod grammar;
mod parse;
mod source;
mod tree;

pub use diagnostic::{Diagnostic, Severity};
pub use document::{Document, Item, ItemKind};
pub use source::{Shown, Source, text_of};
pub mod print;
