//! Syntax tree to model.
//!
//! One pass over the items of a text: names are resolved through the schema, literals take the type of their place, variables are
//! replaced by what they stand for. The structure of the text is kept one to one; what reshapes rules is evaluate. Errors are
//! collected: a statement with an error does not hide those behind it.

mod attach;
mod chain;
mod command;
mod context;
mod declared;
mod expr;
mod fault;
mod flowtable;
mod gather;
mod hole;
mod item;
mod literal;
mod load;
mod locate;
pub(crate) mod number;
mod object;
mod place;
mod rest;
mod ruleset;
mod selector;
mod set;
mod set_literal;
mod stmt;
mod table;
mod tunnel;
mod variable;

pub use attach::HOLE_PRIORITY;
pub use hole::StandIn;
pub(crate) use load::{Findings, commands};
pub use load::{load, rule};
pub use locate::locate;
pub use ruleset::ruleset;
#[doc(hidden)]
pub use ruleset::template;
pub(crate) use variable::origin;
