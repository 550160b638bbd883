//! The `nft` command, made of the library's public interface alone: the same input, output and exit codes.
//!
//! ```text
//! cargo run --example nft -- list ruleset
//! cargo run --example nft -- -c -f /etc/nftables.conf
//! ```
//!
//! What it cannot do (JSON, the interactive mode) it refuses.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program that prints")]

mod event;
mod list;
mod monitor;
mod options;
mod report;
mod run;

use std::process::ExitCode;

fn main() -> ExitCode {
    let options = match options::parse() {
        Ok(Some(options)) => options,
        Ok(None) => return ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    if run::run(&options) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
