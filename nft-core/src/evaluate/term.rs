//! What evaluated expressions are: where a value comes from, and what is done to it before it is used.

use smallvec::SmallVec;

use crate::bytecode::{BitwiseOp, ByteorderOp, CmpOp, Data, Instruction, RangeOp, Text, Verdict};
use crate::model::{Ct, Fib, Hash, Ipsec, Numgen, Osf, Socket};
use crate::schema::extension::Op as ExthdrOp;
use crate::schema::{Base, Header, MetaKey, RtKey, TunnelKey};

/// A value on its way into a register.
#[derive(Clone, Debug)]
pub(crate) struct Term {
    pub(crate) source: Source,
    pub(crate) ops: SmallVec<[Op; 1]>,
}

/// Where a value comes from.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    /// It stands in the rule.
    Constant(Data),
    /// One instruction loads it.
    Load(Load),
    /// Several values side by side, each rounded up to words of 4 bytes.
    Concat(Box<[Part]>),
    /// A map says it.
    Map(Box<(Term, SetUse)>),
    /// A hash of another value, of so many bytes; or of the packet's flow.
    Hash(Box<HashTerm>),
}

/// One field of a concatenation.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) term: Term,
    /// Words of 4 bytes.
    pub(crate) words: u32,
}

/// A hash and what it hashes.
#[derive(Clone, Debug)]
pub(crate) struct HashTerm {
    pub(crate) modulus: u32,
    pub(crate) seed: Option<u32>,
    pub(crate) offset: u32,
    /// The value and its bytes; nothing for `symhash`.
    pub(crate) of: Option<(Term, u32)>,
}

/// What one instruction loads.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Load {
    Payload(PayloadLoad),
    Exthdr {
        op: ExthdrOp,
        number: u8,
        offset: u32,
        len: u32,
        present: bool,
    },
    Meta(MetaKey),
    Ct(Ct),
    Rt(RtKey),
    Socket(Socket),
    Fib(Fib),
    Osf(Osf),
    Ipsec(Ipsec),
    Tunnel(TunnelKey),
    Numgen(Numgen),
    /// Of the packet inside a tunnel.
    InnerPayload(&'static Header, PayloadLoad),
    InnerMeta(&'static Header, MetaKey),
}

/// Bytes of the packet.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct PayloadLoad {
    pub(crate) base: Base,
    /// In bytes.
    pub(crate) offset: u32,
    /// In bytes.
    pub(crate) len: u32,
}

/// What is done to a value in its register.
#[derive(Clone, Debug)]
pub(crate) enum Op {
    /// `value & mask ^ xor`. Not every one of them is sent with its operation: see [`Bitwise`](crate::bytecode::Bitwise).
    Mask { mask: Data, xor: Data, explicit: bool },
    /// A shift of so many bits in so many bytes.
    Shift { op: BitwiseOp, by: u32, len: u32 },
    /// So many bytes change their order.
    Byteorder { op: ByteorderOp, len: u32 },
    /// `value op right`, in so many bytes.
    Binary { op: BitwiseOp, right: Box<Term>, len: u32 },
}

/// The set or map that is looked up.
#[derive(Clone, Debug)]
pub(crate) struct SetUse {
    pub(crate) name: Text,
    /// Its number in the batch; 0 for one that is known by its name.
    pub(crate) id: u32,
}

/// How a value is held against something.
#[derive(Clone, Debug)]
pub(crate) enum Test {
    Compare(CmpOp, Data),
    Range(RangeOp, Data, Data),
    Lookup { set: SetUse, invert: bool },
}

/// One evaluated statement, or a match that nft adds.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Match(Match),
    /// A verdict.
    Verdict(Verdict),
    /// A verdict by key.
    Vmap(Term, SetUse),
    /// An object by key.
    ObjectMap(Term, SetUse),
    /// What needs no register.
    Plain(Instruction),
    /// Values go into registers, one after the other, and the instruction uses them there.
    With(Registers, Instruction),
    /// A change of a set.
    Dynset(Box<Dynset>),
}

/// Values for an instruction; the first in the register 1, each further one 16 bytes behind.
pub(crate) type Registers = SmallVec<[Term; 1]>;

/// A comparison.
#[derive(Clone, Debug)]
pub(crate) struct Match {
    pub(crate) term: Term,
    pub(crate) test: Test,
    /// What it is for the merging of payload matches.
    pub(crate) role: Role,
}

/// What a match is for merging.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Role {
    /// Merges with no other.
    Alone,
    /// A payload that equals a constant.
    Mergeable,
    /// The same, of a field that says what follows: the merged match stands in its place.
    Protocol,
    /// `meta protocol ip` in a table of that family: says nothing new.
    Redundant,
}

/// A change of a set from the packet path.
#[derive(Clone, Debug)]
pub(crate) struct Dynset {
    pub(crate) key: Term,
    pub(crate) data: Option<Term>,
    /// All but the registers.
    pub(crate) instruction: crate::bytecode::Dynset,
}

impl Op {
    /// Whether it does nothing but flip bits.
    pub(crate) fn is_flip(&self) -> bool {
        matches!(self, Self::Mask { mask, explicit: true, .. } if mask.iter().all(|byte| *byte == 0xff))
    }
}

impl Term {
    /// Makes one mask of one that is followed by bits to flip.
    pub(crate) fn join_flips(&mut self) {
        let mut joined: SmallVec<[Op; 1]> = SmallVec::new();
        for op in std::mem::take(&mut self.ops) {
            match (joined.last_mut(), op) {
                (Some(Op::Mask { mask, xor, explicit: true }), Op::Mask { mask: and, xor: flip, explicit: true })
                    if mask.len() == and.len() && and.iter().all(|byte| *byte == 0xff) =>
                {
                    super::operate::join_masks((mask, xor), (&and, &flip));
                }
                (_, op) => joined.push(op),
            }
        }
        self.ops = joined;
    }

    pub(crate) fn constant(data: Data) -> Self {
        Self { source: Source::Constant(data), ops: SmallVec::new() }
    }

    pub(crate) fn load(load: Load) -> Self {
        Self { source: Source::Load(load), ops: SmallVec::new() }
    }
}

impl Load {
    /// Cuts a load of packet or option bytes down to its first ones. Other loads are as long as they are.
    pub(crate) const fn shorten(&mut self, bytes: u32) {
        match self {
            Self::Payload(payload) | Self::InnerPayload(_, payload) => payload.len = bytes,
            Self::Exthdr { len, .. } => *len = bytes,
            _ => {}
        }
    }
}

impl HashTerm {
    pub(crate) const fn new(hash: &Hash, of: Option<(Term, u32)>) -> Self {
        Self { modulus: hash.modulus, seed: hash.seed, offset: hash.offset, of }
    }
}
