//! Events as an asynchronous stream, for whatever the kernel reports unasked: one wrapper over any source of events.
//!
//! **Invariant:** this is the only file that knows the reactor; a source only says whether there is an event now.

use std::os::fd::{AsFd, OwnedFd};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use tokio::io::unix::AsyncFd;

use super::namespace::system;
use super::socket;
use crate::error::Error;

/// What events come from: something with a descriptor that becomes readable when there is one.
pub trait Source: AsFd {
    /// An event, or what went wrong.
    type Event;

    /// The next event if there is one now. It never waits; after `None` the descriptor becomes readable when there is one.
    fn now(&mut self) -> Option<Self::Event>;

    /// Whether there will be no more events.
    fn ended(&self) -> bool {
        false
    }
}

/// The events of a source as a [`Stream`], on tokio's reactor (feature `tokio`).
///
/// Nothing is lost when a wait is given up, nor by [`EventStream::into_source`].
#[derive(Debug)]
pub struct EventStream<S> {
    source: S,
    /// A duplicate of the source's descriptor, so that it stays open as long as it is watched.
    watch: AsyncFd<OwnedFd>,
}

impl<S: Source> EventStream<S> {
    /// Watches a source.
    ///
    /// # Errors
    ///
    /// If the descriptor cannot be duplicated or the reactor does not take it.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime with its reactor enabled, as everything that waits on one.
    pub fn new(source: S) -> Result<Self, Error> {
        let descriptor = source.as_fd().try_clone_to_owned();
        let watch =
            descriptor.and_then(socket::watch).map_err(|error| system("the reactor does not take the socket", error))?;
        Ok(Self { source, watch })
    }
}

impl<S> EventStream<S> {
    /// The source.
    pub const fn source(&self) -> &S {
        &self.source
    }

    /// The source, to be changed.
    pub const fn source_mut(&mut self) -> &mut S {
        &mut self.source
    }

    /// The source, no longer watched.
    pub fn into_source(self) -> S {
        self.source
    }
}

impl<S: Source + Unpin> Stream for EventStream<S> {
    type Item = S::Event;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<S::Event>> {
        let Self { source, watch } = &mut *self;
        // What the source read before does not make the descriptor readable.
        if let Some(event) = source.now() {
            return Poll::Ready(Some(event));
        }
        while !source.ended() {
            // An error means that the reactor is gone, and its events with it.
            let Ok(mut guard) = ready!(watch.poll_read_ready(context)) else { break };
            // Only what is found empty after it was readable is no longer so.
            if let Some(event) = source.now() {
                return Poll::Ready(Some(event));
            }
            guard.clear_ready();
        }
        Poll::Ready(None)
    }
}
