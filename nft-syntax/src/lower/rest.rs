//! A text of which something cannot be read: what else is wrong with it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use nft_core::model::Command;
use nft_core::{Database, Environment, Error, evaluate};

use super::declared::Declared;

/// A machine that has everything, under different numbers: what it really has is not to be told here.
#[derive(Debug, Default)]
struct Anything {
    numbers: RefCell<HashMap<(Database, Box<str>), u64>>,
}

impl Environment for Anything {
    fn number(&self, database: Database, name: &str) -> Option<u64> {
        let mut numbers = self.numbers.borrow_mut();
        let next = numbers.len() as u64 + 1;
        Some(*numbers.entry((database, name.into())).or_insert(next))
    }

    fn host(&self, _: &str) -> Vec<IpAddr> {
        vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]
    }
}

/// What the compiler refuses in the commands that could be read.
pub(super) fn refused(commands: &[Command], declared: &Declared<'_>) -> Vec<Error> {
    evaluate::check(commands, &Anything::default(), declared)
}
