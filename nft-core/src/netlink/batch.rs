//! Batches: all messages of one transaction, in one buffer.

mod blame;

use crate::error::{Error, ErrorKind};
use crate::model::{KeyField, Origin};
use crate::schema::Family;
use crate::set::Shape;
use crate::uapi::netlink::{NLA_HDRLEN, NLM_F_ACK, NLM_F_ECHO, NLM_F_REQUEST};
use crate::uapi::nf_tables::{
    NFT_MSG_NEWCHAIN, NFT_MSG_NEWFLOWTABLE, NFT_MSG_NEWOBJ, NFT_MSG_NEWRULE, NFT_MSG_NEWSET, NFT_MSG_NEWSETELEM,
    NFT_MSG_NEWTABLE,
};
use crate::uapi::nfnetlink::{NFNL_BATCH_GENID, NFNL_MSG_BATCH_BEGIN, NFNL_MSG_BATCH_END, NFNL_SUBSYS_NFTABLES};
use crate::wire::{self, Header, Messages, Writer};

/// One transaction, growing message by message in one buffer.
#[derive(Debug)]
pub(super) struct Batch {
    writer: Writer,
    first: u32,
    places: Vec<Place>,
    /// For each command, its first message and where it was written.
    commands: Vec<(usize, Origin)>,
    /// Of sets that no message declares, what their keys are and whether those are ranges, by the first message with their elements.
    keys: Vec<(usize, Vec<KeyField>, bool)>,
}

/// Where a message stands and what it was made of: 32 bytes for each rule of a large batch.
#[derive(Clone, Copy, Debug)]
struct Place {
    start: u32,
    rule: u32,
    origin: Origin,
}

/// For messages that are of no rule.
const NO_RULE: u32 = u32::MAX;

/// What a message is of: where it was written and which rule of its chain it is, from 0.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Subject {
    pub(super) origin: Origin,
    pub(super) rule: Option<usize>,
}

impl Batch {
    /// Opens a batch; its own messages and all others are numbered from `first`. With a generation, the kernel refuses it when another
    /// one is the current (`NFNL_BATCH_GENID`; 0, which is no generation, stands for any).
    pub(super) fn new(first: u32, generation: Option<u32>) -> Self {
        let mut batch = Self { writer: Writer::new(), first, places: Vec::new(), commands: Vec::new(), keys: Vec::new() };
        let frame = Self::frame(NFNL_MSG_BATCH_BEGIN, first);
        let mark = batch.writer.begin_message(&frame);
        batch.writer.u32(NFNL_BATCH_GENID, generation.unwrap_or(0));
        batch.writer.end_message(mark);
        batch
    }

    /// Says afterwards which generation the batch was made for.
    pub(super) fn require(&mut self, generation: u32) {
        self.writer.set_u32(Header::SIZE + NLA_HDRLEN, generation);
    }

    fn frame(kind: u16, sequence: u32) -> Header {
        let flags = NLM_F_REQUEST;
        Header { kind, flags, sequence, port: 0, family: 0, resource: u16::from(NFNL_SUBSYS_NFTABLES) }
    }

    /// Appends a message whose attributes `body` writes.
    ///
    /// # Errors
    ///
    /// What does not fit into its attributes, with its place.
    pub(super) fn message(
        &mut self,
        message: u8,
        flags: u16,
        family: Family,
        subject: Subject,
        body: impl FnOnce(&mut Writer) -> Result<(), wire::Error>,
    ) -> Result<(), Error> {
        self.message_of(message, flags, family.number(), subject, body)
    }

    /// The same for a family by its number; 0 stands for all.
    pub(super) fn message_of(
        &mut self,
        message: u8,
        flags: u16,
        family: u8,
        subject: Subject,
        body: impl FnOnce(&mut Writer) -> Result<(), wire::Error>,
    ) -> Result<(), Error> {
        let start = u32::try_from(self.writer.len())
            .map_err(|_| Error::new(ErrorKind::Unsupported, "a batch of 4 GiB or more cannot be sent"))?;
        let rule = subject.rule.and_then(|rule| u32::try_from(rule).ok()).unwrap_or(NO_RULE);
        self.places.push(Place { start, rule, origin: subject.origin });
        let sequence = self.next().wrapping_sub(1);
        let header = Header::nftables(message, NLM_F_REQUEST | flags, family).with_sequence(sequence);
        let mark = self.writer.begin_message(&header);
        let written = body(&mut self.writer);
        self.writer.end_message(mark);
        let index = self.places.len() - 1;
        written.and_then(|()| self.writer.check()).map_err(|error| {
            let refused = Error::source_text(error.to_string()).with_source(error);
            self.locate(index, None, refused)
        })
    }

    /// Appends messages that somebody else writes, numbered on from that of the header; gives what went wrong with its place.
    pub(super) fn messages(
        &mut self,
        message: u8,
        flags: u16,
        family: Family,
        subject: Subject,
        body: impl FnOnce(&Header, &mut Writer) -> Result<u32, Error>,
    ) -> Result<(), Error> {
        let start = self.writer.len();
        let header = Header::nftables(message, NLM_F_REQUEST | flags, family.number()).with_sequence(self.next());
        let written = body(&header, &mut self.writer);
        let rule = subject.rule.and_then(|rule| u32::try_from(rule).ok()).unwrap_or(NO_RULE);
        let mut at = start;
        for message in Messages::new(self.writer.as_bytes().get(start..).unwrap_or_default()).map_while(Result::ok) {
            let place =
                u32::try_from(at).map_err(|_| Error::new(ErrorKind::Unsupported, "a batch of 4 GiB or more cannot be sent"))?;
            self.places.push(Place { start: place, rule, origin: subject.origin });
            at += (message.body.len() + Header::SIZE).next_multiple_of(4);
        }
        written.map(|_| ())
    }

    /// The messages that follow are of a command that was written there.
    pub(super) fn begin_command(&mut self, origin: Origin) {
        if matches!(origin, Origin::None) && self.commands.last().is_none_or(|(_, last)| matches!(last, Origin::None)) {
            return;
        }
        self.commands.push((self.places.len(), origin));
    }

    /// The elements that follow have such keys.
    pub(super) fn keys(&mut self, shape: &Shape) {
        self.keys.push((self.places.len(), shape.key.clone(), shape.interval));
    }

    /// Number of the operations.
    pub(super) const fn count(&self) -> usize {
        self.places.len()
    }

    /// The sequence number after the last one that is used.
    pub(super) fn next(&self) -> u32 {
        let used = u32::try_from(self.places.len()).unwrap_or(u32::MAX);
        self.first.wrapping_add(used).wrapping_add(1)
    }

    /// Sequence number of the head, under which the kernel reports what concerns the whole batch.
    pub(super) const fn head(&self) -> u32 {
        self.first
    }

    /// Sequence number of the last operation, which alone is acknowledged.
    pub(super) fn last(&self) -> u32 {
        self.next().wrapping_sub(1)
    }

    /// Asks to be told of what is added, as others are.
    pub(super) fn echo(&mut self) {
        for place in &self.places {
            let start = usize::try_from(place.start).unwrap_or(usize::MAX);
            let rest = self.writer.as_bytes().get(start..).unwrap_or_default();
            let added = Messages::new(rest).next().and_then(Result::ok).is_some_and(|message| {
                matches!(
                    message.header.message(),
                    NFT_MSG_NEWTABLE
                        | NFT_MSG_NEWCHAIN
                        | NFT_MSG_NEWRULE
                        | NFT_MSG_NEWSET
                        | NFT_MSG_NEWSETELEM
                        | NFT_MSG_NEWOBJ
                        | NFT_MSG_NEWFLOWTABLE
                )
            });
            if added {
                self.writer.add_flags(start, NLM_F_ECHO);
            }
        }
    }

    /// Asks for the acknowledgement and closes the batch. A batch that is not closed is checked and not committed.
    pub(super) fn finish(&mut self, commit: bool) -> Result<&[u8], Error> {
        self.writer.check()?;
        if let Some(place) = self.places.last() {
            self.writer.add_flags(usize::try_from(place.start).unwrap_or(usize::MAX), NLM_F_ACK);
        }
        if commit {
            let frame = Self::frame(NFNL_MSG_BATCH_END, self.next());
            let mark = self.writer.begin_message(&frame);
            self.writer.end_message(mark);
        }
        Ok(self.writer.as_bytes())
    }
}
