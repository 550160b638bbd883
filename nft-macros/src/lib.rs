//! `nft!`: nftables syntax that the compiler checks, with Rust values in it.
//!
//! The tokens become text again (`text`), which `nft-syntax` reads and lowers like any other; the values that come out are
//! written as the code that builds them (`expand`), the user's expressions in place of the holes.
//!
//! **Invariant:** this crate knows nothing of nftables itself.

mod diagnostic;
mod expand;
mod hole;
mod quoted;
mod text;

/// A ruleset, written in nft's own syntax and read when the program is compiled.
///
/// A Rust value stands in `#{…}`, and its type is checked there:
///
/// - constants of matches, of `meta mark set` and the like, of elements and their data, of `snat` and `dnat`: addresses, prefixes
///   (`(address, length)`, or only the length behind a `/`), ports, numbers, marks, names of interfaces, ranges `low..=high`; tuples of
///   them for concatenations; a `Verdict` as data of a verdict map;
/// - names: of tables, chains, sets (`@#{name}` too), objects, devices; the target of a jump;
/// - numbers: the priority of a chain, rates, bursts and bytes of `limit` and `quota`, the values of counters, the size of a set, log
///   groups, queues, `ct count`;
/// - times (`std::time::Duration`): of sets, elements and `gc-interval`; texts: comments and the prefix of `log`.
///
/// `#{..values}` puts the items of an iterator into a list of elements; for a map they are pairs of key and data. Options behind it
/// (`timeout`, `comment`) go to each of them.
///
/// Lines end as in nft: at the newline or a semicolon. Where Rust's lexer cannot read nft's notation (some addresses such as
/// `2001:db8:1e::`, apostrophes in comments), quotes around the address, Rust's own comments, or the string form help:
/// `nft!(r#"…"#)`, which takes no holes. Within `macro_rules!`, newlines beside what a parameter puts in may go unseen: semicolons do not.
///
/// A time below a millisecond counts as one; none at all (`Duration::ZERO`) is nft's `timeout never`. What only the values decide (a range
/// that is turned round, a prefix in a set without `flags interval`, a name that stands twice) is refused when the ruleset is pushed.
///
/// Where the crate `nft` is found under a path of its own, that is said first: `nft! { crate = my::nft; table … }`.
#[proc_macro]
pub fn nft(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    expand::ruleset(input.into()).into()
}
