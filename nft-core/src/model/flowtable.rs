//! Flowtables.

use super::Origin;
use crate::name::{DeviceName, FlowtableName};

/// A flowtable: connections in it bypass the chains (nft manual, "Flowtables").
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Flowtable {
    /// Its name.
    pub name: FlowtableName,
    /// `hook ingress priority 0`: lower runs earlier. Nothing if none is written.
    pub priority: Option<i32>,
    /// `devices = { … }`.
    pub devices: Vec<DeviceName>,
    /// `flags offload`: by the hardware.
    pub offload: bool,
    /// `counter`: packets and bytes are counted.
    pub counter: bool,
    /// The kernel's number, in pulled rulesets. Takes no part in `==`.
    pub handle: Option<u64>,
    /// Where it was written.
    pub origin: Origin,
    /// Attributes of a pulled flowtable that this library does not know, encoded.
    pub unknown: Vec<u8>,
}

impl Flowtable {
    /// A flowtable of that priority, without devices.
    #[must_use]
    pub const fn new(name: FlowtableName, priority: i32) -> Self {
        Self {
            name,
            priority: Some(priority),
            devices: Vec::new(),
            offload: false,
            counter: false,
            handle: None,
            origin: Origin::None,
            unknown: Vec::new(),
        }
    }
}

impl PartialEq for Flowtable {
    fn eq(&self, other: &Self) -> bool {
        (&self.name, self.priority, &self.devices, self.offload, self.counter, &self.unknown)
            == (&other.name, other.priority, &other.devices, other.offload, other.counter, &other.unknown)
    }
}

impl Eq for Flowtable {}
