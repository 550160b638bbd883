//! nftables in Rust: rulesets as values, in nft's own syntax, over netlink.
//!
//! A program owns its firewall as a [`Ruleset`]: plain data that it builds, compares, prints, sends to the kernel in one atomic
//! batch and reads back. There are three ways to build one, and they give equal values:
//!
//! - the literal `nft!`, nftables syntax that is read when the program is compiled, with Rust values in `#{…}`;
//! - the [pipeline](model), `ruleset.add_table(…)?.add_chain(…)?.add_rule(…)?`, with short words for rules in [`expr`];
//! - text: [`syntax`] reads what `nft` reads, and prints what `nft list ruleset` prints.
//!
//! Neither the `nft` command nor its C libraries are needed: the engine ([`netlink`], on Linux) talks netlink.
//!
//! ```
//! use nft::expr::{accept, ct, ip, state, tcp};
//! use nft::model::{BaseChain, Chain, Policy, Ruleset, Table};
//! use nft::schema::{ChainType, Family, Hook};
//! use std::net::Ipv4Addr;
//!
//! let mut ruleset = Ruleset::new();
//! let table = ruleset.add_table(Table::named(Family::Inet, "app")?)?;
//! let base = BaseChain::new(ChainType::Filter, Hook::Input, 0).with_policy(Policy::Drop);
//! let input = table.add_chain(Chain::base("input", base)?)?;
//! input.add_rule((ct().state().any_of([state::ESTABLISHED, state::RELATED]), accept()))?;
//! input.add_rule((ip().saddr().eq((Ipv4Addr::new(10, 0, 0, 0), 8)), tcp().dport().eq(22), accept()))?;
//!
//! let text = nft::to_string(&ruleset);
//! assert_eq!(text, "\
//! table inet app {
//! \tchain input {
//! \t\ttype filter hook input priority filter; policy drop;
//! \t\tct state established,related accept
//! \t\tip saddr 10.0.0.0/8 tcp dport 22 accept
//! \t}
//! }
//! ");
//! assert_eq!(nft::parse(&text), Ok(ruleset));
//! # Ok::<(), nft::Error>(())
//! ```
//!
//! To the kernel and back (this needs rights in the network namespace, see [`NetNs::isolate`](netlink::NetNs::isolate)):
//!
//! ```no_run
//! # #[cfg(all(feature = "netlink", target_os = "linux"))]
//! # fn run(ruleset: nft::Ruleset) -> Result<(), nft::Error> {
//! use nft::netlink::{NetNs, Nfnl, Push};
//!
//! let mut nfnl = Nfnl::open(NetNs::Current)?;
//! nfnl.push(&ruleset, Push::Replace)?;
//! println!("{}", nft::to_string(&nfnl.pull()?));
//! # Ok(())
//! # }
//! ```
//!
//! # Features
//!
//! - `netlink` (default): the engine. Elsewhere than on Linux it is empty.
//! - `tokio`: what the kernel reports unasked ([`nflog`]) as asynchronous streams, on tokio's reactor.
//! - `reconciler`: a loop in a thread of its own that keeps the kernel's tables as they are wanted.
//! - `etherparse`: the headers of logged packets, decoded by that crate.

pub use nft_core::model::{Chain, Rule, Ruleset, Set, Table};
pub use nft_core::*;
pub use nft_macros::nft;
pub use nft_syntax as syntax;
#[doc(inline)]
pub use nft_syntax::lower::ruleset as parse;
#[doc(inline)]
pub use nft_syntax::print::to_string;

/// What `nft!` expands to. Not part of the public interface.
#[doc(hidden)]
pub mod __private {
    pub use nft_core::expansion::*;
}

/// The example of the README is compiled.
#[cfg(all(doctest, feature = "netlink", target_os = "linux"))]
#[doc = include_str!("../README.md")]
struct Readme;
