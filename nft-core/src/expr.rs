//! Short words for the everyday rule: what would be `tcp dport 22 accept` in text is `(tcp().dport().eq(22), accept())` here.
//!
//! ```
//! use nft_core::expr::{accept, counter, ct, drop, ip, state, tcp};
//! use nft_core::model::{BaseChain, Chain, Policy, Ruleset, Table};
//! use nft_core::schema::{ChainType, Family, Hook};
//! use std::net::Ipv4Addr;
//!
//! let mut ruleset = Ruleset::new();
//! let table = ruleset.add_table(Table::named(Family::Inet, "app")?)?;
//! let base = BaseChain::new(ChainType::Filter, Hook::Input, 0).with_policy(Policy::Drop);
//! let input = table.add_chain(Chain::base("input", base)?)?;
//! input.add_rule((ct().state().any_of([state::ESTABLISHED, state::RELATED]), accept()))?;
//! input.add_rule((ip().saddr().eq((Ipv4Addr::new(10, 0, 0, 0), 8)), tcp().dport().eq(22), accept()))?;
//! input.add_rule((tcp().dport().one_of([80, 443]), counter(), accept()))?;
//! # Ok::<(), nft_core::Error>(())
//! ```
//!
//! Each selector has a kind, and takes only constants of that kind: a port takes `u16` and ranges of them, `ip saddr` takes
//! IPv4 addresses, ranges and prefixes.
//!
//! ```compile_fail
//! nft_core::expr::tcp().dport().eq(std::net::Ipv4Addr::LOCALHOST);
//! ```
//!
//! What a rule needs besides (`meta l4proto tcp` before a port) is added where rules become bytecode. Whatever has no short
//! word is written with the types of [`model`](crate::model).

mod constant;
mod header;
mod key;
pub mod kind;
mod selector;
mod stmt;

pub use constant::Constant;
pub use header::{
    Arp, Ether, Icmp, Icmpv6, Ip, Ip6, Tcp, Th, Udp, Vlan, arp, ether, icmp, icmpv6, ip, ip6, tcp, th, udp, vlan,
};
pub use key::{CtSelector, MetaSelector, ct, meta};
pub use selector::Selector;
pub use stmt::{
    accept, continue_, counter, counter_named, dnat_to, drop, goto, jump, limit, log, masquerade, notrack, redirect_to, reject,
    reject_with_tcp_reset, return_, snat_to,
};

pub use kind::state;
pub use kind::tcp_flag;
