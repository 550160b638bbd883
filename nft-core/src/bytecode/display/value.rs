//! Bytes as numbers, and whose order they are in.

use std::fmt;

use crate::bytecode::{BitwiseOp, ByteorderOp, Instruction, Register};
use crate::schema::{ByteOrder, CtKey, DataType, FibResult, IpsecKey, MetaKey, RtKey, SocketKey, TunnelKey};

/// Bytes in words of four, most significant byte first.
pub(crate) struct Words<'a> {
    bytes: &'a [u8],
    order: ByteOrder,
    prefix: &'static str,
}

impl<'a> Words<'a> {
    /// With `0x` before each word.
    pub(crate) const fn new(bytes: &'a [u8], order: ByteOrder) -> Self {
        Self { bytes, order, prefix: "0x" }
    }

    /// Without.
    pub(crate) const fn bare(bytes: &'a [u8], order: ByteOrder) -> Self {
        Self { bytes, order, prefix: "" }
    }
}

impl fmt::Display for Words<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let turn = cfg!(target_endian = "little") && self.order == ByteOrder::Host;
        for at in 0..self.bytes.len() {
            if at.is_multiple_of(4) {
                f.write_str(if at == 0 { "" } else { " " })?;
                f.write_str(self.prefix)?;
            }
            let at = if turn { self.bytes.len() - 1 - at } else { at };
            write!(f, "{:02x}", self.bytes.get(at).copied().unwrap_or(0))?;
        }
        Ok(())
    }
}

/// The order of what each register holds, as far as it was written.
#[derive(Default)]
pub(super) struct Orders([Option<(ByteOrder, usize)>; Register::WORDS as usize]);

impl Orders {
    /// The order of a value of so many bytes in the register.
    pub(super) fn of(&self, register: Register, length: usize) -> ByteOrder {
        match slot(register).and_then(|slot| self.0.get(slot).copied().flatten()) {
            // A single byte in a wider operation is a number of the machine.
            Some((_, 1)) if length > 1 => ByteOrder::Host,
            Some((order, _)) => order,
            None => ByteOrder::Big,
        }
    }

    /// Notes what the instruction writes.
    pub(super) fn step(&mut self, instruction: &Instruction) {
        let instruction = if let Instruction::Inner(inner) = instruction { &inner.expr } else { instruction };
        let Some((register, order, length)) = self.result(instruction) else { return };
        if let Some(slot) = slot(register).and_then(|slot| self.0.get_mut(slot)) {
            *slot = Some((order, length));
        }
    }

    fn result(&self, instruction: &Instruction) -> Option<(Register, ByteOrder, usize)> {
        match instruction {
            Instruction::PayloadLoad(it) => Some((it.dreg, ByteOrder::Big, wide(it.len))),
            Instruction::ExthdrLoad(it) => Some((it.dreg, ByteOrder::Big, wide(it.len))),
            Instruction::Osf(it) => Some((it.dreg, ByteOrder::Big, 16)),
            Instruction::MetaLoad(it) => {
                let meta = MetaKey::by_number(it.key.0)?;
                Some(key(it.dreg, meta.ty(), meta.byte_order(), meta.bits()))
            }
            Instruction::CtLoad(it) => {
                let ct = CtKey::by_number(it.key.0)?;
                Some(key(it.dreg, ct.ty(), ct.byte_order(), ct.bits()))
            }
            Instruction::Rt(it) => {
                let rt = RtKey::by_number(it.key.0)?;
                Some(key(it.dreg, rt.ty(), rt.byte_order(), rt.bits()))
            }
            Instruction::Socket(it) => {
                let socket = SocketKey::by_number(it.key.0)?;
                Some(key(it.dreg, socket.ty(), socket.byte_order(), socket.bits()))
            }
            Instruction::Tunnel(it) => {
                let tunnel = TunnelKey::by_number(it.key.0)?;
                Some(key(it.dreg, tunnel.ty(), tunnel.byte_order(), tunnel.bits()))
            }
            Instruction::Xfrm(it) => {
                let ipsec = IpsecKey::by_number(it.key.0)?;
                Some(key(it.dreg, ipsec.ty(), ipsec.byte_order(), ipsec.bits()))
            }
            Instruction::Fib(it) => {
                let fib = FibResult::by_number(it.result.0, it.flags)?;
                Some(key(it.dreg, fib.ty(), fib.byte_order(), fib.bits()))
            }
            Instruction::Numgen(it) => Some((it.dreg, ByteOrder::Host, 4)),
            Instruction::Hash(it) => Some((it.dreg, ByteOrder::Host, 4)),
            Instruction::Byteorder(it) => {
                let order = if it.op == ByteorderOp::NTOH { ByteOrder::Host } else { ByteOrder::Big };
                Some((it.dreg, order, wide(it.len)))
            }
            Instruction::Bitwise(it) => {
                let shift = matches!(it.op, Some(BitwiseOp::LSHIFT | BitwiseOp::RSHIFT));
                let order = if shift { ByteOrder::Host } else { self.of(it.sreg, wide(it.len)) };
                Some((it.dreg, order, wide(it.len)))
            }
            _ => None,
        }
    }
}

fn wide(length: u32) -> usize {
    usize::try_from(length).unwrap_or(usize::MAX)
}

fn key(register: Register, ty: DataType, order: ByteOrder, bits: u32) -> (Register, ByteOrder, usize) {
    let order = if ty.is_string() { ByteOrder::Big } else { order };
    (register, order, wide(bits.div_ceil(8)))
}

fn slot(register: Register) -> Option<usize> {
    register.word().map(wide)
}

/// The order in which a constant is wanted by the instruction that uses the register first.
pub(super) fn wanted(register: Register, rest: &[Instruction]) -> ByteOrder {
    let user = rest.iter().find_map(|instruction| match instruction {
        Instruction::MetaSet(it) if it.sreg == register => MetaKey::by_number(it.key.0).map(MetaKey::byte_order),
        Instruction::CtSet(it) if it.sreg == register => {
            CtKey::by_number(it.key.0).map(|ct| if ct.ty().is_string() { ByteOrder::Big } else { ct.byte_order() })
        }
        Instruction::Dup(it) if it.dev == Some(register) => Some(ByteOrder::Host),
        Instruction::Fwd(it) if it.dev == register => Some(ByteOrder::Host),
        Instruction::Queue(it) if it.sreg_qnum == Some(register) => Some(ByteOrder::Host),
        Instruction::Bitwise(it) if it.sreg == register || it.sreg2 == Some(register) => Some(ByteOrder::Host),
        Instruction::PayloadSet(it) if it.sreg == register => Some(ByteOrder::Big),
        Instruction::ExthdrSet(it) if it.sreg == register => Some(ByteOrder::Big),
        _ => None,
    });
    user.unwrap_or(ByteOrder::Big)
}
