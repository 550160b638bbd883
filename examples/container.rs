//! A container's firewall: the child waits in its own network namespace, the ruleset is pushed there from outside, the child is let go.
//!
//! ```text
//! cargo run --example container
//! ```
//!
//! This is what a container runtime does between creating a container and starting its program, so that no packet ever passes without
//! the rules. The child needs no rights, no library and no `nft` in its image.
#![allow(clippy::print_stdout, reason = "a program that prints")]

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::time::Duration;

use nft::netlink::{NetNs, Nfnl, Push};
use nft::nft;
use nft::syntax::print::{Options, display};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// The argument that makes this program the container.
const CHILD: &str = "--child";

fn main() -> Result<()> {
    if std::env::args().nth(1).as_deref() == Some(CHILD) {
        return child();
    }
    // Only so that no privilege is needed: whoever enters the namespace of a child must be root in its own. A runtime is.
    NetNs::isolate()?;

    let mut child = Command::new(std::env::current_exe()?).arg(CHILD).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let mut gate = child.stdin.take().ok_or("no pipe")?;
    let mut says = BufReader::new(child.stdout.take().ok_or("no pipe")?).lines();
    let ready = says.next().ok_or("the child is gone")??;
    println!("child {}: {ready}", child.id());

    let open_port = 8080_u16;
    let ruleset = nft! {
        table inet container {
            chain input {
                type filter hook input priority filter; policy drop;
                ct state established,related accept
                tcp dport #{open_port} counter accept
                counter reject with tcp reset
            }
        }
    };
    // The calling thread stays in its own namespace; other children have handles of their own beside this one.
    let mut nfnl = Nfnl::open(NetNs::Pid(child.id()))?;
    nfnl.push(&ruleset, Push::Replace)?;
    println!("pushed the ruleset into its namespace; letting it go");

    writeln!(gate, "go")?;
    for line in says {
        println!("child {}: {}", child.id(), line?);
    }
    println!("\nits ruleset afterwards, read from outside:\n");
    print!("{}", display(&nfnl.pull()?, Options::new(nfnl.environment())));
    println!("\nour own namespace has {} tables", Nfnl::open(NetNs::Current)?.pull()?.tables.len());
    child.wait()?;
    Ok(())
}

/// The container: a new namespace, a pause, then its program.
fn child() -> Result<()> {
    NetNs::isolate()?;
    println!("paused in a network namespace of my own");
    let mut go = String::new();
    std::io::stdin().read_line(&mut go)?;
    for port in [8080, 9090] {
        let listener = TcpListener::bind(("127.0.0.1", port))?;
        match TcpStream::connect_timeout(&listener.local_addr()?, Duration::from_secs(1)) {
            Ok(_) => println!("port {port} answers"),
            Err(error) => println!("port {port}: {error}"),
        }
    }
    // Out with it, and alive until the parent has read the counters: the namespace goes with its last process or handle.
    std::io::stdout().flush()?;
    Ok(())
}
