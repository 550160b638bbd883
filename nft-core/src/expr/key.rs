//! Keys of `meta` and `ct` as selectors.

use super::Selector;
use super::kind::{Identity, Integer, Interface, InterfaceName, Ipv4Address, Ipv6Address, Mark, Port, Protocol, State, Text};
use crate::model::{Ct, Expr};
use crate::schema::ct::Direction;
use crate::schema::{CtKey, MetaKey};

/// What the kernel knows about a packet besides its bytes.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct MetaSelector;

/// What connection tracking knows about it.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct CtSelector;

/// What the kernel knows about a packet besides its bytes.
#[must_use]
pub const fn meta() -> MetaSelector {
    MetaSelector
}

/// What connection tracking knows about it.
#[must_use]
pub const fn ct() -> CtSelector {
    CtSelector
}

/// Turns `mark Mark Mark;` into a method that selects `MetaKey::Mark` with constants of kind `Mark`.
macro_rules! meta_keys {
    ($($method:ident $key:ident $Kind:ident;)+) => {
        impl MetaSelector {
            $(
                #[doc = concat!("`meta ", stringify!($method), "`.")]
                #[must_use]
                pub const fn $method(self) -> Selector<$Kind> {
                    Selector::new(Expr::Meta(MetaKey::$key), MetaKey::$key.ty())
                }
            )+
        }
    };
}

meta_keys! {
    iif Iif Interface;
    oif Oif Interface;
    iifname Iifname InterfaceName;
    oifname Oifname InterfaceName;
    mark Mark Mark;
    l4proto L4proto Protocol;
    nfproto Nfproto Integer;
    length Length Integer;
    skuid Skuid Identity;
    skgid Skgid Identity;
    cgroup Cgroup Integer;
    nftrace Nftrace Integer;
}

/// Turns `mark Mark Mark;` into a method that selects `CtKey::Mark`; with a direction before the semicolon, of that.
macro_rules! ct_keys {
    ($($(#[doc = $doc:literal])+ $method:ident $key:ident $Kind:ident $($direction:ident)?;)+) => {
        impl CtSelector {
            $(
                $(#[doc = $doc])+
                #[must_use]
                pub const fn $method(self) -> Selector<$Kind> {
                    let ct = Ct::new(CtKey::$key)$(.of(Direction::$direction))?;
                    Selector::new(Expr::Ct(ct), CtKey::$key.ty())
                }
            )+
        }
    };
}

ct_keys! {
    /// `ct state`.
    state State State;
    /// `ct mark`.
    mark Mark Mark;
    /// `ct zone`.
    zone Zone Integer;
    /// `ct helper`.
    helper Helper Text;
    /// `ct original ip saddr`.
    original_saddr SaddrIp Ipv4Address Original;
    /// `ct original ip daddr`.
    original_daddr DaddrIp Ipv4Address Original;
    /// `ct original ip6 saddr`.
    original_saddr6 SaddrIp6 Ipv6Address Original;
    /// `ct original ip6 daddr`.
    original_daddr6 DaddrIp6 Ipv6Address Original;
    /// `ct original proto-dst`.
    original_dport ProtoDst Port Original;
}
