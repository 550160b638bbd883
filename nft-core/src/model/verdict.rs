//! Verdicts: what becomes of the packet.

use super::Rule;
use crate::name::ChainName;

/// What becomes of the packet (nft manual, "Verdict statement").
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Verdict {
    /// `accept`.
    Accept,
    /// `drop`.
    Drop,
    /// `continue`.
    Continue,
    /// `return`.
    Return,
    /// `jump`.
    Jump(JumpTarget),
    /// `goto`.
    Goto(JumpTarget),
    /// A code of the kernel that the language has no word for (queue numbers, `NFT_BREAK`).
    Other(i32),
}

/// Where a jump goes.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum JumpTarget {
    /// A chain of the same table.
    Chain(ChainName),
    /// An anonymous chain, written in place: `jump { … }`.
    Block(Box<[Rule]>),
}

impl Verdict {
    /// Whether nothing behind it in the rule can run.
    #[must_use]
    pub const fn is_terminal(&self) -> bool {
        !matches!(self, Self::Continue)
    }

    /// The target of a jump or goto.
    #[must_use]
    pub const fn target(&self) -> Option<&JumpTarget> {
        match self {
            Self::Jump(target) | Self::Goto(target) => Some(target),
            Self::Accept | Self::Drop | Self::Continue | Self::Return | Self::Other(_) => None,
        }
    }
}
