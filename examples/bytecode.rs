//! What a rule becomes: the instructions of the kernel's machine, as `nft --debug=netlink` shows them.
//!
//! ```text
//! cargo run --example bytecode -- inet 'ip saddr 10.0.0.0/8 tcp dport { 22, 80 } accept'
//! ```
#![allow(clippy::print_stdout, reason = "a program that prints")]

use nft::evaluate::{Context, compile};
use nft::schema::Family;
use nft::syntax::lower;
use nft::{Error, ErrorKind, NoDeclarations, NoEnvironment};

fn main() -> Result<(), Error> {
    let mut arguments = std::env::args().skip(1);
    let family = match arguments.next() {
        Some(name) => {
            Family::by_name(&name).ok_or_else(|| Error::new(ErrorKind::Misuse, format!("unknown family `{name}`")))?
        }
        None => Family::Inet,
    };
    let text = arguments.next().unwrap_or_else(|| "ip saddr 10.0.0.0/8 tcp dport { 22, 80 } accept".to_owned());
    let rule = lower::rule(&text, family, "t", &NoDeclarations)?;
    let compiled = compile(&rule, &Context::new(family, "t", &NoEnvironment, &NoDeclarations))?;
    for set in &compiled.sets {
        println!("set {} with {} elements", set.name, set.elements.len());
    }
    assert!(!compiled.program.0.is_empty(), "a rule is at least one instruction");
    print!("{}", compiled.program);
    Ok(())
}
