//! Hooks: where a base chain is attached; and the types of base chains.

use super::family::Family;

/// A place in the network stack where packets pass the chains that are attached.
///
/// Kernel name: `enum nf_inet_hooks`, `enum nf_dev_hooks`, `NF_ARP_*`.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Hook {
    /// `prerouting`: what came in, before its route is known.
    Prerouting,
    /// `input`: what is for this machine.
    Input,
    /// `forward`: what is for others.
    Forward,
    /// `output`: what this machine sends.
    Output,
    /// `postrouting`: what goes out.
    Postrouting,
    /// `ingress`: what a device received.
    Ingress,
    /// `egress`: what a device is about to send.
    Egress,
}

/// What a base chain does.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum ChainType {
    /// `filter`: anything.
    Filter,
    /// `nat`: sees the first packet of each connection.
    Nat,
    /// `route`: a packet that was changed is routed anew.
    Route,
}

impl Hook {
    /// Every hook.
    #[must_use]
    pub const fn all() -> &'static [Self] {
        &[Self::Prerouting, Self::Input, Self::Forward, Self::Output, Self::Postrouting, Self::Ingress, Self::Egress]
    }

    /// The hooks of a family, in the order of the kernel's numbers. (`forward` of `arp` is read by nft and refused by the kernel.)
    #[must_use]
    pub const fn of(family: Family) -> &'static [(Self, u32)] {
        match family {
            Family::Ip | Family::Ip6 | Family::Bridge => {
                &[(Self::Prerouting, 0), (Self::Input, 1), (Self::Forward, 2), (Self::Output, 3), (Self::Postrouting, 4)]
            }
            Family::Inet => &[
                (Self::Prerouting, 0),
                (Self::Input, 1),
                (Self::Forward, 2),
                (Self::Output, 3),
                (Self::Postrouting, 4),
                (Self::Ingress, 5),
            ],
            Family::Arp => &[(Self::Input, 0), (Self::Output, 1), (Self::Forward, 2)],
            Family::Netdev => &[(Self::Ingress, 0), (Self::Egress, 1)],
        }
    }

    /// The word in the language.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Prerouting => "prerouting",
            Self::Input => "input",
            Self::Forward => "forward",
            Self::Output => "output",
            Self::Postrouting => "postrouting",
            Self::Ingress => "ingress",
            Self::Egress => "egress",
        }
    }

    /// The hook of that name, in whatever family.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::all().iter().copied().find(|hook| hook.name() == name)
    }

    /// The kernel's number, if the family has the hook.
    #[must_use]
    pub fn number(self, family: Family) -> Option<u32> {
        Self::of(family).iter().find(|(hook, _)| *hook == self).map(|(_, number)| *number)
    }

    /// The hook with the kernel's number.
    #[must_use]
    pub fn by_number(family: Family, number: u32) -> Option<Self> {
        Self::of(family).iter().find(|(_, candidate)| *candidate == number).map(|(hook, _)| *hook)
    }

    /// Whether chains at this hook of the family belong to devices.
    #[must_use]
    pub const fn takes_devices(self, family: Family) -> bool {
        matches!((family, self), (Family::Netdev, _) | (Family::Inet, Self::Ingress))
    }
}

impl ChainType {
    /// Every type.
    #[must_use]
    pub const fn all() -> &'static [Self] {
        &[Self::Filter, Self::Nat, Self::Route]
    }

    /// The word in the language, which is the kernel's.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Filter => "filter",
            Self::Nat => "nat",
            Self::Route => "route",
        }
    }

    /// The type of that name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::all().iter().copied().find(|ty| ty.name() == name)
    }

    /// Whether the kernel has the type at that hook.
    #[must_use]
    pub fn is_allowed(self, family: Family, hook: Hook) -> bool {
        if hook.number(family).is_none() {
            return false;
        }
        match self {
            Self::Filter => true,
            Self::Nat => {
                matches!(family, Family::Ip | Family::Ip6 | Family::Inet)
                    && matches!(hook, Hook::Prerouting | Hook::Input | Hook::Output | Hook::Postrouting)
            }
            Self::Route => matches!(family, Family::Ip | Family::Ip6 | Family::Inet) && hook == Hook::Output,
        }
    }
}

/// The priorities at or below this one are too early for chains of type `nat`.
pub const NAT_PRIORITY_FLOOR: i32 = -200;

impl std::fmt::Display for Hook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl std::fmt::Display for ChainType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
