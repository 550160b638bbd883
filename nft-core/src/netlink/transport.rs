//! What the engine needs of a socket.

use std::io;
use std::time::Duration;

/// Sends messages to nf_tables and receives its replies. All input and output of the engine goes through it.
///
/// [`Socket`](super::Socket) is the real one, [`Recorder`](super::Recorder) a stand-in for tests.
pub trait Transport {
    /// Sends these messages at once: a batch is never split.
    ///
    /// # Errors
    ///
    /// Those of the socket.
    fn send(&mut self, messages: &[u8]) -> io::Result<()>;

    /// Waits for a datagram, at most that long, and gives its length.
    ///
    /// # Errors
    ///
    /// Those of the socket; [`io::ErrorKind::TimedOut`] if nothing came, [`io::ErrorKind::InvalidData`] if the buffer is too small for it.
    fn receive(&mut self, buffer: &mut [u8], timeout: Duration) -> io::Result<usize>;
}

impl<T: Transport + ?Sized> Transport for Box<T> {
    fn send(&mut self, messages: &[u8]) -> io::Result<()> {
        (**self).send(messages)
    }

    fn receive(&mut self, buffer: &mut [u8], timeout: Duration) -> io::Result<usize> {
        (**self).receive(buffer, timeout)
    }
}
