//! Any text as a file: lowered, evaluated, linearized and encoded without a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nft_core::netlink::{Nfnl, Recorder};
use nft_core::{NoDeclarations, NoEnvironment};
use nft_syntax::{NoFiles, lower};

fuzz_target!(|text: &str| {
    if let Ok(commands) = lower::load(text, "fuzz", &mut NoFiles, &NoDeclarations) {
        let mut nfnl = Nfnl::with_transport(Recorder::accepting()).with_environment(NoEnvironment);
        let _ = nfnl.apply(&commands);
    }
});
