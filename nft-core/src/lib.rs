#![doc = include_str!("../README.md")]
#![cfg_attr(not(all(feature = "netlink", target_os = "linux")), allow(dead_code, reason = "what only the engine uses"))]

pub mod bytecode;
pub mod declarations;
pub mod delinearize;
pub mod diff;
pub mod environment;
pub mod evaluate;
#[doc(hidden)]
pub mod expansion;
pub mod expr;
pub mod linearize;
pub mod message;
pub mod model;
pub mod name;
#[cfg(all(feature = "netlink", target_os = "linux"))]
pub mod netlink;
pub mod nflog;
pub mod schema;
pub mod set;
pub mod uapi;
pub mod wire;

mod error;
mod span;

pub use declarations::{Declarations, NoDeclarations, SetHead};
pub use environment::{Database, Environment, NoEnvironment};
pub use error::{ElementKey, Error, ErrorKind, Operand, Part, Path};
pub use span::{Span, Spanned};
