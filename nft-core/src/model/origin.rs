//! Where a thing was written.

use crate::span::Span;
use std::hash::{Hash, Hasher};

/// Where a rule, chain or other thing was written. All origins are equal, so that they take no part in comparisons of values.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub enum Origin {
    /// Nowhere: it came from the pipeline API or from the kernel.
    #[default]
    None,
    /// In a text.
    Text {
        /// Which source, by its number in the parse (0 is the first file).
        source: u32,
        /// Where in it.
        span: Span,
    },
    /// In a literal of the `nft!` macro.
    Code {
        /// Path of the Rust file.
        file: &'static str,
        /// Line, from 1.
        line: u32,
    },
}

impl PartialEq for Origin {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Origin {}

impl Hash for Origin {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}
