//! A stand-in for the socket.

use std::collections::VecDeque;
use std::io;
use std::time::Duration;

use super::Transport;
use crate::uapi::netlink::{NLM_F_ACK, NLM_F_DUMP, NLM_F_MULTI, NLMSG_DONE, NLMSG_ERROR};
use crate::uapi::nf_tables::{NFT_MSG_GETGEN, NFT_MSG_NEWGEN, NFTA_GEN_ID};
use crate::wire::{Header, Message, Messages, Writer};

/// Answers of a [`Recorder`] to one sending: datagrams and errors of the socket, in the order in which they are received.
pub type Replies = Vec<io::Result<Vec<u8>>>;

/// A transport that keeps what is sent and answers by a function.
pub struct Recorder {
    sent: Vec<Vec<u8>>,
    queue: VecDeque<io::Result<Vec<u8>>>,
    #[expect(clippy::type_complexity, reason = "said once")]
    answer: Box<dyn FnMut(&[u8]) -> Replies + Send>,
}

impl Recorder {
    /// Answers by that function: it gets what was sent.
    #[must_use]
    pub fn new(answer: impl FnMut(&[u8]) -> Replies + Send + 'static) -> Self {
        Self { sent: Vec::new(), queue: VecDeque::new(), answer: Box::new(answer) }
    }

    /// Takes every batch, and has an empty ruleset.
    #[must_use]
    pub fn accepting() -> Self {
        Self::new(accept)
    }

    /// Has these to be received, without having been asked.
    #[must_use]
    pub fn with_unasked(self, datagrams: impl IntoIterator<Item = io::Result<Vec<u8>>>) -> Self {
        let mut queue = self.queue;
        queue.extend(datagrams);
        Self { queue, ..self }
    }

    /// What was sent so far.
    #[must_use]
    pub fn sent(&self) -> &[Vec<u8>] {
        &self.sent
    }

    /// A message of the netlink layer with that body.
    #[must_use]
    pub fn control(kind: u16, flags: u16, sequence: u32, body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(body.len().saturating_add(16)).unwrap_or(u32::MAX);
        let mut bytes = length.to_ne_bytes().to_vec();
        bytes.extend_from_slice(&kind.to_ne_bytes());
        bytes.extend_from_slice(&flags.to_ne_bytes());
        bytes.extend_from_slice(&sequence.to_ne_bytes());
        bytes.extend_from_slice(&[0; 4]);
        bytes.extend_from_slice(body);
        bytes
    }

    /// An acknowledgement: 0, or an error number.
    #[must_use]
    pub fn acknowledge(sequence: u32, errno: i32) -> Vec<u8> {
        let mut body = errno.saturating_neg().to_ne_bytes().to_vec();
        body.resize(20, 0);
        Self::control(NLMSG_ERROR, 0, sequence, &body)
    }
}

fn accept(sent: &[u8]) -> Replies {
    let mut replies = Replies::new();
    for Message { header, .. } in Messages::new(sent).map_while(Result::ok) {
        if header.flags & NLM_F_DUMP == NLM_F_DUMP && header.flags & NLM_F_ACK == 0 && header.sequence != 0 && is_get(&header) {
            replies.push(Ok(Recorder::control(NLMSG_DONE, NLM_F_MULTI, header.sequence, &[0; 4])));
        } else if header.message() == NFT_MSG_GETGEN && header.subsystem() != 0 {
            let mut writer = Writer::new();
            let mark = writer.begin_message(&Header::nftables(NFT_MSG_NEWGEN, 0, 0).with_sequence(header.sequence));
            writer.u32(NFTA_GEN_ID, 1);
            writer.end_message(mark);
            replies.push(Ok(writer.as_bytes().to_vec()));
            replies.push(Ok(Recorder::acknowledge(header.sequence, 0)));
        } else if header.flags & NLM_F_ACK != 0 {
            replies.push(Ok(Recorder::acknowledge(header.sequence, 0)));
        }
    }
    replies
}

/// The requests for dumps; in others the same bits mean other things.
const fn is_get(header: &Header) -> bool {
    use crate::uapi::nf_tables::{
        NFT_MSG_GETCHAIN, NFT_MSG_GETFLOWTABLE, NFT_MSG_GETOBJ, NFT_MSG_GETRULE, NFT_MSG_GETSET, NFT_MSG_GETSETELEM,
        NFT_MSG_GETTABLE,
    };
    matches!(
        header.message(),
        NFT_MSG_GETTABLE
            | NFT_MSG_GETCHAIN
            | NFT_MSG_GETRULE
            | NFT_MSG_GETSET
            | NFT_MSG_GETSETELEM
            | NFT_MSG_GETOBJ
            | NFT_MSG_GETFLOWTABLE
    )
}

impl Transport for Recorder {
    fn send(&mut self, messages: &[u8]) -> io::Result<()> {
        self.sent.push(messages.to_vec());
        self.queue.extend((self.answer)(messages));
        Ok(())
    }

    fn receive(&mut self, buffer: &mut [u8], _: Duration) -> io::Result<usize> {
        let reply = self.queue.pop_front().ok_or(io::ErrorKind::TimedOut)??;
        let place = buffer.get_mut(..reply.len()).ok_or(io::ErrorKind::InvalidData)?;
        place.copy_from_slice(&reply);
        Ok(reply.len())
    }
}

impl std::fmt::Debug for Recorder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recorder").field("sent", &self.sent.len()).field("queued", &self.queue.len()).finish_non_exhaustive()
    }
}
