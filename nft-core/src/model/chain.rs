//! Chains.

use super::{Origin, Rule};
use crate::name::{ChainName, DeviceName};
use crate::schema::{ChainType, Hook};

/// A chain of rules.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Chain {
    /// Its name.
    pub name: ChainName,
    /// Where it is attached; a regular chain is not.
    pub base: Option<BaseChain>,
    /// `policy drop` of a declaration without `type`: the base chain of this name, which the kernel or an earlier command has, changes
    /// to it. Nothing where there is a `base`, which has a policy of its own, and in pulled chains.
    pub new_policy: Option<Policy>,
    /// Devices that the base chain of that name, which is there, shall have besides its own: `chain c { devices = { eth1 }; }`, in the
    /// family netdev. Of no meaning where [`base`](Self::base) is given.
    pub new_devices: Vec<DeviceName>,
    /// `comment "…"`.
    pub comment: Option<Box<str>>,
    /// The rules, in their order.
    pub rules: Vec<Rule>,
    /// The kernel's number, in pulled rulesets. Takes no part in `==`.
    pub handle: Option<u64>,
    /// Where it was written.
    pub origin: Origin,
    /// Attributes of a pulled chain that this library does not know, encoded.
    pub unknown: Vec<u8>,
}

/// How a base chain is attached.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct BaseChain {
    /// `type filter`.
    pub ty: ChainType,
    /// `hook input`.
    pub hook: Hook,
    /// `priority 0`: lower runs earlier.
    pub priority: i32,
    /// `policy drop`; the kernel takes `accept` if there is none.
    pub policy: Option<Policy>,
    /// `device "eth0"`, `devices = { … }`: for ingress and egress. A name may end in `*`.
    pub devices: Vec<DeviceName>,
    /// `flags offload`.
    pub offload: bool,
}

/// What becomes of packets that come to the end of a base chain.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[expect(clippy::exhaustive_enums, reason = "the kernel has these two")]
pub enum Policy {
    /// `drop`.
    Drop,
    /// `accept`.
    Accept,
}

impl Chain {
    /// An empty regular chain.
    #[must_use]
    pub const fn new(name: ChainName) -> Self {
        Self {
            name,
            base: None,
            new_policy: None,
            new_devices: Vec::new(),
            comment: None,
            rules: Vec::new(),
            handle: None,
            origin: Origin::None,
            unknown: Vec::new(),
        }
    }

    /// An empty base chain.
    #[must_use]
    pub fn attached(name: ChainName, base: BaseChain) -> Self {
        Self { base: Some(base), ..Self::new(name) }
    }
}

impl BaseChain {
    /// Attached there, with the kernel's policy.
    #[must_use]
    pub const fn new(ty: ChainType, hook: Hook, priority: i32) -> Self {
        Self { ty, hook, priority, policy: None, devices: Vec::new(), offload: false }
    }

    /// The same with a policy.
    #[must_use]
    pub fn with_policy(self, policy: Policy) -> Self {
        Self { policy: Some(policy), ..self }
    }

    /// The same on these devices.
    #[must_use]
    pub fn with_devices(self, devices: Vec<DeviceName>) -> Self {
        Self { devices, ..self }
    }
}

impl Policy {
    /// The word in the language.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Drop => "drop",
            Self::Accept => "accept",
        }
    }

    /// The kernel's number.
    #[must_use]
    pub const fn number(self) -> u32 {
        match self {
            Self::Drop => 0,
            Self::Accept => 1,
        }
    }

    /// The policy with the kernel's number.
    #[must_use]
    pub const fn by_number(number: u32) -> Option<Self> {
        Some(match number {
            0 => Self::Drop,
            1 => Self::Accept,
            _ => return None,
        })
    }
}

impl PartialEq for Chain {
    fn eq(&self, other: &Self) -> bool {
        (&self.name, &self.base, self.new_policy, &self.new_devices, &self.comment, &self.rules, &self.unknown)
            == (&other.name, &other.base, other.new_policy, &other.new_devices, &other.comment, &other.rules, &other.unknown)
    }
}

impl Eq for Chain {}
