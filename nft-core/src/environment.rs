//! What only the machine knows: the names behind interface indexes, users, marks and the like.

/// The database that a name is looked up in.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Database {
    /// Network interfaces, in the namespace that the ruleset goes to.
    Interface,
    /// Users: `/etc/passwd`.
    User,
    /// Groups: `/etc/group`.
    Group,
    /// Packet marks: `rt_marks` of iproute2.
    Mark,
    /// Routing realms: `rt_realms` of iproute2.
    Realm,
    /// Groups of interfaces: `group` of iproute2.
    DeviceGroup,
    /// Labels of connections: `/etc/connlabel.conf`.
    Label,
    /// Control groups: paths below `/sys/fs/cgroup`.
    Cgroup,
    /// Service names that the built-in table lacks: `/etc/services`.
    Service,
    /// Protocol names that the built-in table lacks: `/etc/protocols`.
    Protocol,
}

/// What evaluate and the printer ask of the machine. Every answer defaults to "not known".
pub trait Environment {
    /// The number behind a name.
    fn number(&self, database: Database, name: &str) -> Option<u64> {
        let _ = (database, name);
        None
    }

    /// The name of a number.
    fn name(&self, database: Database, number: u64) -> Option<String> {
        let _ = (database, number);
        None
    }

    /// The addresses of a host name.
    fn host(&self, name: &str) -> Vec<std::net::IpAddr> {
        let _ = name;
        Vec::new()
    }

    /// How many seconds local time is ahead of UTC at that time (seconds since 1970).
    fn utc_offset(&self, time: i64) -> i64 {
        let _ = time;
        0
    }
}

/// No machine: nothing is known, local time is UTC.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "has no content")]
pub struct NoEnvironment;

impl Environment for NoEnvironment {}

impl<E: Environment + ?Sized> Environment for &E {
    fn number(&self, database: Database, name: &str) -> Option<u64> {
        (**self).number(database, name)
    }

    fn name(&self, database: Database, number: u64) -> Option<String> {
        (**self).name(database, number)
    }

    fn host(&self, name: &str) -> Vec<std::net::IpAddr> {
        (**self).host(name)
    }

    fn utc_offset(&self, time: i64) -> i64 {
        (**self).utc_offset(time)
    }
}
