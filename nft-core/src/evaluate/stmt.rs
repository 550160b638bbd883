//! Statements.

use smallvec::smallvec;

use super::payload::{Need, Side};
use super::term::{Registers, Step};
use super::{Block, Evaluator, in_operand, source};
use crate::bytecode::{self, ChainRef, Instruction, Register, Text};
use crate::error::{Error, Operand};
use crate::model::{
    Dup, Expr, Fwd, JumpTarget, KeyField, LimitKind, Log, ObjectBy, ObjectRef, Queue, QueueTarget, Reject, Stmt, Synproxy,
    Tproxy, Verdict,
};
use crate::schema::ct::Direction;
use crate::schema::proto::{ICMPV6, IP, IP6, TCP};
use crate::schema::words::{LOG_LEVELS, SYNPROXY_FLAGS};
use crate::schema::{ByteOrder, CtKey, DataType, Family, MetaKey, RejectType};

/// How deep blocks may stand in each other.
const MAX_DEPTH: u32 = 1;

impl<'r> Evaluator<'_, 'r> {
    pub(super) fn stmt(&mut self, stmt: &'r Stmt) -> Result<(), Error> {
        match stmt {
            Stmt::Match(relation) => return self.relation(relation),
            Stmt::Verdict(verdict) => {
                let verdict = self.verdict(verdict)?;
                self.steps.push(Step::Verdict(verdict));
            }
            Stmt::Vmap(vmap) => {
                let (key, map) = self.vmap(vmap)?;
                self.steps.push(Step::Vmap(key, map));
            }
            Stmt::Counter { .. } | Stmt::Quota(_) | Stmt::Limit(_) | Stmt::Last(_) | Stmt::CtCount(_) => {
                self.plain(stateful(stmt)?);
            }
            Stmt::Log(log) => self.plain(log_instruction(log)?),
            Stmt::Reject(reject) => return self.reject(reject),
            Stmt::Nat(nat) => return self.nat(nat),
            Stmt::Tproxy(tproxy) => return self.tproxy(tproxy),
            Stmt::Synproxy(synproxy) => self.plain(synproxy_instruction(synproxy)?),
            Stmt::Queue(queue) => return self.queue(queue),
            Stmt::Dup(dup) => return self.dup(dup),
            Stmt::Fwd(fwd) => return self.fwd(fwd),
            Stmt::Notrack => self.plain(bytecode::Notrack {}),
            Stmt::FlowAdd(name) => self.plain(bytecode::FlowOffload { table: Text::new(name.as_str()) }),
            Stmt::Set(set) => return self.dynset(set),
            Stmt::MetaSet(key, value) => return self.meta_set(*key, value),
            Stmt::CtSet(key, direction, value) => return self.ct_set(*key, *direction, value),
            Stmt::PayloadSet(sides) => return self.write(&sides.0, &sides.1),
            Stmt::ResetTcpOption(number) => self.plain(bytecode::ExthdrStrip {
                ty: *number,
                op: Some(bytecode::ExthdrOp::TCPOPT),
                offset: None,
                len: None,
                flags: None,
            }),
            Stmt::ObjectRef(object) => return self.object(object),
            Stmt::Opaque(..) => {
                return Err(Error::new(
                    crate::error::ErrorKind::Unsupported,
                    "the rule holds an instruction that has no form in the language",
                ));
            }
        }
        Ok(())
    }

    fn plain(&mut self, instruction: impl Into<Instruction>) {
        self.steps.push(Step::Plain(instruction.into()));
    }

    pub(super) fn with(&mut self, registers: Registers, instruction: impl Into<Instruction>) {
        self.steps.push(Step::With(registers, instruction.into()));
    }

    fn verdict(&mut self, verdict: &'r Verdict) -> Result<bytecode::Verdict, Error> {
        Ok(match verdict {
            Verdict::Accept => bytecode::Verdict::Accept,
            Verdict::Drop => bytecode::Verdict::Drop,
            Verdict::Continue => bytecode::Verdict::Continue,
            Verdict::Return => bytecode::Verdict::Return,
            Verdict::Jump(target) => bytecode::Verdict::Jump(self.target(target)?),
            Verdict::Goto(target) => bytecode::Verdict::Goto(self.target(target)?),
            Verdict::Other(code) => bytecode::Verdict::Other(*code),
        })
    }

    fn target(&mut self, target: &'r JumpTarget) -> Result<ChainRef, Error> {
        let rules = match target {
            JumpTarget::Chain(name) => return Ok(ChainRef::Name(Text::new(name.as_str()))),
            JumpTarget::Block(rules) => rules,
        };
        if self.depth >= MAX_DEPTH {
            return Err(source("blocks cannot stand in blocks"));
        }
        let id = self.numbers.block.get();
        self.numbers.block.set(id.wrapping_add(1));
        let rules = rules
            .iter()
            .map(|rule| Ok((rule, Evaluator::new(self.cx, self.numbers, self.depth + 1).rule(rule)?)))
            .collect::<Result<_, Error>>()?;
        self.blocks.push(Block { id, rules });
        Ok(ChainRef::Id(id))
    }

    fn meta_set(&mut self, key: MetaKey, value: &'r Expr) -> Result<(), Error> {
        if !key.settable() {
            return Err(source(format!("meta {} cannot be set", key.name())));
        }
        let target = KeyField::new(key.ty(), key.bits(), key.byte_order());
        let value = self.assigned(value, target).map_err(in_operand(Operand::Right))?;
        self.with(smallvec![value], bytecode::MetaSet { key: bytecode::MetaKey(key.number()), sreg: Register::R1 });
        Ok(())
    }

    fn ct_set(&mut self, key: CtKey, direction: Option<Direction>, value: &'r Expr) -> Result<(), Error> {
        if !key.settable() {
            return Err(source(format!("ct {} cannot be set", key.name())));
        }
        let target = KeyField::new(key.ty(), key.bits(), key.byte_order());
        let value = self.assigned(value, target).map_err(in_operand(Operand::Right))?;
        self.with(
            smallvec![value],
            bytecode::CtSet {
                key: bytecode::CtKey(key.number()),
                direction: direction.map(Direction::number),
                sreg: Register::R1,
            },
        );
        Ok(())
    }

    fn object(&mut self, object: &'r ObjectRef) -> Result<(), Error> {
        match &object.object {
            ObjectBy::Name(name) => {
                self.plain(bytecode::ObjrefName { ty: object.ty.0, name: Text::new(name.as_str()) });
            }
            ObjectBy::Map(Expr::Map(map)) => {
                let (key, set) = self.object_map(&map.key, &map.map, object.ty)?;
                self.steps.push(Step::ObjectMap(key, set));
            }
            ObjectBy::Map(_) => return Err(source("an object is named, or a map names it")),
        }
        Ok(())
    }

    fn reject(&mut self, reject: &Reject) -> Result<(), Error> {
        let family = self.cx.family;
        // In tables of one network protocol the table tells it, whatever the frame's type was matched to be.
        let known = match family {
            Family::Ip => Some(&IP),
            Family::Ip6 => Some(&IP6),
            _ => self.outer.network.header,
        };
        if known.is_some_and(|header| *header != IP && *header != IP6) {
            return Err(source("cannot reject this network family"));
        }
        let code_type = reject.code.as_ref().and_then(|code| code.as_value()).map(|value| value.ty);
        let code = match &reject.code {
            Some(code) => {
                let number = self.fold(code)?;
                Some(u8::try_from(number).map_err(|_| source("reject code is out of range"))?)
            }
            None => None,
        };
        if reject.with == Some(RejectType::TcpReset) {
            if self.outer.transport.conflict(&TCP).is_some() {
                return Err(source("you cannot use tcp reset with this protocol"));
            }
            self.require_hoisted_transport(&TCP)?;
            self.plain(bytecode::Reject { ty: bytecode::RejectType::TCP_RST, icmp_code: Some(0) });
            return Ok(());
        }
        let (ty, code) = match (reject.with, code_type) {
            (Some(RejectType::Icmp), Some(DataType::ICMPV6_CODE)) => {
                self.reject_family(&IP6).map_err(in_operand(Operand::Right))?;
                (bytecode::RejectType::ICMP_UNREACH, code)
            }
            (Some(RejectType::Icmp), Some(_)) => {
                self.reject_family(&IP).map_err(in_operand(Operand::Right))?;
                (bytecode::RejectType::ICMP_UNREACH, code)
            }
            (Some(RejectType::Icmpx), _) | (None, Some(_)) => {
                if matches!(family, Family::Ip | Family::Ip6) {
                    return Err(source("abstracted ICMP unreachable not supported"));
                }
                (bytecode::RejectType::ICMPX_UNREACH, code)
            }
            (Some(RejectType::Icmp | RejectType::TcpReset) | None, None) => match known {
                Some(header) if *header == IP => (bytecode::RejectType::ICMP_UNREACH, Some(PORT_UNREACHABLE)),
                Some(header) if *header == IP6 => (bytecode::RejectType::ICMP_UNREACH, Some(PORT_UNREACHABLE6)),
                Some(_) => return Err(source("cannot infer ICMP reject variant to use: explicit value required")),
                None => (bytecode::RejectType::ICMPX_UNREACH, Some(PORT_UNREACHABLEX)),
            },
            (Some(RejectType::TcpReset), Some(_)) => return Err(source("tcp reset has no code")),
        };
        self.plain(bytecode::Reject { ty, icmp_code: Some(code.unwrap_or(0)) });
        Ok(())
    }

    fn reject_family(&mut self, header: &'static crate::schema::Header) -> Result<(), Error> {
        if let family @ (Family::Ip | Family::Ip6) = self.cx.family {
            let own = family.outermost();
            if own != header {
                return Err(source(format!("conflicting protocols specified: {} vs. {}", own.name, header.name)));
            }
            return Ok(());
        }
        let icmp6 = self.outer.transport.header.is_some_and(|transport| *transport == ICMPV6);
        if icmp6 && *header == IP {
            return Err(source("conflicting network layer protocols specified: ip6 vs. ip"));
        }
        self.require_network(header, Side::Outer, Need::HoistedField)
    }

    fn tproxy(&mut self, tproxy: &'r Tproxy) -> Result<(), Error> {
        if self.outer.transport.header.is_none() {
            return Err(source("transparent proxy support requires transport protocol match"));
        }
        if let (Family::Inet, None, Some(known)) = (self.cx.family, tproxy.family, self.outer.network.header) {
            // What the rule says of the packet is no substitute here.
            return Err(source(format!(
                "conflicting protocols specified: {} vs. unknown. You must specify ip or ip6 family in tproxy statement",
                known.name
            )));
        }
        let told = match &tproxy.address {
            Some(Expr::Map(map)) => super::nat::family_of(&map.key),
            _ => None,
        };
        let family = self.address_family("tproxy", tproxy.family.or(told), tproxy.address.is_some())?;
        let mut registers = Registers::new();
        let mut next = Register::R1;
        let addr = match &tproxy.address {
            Some(address) => {
                let target = address_field(family);
                registers.push(self.assigned(address, target).map_err(in_operand(Operand::Address))?);
                next = Register::R2;
                Some(Register::R1)
            }
            None => None,
        };
        let port = match &tproxy.port {
            Some(port) => {
                let target = KeyField::of(DataType::INET_SERVICE);
                registers.push(self.assigned(port, target).map_err(in_operand(Operand::Port))?);
                Some(next)
            }
            None => None,
        };
        let family = match family {
            Family::Inet => 0,
            family => u32::from(family.number()),
        };
        self.with(registers, bytecode::Tproxy { family, addr, port });
        Ok(())
    }

    fn queue(&mut self, queue: &'r Queue) -> Result<(), Error> {
        const FANOUT: u32 = 2;
        let flags = u16::try_from(queue.flags).map_err(|_| source("unknown queue flags"))?;
        let flags = (flags != 0).then_some(flags);
        let (first, last) = match &queue.target {
            QueueTarget::Default => (0, 0),
            QueueTarget::Range(first, last) => (*first, *last),
            QueueTarget::Expr(expr) => {
                if queue.flags & FANOUT != 0 {
                    return Err(source("fanout requires a range to be specified"));
                }
                let target = KeyField::new(DataType::INTEGER, 16, ByteOrder::Host);
                let value = self.queue_number(expr, target)?;
                self.with(smallvec![value], bytecode::Queue { num: None, total: None, flags, sreg_qnum: Some(Register::R1) });
                return Ok(());
            }
        };
        if queue.flags & FANOUT != 0 && first == last {
            return Err(source("fanout requires a range to be specified"));
        }
        let total = last.checked_sub(first).and_then(|more| more.checked_add(1));
        let total = total.ok_or_else(|| source("range negative size"))?;
        self.plain(bytecode::Queue { num: Some(first), total: Some(total), flags, sreg_qnum: None });
        Ok(())
    }

    fn queue_number(&mut self, expr: &'r Expr, target: KeyField) -> Result<super::Term, Error> {
        let (modulus, offset) = match expr {
            Expr::Numgen(numgen) => (numgen.modulus, numgen.offset),
            Expr::Hash(hash) => (hash.modulus, hash.offset),
            Expr::Map(map) => {
                return self.map_to(&map.key, &map.map, vec![target], false).map(|value| value.term);
            }
            expr => return self.assigned(expr, target),
        };
        if u64::from(modulus) + u64::from(offset) > u64::from(u16::MAX) + 1 {
            return Err(source("queue expression max value exceeds 65535"));
        }
        self.selector(expr, None).map(|value| value.term)
    }

    fn dup(&mut self, dup: &'r Dup) -> Result<(), Error> {
        let device = KeyField::of(DataType::IFACE_INDEX);
        let mut registers = Registers::new();
        let instruction = match self.cx.family {
            Family::Ip | Family::Ip6 => {
                registers.push(self.assigned(&dup.to, address_field(self.cx.family)).map_err(in_operand(Operand::Address))?);
                let dev = match &dup.device {
                    Some(to) => {
                        registers.push(self.assigned(to, device).map_err(in_operand(Operand::Port))?);
                        Some(Register::R2)
                    }
                    None => None,
                };
                bytecode::Dup { addr: Some(Register::R1), dev }
            }
            Family::Netdev => {
                if dup.device.is_some() {
                    return Err(source("cannot specify device for netdev family"));
                }
                registers.push(self.assigned(&dup.to, device).map_err(in_operand(Operand::Address))?);
                bytecode::Dup { addr: None, dev: Some(Register::R1) }
            }
            Family::Inet | Family::Arp | Family::Bridge => return Err(source("unsupported family")),
        };
        self.with(registers, instruction);
        Ok(())
    }

    fn fwd(&mut self, fwd: &'r Fwd) -> Result<(), Error> {
        if self.cx.family != Family::Netdev {
            return Err(source("unsupported family"));
        }
        let device = KeyField::of(DataType::IFACE_INDEX);
        let mut registers: Registers = smallvec![self.assigned(&fwd.device, device).map_err(in_operand(Operand::Port))?];
        let mut instruction = bytecode::Fwd { dev: Register::R1, addr: None, nfproto: None };
        if let Some(address) = &fwd.address {
            let Some(family @ (Family::Ip | Family::Ip6)) = fwd.family else {
                return Err(source("specify either ip or ip6 for forwarding"));
            };
            registers.push(self.assigned(address, address_field(family)).map_err(in_operand(Operand::Address))?);
            instruction.addr = Some(Register::R2);
            instruction.nfproto = Some(family.number().into());
        }
        self.with(registers, instruction);
        Ok(())
    }
}

const PORT_UNREACHABLE: u8 = 3;
const PORT_UNREACHABLE6: u8 = 4;
const PORT_UNREACHABLEX: u8 = 1;

/// What an address of that family is.
pub(super) fn address_field(family: Family) -> KeyField {
    KeyField::of(if family == Family::Ip6 { DataType::IPV6_ADDR } else { DataType::IPV4_ADDR })
}

/// The instruction of a statement that keeps a state.
pub(super) fn stateful(stmt: &Stmt) -> Result<Instruction, Error> {
    if let Stmt::Limit(limit) = stmt
        && limit.kind == LimitKind::Packets
        && limit.burst == 0
    {
        return Err(source("packet limit burst must be > 0"));
    }
    crate::set::stateful::linearize(stmt)
}

fn log_instruction(log: &Log) -> Result<bytecode::Log, Error> {
    let audit = LOG_LEVELS.number("audit");
    if log.level.is_some() && log.level == audit {
        let other = log.prefix.is_some() || log.group.is_some() || log.snaplen.is_some() || log.queue_threshold.is_some();
        if other || log.flags != 0 {
            return Err(source("log level audit doesn't support any further options"));
        }
    }
    if let Some(prefix) = &log.prefix {
        super::constant::check_string(prefix.as_bytes())?;
    }
    if log.group.is_some() && log.level.is_some() {
        return Err(source("level and group are mutually exclusive"));
    }
    if log.group.is_some() && log.flags != 0 {
        return Err(source("flags and group are mutually exclusive"));
    }
    if let Some(prefix) = &log.prefix
        && !(1..=127).contains(&prefix.len())
    {
        return Err(source("log prefix must have 1 to 127 characters"));
    }
    // Without a group the kernel has no use for these; nft does not send them.
    let grouped = log.group.is_some();
    Ok(bytecode::Log {
        prefix: log.prefix.as_deref().map(Text::new),
        group: log.group,
        snaplen: log.snaplen.filter(|_| grouped),
        qthreshold: log.queue_threshold.filter(|_| grouped),
        level: log.level,
        flags: (log.flags != 0).then_some(log.flags),
    })
}

fn synproxy_instruction(synproxy: &Synproxy) -> Result<bytecode::Synproxy, Error> {
    if synproxy.wscale.is_some_and(|wscale| wscale > 14) {
        return Err(source("wscale is out of range: 14 is the most"));
    }
    let set = [
        ("mss", synproxy.mss.is_some()),
        ("wscale", synproxy.wscale.is_some()),
        ("sack-perm", synproxy.sack_perm),
        ("timestamp", synproxy.timestamp),
    ];
    let flags = set.iter().filter(|(_, set)| *set).filter_map(|(word, _)| SYNPROXY_FLAGS.number(word)).sum();
    Ok(bytecode::Synproxy { mss: synproxy.mss.unwrap_or(0), wscale: synproxy.wscale.unwrap_or(0), flags: Some(flags) })
}
