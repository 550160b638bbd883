//! What registers hold while a program is walked.

use crate::bytecode::{BitwiseOp, ByteorderOp, Register};
use crate::model::{BinaryOp, Expr, KeyField};
use crate::schema::extension::Op;
use crate::schema::{Base, Header};
use crate::wire::Data;

/// The content of a register, not yet in the terms of the language: which field a load means is known only where it is used.
#[derive(Clone, Debug)]
pub(super) enum Term {
    /// Bytes of the packet.
    Packet(Load),
    /// Bytes of an extension header or option.
    Extension(ExtensionLoad),
    /// A selector that needs no context, and what its values are.
    Selector(Expr, KeyField),
    /// A property of the inner packet of a tunnel: only ever a dependency.
    InnerMeta(&'static Header, crate::schema::MetaKey),
    /// Bytes.
    Constant(Data),
    /// `term & mask ^ xor`.
    Mask(Box<Self>, Data, Data),
    /// `term << bits`, `term >> bits`.
    Shift(Box<Self>, BinaryOp, u32),
    /// An operation of two registers.
    Join(BinaryOp, Box<(Self, Self)>),
    /// The same value in the other byte order.
    Order(Box<Self>, ByteorderOp),
    /// A hash of a key.
    Hash(Box<HashTerm>),
    /// What a map says of a key.
    Map(Box<MapTerm>),
}

/// Bytes of the packet.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Load {
    /// The tunnel whose inner packet is meant.
    pub(super) tunnel: Option<&'static Header>,
    /// From where the offset counts.
    pub(super) base: Base,
    /// In bits.
    pub(super) offset: u32,
    /// In bits.
    pub(super) bits: u32,
}

impl Load {
    /// So many bytes; nothing for places that no packet has.
    pub(super) fn bytes(tunnel: Option<&'static Header>, base: Base, offset: u32, len: u32) -> Option<Self> {
        let (offset, bits) = place(offset, len)?;
        Some(Self { tunnel, base, offset, bits })
    }
}

impl ExtensionLoad {
    /// So many bytes; nothing for places that no header has.
    pub(super) fn bytes(op: Op, number: u8, offset: u32, len: u32) -> Option<Self> {
        let (offset, bits) = place(offset, len)?;
        Some(Self { op, number, offset, bits })
    }
}

/// Offset and width in bits.
fn place(offset: u32, len: u32) -> Option<(u32, u32)> {
    let (offset, bits) = (offset.checked_mul(8)?, len.checked_mul(8)?);
    offset.checked_add(bits)?;
    Some((offset, bits))
}

/// Bytes of an extension header or option.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct ExtensionLoad {
    /// Which kind.
    pub(super) op: Op,
    /// Its number.
    pub(super) number: u8,
    /// In bits.
    pub(super) offset: u32,
    /// In bits.
    pub(super) bits: u32,
}

/// `jhash key mod n`.
#[derive(Clone, Debug)]
pub(super) struct HashTerm {
    /// The fields of the key; none for `symhash`.
    pub(super) key: Vec<Term>,
    pub(super) modulus: u32,
    pub(super) seed: Option<u32>,
    pub(super) offset: u32,
}

/// `key map @set`.
#[derive(Clone, Debug)]
pub(super) struct MapTerm {
    /// The fields of the key.
    pub(super) key: Vec<Term>,
    /// Name of the map.
    pub(super) set: Box<str>,
}

/// How many terms one may be built of: programs that compute more than rules do show as instructions.
const LARGEST: usize = 64;

impl Term {
    /// How many terms it is built of.
    fn size(&self) -> usize {
        let inner = match self {
            Self::Packet(_) | Self::Extension(_) | Self::Selector(..) | Self::InnerMeta(..) | Self::Constant(_) => 0,
            Self::Mask(inner, ..) | Self::Shift(inner, ..) | Self::Order(inner, _) => inner.size(),
            Self::Join(_, sides) => sides.0.size() + sides.1.size(),
            Self::Hash(hash) => hash.key.iter().map(Self::size).sum(),
            Self::Map(map) => map.key.iter().map(Self::size).sum(),
        };
        inner + 1
    }

    /// Bytes that it fills; 4 where nothing says it.
    pub(super) fn bytes(&self) -> u32 {
        match self {
            Self::Packet(load) => load.bits.div_ceil(8),
            Self::Extension(load) => load.bits.div_ceil(8),
            Self::Selector(_, field) => field.bytes(),
            Self::InnerMeta(_, key) => key.bits().div_ceil(8),
            Self::Constant(data) => u32::try_from(data.len()).unwrap_or(0),
            Self::Mask(_, mask, _) => u32::try_from(mask.len()).unwrap_or(0),
            Self::Shift(term, ..) | Self::Order(term, _) => term.bytes(),
            Self::Join(_, sides) => sides.0.bytes(),
            Self::Hash(_) | Self::Map(_) => 4,
        }
    }
}

/// A register with content.
#[derive(Clone, Debug)]
struct Slot {
    term: Term,
    /// The instruction that put it there.
    index: u32,
    /// Whether anything came of it.
    used: bool,
}

/// The registers, as 16 words of which each may begin a value.
#[derive(Debug, Default)]
pub(super) struct Registers {
    words: [Option<Slot>; Register::WORDS as usize],
    /// Instructions of which nothing came.
    lost: Vec<u32>,
}

impl Registers {
    /// Puts a term into a register.
    pub(super) fn store(&mut self, register: Register, term: Term, index: u32) -> Option<()> {
        if term.size() > LARGEST {
            return None;
        }
        let slot = self.words.get_mut(usize::try_from(register.word()?).ok()?)?;
        if let Some(old) = slot.replace(Slot { term, index, used: false })
            && !old.used
        {
            self.lost.push(old.index);
        }
        Some(())
    }

    /// What a register holds.
    pub(super) fn read(&mut self, register: Register) -> Option<&Term> {
        self.at(register.word()?)
    }

    /// What begins at a word.
    fn at(&mut self, word: u32) -> Option<&Term> {
        let slot = self.words.get_mut(usize::try_from(word).ok()?)?.as_mut()?;
        slot.used = true;
        Some(&slot.term)
    }

    /// Whether something that was not used yet begins at a word.
    fn is_fresh(&self, word: u32) -> bool {
        usize::try_from(word)
            .ok()
            .and_then(|word| self.words.get(word))
            .is_some_and(|slot| slot.as_ref().is_some_and(|slot| !slot.used))
    }

    /// The fields of a key that begins there: so many bytes, or, if that is not known, whatever was loaded behind each
    /// other before `end`.
    pub(super) fn key(&mut self, register: Register, bytes: Option<u32>, end: Option<Register>) -> Option<Vec<Term>> {
        let end = end.and_then(Register::word);
        let mut word = register.word()?;
        let mut rest = bytes.map(|bytes| bytes.div_ceil(4));
        let mut terms = Vec::with_capacity(1);
        loop {
            let term = self.at(word)?.clone();
            let words = term.bytes().div_ceil(4).max(1);
            terms.push(term);
            word += words;
            match &mut rest {
                Some(rest) if *rest > words => *rest -= words,
                None if Some(word) != end && self.is_fresh(word) => {}
                _ => return Some(terms),
            }
        }
    }

    /// The instructions of which nothing came.
    pub(super) fn lost(self) -> Vec<u32> {
        let mut lost = self.lost;
        lost.extend(self.words.into_iter().flatten().filter(|slot| !slot.used).map(|slot| slot.index));
        lost.sort_unstable();
        lost
    }
}

/// The operator of an operation on two registers or a shift.
pub(super) const fn operator(op: BitwiseOp) -> Option<BinaryOp> {
    Some(match op {
        BitwiseOp::AND => BinaryOp::And,
        BitwiseOp::OR => BinaryOp::Or,
        BitwiseOp::XOR => BinaryOp::Xor,
        BitwiseOp::LSHIFT => BinaryOp::ShiftLeft,
        BitwiseOp::RSHIFT => BinaryOp::ShiftRight,
        _ => return None,
    })
}
