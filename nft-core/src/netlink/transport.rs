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

    /// Asks for room for that many bytes of what was not received yet, and gives how many there is room for now: more, since the kernel
    /// counts what it needs itself, or less, where the system limits it. A transport without a buffer of its own has all that is asked.
    ///
    /// # Errors
    ///
    /// Those of the socket.
    fn set_receive_buffer(&mut self, bytes: usize) -> io::Result<usize> {
        Ok(bytes)
    }

    /// The port of the socket, by which the kernel tells owners of tables; nothing if there is none.
    fn port(&self) -> Option<u32> {
        None
    }
}

impl<T: Transport + ?Sized> Transport for Box<T> {
    fn send(&mut self, messages: &[u8]) -> io::Result<()> {
        (**self).send(messages)
    }

    fn receive(&mut self, buffer: &mut [u8], timeout: Duration) -> io::Result<usize> {
        (**self).receive(buffer, timeout)
    }

    fn set_receive_buffer(&mut self, bytes: usize) -> io::Result<usize> {
        (**self).set_receive_buffer(bytes)
    }

    fn port(&self) -> Option<u32> {
        (**self).port()
    }
}
