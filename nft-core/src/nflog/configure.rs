//! Options as the kernel takes them.

use std::ops::RangeInclusive;

use super::{CopyMode, Flags, Options};
use crate::error::{Error, ErrorKind};
use crate::uapi::nfnetlink_log::{
    NFULA_CFG_CMD, NFULA_CFG_FLAGS, NFULA_CFG_MODE, NFULA_CFG_NLBUFSIZ, NFULA_CFG_QTHRESH, NFULA_CFG_TIMEOUT, NFULNL_COPY_META,
    NFULNL_COPY_NONE, NFULNL_COPY_PACKET,
};
use crate::wire::Writer;

/// What the kernel may reserve for packets that it sends together, in bytes.
const BATCH_SIZES: RangeInclusive<u32> = 4_096..=131_072;

impl Options {
    /// Refuses what would mean something else to the kernel.
    pub(super) fn check(&self) -> Result<(), Error> {
        if self.copy_mode == CopyMode::Snaplen(0) {
            return Err(Error::new(ErrorKind::Misuse, "a snaplen of 0 would copy whole packets")
                .with_help("CopyMode::Meta copies nothing of them"));
        }
        // The kernel ignores others without a word.
        if self.batch_size.is_some_and(|bytes| !BATCH_SIZES.contains(&bytes)) {
            let (least, most) = BATCH_SIZES.into_inner();
            return Err(Error::new(ErrorKind::Misuse, format!("a batch size must be from {least} to {most} bytes")));
        }
        if self.hundredths().is_none() {
            return Err(Error::new(ErrorKind::Misuse, "the kernel cannot collect packets for more than 11 hours"));
        }
        Ok(())
    }

    /// The time-out in the kernel's unit. Its timer multiplies by up to 1,000 ticks a second, in 32 bits: what would wrap there has none.
    fn hundredths(&self) -> Option<Option<u32>> {
        const LONGEST: u32 = 11 * 3_600 * 100;
        let Some(time_out) = self.time_out else { return Some(None) };
        let hundredths = time_out.as_nanos().div_ceil(10_000_000);
        u32::try_from(hundredths).ok().filter(|&number| number <= LONGEST).map(Some)
    }

    /// Appends every setting, the command before them if there is one: all in one message, so that no packet comes under half of them.
    pub(super) fn write(&self, command: Option<u8>, writer: &mut Writer) {
        if let Some(command) = command {
            writer.u8(NFULA_CFG_CMD, command);
        }
        // The kernel takes a range of 0 as everything.
        let (mode, range) = match self.copy_mode {
            CopyMode::None => (NFULNL_COPY_NONE, 0),
            CopyMode::Meta => (NFULNL_COPY_META, 0),
            CopyMode::Packet => (NFULNL_COPY_PACKET, u32::from(u16::MAX)),
            CopyMode::Snaplen(length) => (NFULNL_COPY_PACKET, u32::from(length)),
        };
        writer.slices(NFULA_CFG_MODE, [&range.to_be_bytes()[..], &[mode, 0]]);
        if let Some(bytes) = self.batch_size {
            writer.u32(NFULA_CFG_NLBUFSIZ, bytes);
        }
        if let Some(Some(hundredths)) = self.hundredths() {
            writer.u32(NFULA_CFG_TIMEOUT, hundredths);
        }
        writer.u32(NFULA_CFG_QTHRESH, self.queue_threshold);
        writer.u16(NFULA_CFG_FLAGS, self.flags.bits());
    }

    pub(super) const fn wants_conntrack(&self) -> bool {
        self.flags.contains(Flags::CONNTRACK)
    }
}
