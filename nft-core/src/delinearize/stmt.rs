//! Statements that do something.

use super::term::Term;
use super::value::value;
use super::walk::Walk;
use crate::bytecode::{self, Instruction, Register};
use crate::model::{
    Dup, DynsetOp, Element, Expr, Fwd, KeyField, Log, MapData, ObjectBy, ObjectRef, ObjectType, Queue, QueueTarget, Reject,
    SetStmt, Stmt, Synproxy, Value,
};
use crate::name::{FlowtableName, ObjectName, SetName};
use crate::schema::words::{LOG_FLAGS_ALL, LOG_LEVEL_DEFAULT};
use crate::schema::{ByteOrder, DataType, Family, RejectType, proto};
use crate::set::stateful;

impl Walk<'_> {
    /// An instruction that is a statement.
    pub(super) fn statement(&mut self, instruction: &Instruction) -> Option<()> {
        let stmt = match instruction {
            Instruction::Reject(reject) => self.reject(reject)?,
            Instruction::Nat(nat) => self.nat(nat)?,
            Instruction::Masq(masq) => self.masquerade(masq)?,
            Instruction::Redir(redir) => self.redirect(redir)?,
            Instruction::Tproxy(tproxy) => self.tproxy(tproxy)?,
            Instruction::Dup(dup) => self.dup(dup)?,
            Instruction::Fwd(fwd) => self.fwd(fwd)?,
            Instruction::Queue(queue) => self.queue(queue)?,
            Instruction::Dynset(dynset) => self.dynset(dynset)?,
            Instruction::ObjrefName(objref) => Stmt::ObjectRef(Box::new(ObjectRef {
                ty: ObjectType(objref.ty),
                object: ObjectBy::Name(ObjectName::received(&objref.name)),
            })),
            Instruction::ObjrefMap(objref) => self.object_map(objref)?,
            Instruction::MetaSet(set) => self.meta_set(set)?,
            Instruction::CtSet(set) => self.ct_set(set)?,
            Instruction::PayloadSet(set) => self.payload_set(set)?,
            Instruction::ExthdrSet(set) => self.extension_set(set)?,
            other => simple(other)?,
        };
        self.act(stmt);
        Some(())
    }

    fn reject(&mut self, reject: &bytecode::Reject) -> Option<Stmt> {
        let with = RejectType::by_number(reject.ty.0)?;
        let code = reject.icmp_code.unwrap_or(0);
        let network = match self.context.family {
            Family::Ip => Some(&proto::IP),
            Family::Ip6 => Some(&proto::IP6),
            _ => self.protocols.network(),
        };
        let mixed = matches!(self.context.family, Family::Inet | Family::Bridge | Family::Netdev);
        let (ty, default) = match with {
            RejectType::TcpReset => {
                // nft lists the rule without what says the network protocol, too; it would then reset connections of both.
                if !mixed {
                    let index = self.protocols.take_transport();
                    self.remove(index);
                }
                return Some(Stmt::Reject(Reject { with: Some(with), code: None }));
            }
            RejectType::Icmpx => (DataType::ICMPX_CODE, 1),
            RejectType::Icmp if network == Some(&proto::IP6) => (DataType::ICMPV6_CODE, 4),
            RejectType::Icmp if mixed && network.is_none() => {
                // Of which protocol the code is nobody can tell; nft lists none. The instructions are kept.
                self.opaque = true;
                return Some(Stmt::Reject(Reject { with: None, code: None }));
            }
            RejectType::Icmp => (DataType::ICMP_CODE, 3),
        };
        if with == RejectType::Icmp && mixed {
            let index = self.protocols.take_network();
            self.remove(index);
        }
        // What nft fills in where nothing is written.
        if code == default && (with == RejectType::Icmpx) == mixed {
            return Some(Stmt::Reject(Reject { with: None, code: None }));
        }
        let code = Expr::Value(Value::int(ty, code.into()));
        Some(Stmt::Reject(Reject { with: Some(with), code: Some(code) }))
    }

    /// What a statement takes from a register: a constant of that type, or an expression.
    pub(super) fn operand(&mut self, register: Register, field: KeyField) -> Option<Expr> {
        let term = self.take(register)?;
        self.operand_term(&term, field)
    }

    /// The same of a term.
    pub(super) fn operand_term(&mut self, term: &Term, field: KeyField) -> Option<Expr> {
        match term {
            Term::Constant(data) => Some(Expr::Value(value(data, field))),
            term => self.select_bits(term).map(|selector| selector.expr),
        }
    }

    fn dup(&mut self, dup: &bytecode::Dup) -> Option<Stmt> {
        let device = match dup.dev {
            Some(register) => Some(self.operand(register, KeyField::of(DataType::IFACE_INDEX))?),
            None => None,
        };
        let address = match dup.addr {
            Some(register) => Some(self.operand(register, address_field(self.context.family)?)?),
            None => None,
        };
        Some(match (address, device) {
            (Some(to), device) => Stmt::Dup(Box::new(Dup { to, device })),
            (None, Some(to)) => Stmt::Dup(Box::new(Dup { to, device: None })),
            (None, None) => return None,
        })
    }

    fn fwd(&mut self, fwd: &bytecode::Fwd) -> Option<Stmt> {
        let device = self.operand(fwd.dev, KeyField::of(DataType::IFACE_INDEX))?;
        let (family, address) = match fwd.addr {
            Some(register) => {
                let family = Family::by_number(u8::try_from(fwd.nfproto?).ok()?)?;
                (Some(family), Some(self.operand(register, address_field(family)?)?))
            }
            None => (None, None),
        };
        Some(Stmt::Fwd(Box::new(Fwd { family, address, device })))
    }

    fn queue(&mut self, queue: &bytecode::Queue) -> Option<Stmt> {
        let flags = queue.flags.unwrap_or(0).into();
        let target = match queue.sreg_qnum {
            Some(register) => QueueTarget::Expr(self.operand(register, KeyField::new(DataType::INTEGER, 16, ByteOrder::Host))?),
            None => {
                let first = queue.num.unwrap_or(0);
                QueueTarget::Range(first, first.checked_add(queue.total.unwrap_or(1).max(1) - 1)?)
            }
        };
        Some(Stmt::Queue(Box::new(Queue { target, flags })))
    }

    fn dynset(&mut self, dynset: &bytecode::Dynset) -> Option<Stmt> {
        let op = match dynset.op {
            bytecode::DynsetOp::ADD => DynsetOp::Add,
            bytecode::DynsetOp::UPDATE => DynsetOp::Update,
            bytecode::DynsetOp::DELETE => DynsetOp::Delete,
            _ => return None,
        };
        let bytes = self.key_bytes(&dynset.set_name);
        let terms = self.registers.key(dynset.sreg_key, bytes, dynset.sreg_data)?;
        let fields = self.set_fields(&dynset.set_name, false);
        let mut element = Element::new(self.tuple(&terms, &fields)?);
        if let Some(register) = dynset.sreg_data {
            let fields = self.set_fields(&dynset.set_name, true);
            let bytes = match &*fields {
                [] => None,
                [field] => Some(field.bytes()),
                fields => Some(fields.iter().map(|field| field.bytes().next_multiple_of(4)).sum()),
            };
            let terms = self.registers.key(register, bytes, None)?;
            element.data = Some(self.tuple(&terms, &fields)?);
        }
        // The kernel says 0 where there is none.
        element.timeout = dynset.timeout.filter(|timeout| *timeout != 0);
        for instruction in dynset.expr.as_deref().into_iter().chain(&dynset.expressions) {
            element.stmts.push(stateful::delinearize(instruction)?);
        }
        let set = SetName::received(&dynset.set_name);
        Some(Stmt::Set(Box::new(SetStmt { op, set, element, meter: None })))
    }

    /// The fields of the keys of a set, or of a map's data.
    pub(super) fn set_fields(&self, set: &str, data: bool) -> Vec<KeyField> {
        let Some(set) = self.context.names.set(set) else { return Vec::new() };
        match (data, &set.data) {
            (false, _) => set.key.fields_in(self.context.family),
            (true, Some(MapData::Value { ty, .. })) => ty.fields_in(self.context.family),
            (true, _) => Vec::new(),
        }
    }

    /// Several terms as one expression.
    fn tuple(&mut self, terms: &[Term], fields: &[KeyField]) -> Option<Expr> {
        let mut parts = Vec::with_capacity(terms.len());
        for (index, term) in terms.iter().enumerate() {
            parts.push(match (fields.get(index), term) {
                (Some(field), Term::Constant(data)) => Expr::Value(value(data, *field)),
                _ => self.select(term)?.expr,
            });
        }
        match parts.pop() {
            Some(only) if parts.is_empty() => Some(only),
            Some(last) => {
                parts.push(last);
                Some(Expr::Concat(parts.into()))
            }
            None => None,
        }
    }

    fn object_map(&mut self, objref: &bytecode::ObjrefMap) -> Option<Stmt> {
        let bytes = self.key_bytes(&objref.set);
        let terms = self.registers.key(objref.sreg, bytes, None)?;
        let key = self.key(&objref.set, &terms)?;
        let map = Expr::map(key.expr(), self.set_expr(&objref.set, &key)?);
        let MapData::Object(ty) = self.context.names.set(&objref.set)?.data.as_ref()? else { return None };
        Some(Stmt::ObjectRef(Box::new(ObjectRef { ty: *ty, object: ObjectBy::Map(map) })))
    }
}

/// The type of addresses of a family.
pub(super) fn address_field(family: Family) -> Option<KeyField> {
    match family {
        Family::Ip => Some(KeyField::of(DataType::IPV4_ADDR)),
        Family::Ip6 => Some(KeyField::of(DataType::IPV6_ADDR)),
        Family::Inet | Family::Arp | Family::Netdev | Family::Bridge => None,
    }
}

/// Instructions that need no register.
fn simple(instruction: &Instruction) -> Option<Stmt> {
    Some(match instruction {
        Instruction::Log(log) => Stmt::Log(Box::new(Log {
            prefix: log.prefix.as_ref().map(|prefix| prefix.as_str().into()),
            group: log.group,
            snaplen: log.snaplen,
            queue_threshold: log.qthreshold.filter(|packets| *packets != 0),
            level: log.level.filter(|level| *level != LOG_LEVEL_DEFAULT),
            flags: log.flags.unwrap_or(0) & LOG_FLAGS_ALL,
        })),
        Instruction::Synproxy(synproxy) => {
            let flags = synproxy.flags.unwrap_or(0);
            Stmt::Synproxy(Synproxy {
                mss: (flags & 1 != 0).then_some(synproxy.mss),
                wscale: (flags & 2 != 0).then_some(synproxy.wscale),
                timestamp: flags & 8 != 0,
                sack_perm: flags & 4 != 0,
            })
        }
        Instruction::Notrack(_) => Stmt::Notrack,
        Instruction::FlowOffload(flow) => Stmt::FlowAdd(FlowtableName::received(&flow.table)),
        Instruction::ExthdrStrip(strip) => {
            let op = strip.op.map_or(0, |op| op.0);
            if crate::schema::extension::Op::by_number(op) != Some(crate::schema::extension::Op::Tcp) {
                return None;
            }
            Stmt::ResetTcpOption(strip.ty)
        }
        other => return stateful::delinearize(other),
    })
}
