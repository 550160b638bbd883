//! Instructions as `nft --debug=netlink` writes them.
//!
//! Values are shown in the order in which a person reads numbers, so those in the host's byte order are turned round. The bytes
//! alone don't tell that order: [`Orders`] follows it through the registers.

mod statement;
mod value;

use std::fmt;

use super::{
    Bitwise, BitwiseOp, ExthdrLoad, ExthdrOp, Hash, HashType, Immediate, Instruction, Numgen, Operand, PayloadLoad, Verdict,
};
use super::{ChainRef, Dynset, Fib, Lookup, Program};
use crate::uapi::nf_tables::{
    NFT_LOOKUP_F_INV, NFTA_FIB_F_DADDR, NFTA_FIB_F_IIF, NFTA_FIB_F_MARK, NFTA_FIB_F_OIF, NFTA_FIB_F_PRESENT, NFTA_FIB_F_SADDR,
};

use value::Orders;
pub(crate) use value::Words;

impl fmt::Display for Program {
    /// One line each, indented by two spaces.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut orders = Orders::default();
        for (index, instruction) in self.iter().enumerate() {
            f.write_str("  [ ")?;
            instruction.write_text(f, &orders, self.get(index + 1..).unwrap_or_default())?;
            f.write_str(" ]\n")?;
            orders.step(instruction);
        }
        Ok(())
    }
}

impl fmt::Display for Instruction {
    /// Without brackets. A value is taken to be in network order unless the instruction itself tells otherwise.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_text(f, &Orders::default(), &[])
    }
}

impl Instruction {
    fn write_text(&self, f: &mut fmt::Formatter<'_>, orders: &Orders, rest: &[Self]) -> fmt::Result {
        f.write_str(self.name())?;
        match self {
            Self::Immediate(immediate) => immediate_text(f, immediate, rest),
            Self::Cmp(cmp) => {
                let order = orders.of(cmp.sreg, cmp.data.len());
                write!(f, " {} reg {} {}", cmp.op, cmp.sreg, Words::new(&cmp.data, order))
            }
            Self::Range(range) => {
                let order = orders.of(range.sreg, range.from.len());
                let (from, to) = (Words::new(&range.from, order), Words::new(&range.to, order));
                write!(f, " {} reg {} {from} {to}", range.op, range.sreg)
            }
            Self::Bitwise(bitwise) => bitwise_text(f, bitwise, orders),
            Self::Byteorder(it) => write!(f, " reg {} = {}(reg {}, {}, {})", it.dreg, it.op, it.sreg, it.size, it.len),
            Self::PayloadLoad(payload) => payload_text(f, payload),
            Self::PayloadSet(it) => {
                write!(f, " write reg {} => {}b @ {} header + {}", it.sreg, it.len, it.base, it.offset)?;
                let (ty, offset, flags) = (it.csum_type, it.csum_offset, it.csum_flags);
                write!(f, " csum_type {} csum_off {}", ty.unwrap_or(0), offset.unwrap_or(0))?;
                write!(f, " csum_flags {:#x}", flags.unwrap_or(0))
            }
            Self::ExthdrLoad(exthdr) => exthdr_text(f, exthdr),
            Self::ExthdrSet(it) => {
                write!(f, " write{} reg {} => {}b @ {} + {}", header(it.op), it.sreg, it.len, it.ty, it.offset)
            }
            Self::ExthdrStrip(it) => write!(f, " reset{} {}", header(it.op), it.ty),
            Self::MetaLoad(meta) => write!(f, " load {} => reg {}", meta.key, meta.dreg),
            Self::MetaSet(meta) => write!(f, " set {} with reg {}", meta.key, meta.sreg),
            Self::CtLoad(ct) => write!(f, " load {} => reg {}{}", ct.key, ct.dreg, Direction(ct.direction)),
            Self::CtSet(ct) => write!(f, " set {} with reg {}{}", ct.key, ct.sreg, Direction(ct.direction)),
            Self::Rt(rt) => write!(f, " load {} => reg {}", rt.key, rt.dreg),
            Self::Socket(socket) => write!(f, " load {} => reg {}", socket.key, socket.dreg),
            Self::Tunnel(tunnel) => write!(f, " load {} => reg {}", tunnel.key, tunnel.dreg),
            Self::Xfrm(it) => write!(f, " load {} {} {} => reg {}", it.dir, it.spnum.unwrap_or(0), it.key, it.dreg),
            Self::Osf(osf) => write!(f, " dreg {}", osf.dreg),
            Self::Fib(fib) => fib_text(f, fib),
            Self::Numgen(numgen) => numgen_text(f, numgen),
            Self::Hash(hash) => hash_text(f, hash),
            Self::Lookup(lookup) => lookup_text(f, lookup),
            Self::Inner(inner) => {
                write!(f, " type {} hdrsize {} flags {:x} [ {} ]", inner.ty, inner.hdrsize, inner.flags, inner.expr)
            }
            Self::Dynset(dynset) => dynset_text(f, dynset),
            Self::ObjrefName(objref) => write!(f, " type {} name {}", objref.ty, objref.name),
            Self::ObjrefMap(objref) => write!(f, " sreg {} set {}", objref.sreg, objref.set),
            Self::Match(it) => write!(f, " name {} rev {}", it.name, it.rev),
            Self::Target(it) => write!(f, " name {} rev {}", it.name, it.rev),
            Self::Unknown(_) => Ok(()),
            Self::Counter(_)
            | Self::Limit(_)
            | Self::Log(_)
            | Self::Reject(_)
            | Self::Nat(_)
            | Self::Masq(_)
            | Self::Redir(_)
            | Self::Tproxy(_)
            | Self::Synproxy(_)
            | Self::Quota(_)
            | Self::Last(_)
            | Self::Connlimit(_)
            | Self::Dup(_)
            | Self::Fwd(_)
            | Self::Queue(_)
            | Self::Notrack(_)
            | Self::FlowOffload(_) => self.write_statement(f),
        }
    }
}

fn immediate_text(f: &mut fmt::Formatter<'_>, immediate: &Immediate, rest: &[Instruction]) -> fmt::Result {
    write!(f, " reg {} ", immediate.dreg)?;
    match &immediate.data {
        Operand::Value(data) => {
            let order = value::wanted(immediate.dreg, rest);
            write!(f, "{}", Words::new(data, order))
        }
        Operand::Verdict(verdict) => fmt::Display::fmt(verdict, f),
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Drop => "drop",
            Self::Accept => "accept",
            Self::Continue => "continue",
            Self::Break => "break",
            Self::Jump(_) => "jump",
            Self::Goto(_) => "goto",
            Self::Return => "return",
            Self::Other(code) => return write!(f, "{code}"),
        })?;
        match self.chain() {
            Some(ChainRef::Name(name)) => write!(f, " -> {name}"),
            Some(ChainRef::Id(_)) | None => Ok(()),
        }
    }
}

fn bitwise_text(f: &mut fmt::Formatter<'_>, it: &Bitwise, orders: &Orders) -> fmt::Result {
    let order = orders.of(it.sreg, usize::try_from(it.len).unwrap_or(usize::MAX));
    write!(f, " reg {} = ( reg {} ", it.dreg, it.sreg)?;
    let op = it.op.unwrap_or(BitwiseOp::MASK_XOR);
    match (it.sreg2, &it.data, &it.mask, &it.xor) {
        (None, None, Some(mask), Some(xor)) => write!(f, "& {} ) ^ {}", Words::new(mask, order), Words::new(xor, order)),
        (Some(sreg2), ..) => write!(f, "{op} reg {sreg2} )"),
        (None, Some(data), ..) => write!(f, "{op} {} )", Words::new(data, crate::schema::ByteOrder::Host)),
        (None, None, ..) => write!(f, "{op} )"),
    }
}

fn payload_text(f: &mut fmt::Formatter<'_>, it: &PayloadLoad) -> fmt::Result {
    write!(f, " load {}b @ {} header + {} => reg {}", it.len, it.base, it.offset, it.dreg)
}

fn exthdr_text(f: &mut fmt::Formatter<'_>, it: &ExthdrLoad) -> fmt::Result {
    write!(f, " load{} {}b @ {} + {}", header(it.op), it.len, it.ty, it.offset)?;
    if it.flags.unwrap_or(0) & crate::uapi::nf_tables::NFT_EXTHDR_F_PRESENT != 0 {
        f.write_str(" present")?;
    }
    write!(f, " => reg {}", it.dreg)
}

/// The kind of extension; chunks of SCTP and options of DCCP go without.
const fn header(op: Option<ExthdrOp>) -> &'static str {
    match op {
        Some(ExthdrOp::TCPOPT) => " tcpopt",
        Some(ExthdrOp::IPV4) => " ipv4",
        Some(ExthdrOp::IPV6) | None => " ipv6",
        Some(_) => "",
    }
}

/// `original` or `reply`, if there is one.
struct Direction(Option<u8>);

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => Ok(()),
            Some(0) => f.write_str(" , dir original"),
            Some(1) => f.write_str(" , dir reply"),
            Some(number) => write!(f, " , dir {number}"),
        }
    }
}

fn fib_text(f: &mut fmt::Formatter<'_>, it: &Fib) -> fmt::Result {
    let words = [
        (NFTA_FIB_F_SADDR, "saddr"),
        (NFTA_FIB_F_DADDR, "daddr"),
        (NFTA_FIB_F_MARK, "mark"),
        (NFTA_FIB_F_IIF, "iif"),
        (NFTA_FIB_F_OIF, "oif"),
    ];
    let mut separator = " ";
    for (_, word) in words.iter().filter(|(flag, _)| it.flags & flag != 0) {
        write!(f, "{separator}{word}")?;
        separator = " . ";
    }
    let present = if it.flags & NFTA_FIB_F_PRESENT != 0 { " present" } else { "" };
    write!(f, " {}{present} => reg {}", it.result, it.dreg)
}

fn numgen_text(f: &mut fmt::Formatter<'_>, it: &Numgen) -> fmt::Result {
    write!(f, " reg {} = {} mod {}{}", it.dreg, it.ty, it.modulus, Offset(it.offset))
}

fn hash_text(f: &mut fmt::Formatter<'_>, it: &Hash) -> fmt::Result {
    write!(f, " reg {} = ", it.dreg)?;
    match (it.ty.unwrap_or(HashType::JENKINS), it.sreg) {
        (HashType::JENKINS, Some(sreg)) => {
            write!(f, "jhash(reg {sreg}, {}, {:#x})", it.len.unwrap_or(0), it.seed.unwrap_or(0))?;
        }
        (ty, _) => write!(f, "{ty}()")?,
    }
    write!(f, " % mod {}{}", it.modulus, Offset(it.offset))
}

/// What is added to a generated number.
struct Offset(Option<u32>);

impl fmt::Display for Offset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            None | Some(0) => Ok(()),
            Some(offset) => write!(f, " offset {offset}"),
        }
    }
}

fn lookup_text(f: &mut fmt::Formatter<'_>, it: &Lookup) -> fmt::Result {
    write!(f, " reg {} set {}", it.sreg, it.set)?;
    if let Some(dreg) = it.dreg {
        write!(f, " dreg {dreg}")?;
    }
    match it.flags {
        Some(flags) if flags & NFT_LOOKUP_F_INV != 0 => write!(f, " {flags:#x}"),
        _ => Ok(()),
    }
}

fn dynset_text(f: &mut fmt::Formatter<'_>, it: &Dynset) -> fmt::Result {
    write!(f, " {} reg_key {} set {}", it.op, it.sreg_key, it.set_name)?;
    if let Some(data) = it.sreg_data {
        write!(f, " sreg_data {data}")?;
    }
    if let Some(timeout) = it.timeout.filter(|&timeout| timeout != 0) {
        write!(f, " timeout {timeout}ms")?;
    }
    it.expr.as_deref().into_iter().chain(&it.expressions).try_for_each(|expr| write!(f, " expr [ {expr} ]"))
}

#[cfg(test)]
mod tests {
    use crate::bytecode::{Byteorder, ByteorderOp, Cmp, CmpOp, Data, Immediate, MetaKey, MetaLoad, MetaSet, Operand};
    use crate::bytecode::{Program, Register};

    #[track_caller]
    fn check(program: Program, expected: &str) {
        assert_eq!(program.to_string(), expected);
    }

    fn mark() -> MetaLoad {
        MetaLoad { key: MetaKey::MARK, dreg: Register::R1 }
    }

    fn compare(op: CmpOp, bytes: [u8; 4]) -> Cmp {
        Cmp { sreg: Register::R1, op, data: Data::from(bytes) }
    }

    // `nft --debug=netlink add rule ip t c meta mark 5`, and so on.
    #[test]
    fn values_of_the_host_are_numbers() {
        let mut program = Program::new();
        program.push(mark());
        program.push(compare(CmpOp::EQ, 5_u32.to_ne_bytes()));
        check(program, "  [ meta load mark => reg 1 ]\n  [ cmp eq reg 1 0x00000005 ]\n");
    }

    #[test]
    fn byteorder_turns_them() {
        let mut program = Program::new();
        program.push(mark());
        let (dreg, sreg) = (Register::R1, Register::R1);
        program.push(Byteorder { dreg, sreg, op: ByteorderOp::HTON, len: 4, size: 4 });
        program.push(compare(CmpOp::GT, 5_u32.to_be_bytes()));
        check(
            program,
            "  [ meta load mark => reg 1 ]\n  [ byteorder reg 1 = hton(reg 1, 4, 4) ]\n  [ cmp gt reg 1 0x00000005 ]\n",
        );
    }

    #[test]
    fn constants_are_in_the_order_of_their_use() {
        let mut program = Program::new();
        program.push(Immediate { dreg: Register::R1, data: Operand::Value(Data::from(5_u32.to_ne_bytes())) });
        program.push(MetaSet { key: MetaKey::MARK, sreg: Register::R1 });
        check(program, "  [ immediate reg 1 0x00000005 ]\n  [ meta set mark with reg 1 ]\n");
    }
}
