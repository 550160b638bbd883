//! NFLOG: packets that rules send to a listener, `log group 5`.
//!
//! A rule with `log group N` gives a copy of the packet to whoever listens on that group in the network namespace; no one need to.
//! `Listener` is such a listener: one socket, one group, an iterator of [`Event`]s (or, with the feature `tokio`, an asynchronous
//! stream). Each [`Packet`] has everything that the kernel tells of it. Lost packets are told of as well: [`Event::Lost`],
//! [`Event::Overrun`].
//!
//! ```no_run
//! # #[cfg(all(feature = "netlink", target_os = "linux"))]
//! # fn run() -> Result<(), nft_core::Error> {
//! use nft_core::netlink::NetNs;
//! use nft_core::nflog::{CopyMode, Event, Group, Listener, Options};
//!
//! // The first 64 bytes of what `log prefix "dropped " group 5` sees.
//! let options = Options::new().with_copy_mode(CopyMode::Snaplen(64));
//! for event in Listener::open(NetNs::Current, Group(5), &options)? {
//!     match event? {
//!         Event::Packet(packet) => println!("{} {:?}", packet.prefix, packet.payload),
//!         Event::Lost(count) => println!("{count} packets were lost"),
//!         _ => {}
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! A rule in a table of family `inet`, `ip` or whatever reaches the listener without a default logger: `PF_BIND` is for what the kernel
//! itself logs (such as broken packets that connection tracking finds), changes the namespace for everybody, and is only sent where
//! [`Options::with_default_logger`] asks for it.
//!
//! **Invariant:** decoding is here and needs no socket; the listener does all input and output through `netlink::Transport`.

#[cfg(all(feature = "netlink", target_os = "linux"))]
mod configure;
mod conntrack;
mod event;
#[cfg(feature = "etherparse")]
mod headers;
mod link;
#[cfg(all(feature = "netlink", target_os = "linux"))]
mod listener;
mod options;
mod packet;

pub use conntrack::{Conntrack, ConntrackInfo, Tuple};
pub use event::Event;
#[cfg(feature = "etherparse")]
pub use headers::{Headers, Network, Transport};
pub use link::{HardwareAddress, Vlan};
#[cfg(all(feature = "netlink", target_os = "linux"))]
pub use listener::Listener;
pub use options::{CopyMode, Flags, Group, Options};
pub use packet::Packet;

#[cfg(test)]
mod tests;
