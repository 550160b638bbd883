//! State that is set to zero: what it was, and what there is then, beside the reference.

use libtest_mimic::Failed;
use nft::model::Command;
use nft::syntax::{NoFiles, lower, print};

use super::{Test, flush, open, oracle};

pub(crate) const TESTS: &[Test] = &[("reset_state", state, true), ("reset_refused", refused, false)];

const BEFORE: &str = "
table ip t {
	counter a { packets 5 bytes 6; comment \"c\"; }
	counter b { packets 1 bytes 2; }
	quota q { 10 mbytes used 5 bytes; }
	quota p { over 1 mbytes used 6 bytes; }
	set s { type ipv4_addr; counter; elements = { 1.1.1.1 counter packets 3 bytes 4, 2.2.2.2 counter packets 1 bytes 1 }; }
	map m { type ipv4_addr : mark; counter; elements = { 1.1.1.1 counter packets 3 bytes 4 : 5, 2.2.2.2 counter packets 1 bytes 1 : 6 }; }
	set r { type ipv4_addr; flags interval; counter; elements = { 1.1.1.0/24 counter packets 3 bytes 4, 2.2.2.2 counter packets 1 bytes 1, 255.0.0.0/8 counter packets 7 bytes 7 }; }
	set p { type ipv4_addr . inet_service; flags interval; counter; elements = { 1.1.1.0/24 . 1-9 counter packets 3 bytes 4, 2.2.2.2 . 5 counter packets 1 bytes 1 }; }
	chain c { counter packets 9 bytes 8 accept; tcp dport { 22, 23 } quota 1 mbytes used 3 bytes drop; ip saddr @s counter packets 3 bytes 1; }
	chain d { counter packets 9 bytes 8; }
}
table inet u {
	counter a { packets 50 bytes 60; }
	chain x { type filter hook input priority 0; counter packets 1 bytes 1; }
}
";

const RESETS: &[&str] = &[
    "reset counters",
    "reset counters ip",
    "reset counters table ip t",
    "reset counter ip t a",
    "reset quotas",
    "reset quota ip t p",
    "reset rules",
    "reset rules inet",
    "reset rules table ip t",
    "reset rules chain ip t c",
    "reset set ip t s",
    "reset map ip t m",
    "reset set ip t r",
    "reset element ip t s { 1.1.1.1 }",
    "reset element ip t m { 2.2.2.2 }",
    "reset element ip t r { 1.1.1.0/24 }",
    "reset element ip t r { 255.0.0.0/8 }",
    "reset element ip t p { 1.1.1.0/24 . 1-9 }",
];

fn run(text: &str) -> Result<nft::Ruleset, Failed> {
    let mut nfnl = open()?;
    let commands =
        lower::load(text, "test", &mut NoFiles, &nfnl.declarations()).map_err(|found| format!("{text}: {found:?}"))?;
    match &*commands {
        [Command::Reset(target)] => Ok(nfnl.reset(target)?),
        other => Err(format!("{text}: {other:?}").into()),
    }
}

/// Lines without blank ones, which stand between objects in some listings only.
fn lines(text: &str) -> Vec<&str> {
    text.lines().filter(|line| !line.is_empty()).collect()
}

fn state() -> Result<(), Failed> {
    for reset in RESETS {
        flush()?;
        oracle::load(BEFORE)?;
        let expected = oracle::nft(&reset.split(' ').collect::<Vec<_>>())?;
        let left = oracle::nft(&["list", "ruleset"])?;
        flush()?;
        oracle::load(BEFORE)?;
        let mut found = String::new();
        print::ruleset(&mut found, &run(reset)?, &print::Options::new(open()?.environment()))?;
        assert_eq!(lines(&found), lines(&expected), "{reset}");
        assert_eq!(oracle::nft(&["list", "ruleset"])?, left, "{reset}");
    }
    Ok(())
}

fn refused() -> Result<(), Failed> {
    let mut nfnl = open()?;
    let commands = lower::load(BEFORE, "test", &mut NoFiles, &nfnl.declarations()).map_err(|found| format!("{found:?}"))?;
    nfnl.apply(&commands)?;
    for reset in [
        "reset counters ip none",
        "reset counter ip t none",
        "reset rules ip none",
        "reset rules chain ip t none",
        "reset rule ip t c handle 999",
        "reset set ip t none",
        "reset element ip t s { 9.9.9.9 }",
    ] {
        let commands = lower::load(reset, "test", &mut NoFiles, &nfnl.declarations()).map_err(|found| format!("{found:?}"))?;
        let [Command::Reset(target)] = &*commands else { return Err(reset.into()) };
        match nfnl.reset(target) {
            Err(error) if error.errno() == Some(2) => {}
            other => return Err(format!("{reset}: {other:?}").into()),
        }
    }
    Ok(())
}
