//! A transport with sequence numbers, a buffer and a time-out: one request at a time.

use std::time::Duration;

use super::batch::Batch;
use super::commits::RawMessages;
use super::dump::{self, Ended};
use super::namespace::system;
use super::{Transport, ack};
use crate::error::{Error, ErrorKind};
use crate::message::generation::GenerationMessage;
use crate::uapi::netlink::{NLM_F_ACK, NLM_F_DUMP, NLM_F_REQUEST};
use crate::uapi::nf_tables::NFT_MSG_GETGEN;
use crate::wire::{Attributes, Header, Message, Writer};

/// Bytes of the receive buffer: the kernel fills dumps up to 32 KiB once it has seen a buffer that large.
const BUFFER: usize = 65_536;

/// How long an answer may take if nothing else is said.
const TIMEOUT: Duration = Duration::from_secs(5);

/// How much room an echo needs for each byte of the batch, and in all at least and at most.
const ECHO_ROOM: usize = 16;
const LEAST_ROOM: usize = 4 << 20;
const MOST_ROOM: usize = 1 << 30;

/// One transport, one request at a time.
#[derive(Debug)]
pub(super) struct Link<T> {
    pub(super) transport: T,
    pub(super) timeout: Duration,
    /// What the kernel tells of batches that are sent, if it is wanted.
    pub(super) echo: Option<Echo>,
    sequence: u32,
    buffer: Box<[u8]>,
}

/// What the kernel told of batches.
#[derive(Debug, Default)]
pub(super) struct Echo {
    pub(super) messages: RawMessages,
    /// Whether something of it was lost.
    pub(super) lost: bool,
}

impl<T: Transport> Link<T> {
    pub(super) fn new(transport: T) -> Self {
        // Numbers differ between sockets, so that a stray reply is no answer.
        let seed = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(1, |time| time.subsec_nanos());
        Self { transport, timeout: TIMEOUT, echo: None, sequence: seed | 1, buffer: vec![0; BUFFER].into_boxed_slice() }
    }

    /// A batch with numbers that were not used before.
    pub(super) fn batch(&self, generation: Option<u32>) -> Batch {
        Batch::new(self.sequence, generation)
    }

    /// Sends a batch and waits for the answer.
    pub(super) fn commit(&mut self, batch: &mut Batch, commit: bool) -> Result<(), Error> {
        if batch.count() == 0 {
            return Ok(());
        }
        self.sequence = batch.next().wrapping_add(1);
        if self.echo.is_some() {
            batch.echo();
        }
        let bytes = batch.finish(commit)?;
        if self.echo.is_some() {
            // Each element of a batch is told in a message of its own, and the kernel counts its own overhead too.
            let room = bytes.len().saturating_mul(ECHO_ROOM).clamp(LEAST_ROOM, MOST_ROOM);
            self.transport.set_receive_buffer(room).map_err(|error| system("there is no room for the echo", error))?;
        }
        self.transport.send(bytes).map_err(|error| system("the batch could not be sent", error))?;
        let Self { transport, buffer, timeout, echo, .. } = self;
        let mut other = |message: &Message<'_>| {
            if let Some(echo) = echo.as_mut() {
                echo.messages.push_message(message);
            }
        };
        let lost = ack::settle(transport, batch, buffer, *timeout, &mut other)?;
        if let Some(echo) = &mut self.echo {
            echo.lost |= lost;
        }
        Ok(())
    }

    /// Asks for a list and gives each message of the answer to `each`. `generation` is that of the first message of all.
    pub(super) fn dump(
        &mut self,
        message: u8,
        family: u8,
        generation: &mut Option<u16>,
        attributes: impl FnOnce(&mut Writer),
        each: &mut dyn FnMut(&Message<'_>) -> Result<(), Error>,
    ) -> Result<Ended, Error> {
        let sequence = self.ask(message, family, attributes)?;
        self.answers(sequence, generation, each)
    }

    /// Takes a snapshot of several lists until all are of one generation; `take` gives nothing where one was torn.
    pub(super) fn snapshot<S>(
        &mut self,
        mut take: impl FnMut(&mut Self, u32) -> Result<Option<S>, Error>,
    ) -> Result<(S, u32), Error> {
        for attempt in 0..dump::ATTEMPTS {
            dump::pause(attempt);
            let generation = self.generation()?;
            match take(self, generation) {
                Ok(Some(taken)) if self.generation()? == generation => return Ok((taken, generation)),
                Ok(_) => {}
                // What one list named may be gone when it is asked for: `ENOENT` for the elements of a set, for instance.
                Err(error) if error.kind() == ErrorKind::Kernel && self.generation()? != generation => {}
                Err(error) => return Err(error),
            }
        }
        Err(dump::torn())
    }

    /// Asks for a list until it comes whole; `fresh` is what the messages of each attempt are added to.
    pub(super) fn whole<S>(
        &mut self,
        message: u8,
        family: u8,
        attributes: impl Fn(&mut Writer),
        fresh: impl Fn() -> S,
        each: impl Fn(&mut S, &Message<'_>) -> Result<(), Error>,
    ) -> Result<S, Error> {
        for attempt in 0..dump::ATTEMPTS {
            dump::pause(attempt);
            let mut found = fresh();
            let ended = self.dump(message, family, &mut None, &attributes, &mut |message| each(&mut found, message))?;
            if ended == Ended::Complete {
                return Ok(found);
            }
        }
        Err(dump::torn())
    }

    /// Asks for a list.
    pub(super) fn ask(&mut self, message: u8, family: u8, attributes: impl FnOnce(&mut Writer)) -> Result<u32, Error> {
        self.request(message, NLM_F_DUMP, family, attributes)
    }

    /// Gives each message of the answer to a request to `each`.
    pub(super) fn answers(
        &mut self,
        sequence: u32,
        generation: &mut Option<u16>,
        each: &mut dyn FnMut(&Message<'_>) -> Result<(), Error>,
    ) -> Result<Ended, Error> {
        dump::receive(&mut self.transport, sequence, generation, &mut self.buffer, self.timeout, each)
    }

    /// Asks for one thing; the answer is one message, and an acknowledgement that is an error or ends it.
    pub(super) fn get(
        &mut self,
        message: u8,
        family: u8,
        attributes: impl FnOnce(&mut Writer),
        each: &mut dyn FnMut(&Message<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let sequence = self.request(message, NLM_F_ACK, family, attributes)?;
        // One object cannot be torn: the flag is that of lists.
        let _whole = dump::receive(&mut self.transport, sequence, &mut None, &mut self.buffer, self.timeout, each)?;
        Ok(())
    }

    /// The current generation.
    pub(super) fn generation(&mut self) -> Result<u32, Error> {
        let mut found = None;
        self.get(NFT_MSG_GETGEN, 0, |_| {}, &mut |message| {
            found = Some(GenerationMessage::decode(message.reader())?.id);
            Ok(())
        })?;
        found.ok_or_else(|| Error::new(ErrorKind::Reply, "the kernel named no generation"))
    }

    fn request(&mut self, message: u8, flags: u16, family: u8, attributes: impl FnOnce(&mut Writer)) -> Result<u32, Error> {
        let sequence = self.sequence;
        self.sequence = sequence.wrapping_add(1);
        let mut writer = Writer::new();
        let header = Header::nftables(message, NLM_F_REQUEST | flags, family).with_sequence(sequence);
        let mark = writer.begin_message(&header);
        attributes(&mut writer);
        writer.end_message(mark);
        let bytes = writer.finish()?;
        self.transport.send(&bytes).map_err(|error| system("the request could not be sent", error))?;
        Ok(sequence)
    }
}
