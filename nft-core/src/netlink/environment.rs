//! What this machine knows: interfaces of the socket's namespace, users, groups, names of marks and labels, local time.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::fs;
use std::net::{IpAddr, ToSocketAddrs};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, Instant};

use super::{namespace::system, socket};
use crate::environment::{Database, Environment};
use crate::error::Error;

/// Where control groups are.
const CGROUPS: &str = "/sys/fs/cgroup";

/// The machine this runs on, seen from a network namespace.
///
/// Files are read once, when something in them is first asked for. Users and groups are those of `/etc/passwd` and `/etc/group`.
#[derive(Debug)]
pub struct SystemEnvironment {
    socket: OwnedFd,
    tables: [OnceCell<Names>; 8],
    cgroups: RefCell<Cgroups>,
}

/// Control groups by their inode: the file system has no other way from number to path.
#[derive(Debug, Default)]
struct Cgroups {
    paths: HashMap<u64, Box<str>>,
    /// When they were walked through.
    read: Option<Instant>,
}

/// A file of names and numbers.
#[derive(Debug, Default)]
struct Names {
    numbers: HashMap<Box<str>, u64>,
    names: HashMap<u64, Box<str>>,
}

/// How lines of a file are read.
#[derive(Clone, Copy)]
enum Format {
    /// `number name`.
    NumberName,
    /// `name number`, with `/protocol` behind the number or not.
    NameNumber,
    /// `name:x:number:…`.
    Colons,
}

impl SystemEnvironment {
    /// The machine, in the network namespace of a socket of whatever kind.
    ///
    /// # Errors
    ///
    /// If the descriptor cannot be duplicated.
    pub fn of_socket(socket: &impl AsFd) -> Result<Self, Error> {
        let socket = socket.as_fd().try_clone_to_owned();
        let socket = socket.map_err(|error| system("the socket cannot be duplicated", error))?;
        Ok(Self { socket, tables: Default::default(), cgroups: RefCell::default() })
    }

    /// The files of a database: the first that is there counts.
    fn table(&self, database: Database) -> Option<&Names> {
        let (index, files, format): (usize, &[&str], Format) = match database {
            Database::User => (0, &["/etc/passwd"], Format::Colons),
            Database::Group => (1, &["/etc/group"], Format::Colons),
            Database::Mark => (2, &["/etc/iproute2/rt_marks", "/usr/share/iproute2/rt_marks"], Format::NumberName),
            Database::Realm => (3, &["/etc/iproute2/rt_realms", "/usr/share/iproute2/rt_realms"], Format::NumberName),
            Database::DeviceGroup => (4, &["/etc/iproute2/group", "/usr/share/iproute2/group"], Format::NumberName),
            Database::Label => (5, &["/etc/connlabel.conf", "/etc/xtables/connlabel.conf"], Format::NumberName),
            Database::Service => (6, &["/etc/services"], Format::NameNumber),
            Database::Protocol => (7, &["/etc/protocols"], Format::NameNumber),
            Database::Interface | Database::Cgroup => return None,
        };
        self.tables.get(index).map(|cell| {
            cell.get_or_init(|| {
                // A byte that is no text spoils the line in which it is, not the file.
                let bytes = files.iter().find_map(|file| fs::read(file).ok());
                bytes.map_or_else(Names::default, |bytes| Names::read(&String::from_utf8_lossy(&bytes), format))
            })
        })
    }
}

impl Names {
    fn read(text: &str, format: Format) -> Self {
        let mut names = Self::default();
        for line in text.lines() {
            let line = line.split('#').next().unwrap_or_default().trim();
            let entry = match format {
                Format::Colons => {
                    let mut fields = line.split(':');
                    fields.next().zip(fields.nth(1))
                }
                Format::NumberName => {
                    let mut words = line.split_whitespace();
                    words.next().zip(words.next()).map(|(number, name)| (name, number))
                }
                Format::NameNumber => {
                    let mut words = line.split_whitespace();
                    words.next().zip(words.next()).map(|(name, number)| (name, number.split('/').next().unwrap_or_default()))
                }
            };
            let Some((name, number)) = entry.and_then(|(name, number)| Some((name, parse_number(number)?))) else { continue };
            names.numbers.entry(name.into()).or_insert(number);
            names.names.entry(number).or_insert_with(|| name.into());
        }
        names
    }
}

fn parse_number(text: &str) -> Option<u64> {
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

impl Cgroups {
    /// How long what was found is not looked for again.
    const FRESH: Duration = Duration::from_secs(1);
    const DEPTH: usize = 32;

    /// Path of the group of that inode. Groups come and go: what is not known is looked for, but not at every call.
    fn path(&mut self, inode: u64) -> Option<String> {
        let known = self.paths.get(&inode).filter(|path| inode_of(path) == Some(inode));
        if known.is_none() && self.read.is_none_or(|read| read.elapsed() >= Self::FRESH) {
            self.paths.clear();
            self.walk(Path::new(CGROUPS), 0);
            self.read = Some(Instant::now());
        }
        self.paths.get(&inode).map(ToString::to_string)
    }

    fn walk(&mut self, directory: &Path, depth: usize) {
        for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
            let path = entry.path();
            let name = path.strip_prefix(CGROUPS).ok().and_then(Path::to_str);
            let (Some(name), Ok(meta)) = (name, entry.metadata()) else { continue };
            if meta.is_dir() {
                self.paths.insert(meta.ino(), name.into());
                if depth < Self::DEPTH {
                    self.walk(&path, depth + 1);
                }
            }
        }
    }
}

/// The number of a control group.
fn inode_of(path: &str) -> Option<u64> {
    fs::metadata(Path::new(CGROUPS).join(path.trim_start_matches('/'))).ok().map(|meta| meta.ino())
}

impl Environment for SystemEnvironment {
    fn number(&self, database: Database, name: &str) -> Option<u64> {
        match database {
            Database::Interface => rustix::net::netdevice::name_to_index(&self.socket, name).ok().map(u64::from),
            Database::Cgroup => inode_of(name),
            _ => self.table(database)?.numbers.get(name).copied(),
        }
    }

    fn name(&self, database: Database, number: u64) -> Option<String> {
        match database {
            Database::Interface => rustix::net::netdevice::index_to_name(&self.socket, u32::try_from(number).ok()?).ok(),
            Database::Cgroup => self.cgroups.borrow_mut().path(number),
            _ => self.table(database)?.names.get(&number).map(|name| name.to_string()),
        }
    }

    fn host(&self, name: &str) -> Vec<IpAddr> {
        (name, 0).to_socket_addrs().map_or_else(
            |_| Vec::new(),
            |addresses| {
                let mut found: Vec<IpAddr> = addresses.map(|address| address.ip()).collect();
                found.dedup();
                found
            },
        )
    }

    fn utc_offset(&self, time: i64) -> i64 {
        socket::utc_offset(time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files() {
        let names = Names::read("# marks\n0x10 vpn\n7\tlan # home\nbroken\n", Format::NumberName);
        assert_eq!(names.numbers.get("vpn"), Some(&16));
        assert_eq!(names.names.get(&7).map(|name| &**name), Some("lan"));
        let users = Names::read("root:x:0:0:root:/root:/bin/sh\n", Format::Colons);
        assert_eq!(users.numbers.get("root"), Some(&0));
        let services = Names::read("http 80/tcp www\nhttp 80/udp\n", Format::NameNumber);
        assert_eq!(services.numbers.get("http"), Some(&80));
    }
}
