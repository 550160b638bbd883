//! Many handles to many network namespaces in one process, from one thread and from many.

use std::fs::{File, read_link};
use std::os::fd::OwnedFd;
use std::process::{Child, Command, Stdio};
use std::sync::Barrier;
use std::thread;

use libtest_mimic::Failed;
use nft::model::{Command as Change, Ruleset};
use nft::netlink::{NetNs, Nfnl, Push};
use nft::nflog::{Listener, Options};
use nft::{Error, ErrorKind};
use nix::sched::{CloneFlags, unshare};

use super::{Test, open};

pub(crate) const TESTS: &[Test] = &[
    ("namespaces: many handles in one thread", many_handles, false),
    ("namespaces: many threads at once", many_threads, false),
    ("namespaces: several handles to one", one_namespace, false),
    ("namespaces: by process, by path, by descriptor", ways, false),
    ("namespaces: none, or of another kind", wrong, false),
    ("packets: names are those of the namespace", names, false),
];

/// A handle may go to another thread.
const fn is_send<T: Send>() {}
const _: () = (is_send::<Nfnl>(), is_send::<Listener>(), is_send::<NetNs>(), is_send::<Error>(), is_send::<Ruleset>()).0;

/// A new network namespace: of a thread that has ended, so that only the descriptor keeps it.
fn namespace() -> Result<OwnedFd, Failed> {
    let made = thread::spawn(|| -> Result<OwnedFd, String> {
        unshare(CloneFlags::CLONE_NEWNET).map_err(|errno| errno.to_string())?;
        Ok(File::open("/proc/thread-self/ns/net").map_err(|error| error.to_string())?.into())
    });
    Ok(made.join().map_err(|_| "the thread failed")??)
}

fn namespaces(count: usize) -> Result<Vec<OwnedFd>, Failed> {
    (0..count).map(|_| namespace()).collect()
}

/// A ruleset that no other number has.
fn ruleset(number: usize) -> Result<Ruleset, String> {
    let text = format!(
        "table inet t{number} {{
            set s {{ type ipv4_addr; elements = {{ 10.0.{}.{} }}; }}
            chain c {{ type filter hook input priority {number}; ip saddr @s tcp dport {} counter accept; }}
        }}",
        number / 256,
        number % 256,
        number + 1
    );
    nft::parse(&text).map_err(|error| format!("{error:?}"))
}

/// Pushes, pulls and compares.
fn round(nfnl: &mut Nfnl, number: usize) -> Result<(), String> {
    let ruleset = ruleset(number)?;
    nfnl.push(&ruleset, Push::Replace).map_err(|error| error.to_string())?;
    let pulled = nfnl.pull().map_err(|error| error.to_string())?;
    // What others did to the namespace would be here.
    let differences = pulled.diff(&ruleset, nfnl.environment()).map_err(|error| error.to_string())?;
    if pulled.tables.len() == 1 && differences.is_empty() {
        Ok(())
    } else {
        Err(format!("namespace {number}: {}", nft::to_string(&pulled)))
    }
}

fn own() -> Result<std::path::PathBuf, Failed> {
    Ok(read_link("/proc/thread-self/ns/net")?)
}

fn many_handles() -> Result<(), Failed> {
    let before = own()?;
    let mut handles = Vec::new();
    for descriptor in namespaces(50)? {
        handles.push(Nfnl::open(NetNs::Fd(descriptor))?);
    }
    for (number, nfnl) in handles.iter_mut().enumerate() {
        round(nfnl, number)?;
    }
    // In another order, when all of them have something.
    for (number, nfnl) in handles.iter_mut().enumerate().rev() {
        let names: Vec<String> = nfnl.pull()?.tables.iter().map(|table| table.name.to_string()).collect();
        assert_eq!(names, [format!("t{number}")]);
    }
    assert_eq!(own()?, before, "this thread has moved");
    assert!(open()?.pull()?.tables.is_empty(), "something went to the thread's own namespace");
    Ok(())
}

fn many_threads() -> Result<(), Failed> {
    const THREADS: usize = 8;
    const ROUNDS: usize = 25;
    let before = own()?;
    let barrier = Barrier::new(THREADS);
    let namespaces = namespaces(THREADS)?;
    thread::scope(|scope| {
        let mut threads = Vec::new();
        for (number, descriptor) in namespaces.into_iter().enumerate() {
            let barrier = &barrier;
            threads.push(scope.spawn(move || -> Result<(), String> {
                let mut nfnl = Nfnl::open(NetNs::Fd(descriptor)).map_err(|error| error.to_string());
                barrier.wait();
                for step in 0..ROUNDS {
                    let nfnl = nfnl.as_mut().map_err(|error| error.clone())?;
                    nfnl.apply(&[Change::FlushRuleset(None)]).map_err(|error| error.to_string())?;
                    round(nfnl, number * ROUNDS + step)?;
                }
                Ok(())
            }));
        }
        threads.into_iter().try_for_each(|thread| thread.join().map_err(|_| "a thread failed")?.map_err(Failed::from))
    })?;
    assert_eq!(own()?, before);
    assert!(open()?.pull()?.tables.is_empty());
    Ok(())
}

/// Handles of several threads in one namespace: each has its table, none sees a refusal or loses a push.
fn one_namespace() -> Result<(), Failed> {
    const THREADS: usize = 4;
    let shared = namespace()?;
    let handle = || -> Result<Nfnl, Failed> { Ok(Nfnl::open(NetNs::Fd(shared.try_clone()?))?) };
    thread::scope(|scope| {
        let mut threads = Vec::new();
        for number in 0..THREADS {
            let mut nfnl = handle()?;
            threads.push(scope.spawn(move || -> Result<(), String> {
                let ruleset = ruleset(number)?;
                (0..50).try_for_each(|_| nfnl.push(&ruleset, Push::Replace).map_err(|error| error.to_string()))
            }));
        }
        threads.into_iter().try_for_each(|thread| thread.join().map_err(|_| "a thread failed")?.map_err(Failed::from))
    })?;
    let mut names: Vec<String> = handle()?.pull()?.tables.iter().map(|table| table.name.to_string()).collect();
    names.sort_unstable();
    assert_eq!(names, ["t0", "t1", "t2", "t3"]);
    Ok(())
}

/// A process in a namespace of its own; it ends when this is dropped.
struct Process(Child);

impl Process {
    fn new() -> Result<Self, Failed> {
        let mut child = Command::new("unshare")
            .args(["-n", "sh", "-c", "echo ready; exec sleep 60"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut ready = [0; 5];
        std::io::Read::read_exact(&mut child.stdout.take().ok_or("no pipe")?, &mut ready)?;
        Ok(Self(child))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn ways() -> Result<(), Failed> {
    let process = Process::new()?;
    let path = format!("/proc/{}/ns/net", process.0.id());
    let file = File::open(&path)?;
    round(&mut Nfnl::open(NetNs::Pid(process.0.id()))?, 7)?;
    // All of them lead to the same place, also after the process is gone.
    let mut by_path = Nfnl::open(NetNs::path(&path))?;
    drop(process);
    let mut by_descriptor = Nfnl::open(NetNs::Fd(file.into()))?;
    let pulled = by_path.pull()?;
    assert_eq!(pulled.tables.len(), 1);
    assert_eq!(by_descriptor.pull()?, pulled);
    // A listener finds its way likewise: the same group in two namespaces is two groups.
    let other = namespace()?;
    let options = Options::new();
    let first = Listener::open(NetNs::Fd(other.try_clone()?), 5, &options)?;
    drop(Listener::open(NetNs::Current, 5, &options)?);
    assert_eq!(Listener::open(NetNs::Fd(other), 5, &options).err().and_then(|error| error.errno()), Some(16));
    drop(first);
    Ok(())
}

fn wrong() -> Result<(), Failed> {
    let process = Process::new()?;
    let pid = process.0.id();
    drop(process);
    let places = [
        NetNs::Pid(pid),
        NetNs::path("/run/netns/no such namespace"),
        NetNs::path("/proc/self/status"),
        NetNs::path("/proc/self/ns/uts"),
        NetNs::Fd(File::open("/proc/self/ns/mnt")?.into()),
        NetNs::Fd(File::open("/dev/null")?.into()),
    ];
    for place in places {
        let name = format!("{place:?}");
        let error = Nfnl::open(place).err().ok_or_else(|| format!("{name} is no network namespace"))?;
        assert_eq!(error.kind(), ErrorKind::System, "{name}: {error}");
        assert!(error.errno().is_some(), "{name}: {error}");
    }
    Ok(())
}

/// The index of an interface is looked up where the ruleset goes.
fn names() -> Result<(), Failed> {
    let process = Process::new()?;
    let pid = process.0.id().to_string();
    let status = Command::new("ip")
        .args(["link", "add", "only_here", "type", "veth", "peer", "name", "only_there", "netns", &pid])
        .status()?;
    assert!(status.success(), "no veth pair");
    let outcome = (|| -> Result<(), Failed> {
        let ruleset =
            nft::parse("table inet t { chain c { iif \"only_there\" accept; }; }").map_err(|error| format!("{error:?}"))?;
        let mut there = Nfnl::open(NetNs::Pid(process.0.id()))?;
        there.push(&ruleset, Push::Replace)?;
        assert!(there.pull()?.diff(&ruleset, there.environment())?.is_empty());
        let error = open()?.push(&ruleset, Push::Replace).err().ok_or("no such interface here")?;
        assert!(error.to_string().contains("only_there"), "{error}");
        Ok(())
    })();
    Command::new("ip").args(["link", "del", "only_here"]).status()?;
    outcome
}
