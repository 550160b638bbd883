//! Statements with a state of their own, as elements of sets carry them: `counter`, `quota`, `limit`, `last`, `ct count`.

use crate::bytecode::{self, Instruction};
use crate::error::{Error, ErrorKind};
use crate::model::{CtCount, Last, Limit, LimitKind, Quota, Stmt};
use crate::uapi::nf_tables::{NFT_CONNLIMIT_F_INV, NFT_LIMIT_F_INV, NFT_QUOTA_F_DEPLETED, NFT_QUOTA_F_INV};

/// The instruction of such a statement.
///
/// # Errors
///
/// The statement has no state.
pub fn linearize(stmt: &Stmt) -> Result<Instruction, Error> {
    Ok(match stmt {
        Stmt::Counter { packets, bytes } => {
            let used = *packets != 0 || *bytes != 0;
            let (bytes, packets) = (used.then_some(*bytes), used.then_some(*packets));
            bytecode::Counter { bytes, packets }.into()
        }
        Stmt::Quota(quota) => {
            bytecode::Quota { bytes: quota.bytes, consumed: Some(quota.used), flags: Some(flag(quota.over, NFT_QUOTA_F_INV)) }
                .into()
        }
        Stmt::Limit(limit) => bytecode::Limit {
            rate: limit.rate,
            unit: limit.unit,
            // nft leaves out the burst of 0 that a limit of bytes has without one.
            burst: (limit.burst != 0).then_some(limit.burst),
            ty: Some(match limit.kind {
                LimitKind::Packets => bytecode::LimitType::PACKETS,
                LimitKind::Bytes => bytecode::LimitType::BYTES,
            }),
            flags: Some(flag(limit.over, NFT_LIMIT_F_INV)),
        }
        .into(),
        Stmt::Last(last) => {
            let set = u32::from(last.used.is_some());
            bytecode::Last { msecs: Some(last.used.unwrap_or(0)), set: Some(set) }.into()
        }
        Stmt::CtCount(limit) => {
            bytecode::Connlimit { count: limit.count, flags: Some(flag(limit.over, NFT_CONNLIMIT_F_INV)) }.into()
        }
        _ => return Err(Error::new(ErrorKind::Source, "statement is not stateful")),
    })
}

/// The statement of such an instruction; nothing for all others, and those with flags that are not known.
#[must_use]
pub fn delinearize(instruction: &Instruction) -> Option<Stmt> {
    Some(match instruction {
        Instruction::Counter(counter) => {
            Stmt::Counter { packets: counter.packets.unwrap_or(0), bytes: counter.bytes.unwrap_or(0) }
        }
        Instruction::Quota(quota) => Stmt::Quota(Quota {
            bytes: quota.bytes,
            used: quota.consumed.unwrap_or(0),
            // That it is used up is state.
            over: inverted(quota.flags.map(|flags| flags & !NFT_QUOTA_F_DEPLETED), NFT_QUOTA_F_INV)?,
        }),
        Instruction::Limit(limit) => Stmt::Limit(Limit {
            rate: limit.rate,
            unit: limit.unit,
            burst: limit.burst.unwrap_or(0),
            kind: match limit.ty {
                None | Some(bytecode::LimitType::PACKETS) => LimitKind::Packets,
                Some(bytecode::LimitType::BYTES) => LimitKind::Bytes,
                Some(_) => return None,
            },
            over: inverted(limit.flags, NFT_LIMIT_F_INV)?,
        }),
        Instruction::Last(last) => {
            let set = last.set.unwrap_or(0) != 0;
            Stmt::Last(Last { used: set.then_some(last.msecs.unwrap_or(0)) })
        }
        Instruction::Connlimit(limit) => {
            Stmt::CtCount(CtCount { count: limit.count, over: inverted(limit.flags, NFT_CONNLIMIT_F_INV)? })
        }
        _ => return None,
    })
}

/// Whether the only known flag is set.
fn inverted(flags: Option<u32>, flag: u32) -> Option<bool> {
    let flags = flags.unwrap_or(0);
    (flags & !flag == 0).then_some(flags == flag)
}

const fn flag(condition: bool, flag: u32) -> u32 {
    if condition { flag } else { 0 }
}
