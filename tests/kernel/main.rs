//! Tests against the running kernel, in namespaces of their own: they need no privilege, and are skipped visibly where the system grants
//! none. Where an `nft` is found (`NFT=path`, else in `PATH`), its listing is compared with what was meant.
#![expect(clippy::exhaustive_structs, reason = "a test program")]

mod corpus;
mod errors;
mod large;
mod oracle;
mod roundtrip;

use libtest_mimic::{Arguments, Failed, Trial};
use nft::netlink::{NetNs, Nfnl};

fn main() -> std::process::ExitCode {
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
    let mut trials = Vec::new();
    for (name, test, oracle) in roundtrip::TESTS.iter().chain(errors::TESTS).chain(large::TESTS).chain(corpus::TESTS) {
        let missing =
            isolated.clone().err().or_else(|| (*oracle && oracle::path().is_none()).then(|| "no nft found".to_owned()));
        let missing =
            missing.or_else(|| (name.starts_with("corpus") && corpus::path().is_none()).then(|| "no corpus".to_owned()));
        let kind = missing.clone().unwrap_or_default();
        let trial = Trial::test(*name, move || {
            flush()?;
            test()
        });
        trials.push(trial.with_kind(kind).with_ignored_flag(missing.is_some()));
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
