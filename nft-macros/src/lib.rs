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
/// A Rust value stands in `#{…}`: an address, port, number, mark or name where a match takes one, the name of a table, chain, set or
/// object, the target of a jump, the address and port of `snat` and `dnat`. `#{..values}` puts the items of an iterator into a
/// list of elements. The type is checked where the value stands.
///
/// Lines end as in nft: at the newline or a semicolon. Where Rust's lexer cannot read nft's notation (some addresses such as
/// `2001:db8:1e::`, apostrophes in comments), quotes around the address, Rust's own comments, or the string form help:
/// `nft!(r#"…"#)`.
///
/// Where the crate `nft` is found under a path of its own, that is said first: `nft! { crate = my::nft; table … }`.
#[proc_macro]
pub fn nft(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    expand::ruleset(input.into()).into()
}
