//! Sets ⇄ what the kernel gets of them: heads, userdata, elements.
//!
//! A [`Shape`] is the type of a set's elements, field by field. [`head`] turns a named set into a [`CompiledSet`], and
//! [`anonymous()`] one of a rule; [`write_elements`] streams packed elements into messages, without an allocation for each.
//! The other way, [`decode`] reads a head, and a [`Collector`] takes the messages of a dump and gives [`Elements`] back.
//!
//! **Invariant:** nothing here knows rules; the functions depend on their arguments only.

mod anonymous;
mod compile;
mod compiled;
mod find;
mod head;
mod interval;
mod merge;
#[cfg(all(feature = "netlink", target_os = "linux"))]
mod overlap;
mod read;
mod selector;
mod shape;
pub mod stateful;
mod unpack;
mod userdata;
mod write;

pub use anonymous::{Anonymous, Placement, anonymous};
pub use compile::Chains;
pub use compiled::{CompiledElement, CompiledSet};
pub use find::find;
pub use head::{decode, head, meter};
pub(crate) use head::{shown_fields, words};
pub use merge::{Change, Edit, Operation, change};
#[cfg(all(feature = "netlink", target_os = "linux"))]
pub(crate) use overlap::Ranges;
#[cfg(all(feature = "netlink", target_os = "linux"))]
pub(crate) use read::read_verdict;
pub use read::{Collector, is_complete};
pub(crate) use read::{sort_points, sort_ranges};
#[cfg(all(feature = "netlink", target_os = "linux"))]
pub(crate) use shape::turn_key;
pub use shape::{DataShape, Shape};
pub use unpack::{pack_key, unpack_data, unpack_key};
pub(crate) use userdata::meaningful;
pub use write::{Purpose, Target, WriteContext, write_elements};

#[cfg(doc)]
use crate::model::Elements;

#[cfg(test)]
mod tests;
