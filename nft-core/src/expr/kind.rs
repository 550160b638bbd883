//! Kinds: what a selector's constants are, known to the compiler.

use crate::schema::DataType;
use crate::schema::datatype::Form;
use std::fmt;

/// A kind of constant. The types of this module that implement it have no values: they only stand in signatures.
pub trait Kind: sealed::Sealed {}

mod sealed {
    /// Keeps kinds to this crate.
    pub trait Sealed {}
}

/// Turns each row into a type that only names a kind.
macro_rules! kinds {
    ($($(#[doc = $doc:literal])+ $Name:ident;)+) => { $(
        $(#[doc = $doc])+
        #[derive(Debug)]
        #[expect(clippy::exhaustive_enums, reason = "names a kind, is never built")]
        pub enum $Name {}

        impl sealed::Sealed for $Name {}

        impl Kind for $Name {}
    )+ };
}

kinds! {
    /// An IPv4 address, prefix or range.
    Ipv4Address;
    /// An IPv6 address, prefix or range.
    Ipv6Address;
    /// An Ethernet address: six bytes.
    EthernetAddress;
    /// A port, or range of them.
    Port;
    /// The number of a protocol above IP.
    Protocol;
    /// A packet mark.
    Mark;
    /// A number.
    Integer;
    /// The name of an interface, a `*` at its end for those that begin so.
    InterfaceName;
    /// The number of an interface, or its name, which is looked up when the ruleset is pushed.
    Interface;
    /// Flags of connection states: [`state`].
    State;
    /// Flags of TCP: [`tcp_flag`].
    TcpFlags;
    /// A user or group: its number, or its name, which is looked up when the ruleset is pushed.
    Identity;
    /// A text.
    Text;
    /// A length of time.
    Time;
    /// Whether something is there.
    Presence;
}

/// The name of the kind that values of a data type have.
#[doc(hidden)]
#[must_use]
pub const fn name_of(ty: DataType) -> &'static str {
    match ty.row().form {
        Form::Ipv4 => "Ipv4Address",
        Form::Ipv6 => "Ipv6Address",
        Form::Ethernet | Form::LinkAddress => "EthernetAddress",
        Form::Service => "Port",
        Form::Protocol => "Protocol",
        Form::Mark => "Mark",
        Form::InterfaceName => "InterfaceName",
        Form::Interface => "Interface",
        Form::User | Form::Group => "Identity",
        Form::String | Form::Cgroup => "Text",
        Form::Boolean => "Presence",
        Form::Duration => "Time",
        Form::Invalid
        | Form::Verdict
        | Form::Integer
        | Form::Hex(_)
        | Form::Bitmask
        | Form::Realm
        | Form::ClassId
        | Form::Label
        | Form::RejectCode
        | Form::DeviceGroup
        | Form::Timestamp
        | Form::Hour
        | Form::Day => {
            if ty.id() == DataType::CT_STATE.id() {
                "State"
            } else if ty.id() == DataType::TCP_FLAG.id() {
                "TcpFlags"
            } else {
                "Integer"
            }
        }
    }
}

/// A flag of a kind, such as [`state::NEW`].
pub struct Flag<K> {
    /// The bit.
    pub(super) bit: u32,
    kind: std::marker::PhantomData<fn() -> K>,
}

impl<K> Flag<K> {
    const fn new(bit: u32) -> Self {
        Self { bit, kind: std::marker::PhantomData }
    }
}

impl<K> Clone for Flag<K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K> Copy for Flag<K> {}

impl<K> fmt::Debug for Flag<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.bit)
    }
}

/// States of a connection, for [`ct().state()`](super::CtSelector::state).
pub mod state {
    use super::{Flag, State};

    /// `invalid`: belongs to no connection.
    pub const INVALID: Flag<State> = Flag::new(1);
    /// `established`: seen in both directions.
    pub const ESTABLISHED: Flag<State> = Flag::new(2);
    /// `related`: new, but expected by another.
    pub const RELATED: Flag<State> = Flag::new(4);
    /// `new`.
    pub const NEW: Flag<State> = Flag::new(8);
    /// `untracked`.
    pub const UNTRACKED: Flag<State> = Flag::new(0x40);
}

/// Flags of TCP, for [`tcp().flags()`](super::Tcp::flags).
pub mod tcp_flag {
    use super::{Flag, TcpFlags};

    /// `fin`.
    pub const FIN: Flag<TcpFlags> = Flag::new(1);
    /// `syn`.
    pub const SYN: Flag<TcpFlags> = Flag::new(2);
    /// `rst`.
    pub const RST: Flag<TcpFlags> = Flag::new(4);
    /// `psh`.
    pub const PSH: Flag<TcpFlags> = Flag::new(8);
    /// `ack`.
    pub const ACK: Flag<TcpFlags> = Flag::new(0x10);
    /// `urg`.
    pub const URG: Flag<TcpFlags> = Flag::new(0x20);
    /// `ecn`.
    pub const ECN: Flag<TcpFlags> = Flag::new(0x40);
    /// `cwr`.
    pub const CWR: Flag<TcpFlags> = Flag::new(0x80);
}
