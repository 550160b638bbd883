//! Selectors as instructions.

use crate::bytecode::{
    self, CtLoad, ExthdrLoad, FibResult, Inner, MetaLoad, Numgen, NumgenType, Osf, PayloadBase, Program, Register, Rt, Socket,
    Tunnel, Xfrm, XfrmDirection,
};
use crate::evaluate::{Load, PayloadLoad};
use crate::schema::ct::Direction;
use crate::schema::{Header, MetaKey, OsfKey};
use crate::uapi::nf_tables::{NFT_EXTHDR_F_PRESENT, NFT_OSF_F_VERSION};

/// Loads into a register.
pub(super) fn load(program: &mut Program, what: &Load, dreg: Register) {
    match what {
        Load::Payload(what) => program.push(payload(what, dreg)),
        Load::Exthdr { op, number, offset, len, present } => program.push(ExthdrLoad {
            dreg,
            ty: *number,
            offset: *offset,
            len: *len,
            op: Some(bytecode::ExthdrOp(op.number())),
            flags: Some(if *present { NFT_EXTHDR_F_PRESENT } else { 0 }),
        }),
        Load::Meta(key) => program.push(meta(*key, dreg)),
        Load::Ct(ct) => {
            program.push(CtLoad { key: bytecode::CtKey(ct.key.number()), dreg, direction: ct.direction.map(Direction::number) })
        }
        Load::Rt(key) => program.push(Rt { key: bytecode::RtKey(key.number()), dreg }),
        Load::Socket(socket) => {
            program.push(Socket { key: bytecode::SocketKey(socket.key.number()), dreg, level: Some(socket.level) })
        }
        Load::Fib(fib) => {
            program.push(bytecode::Fib { flags: fib.flags, result: FibResult(fib.result.number()), dreg });
        }
        Load::Osf(osf) => {
            let flags = (osf.key == OsfKey::Version).then_some(NFT_OSF_F_VERSION);
            program.push(Osf { dreg, ttl: Some(osf.ttl), flags });
        }
        Load::Ipsec(ipsec) => program.push(Xfrm {
            key: bytecode::XfrmKey(ipsec.key.number()),
            dir: XfrmDirection(ipsec.direction.number()),
            spnum: Some(ipsec.spnum),
            dreg,
        }),
        Load::Tunnel(key) => program.push(Tunnel { key: bytecode::TunnelKey(key.number()), dreg, mode: None }),
        Load::Numgen(numgen) => {
            program.push(Numgen { dreg, modulus: numgen.modulus, ty: NumgenType(numgen.kind), offset: Some(numgen.offset) })
        }
        Load::InnerPayload(tunnel, what) => inner(program, tunnel, payload(what, dreg)),
        Load::InnerMeta(tunnel, key) => inner(program, tunnel, meta(*key, dreg)),
    }
}

const fn payload(what: &PayloadLoad, dreg: Register) -> bytecode::PayloadLoad {
    bytecode::PayloadLoad { dreg, base: PayloadBase(what.base.number()), offset: what.offset, len: what.len }
}

const fn meta(key: MetaKey, dreg: Register) -> MetaLoad {
    MetaLoad { key: bytecode::MetaKey(key.number()), dreg }
}

fn inner(program: &mut Program, tunnel: &Header, expr: impl Into<bytecode::Instruction>) {
    let facts = tunnel.tunnel.unwrap_or(crate::schema::header::Tunnel { kind: 0, header_size: 0, flags: 0 });
    program.push(Inner { num: 0, ty: facts.kind, flags: facts.flags, hdrsize: facts.header_size, expr: Box::new(expr.into()) });
}
