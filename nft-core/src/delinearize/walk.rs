//! The walk over a program.

use super::Context;
use super::protocol::Protocols;
use super::term::{ExtensionLoad, HashTerm, Load, MapTerm, Registers, Term, operator};
use super::value::number;
use crate::bytecode::{
    Bitwise, BitwiseOp, ExthdrLoad, HashType, Immediate, Inner, Instruction, Lookup, Operand, PayloadLoad, Register,
    Verdict as VerdictCode,
};
use crate::bytecode::{ChainRef, Text};
use crate::model::{Ct, Expr, Exthdr, ExthdrPart, Fib, Ipsec, JumpTarget, KeyField, Numgen, Osf, Socket, Stmt, Verdict};
use crate::name::ChainName;
use crate::schema::ct::Direction;
use crate::schema::extension::Op;
use crate::schema::ipsec::IpsecDirection;
use crate::schema::{
    Base, ByteOrder, CtKey, DataType, Family, FibResult, Header, IpsecKey, MetaKey, OsfKey, RtKey, SocketKey, TunnelKey, proto,
};
use crate::uapi::nf_tables::{NFT_EXTHDR_F_PRESENT, NFT_LOOKUP_F_INV};

/// The state of a walk over a program.
#[derive(Debug)]
pub(super) struct Walk<'a> {
    pub(super) context: &'a Context<'a>,
    pub(super) registers: Registers,
    pub(super) protocols: Protocols,
    /// The statements so far; those that turned out to say nothing of their own are taken out.
    pub(super) stmts: Vec<Option<Stmt>>,
    /// Whether an instruction has no form.
    pub(super) opaque: bool,
    /// The instruction at hand.
    index: u32,
}

impl<'a> Walk<'a> {
    pub(super) fn new(context: &'a Context<'a>, length: usize) -> Self {
        Self {
            context,
            registers: Registers::default(),
            protocols: Protocols::new(context.family),
            stmts: Vec::with_capacity(length / 2 + 1),
            opaque: false,
            index: 0,
        }
    }

    /// Takes an instruction; what has no form becomes a statement that says so.
    pub(super) fn step(&mut self, instruction: &Instruction) {
        let before = self.stmts.len();
        if self.instruction(instruction).is_none() {
            self.stmts.truncate(before);
            let text: Box<str> = match instruction {
                Instruction::Match(extension) => format!("xt match \"{}\"", extension.name).into(),
                Instruction::Target(extension) => format!("xt target \"{}\"", extension.name).into(),
                _ => "".into(),
            };
            self.stmts.push(Some(Stmt::Opaque(self.index, text)));
            self.opaque = true;
            self.protocols.barrier();
        }
        self.index += 1;
    }

    /// The statements, and whether an instruction has no form.
    pub(super) fn finish(mut self) -> (Vec<Stmt>, bool) {
        for index in std::mem::take(&mut self.registers).lost() {
            self.stmts.push(Some(Stmt::Opaque(index, "".into())));
            self.opaque = true;
        }
        let stmts: Vec<_> = self.stmts.into_iter().flatten().collect();
        // What an inner packet is may have been left without a field that implies it.
        let opaque = self.opaque || stmts.iter().any(|stmt| matches!(stmt, Stmt::Opaque(..)));
        (stmts, opaque)
    }

    /// Adds a statement that does something: what was matched before it stays.
    pub(super) fn act(&mut self, stmt: Stmt) {
        self.protocols.barrier();
        self.stmts.push(Some(stmt));
    }

    /// Puts a term into a register.
    fn load(&mut self, register: Register, term: Term) -> Option<()> {
        self.registers.store(register, term, self.index)
    }

    /// What a register holds.
    pub(super) fn take(&mut self, register: Register) -> Option<Term> {
        self.registers.read(register).cloned()
    }

    /// Puts a selector into a register.
    fn load_selector(&mut self, register: Register, expr: Expr) -> Option<()> {
        let field = expr.field_in(self.context.family)?;
        self.load(register, Term::Selector(expr, field))
    }

    /// Notes that a selector is used that implies a network protocol.
    pub(super) fn use_selector(&mut self, expr: &Expr) {
        match expr {
            Expr::Ct(ct) => match ct.key {
                CtKey::SaddrIp | CtKey::DaddrIp => self.use_network(&proto::IP),
                CtKey::SaddrIp6 | CtKey::DaddrIp6 => self.use_network(&proto::IP6),
                _ => {}
            },
            Expr::Exthdr(exthdr) => self.use_extension(exthdr.op),
            _ => {}
        }
    }

    /// Notes that an extension is used.
    pub(super) fn use_extension(&mut self, op: Op) {
        match op {
            Op::Ip6 => self.use_network(&proto::IP6),
            Op::Ip => self.use_network(&proto::IP),
            Op::Tcp | Op::Sctp | Op::Dccp => {}
        }
    }

    fn use_network(&mut self, header: &'static Header) {
        if self.protocols.network() == Some(header) {
            let index = self.protocols.take_network();
            self.remove(index);
        }
    }

    /// Takes a statement out.
    pub(super) fn remove(&mut self, index: Option<usize>) {
        if let Some(stmt) = index.and_then(|index| self.stmts.get_mut(index)) {
            *stmt = None;
        }
    }

    fn instruction(&mut self, instruction: &Instruction) -> Option<()> {
        match instruction {
            Instruction::PayloadLoad(load) => {
                let load_term = packet(load, None)?;
                self.load(load.dreg, Term::Packet(load_term))
            }
            Instruction::MetaLoad(load) => self.load_selector(load.dreg, Expr::Meta(MetaKey::by_number(load.key.0)?)),
            Instruction::CtLoad(load) => {
                let key = CtKey::by_number(load.key.0)?;
                let direction = match load.direction {
                    Some(number) => Some(Direction::by_number(number)?),
                    None => None,
                };
                self.load_ct(load.dreg, key, direction)
            }
            Instruction::ExthdrLoad(load) => self.extension_load(load),
            Instruction::Rt(load) => self.load_selector(load.dreg, Expr::Rt(RtKey::by_number(load.key.0)?)),
            Instruction::Socket(load) => {
                let socket = Socket { key: SocketKey::by_number(load.key.0)?, level: load.level.unwrap_or(0) };
                self.load_selector(load.dreg, Expr::Socket(socket))
            }
            Instruction::Fib(load) => {
                let result = FibResult::by_number(load.result.0, load.flags)?;
                let flags = load.flags & !crate::schema::fib::PRESENT;
                self.load_selector(load.dreg, Expr::Fib(Fib { flags, result }))
            }
            Instruction::Osf(load) => {
                let osf = Osf { ttl: load.ttl.unwrap_or(0), key: OsfKey::by_flags(load.flags.unwrap_or(0)) };
                self.load_selector(load.dreg, Expr::Osf(osf))
            }
            Instruction::Xfrm(load) => {
                let ipsec = Ipsec {
                    direction: IpsecDirection::by_number(load.dir.0)?,
                    spnum: load.spnum.unwrap_or(0),
                    key: IpsecKey::by_number(load.key.0)?,
                };
                self.load_selector(load.dreg, Expr::Ipsec(ipsec))
            }
            Instruction::Tunnel(load) => {
                if load.mode.is_some_and(|mode| mode != 0) {
                    return None;
                }
                self.load_selector(load.dreg, Expr::Tunnel(TunnelKey::by_number(load.key.0)?))
            }
            Instruction::Numgen(load) => {
                crate::schema::words::NUMGEN_KINDS.word(load.ty.0)?;
                let numgen = Numgen { kind: load.ty.0, modulus: load.modulus, offset: load.offset.unwrap_or(0) };
                self.load_selector(load.dreg, Expr::Numgen(numgen))
            }
            Instruction::Hash(load) => {
                let key = match load.ty.unwrap_or(HashType::JENKINS) {
                    HashType::JENKINS => self.registers.key(load.sreg?, load.len, None)?,
                    HashType::SYM => Vec::new(),
                    _ => return None,
                };
                let hash = HashTerm { key, modulus: load.modulus, seed: load.seed, offset: load.offset.unwrap_or(0) };
                self.load(load.dreg, Term::Hash(Box::new(hash)))
            }
            Instruction::Inner(inner) => self.inner(inner),
            Instruction::Bitwise(bitwise) => self.bitwise(bitwise),
            Instruction::Byteorder(byteorder) => {
                let term = self.take(byteorder.sreg)?;
                self.load(byteorder.dreg, Term::Order(Box::new(term), byteorder.op))
            }
            Instruction::Immediate(immediate) => self.immediate(immediate),
            Instruction::Cmp(cmp) => {
                let term = self.take(cmp.sreg)?;
                self.compare(&term, cmp.op, &cmp.data)
            }
            Instruction::Range(range) => {
                let term = self.take(range.sreg)?;
                self.compare_range(&term, range.op, &range.from, &range.to)
            }
            Instruction::Lookup(lookup) => self.lookup_instruction(lookup),
            other => self.statement(other),
        }
    }

    fn load_ct(&mut self, register: Register, key: CtKey, direction: Option<Direction>) -> Option<()> {
        // The listing drops the direction of what is the same in both.
        let direction = direction.filter(|_| !matches!(key, CtKey::Protocol | CtKey::L3proto));
        let field = match (key, self.context.family) {
            (CtKey::Saddr | CtKey::Daddr, Family::Ip) => KeyField::of(DataType::IPV4_ADDR),
            (CtKey::Saddr | CtKey::Daddr, Family::Ip6) => KeyField::of(DataType::IPV6_ADDR),
            (CtKey::Saddr | CtKey::Daddr, _) => match self.protocols.network() {
                Some(header) if header == &proto::IP => KeyField::of(DataType::IPV4_ADDR),
                Some(header) if header == &proto::IP6 => KeyField::of(DataType::IPV6_ADDR),
                _ => KeyField::new(DataType::XINTEGER, 128, ByteOrder::Big),
            },
            (key, _) => KeyField::new(key.ty(), key.bits(), key.byte_order()),
        };
        self.load(register, Term::Selector(Expr::Ct(Ct { key, direction }), field))
    }

    fn extension_load(&mut self, load: &ExthdrLoad) -> Option<()> {
        let op = Op::by_number(load.op.map_or(0, |op| op.0))?;
        match load.flags.unwrap_or(0) {
            0 => {
                let term = ExtensionLoad::bytes(op, load.ty, load.offset, load.len)?;
                self.load(load.dreg, Term::Extension(term))
            }
            NFT_EXTHDR_F_PRESENT => {
                let exthdr = match op.extension(load.ty) {
                    Some(extension) if op != Op::Dccp => Exthdr::new(extension, ExthdrPart::Present),
                    _ => Exthdr::numbered(op, load.ty, ExthdrPart::Present),
                };
                self.load_selector(load.dreg, Expr::Exthdr(exthdr))
            }
            _ => None,
        }
    }

    fn inner(&mut self, inner: &Inner) -> Option<()> {
        let tunnel = proto::all()
            .iter()
            .copied()
            .find(|header| header.tunnel.is_some_and(|tunnel| tunnel.kind == inner.ty && tunnel.flags == inner.flags))?;
        match &*inner.expr {
            Instruction::PayloadLoad(load) => {
                let term = packet(load, Some(tunnel))?;
                self.load(load.dreg, Term::Packet(term))
            }
            Instruction::MetaLoad(load) => self.load(load.dreg, Term::InnerMeta(tunnel, MetaKey::by_number(load.key.0)?)),
            _ => None,
        }
    }

    /// What an inner packet is, which has no form of its own and goes with the field behind it.
    pub(super) fn inner_dependency(&mut self, tunnel: &'static Header, key: MetaKey, bytes: &[u8]) -> Option<()> {
        let number = number(bytes, key.byte_order())?;
        let _ = self.protocols.learn_meta(Some(tunnel), key, number, self.stmts.len());
        self.stmts.push(Some(Stmt::Opaque(self.index, "".into())));
        Some(())
    }

    fn bitwise(&mut self, bitwise: &Bitwise) -> Option<()> {
        let term = self.take(bitwise.sreg)?;
        let term = match bitwise.op.unwrap_or(BitwiseOp::MASK_XOR) {
            BitwiseOp::MASK_XOR => Term::Mask(Box::new(term), bitwise.mask.clone()?, bitwise.xor.clone()?),
            op @ (BitwiseOp::LSHIFT | BitwiseOp::RSHIFT) => {
                let bits = number(bitwise.data.as_ref()?, ByteOrder::Host)?;
                Term::Shift(Box::new(term), operator(op)?, u32::try_from(bits).ok()?)
            }
            op => {
                let other = self.take(bitwise.sreg2?)?;
                Term::Join(operator(op)?, Box::new((term, other)))
            }
        };
        self.load(bitwise.dreg, term)
    }

    fn immediate(&mut self, immediate: &Immediate) -> Option<()> {
        match &immediate.data {
            Operand::Value(data) => self.load(immediate.dreg, Term::Constant(data.clone())),
            Operand::Verdict(verdict) if immediate.dreg == Register::VERDICT => {
                let verdict = self.verdict(verdict)?;
                self.act(Stmt::Verdict(verdict));
                Some(())
            }
            Operand::Verdict(_) => None,
        }
    }

    fn verdict(&self, verdict: &VerdictCode) -> Option<Verdict> {
        Some(match verdict {
            VerdictCode::Drop => Verdict::Drop,
            VerdictCode::Accept => Verdict::Accept,
            VerdictCode::Continue => Verdict::Continue,
            VerdictCode::Return => Verdict::Return,
            VerdictCode::Jump(ChainRef::Name(name)) => Verdict::Jump(self.target(name)?),
            VerdictCode::Goto(ChainRef::Name(name)) => Verdict::Goto(self.target(name)?),
            VerdictCode::Jump(ChainRef::Id(_)) | VerdictCode::Goto(ChainRef::Id(_)) => return None,
            VerdictCode::Break => Verdict::Other(crate::schema::words::verdict::BREAK),
            VerdictCode::Other(code) => Verdict::Other(*code),
        })
    }

    fn target(&self, name: &Text) -> Option<JumpTarget> {
        Some(match self.context.names.block(name) {
            Some(rules) => JumpTarget::Block(rules.into()),
            None => JumpTarget::Chain(ChainName::received(name)),
        })
    }

    fn lookup_instruction(&mut self, lookup: &Lookup) -> Option<()> {
        let bytes = self.key_bytes(&lookup.set);
        let terms = self.registers.key(lookup.sreg, bytes, None)?;
        let inverted = match lookup.flags.unwrap_or(0) {
            0 => false,
            NFT_LOOKUP_F_INV => true,
            _ => return None,
        };
        match lookup.dreg {
            None => self.lookup(&terms, &lookup.set, inverted),
            Some(_) if inverted => None,
            Some(Register::VERDICT) => self.vmap(&terms, &lookup.set),
            Some(register) => {
                let map = MapTerm { key: terms, set: lookup.set.as_str().into() };
                self.load(register, Term::Map(Box::new(map)))
            }
        }
    }
}

/// A load of packet bytes.
fn packet(load: &PayloadLoad, tunnel: Option<&'static Header>) -> Option<Load> {
    Load::bytes(tunnel, Base::by_number(load.base.0)?, load.offset, load.len)
}
