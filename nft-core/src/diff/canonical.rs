//! Instructions as the kernel gives them back: what it adds where nothing was said, with state as it is at first.

use std::sync::LazyLock;

use crate::bytecode::{
    Bitwise, Connlimit, Counter, Dynset, ExthdrLoad, ExthdrSet, ExthdrStrip, Hash, Instruction, Last, Limit, Log, Lookup, Masq,
    Nat, Numgen, Osf, PayloadSet, Queue, Quota, Redir, Register, Reject, RejectType, Socket, Synproxy, Tunnel, Xfrm,
};

/// Flag of a quota that says that it was used up.
const DEPLETED: u32 = 2;

/// `NFT_DYNSET_F_EXPR`.
const SEVERAL: u32 = 2;

/// Says the instruction as the kernel does. Where 0 is what the kernel takes when nothing is said, nothing is said.
pub(super) fn instruction(step: &mut Instruction) {
    match step {
        Instruction::Counter(Counter { bytes, packets }) => (*bytes, *packets) = (None, None),
        Instruction::Quota(Quota { consumed, flags, .. }) => {
            *consumed = None;
            *flags = flags.map(|flags| flags & !DEPLETED);
            nothing(flags);
        }
        Instruction::Last(Last { msecs, set }) => (*msecs, *set) = (None, None),
        Instruction::Limit(Limit { burst, flags, .. }) => {
            nothing(burst);
            nothing(flags);
        }
        Instruction::Connlimit(Connlimit { flags, .. })
        | Instruction::Lookup(Lookup { flags, .. })
        | Instruction::Synproxy(Synproxy { flags, .. }) => nothing(flags),
        Instruction::Dynset(Dynset { set_id, timeout, expr, expressions, flags, .. }) => {
            *set_id = None;
            *timeout = timeout.map(time);
            nothing(timeout);
            // That there is a list of statements, the kernel does not repeat.
            *flags = flags.map(|flags| flags & !SEVERAL);
            nothing(flags);
            if let Some(expr) = expr {
                instruction(expr);
            }
            expressions.iter_mut().for_each(instruction);
        }
        Instruction::Inner(inner) => instruction(&mut inner.expr),
        Instruction::Nat(Nat { addr_min, addr_max, proto_min, proto_max, flags, .. }) => {
            range(*addr_min, addr_max, flags, MAP_ADDRESS);
            range(*proto_min, proto_max, flags, MAP_PORT);
        }
        Instruction::Masq(Masq { proto_min, proto_max, flags }) | Instruction::Redir(Redir { proto_min, proto_max, flags }) => {
            range(*proto_min, proto_max, flags, MAP_PORT);
        }
        Instruction::Log(Log { group, snaplen, qthreshold, level, flags, .. }) => {
            nothing(snaplen);
            nothing(qthreshold);
            nothing(flags);
            if group.is_none() {
                level.get_or_insert(WARNING);
            }
        }
        Instruction::Reject(Reject { ty, icmp_code }) if *ty == RejectType::TCP_RST => {
            *icmp_code = None;
        }
        Instruction::PayloadSet(PayloadSet { csum_type, csum_offset, csum_flags, .. }) => {
            nothing(csum_type);
            nothing(csum_offset);
            nothing(csum_flags);
        }
        Instruction::ExthdrLoad(ExthdrLoad { op, flags, .. }) | Instruction::ExthdrSet(ExthdrSet { op, flags, .. }) => {
            *op = op.filter(|op| op.0 != 0);
            nothing(flags);
        }
        Instruction::ExthdrStrip(ExthdrStrip { offset, len, flags, .. }) => {
            nothing(offset);
            nothing(len);
            nothing(flags);
        }
        Instruction::Hash(Hash { offset, len, ty, .. }) => {
            nothing(offset);
            nothing(len);
            *ty = ty.filter(|ty| ty.0 != 0);
        }
        Instruction::Numgen(Numgen { offset, .. }) => nothing(offset),
        Instruction::Queue(Queue { total, flags, .. }) => {
            *total = total.filter(|total| *total != 1);
            nothing(flags);
        }
        Instruction::Osf(Osf { ttl, flags, .. }) => {
            nothing(ttl);
            nothing(flags);
        }
        Instruction::Bitwise(Bitwise { op, .. }) => *op = op.filter(|op| op.0 != 0),
        Instruction::Tunnel(Tunnel { mode, .. }) => nothing(mode),
        Instruction::Xfrm(Xfrm { spnum, .. }) => nothing(spnum),
        Instruction::Socket(Socket { level, .. }) => nothing(level),
        _ => {}
    }
}

/// Zero is nothing.
fn nothing<N: Copy + Default + PartialEq>(number: &mut Option<N>) {
    *number = number.filter(|number| *number != N::default());
}

/// `NFT_LOGLEVEL_WARNING`: that of a log without a level that goes to no group.
const WARNING: u32 = 4;
/// `NF_NAT_RANGE_MAP_IPS`.
const MAP_ADDRESS: u32 = 1;
/// `NF_NAT_RANGE_PROTO_SPECIFIED`.
const MAP_PORT: u32 = 2;

/// The last of a range is the first if it is not said, and flags say what there is.
fn range(first: Option<Register>, last: &mut Option<Register>, flags: &mut Option<u32>, flag: u32) {
    let mut bits = flags.unwrap_or(0);
    if first.is_some() {
        *last = last.or(first);
        bits |= flag;
    }
    *flags = (bits != 0).then_some(bits);
}

/// Milliseconds as the kernel keeps them: it counts in ticks. On other systems there is no kernel to compare with.
pub(super) fn time(milliseconds: u64) -> u64 {
    let tick = *TICK;
    milliseconds / tick * tick
}

static TICK: LazyLock<u64> = LazyLock::new(tick);

/// Milliseconds of a tick: what the coarse clock counts in. Kernels whose ticks are no whole milliseconds round in their own way.
#[cfg(all(feature = "netlink", target_os = "linux"))]
fn tick() -> u64 {
    let resolution = rustix::time::clock_getres(rustix::time::ClockId::MonotonicCoarse);
    u64::try_from(resolution.tv_nsec / 1_000_000).unwrap_or(1).clamp(1, 10)
}

#[cfg(not(all(feature = "netlink", target_os = "linux")))]
const fn tick() -> u64 {
    1
}

/// The type and width of a map's data. Of verdicts the kernel gives a width of its own.
pub(super) const fn data((ty, length): (u32, u32)) -> (u32, u32) {
    /// `NFT_DATA_VERDICT`.
    const VERDICT: u32 = 0xffff_ff00;
    (ty, if ty == VERDICT { 0 } else { length })
}
