//! The ruleset as a value.
//!
//! A [`Ruleset`] is a list of [`Table`]s; a table has a family and holds chains of ordered [`Rule`]s, [`Set`]s (maps and verdict
//! maps among them), named [`Object`]s and [`Flowtable`]s. Everything is plain data: comparable, printable, without a handle to
//! anything. Rules are statements and expressions in the terms of the nft manual, not bytecode.
//!
//! - `==` is structural: `tcp dport ssh` equals `tcp dport 22`, but not `tcp dport { 22 }`. Where a thing came from
//!   ([`Origin`]) and the kernel's handles take no part.
//! - What only the machine knows stays a name ([`Repr::Name`]): evaluate asks its [`Environment`](crate::Environment).
//! - Nothing here reshapes: dependencies, merging, folding are evaluate's.
//!
//! **Invariant:** the model has no variant for holes of `nft!`, for variables or for unparsed text.

pub mod chain;
pub mod command;
pub mod element;
pub mod expr;
pub mod flowtable;
pub mod object;
pub mod origin;
pub mod rule;
pub mod ruleset;
pub mod set;
pub mod stmt;
pub mod table;
pub mod value;
pub mod verdict;

mod check;
mod edit;

pub use chain::{BaseChain, Chain, Policy};
pub use command::{Command, Item, ListTarget, Position, Scope, Target};
pub use element::{Element, Elements, Entry, Layout, UnknownParts};
pub use expr::{BinaryOp, Ct, Expr, Exthdr, ExthdrPart, Fib, Hash, Ipsec, MapExpr, Numgen, Osf, Payload, RawPayload, Socket};
pub use flowtable::Flowtable;
pub use object::{
    CtExpectation, CtHelper, CtTimeout, GeneveOption, Object, ObjectKind, ObjectType, TunnelAddresses, TunnelObject,
    TunnelOptions,
};
pub use origin::Origin;
pub use rule::{IntoRule, IntoStmt, Opaque, Rule};
pub use ruleset::{Ruleset, UnreadableTable};
pub use set::{KeyField, KeyType, MapData, Set, SetFlags};
pub use stmt::{
    CtCount, Dup, DynsetOp, Fwd, Last, Limit, LimitKind, Log, Match, Nat, NatKind, ObjectBy, ObjectRef, Queue, QueueTarget,
    Quota, Reject, Relation, SetStmt, Stmt, Synproxy, Tproxy, Vmap,
};
pub use table::{Table, TableFlags};
pub use value::{Repr, Value};
pub use verdict::{JumpTarget, Verdict};
