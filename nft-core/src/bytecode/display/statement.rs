//! Statements: what acts and compares nothing.

use std::fmt;

use crate::bytecode::{Fwd, Instruction, Limit, LimitType, Log, Nat, Queue, Register};
use crate::uapi::netfilter::{NFPROTO_INET, NFPROTO_IPV4, NFPROTO_IPV6};

impl Instruction {
    /// Everything after the name.
    pub(super) fn write_statement(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Counter(it) => write!(f, " pkts {} bytes {}", it.packets.unwrap_or(0), it.bytes.unwrap_or(0)),
            Self::Limit(limit) => limit_text(f, limit),
            Self::Log(log) => log_text(f, log),
            Self::Reject(it) => write!(f, " type {} code {}", it.ty.0, it.icmp_code.unwrap_or(0)),
            Self::Nat(nat) => nat_text(f, nat),
            Self::Masq(it) => {
                registers(f, [("proto_min", it.proto_min), ("proto_max", it.proto_max)])?;
                flags(f, it.flags)
            }
            Self::Redir(it) => {
                registers(f, [("proto_min", it.proto_min), ("proto_max", it.proto_max)])?;
                flags(f, it.flags)
            }
            Self::Tproxy(it) => {
                family(f, it.family)?;
                registers(f, [("addr", it.addr), ("port", it.port)])
            }
            Self::Synproxy(it) => write!(f, " mss {} wscale {}", it.mss, it.wscale),
            Self::Quota(it) => {
                let (consumed, flags) = (it.consumed.unwrap_or(0), it.flags.unwrap_or(0));
                write!(f, " bytes {} consumed {consumed} flags {flags}", it.bytes)
            }
            Self::Last(it) => match it.msecs {
                Some(msecs) if it.set.unwrap_or(0) != 0 => write!(f, " {msecs}"),
                _ => f.write_str(" never"),
            },
            Self::Connlimit(it) => write!(f, " count {} flags {:x}", it.count, it.flags.unwrap_or(0)),
            Self::Dup(it) => {
                bare_register(f, "sreg_addr", it.addr)?;
                bare_register(f, "sreg_dev", it.dev)
            }
            Self::Fwd(fwd) => fwd_text(f, fwd),
            Self::Queue(queue) => queue_text(f, queue),
            Self::FlowOffload(it) => write!(f, " flowtable {}", it.table),
            _ => Ok(()),
        }
    }
}

fn limit_text(f: &mut fmt::Formatter<'_>, it: &Limit) -> fmt::Result {
    let unit = match it.unit {
        1 => "second",
        60 => "minute",
        3600 => "hour",
        86_400 => "day",
        604_800 => "week",
        _ => "error",
    };
    let ty = it.ty.unwrap_or(LimitType::PACKETS);
    let (burst, flags) = (it.burst.unwrap_or(0), it.flags.unwrap_or(0));
    write!(f, " rate {}/{unit} burst {burst} type {ty} flags {flags:#x}", it.rate)
}

/// Words of `NF_LOG_*`.
const LOG_FLAGS: [(u32, &str); 5] = [(1, "tcpseq"), (2, "tcpopt"), (4, "ipopt"), (8, "uid"), (0x20, "macdecode")];

fn log_text(f: &mut fmt::Formatter<'_>, it: &Log) -> fmt::Result {
    if let Some(prefix) = &it.prefix {
        write!(f, " prefix {prefix}")?;
    }
    if let Some(group) = it.group {
        let (snaplen, threshold) = (it.snaplen.unwrap_or(0), it.qthreshold.unwrap_or(0));
        return write!(f, " group {group} snaplen {snaplen} qthreshold {threshold}");
    }
    if let Some(level) = it.level {
        write!(f, " level {level}")?;
    }
    words(f, &LOG_FLAGS, it.flags.unwrap_or(0))
}

fn nat_text(f: &mut fmt::Formatter<'_>, it: &Nat) -> fmt::Result {
    write!(f, " {}", it.ty)?;
    family(f, it.family)?;
    registers(f, [("addr_min", it.addr_min), ("addr_max", it.addr_max)])?;
    registers(f, [("proto_min", it.proto_min), ("proto_max", it.proto_max)])?;
    flags(f, it.flags)
}

fn fwd_text(f: &mut fmt::Formatter<'_>, it: &Fwd) -> fmt::Result {
    write!(f, " sreg_dev {}", it.dev)?;
    bare_register(f, "sreg_addr", it.addr)?;
    it.nfproto.map_or(Ok(()), |nfproto| write!(f, " nfproto {nfproto}"))
}

/// Words of `NFT_QUEUE_FLAG_*`.
const QUEUE_FLAGS: [(u32, &str); 2] = [(1, "bypass"), (2, "fanout")];

fn queue_text(f: &mut fmt::Formatter<'_>, it: &Queue) -> fmt::Result {
    if let Some(register) = it.sreg_qnum {
        write!(f, " sreg_qnum {register}")?;
    } else {
        let (first, total) = (it.num.unwrap_or(0), it.total.unwrap_or(1));
        write!(f, " num {first}")?;
        if total > 1 {
            write!(f, "-{}", first.saturating_add(total - 1))?;
        }
    }
    words(f, &QUEUE_FLAGS, it.flags.unwrap_or(0).into())
}

fn family(f: &mut fmt::Formatter<'_>, number: u32) -> fmt::Result {
    match u8::try_from(number) {
        Ok(0) => Ok(()),
        Ok(NFPROTO_IPV4) => f.write_str(" ip"),
        Ok(NFPROTO_IPV6) => f.write_str(" ip6"),
        Ok(NFPROTO_INET) => f.write_str(" inet"),
        _ => write!(f, " {number}"),
    }
}

fn words(f: &mut fmt::Formatter<'_>, words: &[(u32, &str)], flags: u32) -> fmt::Result {
    words.iter().filter(|(flag, _)| flags & flag != 0).try_for_each(|(_, word)| write!(f, " {word}"))
}

fn registers(f: &mut fmt::Formatter<'_>, named: [(&str, Option<Register>); 2]) -> fmt::Result {
    named.iter().try_for_each(|(name, register)| register.map_or(Ok(()), |register| write!(f, " {name} reg {register}")))
}

fn bare_register(f: &mut fmt::Formatter<'_>, name: &str, register: Option<Register>) -> fmt::Result {
    register.map_or(Ok(()), |register| write!(f, " {name} {register}"))
}

fn flags(f: &mut fmt::Formatter<'_>, flags: Option<u32>) -> fmt::Result {
    match flags {
        None | Some(0) => Ok(()),
        Some(flags) => write!(f, " flags {flags:#x}"),
    }
}
