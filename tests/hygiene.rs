//! `nft!` where names are not what they seem: inside of other macros, beside shadowed names, under another path.

#![no_implicit_prelude]

mod shadows {
    #![allow(dead_code, reason = "they only must not be found")]

    pub(crate) struct Option;
    pub(crate) struct Vec;
    pub(crate) struct Box;
    pub(crate) mod core {}
    pub(crate) mod std {}
}

use shadows::{Box, Option, Vec};

mod my {
    pub(crate) use ::nft as renamed;
}

macro_rules! accept_port {
    ($table:ident, $port:expr, $action:ident) => {
        ::nft::nft! {
            table inet $table {
                chain c {
                    type filter hook input priority 0
                    tcp dport #{$port} $action
                    tcp dport $port $action
                    counter
                }
            }
        }
    };
}

#[test]
fn works_inside_of_macros() {
    let made = accept_port!(app, 22, accept);
    let rules = &made.tables[0].chains[0].rules;
    ::std::assert_eq!(rules.len(), 3);
    ::std::assert_eq!(rules[0].stmts, rules[1].stmts);
}

#[test]
fn shadowed_names_do_not_matter() {
    let (_, _, _) = (Option, Vec, Box);
    let (table, chain, rule, hole_0) = (1_u16, 2_u16, 3_u16, 4_u16);
    let made = ::nft::nft! {
        table ip t {
            chain c {
                tcp dport { #{table}, #{chain}, #{rule}, #{hole_0} } log prefix "x"
            }
        }
    };
    ::std::assert_eq!(made, ::nft::nft!(table ip t { chain c { tcp dport { 1, 2, 3, 4 } log prefix "x"; } ; }));
}

#[test]
fn a_path_can_be_given() {
    let made = ::nft::nft! { crate = crate::my::renamed; table ip t { chain c { tcp dport #{22}; } ; } };
    ::std::assert_eq!(made.tables.len(), 1);
}
