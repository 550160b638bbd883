//! Tests against the running kernel, in namespaces of their own: they need no privilege, and are skipped visibly where the system grants
//! none. Where an `nft` is found (`NFT=path`, else in `PATH`), its listing is compared with what was meant.

mod cases;
mod commands;
mod corpus;
mod elements;
mod errors;
mod input;
mod kept;
mod large;
mod monitor;
mod namespaces;
mod nflog;
mod odd;
mod oracle;
mod packets;
mod pairs;
mod random;
mod reconcile;
#[cfg(feature = "reconciler")]
mod reconciler;
mod refusals;
mod regressions;
mod reset;
mod roundtrip;
mod sets;
mod soak;

use libtest_mimic::{Arguments, Failed, Trial};
use nft::netlink::{NetNs, Nfnl};

fn main() -> std::process::ExitCode {
    if packets::serve() || soak::serve() {
        return std::process::ExitCode::SUCCESS;
    }
    // Before any thread: a process with several cannot enter a user namespace.
    let isolated = NetNs::isolate().map_err(|error| error.to_string()).and_then(|()| {
        let supported = Nfnl::open(NetNs::Current).and_then(|mut nfnl| nfnl.supported());
        match supported {
            Ok(true) => Ok(()),
            Ok(false) => Err("the kernel has no nf_tables".to_owned()),
            Err(error) => Err(error.to_string()),
        }
    });
    let mut arguments = Arguments::from_args();
    // All tests share the namespace.
    arguments.test_threads = Some(1);
    // Where everything is known to be there, a test that cannot run is a failure.
    let required = std::env::var_os("NFT_REQUIRE").is_some();
    let mut trials = Vec::new();
    let groups = [
        roundtrip::TESTS,
        elements::TESTS,
        errors::TESTS,
        input::TESTS,
        kept::TESTS,
        large::TESTS,
        monitor::TESTS,
        namespaces::TESTS,
        nflog::TESTS,
        packets::TESTS,
        reset::TESTS,
        sets::TESTS,
        refusals::TESTS,
        odd::TESTS,
        regressions::TESTS,
        cases::TESTS,
        commands::TESTS,
        corpus::TESTS,
        soak::TESTS,
        reconcile::TESTS,
        pairs::TESTS,
        #[cfg(feature = "reconciler")]
        reconciler::TESTS,
    ];
    for (name, test, oracle) in groups.into_iter().flatten() {
        let missing =
            isolated.clone().err().or_else(|| (*oracle && oracle::path().is_none()).then(|| "no nft found".to_owned()));
        let missing =
            missing.or_else(|| (name.starts_with("corpus") && corpus::path().is_none()).then(|| "no corpus".to_owned()));
        let missing =
            missing.or_else(|| (name.starts_with("packets") && !packets::possible()).then(|| "no iproute2".to_owned()));
        let kind = missing.clone().unwrap_or_default();
        let trial = Trial::test(*name, move || {
            flush()?;
            test()
        });
        let trial = match missing {
            Some(reason) if required => Trial::test(*name, move || Err(reason.into())),
            _ => trial.with_ignored_flag(missing.is_some()),
        };
        trials.push(trial.with_kind(kind));
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// A test: its name, what it does, and whether it needs the reference.
pub type Test = (&'static str, fn() -> Result<(), Failed>, bool);

/// A connection to the namespace of the tests.
pub fn open() -> Result<Nfnl, Failed> {
    Ok(Nfnl::open(NetNs::Current)?)
}

fn flush() -> Result<(), Failed> {
    use nft::model::Command;
    Ok(open()?.apply(&[Command::FlushRuleset(None)])?)
}
