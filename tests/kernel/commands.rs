//! Commands with the same outcome as the reference: taken or refused, and the ruleset afterwards.

use libtest_mimic::Failed;
use nft::syntax::{NoFiles, lower};

use super::{Test, flush, open, oracle};

pub(crate) const TESTS: &[Test] = &[("commands_as_the_reference", as_the_reference, true)];

/// What there is before each of them.
const BEFORE: &str = "\
table netdev n {
	chain c { type filter hook ingress device lo priority 0; policy accept; }
	chain d { type filter hook ingress devices = { lo, absent1 } priority 1; }
	chain e { type filter hook egress devices = { lo, absent1 } priority 1; }
}
table ip t {
	chain x { accept; }
	chain b { type filter hook input priority 0; }
}
";

const COMMANDS: &[&str] = &[
    // Devices of a base chain that is there.
    "add chain netdev n c { devices = { absent1 } ; }",
    "add chain netdev n c { devices = { absent1, absent2 } ; policy drop; }",
    "add chain netdev n c { devices = { lo } ; }",
    "add chain netdev n c { type filter hook ingress device absent1 priority 0; }",
    "add chain netdev n nope { devices = { absent1 } ; }",
    "create chain netdev n c { devices = { absent1 } ; }",
    "add chain netdev n c { devices = { absent1 }; }\nadd chain netdev n c { devices = { absent2 }; }",
    "add chain ip t b { devices = { absent1 } ; }",
    "add chain ip t x { devices = { absent1 } ; }",
    "table netdev n {\nchain c {\ndevices = { absent1 }\naccept\n}\n}",
    "delete chain netdev n d { devices = { absent1 } ; }",
    "delete chain netdev n d { devices = { absent1, lo } ; }",
    "delete chain netdev n d { type filter hook ingress device absent1 priority 1; }",
    "delete chain netdev n d { type filter hook ingress devices = { absent1, lo } priority 1; }",
    "delete chain netdev n e { type filter hook egress device absent1 priority 1; }",
    "delete chain netdev n d { devices = { absent2 } ; }",
    // What a block says of a chain that goes does not count, and `destroy` takes none.
    "delete chain ip t x { accept; }",
    "delete chain ip t b { type filter hook input priority 0; }",
    "delete chain ip t b { policy accept; }",
    "destroy chain ip t x { accept; }",
    "destroy chain ip t b { type filter hook input priority 0; }",
    "destroy chain ip t x { }",
    "destroy chain netdev n d { devices = { absent1 } ; }",
    "destroy table ip t { }",
    // A chain of the batch has no number yet by which it could be renamed.
    "add chain ip t q\nrename chain ip t q r",
    "add table ip z\nadd chain ip z c\nrename chain ip z c d",
    "rename chain ip t x y",
    "rename chain ip t x y\nrename chain ip t y z",
    "rename chain ip t x b",
    "rename chain ip t x x",
];

fn as_the_reference() -> Result<(), Failed> {
    let mut wrong = Vec::new();
    for command in COMMANDS {
        flush()?;
        oracle::load(BEFORE)?;
        let expected = (oracle::refusal(command).is_err(), oracle::nft(&["list", "ruleset"])?);
        flush()?;
        oracle::load(BEFORE)?;
        let found = (apply(command)?, oracle::nft(&["list", "ruleset"])?);
        if expected != found {
            wrong.push(format!("{command}:\n{expected:#?}\nbut\n{found:#?}"));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}

/// Whether this library takes a text.
fn apply(text: &str) -> Result<bool, Failed> {
    let mut nfnl = open()?;
    let known = nfnl.declarations();
    let loaded = lower::load(text, "test", &mut NoFiles, &known);
    known.check()?;
    drop(known);
    Ok(loaded.is_ok_and(|commands| nfnl.apply(&commands).is_ok()))
}
