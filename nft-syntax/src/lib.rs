//! The nftables language: text to values and back.

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
