//! The nf_tables virtual machine: registers, instructions, programs.
//!
//! What is called an instruction here, the kernel and `libnftnl` call an *expression*. Each has a struct in a file of its own, named
//! as the kernel names it; rows give its attributes in the order in which `nft` sends them. Decoding takes them in any order.
//!
//! **Invariant:** nothing is lost. An expression that is unknown here, or has attributes or values that are, becomes
//! [`Instruction::Unknown`] with its bytes.

mod bitwise;
mod byteorder;
mod cmp;
mod compat;
mod counter;
mod ct;
mod data;
mod display;
mod dup;
mod dynset;
mod exthdr;
mod fib;
mod flow_offload;
mod hash;
mod immediate;
mod inner;
mod instruction;
mod last;
mod limit;
mod log;
mod lookup;
mod meta;
mod nat;
mod notrack;
mod numgen;
mod objref;
mod osf;
mod payload;
mod program;
mod queue;
mod quota;
mod range;
mod register;
mod reject;
mod rt;
mod socket;
mod synproxy;
mod tproxy;
mod tunnel;
mod xfrm;

pub use bitwise::{Bitwise, BitwiseOp};
pub use byteorder::{Byteorder, ByteorderOp};
pub use cmp::{Cmp, CmpOp};
pub use compat::{Match, Target};
pub use counter::Counter;
pub use ct::{CtKey, CtLoad, CtSet};
pub use data::{ChainRef, Operand, Verdict};
pub use dup::{Dup, Fwd};
pub use dynset::{Dynset, DynsetOp};
pub use exthdr::{ExthdrLoad, ExthdrOp, ExthdrSet, ExthdrStrip};
pub use fib::{Fib, FibResult};
pub use flow_offload::FlowOffload;
pub use hash::{Hash, HashType};
pub use immediate::Immediate;
pub use inner::Inner;
pub use instruction::{Instruction, Unknown};
pub use last::Last;
pub use limit::{Connlimit, Limit, LimitType};
pub use log::Log;
pub use lookup::Lookup;
pub use meta::{MetaKey, MetaLoad, MetaSet};
pub use nat::{Masq, Nat, NatType, Redir};
pub use notrack::Notrack;
pub use numgen::{Numgen, NumgenType};
pub use objref::{ObjrefMap, ObjrefName};
pub use osf::Osf;
pub use payload::{PayloadBase, PayloadLoad, PayloadSet};
pub use program::Program;
pub use queue::Queue;
pub use quota::Quota;
pub use range::{Range, RangeOp};
pub use register::Register;
pub use reject::{Reject, RejectType};
pub use rt::{Rt, RtKey};
pub use socket::{Socket, SocketKey};
pub use synproxy::Synproxy;
pub use tproxy::Tproxy;
pub use tunnel::{Tunnel, TunnelKey};
pub use xfrm::{Xfrm, XfrmDirection, XfrmKey};

pub(crate) use display::Words;

pub use crate::wire::{Data, Text};
