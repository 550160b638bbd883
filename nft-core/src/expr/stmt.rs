//! Statements by one word each.

use std::net::{IpAddr, SocketAddr};

use crate::Error;
use crate::model::{
    Expr, JumpTarget, Limit, LimitKind, Log, Nat, NatKind, ObjectRef, ObjectType, Reject, Stmt, Value, Verdict,
};
use crate::name::{ChainName, ObjectName};
use crate::schema::{DataType, Family, RejectType};

/// `accept`.
#[must_use]
pub const fn accept() -> Stmt {
    Stmt::Verdict(Verdict::Accept)
}

/// `drop`.
#[must_use]
pub const fn drop() -> Stmt {
    Stmt::Verdict(Verdict::Drop)
}

/// `continue`.
#[must_use]
pub const fn continue_() -> Stmt {
    Stmt::Verdict(Verdict::Continue)
}

/// `return`.
#[must_use]
pub const fn return_() -> Stmt {
    Stmt::Verdict(Verdict::Return)
}

/// `jump chain`.
///
/// # Errors
///
/// If that is no name.
pub fn jump(chain: &str) -> Result<Stmt, Error> {
    Ok(Stmt::jump(ChainName::new(chain)?))
}

/// `goto chain`.
///
/// # Errors
///
/// If that is no name.
pub fn goto(chain: &str) -> Result<Stmt, Error> {
    Ok(Stmt::Verdict(Verdict::Goto(JumpTarget::Chain(ChainName::new(chain)?))))
}

/// `counter`, from zero.
#[must_use]
pub const fn counter() -> Stmt {
    Stmt::Counter { packets: 0, bytes: 0 }
}

/// `counter name x`.
///
/// # Errors
///
/// If that is no name.
pub fn counter_named(name: &str) -> Result<Stmt, Error> {
    Ok(Stmt::ObjectRef(ObjectRef::named(ObjectType::COUNTER, ObjectName::new(name)?).into()))
}

/// `limit rate packets/seconds`: at most so many packets in so many seconds (1, 60, 3600, …), five at once.
#[must_use]
pub const fn limit(packets: u64, seconds: u64) -> Stmt {
    Stmt::Limit(Limit::new(LimitKind::Packets, packets, seconds, 5, false))
}

/// `log prefix "…"`.
#[must_use]
pub fn log(prefix: &str) -> Stmt {
    let mut log = Log::default();
    if !prefix.is_empty() {
        log.prefix = Some(prefix.into());
    }
    Stmt::Log(Box::new(log))
}

/// `reject`.
#[must_use]
pub const fn reject() -> Stmt {
    Stmt::Reject(Reject::new(None, None))
}

/// `reject with tcp reset`.
#[must_use]
pub const fn reject_with_tcp_reset() -> Stmt {
    Stmt::Reject(Reject::new(Some(RejectType::TcpReset), None))
}

/// `notrack`.
#[must_use]
pub const fn notrack() -> Stmt {
    Stmt::Notrack
}

/// `masquerade`.
#[must_use]
pub fn masquerade() -> Stmt {
    Stmt::Nat(Box::new(Nat::new(NatKind::Masquerade)))
}

/// `redirect to :port`.
#[must_use]
pub fn redirect_to(port: u16) -> Stmt {
    let mut nat = Nat::new(NatKind::Redirect);
    nat.port = Some(Expr::Value(Value::int(DataType::INET_SERVICE, port.into())));
    Stmt::Nat(Box::new(nat))
}

/// `snat ip to address`.
#[must_use]
pub fn snat_to(address: impl Into<IpAddr>) -> Stmt {
    Stmt::Nat(Box::new(nat(NatKind::Snat, address.into())))
}

/// `dnat ip to address:port`.
#[must_use]
pub fn dnat_to(address: impl Into<SocketAddr>) -> Stmt {
    let address = address.into();
    let mut nat = nat(NatKind::Dnat, address.ip());
    nat.port = Some(Expr::Value(Value::int(DataType::INET_SERVICE, address.port().into())));
    Stmt::Nat(Box::new(nat))
}

fn nat(kind: NatKind, address: IpAddr) -> Nat {
    let (family, value) = match address {
        IpAddr::V4(address) => (Family::Ip, Value::int(DataType::IPV4_ADDR, address.to_bits().into())),
        IpAddr::V6(address) => (Family::Ip6, Value::int(DataType::IPV6_ADDR, address.to_bits())),
    };
    let mut nat = Nat::new(kind);
    nat.family = Some(family);
    nat.address = Some(Expr::Value(value));
    nat
}
