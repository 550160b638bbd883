//! A ruleset that stays as it is wanted, whoever changes it: a loop in a thread of its own repairs what others do, and reports it.
//!
//! ```text
//! cargo run --example reconciler --features reconciler
//! ```
#![allow(clippy::print_stdout, reason = "a program that prints")]

use std::sync::mpsc::channel;
use std::time::Duration;

use nft::netlink::reconciler::{Cause, Options, Reconciler};
use nft::netlink::{NetNs, Nfnl};
use nft::syntax::{NoFiles, lower};
use nft::{Error, ErrorKind, Ruleset, nft};

/// What is wanted; the port may change while the program runs.
fn wanted(port: u16) -> Ruleset {
    nft! {
        table inet app {
            set blocked { type ipv4_addr; elements = { 192.0.2.1 }; }
            chain input {
                type filter hook input priority filter; policy accept;
                ip saddr @blocked drop
                tcp dport #{port} counter accept
            }
        }
    }
}

fn main() -> Result<(), Error> {
    // Before a thread is started.
    NetNs::isolate()?;
    let (sender, reports) = channel();
    let options = Options::new().with_debounce(Duration::from_millis(50));
    let reconciler = Reconciler::start(NetNs::Current, wanted(22), options, move |report| {
        let plan = match &report.outcome {
            Ok(outcome) => outcome.patch.to_string(),
            Err(error) => format!("{error}\n"),
        };
        print!("round {} ({:?}):\n{plan}", report.number, report.cause);
        // Nobody may be listening any more.
        let _ = sender.send((report.cause, plan));
    })?;
    let next = || reports.recv_timeout(Duration::from_secs(10)).map_err(|_| Error::new(ErrorKind::System, "no report came"));
    assert_eq!(next()?, (Cause::Start, "+ table inet app\n".to_owned()));

    // Somebody else makes a mess of it, in two commits: one round repairs both.
    let mut other = Nfnl::open(NetNs::Current)?;
    run(&mut other, "flush chain inet app input")?;
    run(&mut other, "add element inet app blocked { 192.0.2.2 }")?;
    let repaired = "- inet app set blocked elements (1)\n+ inet app chain input rule 1\n+ inet app chain input rule 2\n";
    let (cause, plan) = next()?;
    assert_eq!((cause, plan.lines().count()), (Cause::Event, repaired.lines().count()));
    assert!(repaired.lines().all(|line| plan.lines().any(|found| found == line)));

    // Tables that are not its own are none of its business.
    run(&mut other, "add table ip theirs")?;

    // Something else is wanted.
    reconciler.set_desired(wanted(443));
    assert_eq!(next()?, (Cause::Desired, "~ inet app chain input rule 2\n".to_owned()));

    // A round on request, which finds nothing to do.
    let report = reconciler.reconcile(Duration::from_secs(10))?;
    assert!(report.is_converged() && !report.is_changed());

    reconciler.stop()?;
    let left = other.pull()?;
    assert_eq!(left.tables.len(), 2);
    assert!(left.diff(&wanted(443), other.environment())?.is_empty());
    print!("{}", nft::to_string(&left));
    Ok(())
}

fn run(nfnl: &mut Nfnl, text: &str) -> Result<(), Error> {
    let commands = lower::load(text, "", &mut NoFiles, &nfnl.declarations());
    nfnl.apply(&commands?)
}
