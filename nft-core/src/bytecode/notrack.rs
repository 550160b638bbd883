//! Exemption from connection tracking.

use crate::wire::attributes;

attributes! {
    /// Leaves the packet untracked.
    pub struct Notrack {}
}
