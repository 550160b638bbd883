//! The other namespace: a process of its own that does what it is asked.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write, stdin, stdout};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread;
use std::time::Duration;

use libtest_mimic::Failed;

use super::{HERE, THERE};

/// The argument that makes this program the peer.
const PEER: &str = "--peer";

/// A process in a namespace behind a veth pair. It ends, and the pair with it, when this is dropped.
pub(super) struct Peer {
    child: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Peer {
    pub(super) fn new() -> Result<Self, Failed> {
        let this = std::env::current_exe()?;
        let mut child =
            Command::new("unshare").arg("-n").arg(this).arg(PEER).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let requests = child.stdin.take().ok_or("no pipe")?;
        let answers = BufReader::new(child.stdout.take().ok_or("no pipe")?);
        let mut peer = Self { child, requests, answers };
        // Answered from inside the new namespace only.
        peer.ask("ready")?;
        let pid = peer.child.id().to_string();
        let (here, there) = (format!("{HERE}/24"), format!("{THERE}/24"));
        ip(&["link", "add", "veth0", "type", "veth", "peer", "name", "veth1", "netns", &pid])?;
        ip(&["addr", "add", &here, "dev", "veth0"])?;
        ip(&["link", "set", "veth0", "up"])?;
        peer.ask(&format!("address {there}"))?;
        Ok(peer)
    }

    /// One line there, one line back.
    pub(super) fn ask(&mut self, request: &str) -> Result<String, Failed> {
        writeln!(self.requests, "{request}")?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer)?;
        let answer = answer.trim_end().to_owned();
        if let Some(error) = answer.strip_prefix("error ") { Err(format!("{request}: {error}").into()) } else { Ok(answer) }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = ip(&["link", "del", "veth0"]);
    }
}

fn ip(arguments: &[&str]) -> Result<(), Failed> {
    let output = Command::new("ip").args(arguments).output()?;
    if output.status.success() {
        Ok(())
    } else {
        Err(format!("ip {arguments:?}: {}", String::from_utf8_lossy(&output.stderr)).into())
    }
}

/// The peer's side; whether the arguments ask for it.
pub(crate) fn serve() -> bool {
    if std::env::args().nth(1).as_deref() != Some(PEER) {
        return false;
    }
    for line in stdin().lines().map_while(Result::ok) {
        let words: Vec<&str> = line.split(' ').collect();
        let answer =
            answer(&words).unwrap_or_else(|error| format!("error {}", error.message().unwrap_or("?").replace('\n', " ")));
        let mut out = stdout();
        if writeln!(out, "{answer}").and_then(|()| out.flush()).is_err() {
            break;
        }
    }
    true
}

/// How many TCP segments this namespace has sent again.
pub(super) fn retransmissions() -> Result<String, Failed> {
    let snmp = std::fs::read_to_string("/proc/thread-self/net/snmp")?;
    let mut lines = snmp.lines().filter(|line| line.starts_with("Tcp:")).map(|line| line.split(' '));
    let (names, values) = lines.next().zip(lines.next()).ok_or("no TCP")?;
    let found = names.zip(values).find(|(name, _)| *name == "RetransSegs").ok_or("no count of retransmissions")?;
    Ok(found.1.to_owned())
}

fn answer(words: &[&str]) -> Result<String, Failed> {
    match words {
        ["ready"] => {}
        ["address", address] => {
            ip(&["addr", "add", address, "dev", "veth1"])?;
            ip(&["link", "set", "lo", "up"])?;
            ip(&["link", "set", "veth1", "up"])?;
        }
        // Nobody has the address: packets to it go to the other end's card.
        ["arp", address] => {
            let route = format!("{address}/32");
            ip(&["route", "add", &route, "via", &HERE.to_string()])?;
        }
        ["listen", port] => {
            let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, port.parse()?))?;
            thread::spawn(move || {
                for mut stream in listener.incoming().flatten() {
                    if let Ok(from) = stream.peer_addr() {
                        let _ = write!(stream, "hello {from}");
                    }
                }
            });
        }
        ["echo", port] => {
            let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, port.parse()?))?;
            thread::spawn(move || {
                for mut stream in listener.incoming().flatten() {
                    let mut buffer = [0; 4096];
                    let _ = stream.set_nodelay(true);
                    while let Ok(length @ 1..) = stream.read(&mut buffer) {
                        if stream.write_all(buffer.get(..length).unwrap_or_default()).is_err() {
                            break;
                        }
                    }
                }
            });
        }
        ["retransmissions"] => return retransmissions(),
        ["connect", address, port] => {
            let to = SocketAddr::new(address.parse()?, port.parse()?);
            return Ok(match TcpStream::connect_timeout(&to, Duration::from_millis(500)) {
                Ok(_) => "connected".to_owned(),
                Err(error) if error.kind() == ErrorKind::ConnectionRefused => "refused".to_owned(),
                Err(error) if matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::WouldBlock) => "timeout".to_owned(),
                Err(error) => error.to_string(),
            });
        }
        _ => return Err("unknown request".into()),
    }
    Ok("ok".to_owned())
}
