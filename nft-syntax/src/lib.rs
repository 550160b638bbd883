#![doc = include_str!("../README.md")]

// What pest derives without its `std` feature (which asks the system for stack space at each step) names this crate.
extern crate alloc;

mod diagnostic;
mod document;
mod elements;
mod error;
mod grammar;
mod include;
pub mod lower;
mod parse;
pub mod print;
mod scope;
mod source;
mod sources;
mod tree;

pub use diagnostic::{Diagnostic, Severity};
pub use document::{Document, Item, ItemKind};
pub use error::Error;
pub use include::{FileKind, Files, MemoryFiles, NoFiles, SystemFiles};
#[doc(hidden)]
pub use parse::{HOLE, HOLE_END};
pub use source::{Shown, Source, text_of};
pub use sources::{ShownError, Sources};
