//! The engine: rulesets to the kernel and back, over one netlink socket.
//!
//! [`Nfnl`] owns a socket in one network namespace. [`push`](Nfnl::push) and [`apply`](Nfnl::apply) send one atomic batch each,
//! [`pull`](Nfnl::pull) gives the kernel's ruleset as a value. Waiting is bounded by [`Nfnl::set_timeout`].
//!
//! **Invariant:** every socket operation goes through [`Transport`]; unsafe code is in `socket.rs` alone.

mod ack;
mod batch;
mod command;
mod commits;
mod desired;
mod dump;
mod elements;
mod environment;
mod event;
#[cfg(test)]
mod faults;
mod get;
mod inline;
mod known;
mod link;
mod mirror;
mod monitor;
pub(crate) mod namespace;
mod patch;
mod pull;
mod reconcile;
#[cfg(feature = "reconciler")]
pub mod reconciler;
mod recorder;
mod rule;
mod set;
mod snapshot;
mod socket;
mod state;
#[cfg(feature = "tokio")]
mod stream;
mod trace;
mod transport;

pub use commits::{Commits, Heard, RawCommit, RawMessages, Subscription};
pub use environment::SystemEnvironment;
pub use event::{Commit, Deleted, Entity, Event, Grain, How, Place, UnknownEvent};
pub use known::Known;
pub use mirror::Mirror;
pub use monitor::{Monitor, Notice};
pub use namespace::NetNs;
pub use pull::Filter;
pub use reconcile::{Outcome, Reconcile};
pub use recorder::{Recorder, Replies};
pub use socket::Socket;
#[cfg(feature = "tokio")]
pub use stream::{EventStream, Source};
pub use trace::{Step, TraceEvent};
pub use transport::Transport;

use std::os::fd::OwnedFd;
use std::time::Duration;

use rustix::io::Errno;

use batch::{Batch, Subject};
use command::{Builder, Mode};
use link::Link;

use crate::diff::Patch;
use crate::environment::{Environment, NoEnvironment};
use crate::error::{Error, ErrorKind};
use crate::model::{Command, Elements, ListTarget, Ruleset, Scope, Set, Table, TableFlags};
use crate::name::{SetName, TableName};
use crate::schema::Family;
use crate::uapi::nf_tables::{NFT_MSG_DESTROYTABLE, NFTA_TABLE_NAME};

/// A connection to nf_tables in one network namespace.
pub struct Nfnl<T = Socket> {
    link: Link<T>,
    environment: Box<dyn Environment + Send>,
    destroy: Option<bool>,
}

impl Nfnl<Socket> {
    /// Opens a socket in a network namespace. The calling thread stays in its own.
    ///
    /// # Errors
    ///
    /// If the namespace is not there or may not be entered.
    pub fn open(namespace: NetNs) -> Result<Self, Error> {
        Self::with_socket(namespace.open()?)
    }

    /// Takes a socket of `NETLINK_NETFILTER` that was opened elsewhere: a child in user and network namespaces of its own can open one
    /// and hand it over, where this process could not follow it.
    ///
    /// # Errors
    ///
    /// If it is another kind of socket.
    pub fn from_socket(socket: OwnedFd) -> Result<Self, Error> {
        let socket = Socket::adopt(socket).map_err(|error| namespace::system("the socket cannot be used", error))?;
        Self::with_socket(socket)
    }

    fn with_socket(socket: Socket) -> Result<Self, Error> {
        let environment = SystemEnvironment::of_socket(&socket)?;
        Ok(Self::with_transport(socket).with_environment(environment))
    }
}

impl<T: Transport> Nfnl<T> {
    /// Works over another transport; no machine is known.
    #[must_use]
    pub fn with_transport(transport: T) -> Self {
        Self { link: Link::new(transport), environment: Box::new(NoEnvironment), destroy: None }
    }

    /// The same with another machine: what names of interfaces, users and the like stand for.
    #[must_use]
    pub fn with_environment(self, environment: impl Environment + Send + 'static) -> Self {
        Self { environment: Box::new(environment), ..self }
    }

    /// Sets how long the kernel may take to answer; 5 seconds if nothing is said.
    pub const fn set_timeout(&mut self, timeout: Duration) {
        self.link.timeout = timeout;
    }

    /// The transport.
    pub const fn transport(&self) -> &T {
        &self.link.transport
    }

    /// What names of interfaces, users and the like stand for.
    #[must_use]
    pub fn environment(&self) -> &dyn Environment {
        &*self.environment
    }

    /// Whether the kernel has nf_tables.
    ///
    /// # Errors
    ///
    /// If it cannot be asked, for instance for want of `CAP_NET_ADMIN` in the namespace.
    pub fn supported(&mut self) -> Result<bool, Error> {
        match self.link.generation() {
            Ok(_) => Ok(true),
            // What a kernel without the subsystem answers.
            Err(error)
                if ack::refused_with(&error, Errno::INVAL)
                    || ack::refused_with(&error, Errno::OPNOTSUPP)
                    || ack::refused_with(&error, Errno::PROTONOSUPPORT) =>
            {
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// The number of the kernel's ruleset: every commit in the namespace makes a new one.
    ///
    /// # Errors
    ///
    /// If the kernel does not answer.
    pub fn generation(&mut self) -> Result<u32, Error> {
        self.link.generation()
    }
}

/// How [`Nfnl::push`] brings a ruleset to the kernel.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Push {
    /// Each table of the ruleset takes the place of the kernel's table of that name, with everything in it: state such as counters is
    /// lost. Tables that the ruleset does not name stay.
    Replace,
    /// Only what differs is changed, in place where the kernel can: rules, elements and objects that stay keep their state. Tables that
    /// the ruleset does not name stay. With the defaults of [`Reconcile`]; [`Nfnl::reconcile`] takes others.
    Reconcile,
}

/// Whom a table belongs to, once [`Nfnl::create_table`] made it.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Ownership {
    /// This connection: nobody else can change the table, and it goes when the connection is dropped (Linux 5.12).
    #[default]
    Owned,
    /// This connection, but the table stays when the connection is dropped, and another may adopt it (Linux 6.9).
    Persistent,
    /// Nobody.
    Shared,
}

impl<T: Transport> Nfnl<T> {
    /// Brings a ruleset to the kernel, in one batch: all of it or nothing.
    ///
    /// # Errors
    ///
    /// What is wrong in the ruleset, before anything is sent; what the kernel refuses, with the object or rule that it refused; what
    /// goes wrong on the way.
    pub fn push(&mut self, ruleset: &Ruleset, push: Push) -> Result<(), Error> {
        self.push_or_check(ruleset, push, true)
    }

    /// Lets the kernel check a ruleset as [`Nfnl::push`] would bring it, and changes nothing.
    ///
    /// # Errors
    ///
    /// As [`Nfnl::push`].
    pub fn check(&mut self, ruleset: &Ruleset, push: Push) -> Result<(), Error> {
        self.push_or_check(ruleset, push, false)
    }

    fn push_or_check(&mut self, ruleset: &Ruleset, push: Push, commit: bool) -> Result<(), Error> {
        match push {
            Push::Replace => {
                let destroy = self.has_destroy()?;
                self.send(commit, |builder| builder.replace(ruleset, destroy))
            }
            Push::Reconcile => {
                let Self { link, environment, .. } = self;
                reconcile::run(link, &**environment, ruleset, &Reconcile::default(), commit).map(|_| ())
            }
        }
    }

    /// Brings the kernel's tables to those of a ruleset, with the least change and in one batch; says what was done.
    ///
    /// Tables, sets and the like that cannot become what is wanted in place go and come in that batch, with the rules that use them. Elements
    /// of dynamic sets stay, and so does whom a table belongs to unless the ruleset asks for an owner.
    ///
    /// # Errors
    ///
    /// As [`Nfnl::push`]; an error with `EPERM` if a table would have to be changed that another socket owns; one with `ERESTART` and the
    /// [generation](Error::generation) if others changed the ruleset during every attempt.
    pub fn reconcile(&mut self, ruleset: &Ruleset, options: &Reconcile) -> Result<Outcome, Error> {
        let Self { link, environment, .. } = self;
        reconcile::run(link, &**environment, ruleset, options, true)
    }

    /// What [`Nfnl::reconcile`] would do now. Nothing is sent but questions.
    ///
    /// # Errors
    ///
    /// As [`Nfnl::reconcile`].
    pub fn plan(&mut self, ruleset: &Ruleset, options: &Reconcile) -> Result<Patch, Error> {
        let Self { link, environment, .. } = self;
        let wanted = reconcile::Wanted::new(ruleset, &**environment)?;
        let snapshot = snapshot::take(link, &|name| wanted.names.contains(name))?;
        wanted.plan(&snapshot, &|_| options.prune, link.transport.port(), &**environment)
    }

    /// Sends a patch, in one batch. The kernel takes one that was made from a pulled ruleset only as long as its ruleset is still the same.
    ///
    /// # Errors
    ///
    /// As [`Nfnl::push`]; an error with `ERESTART` if the ruleset was changed in between.
    pub fn apply_patch(&mut self, patch: &Patch) -> Result<(), Error> {
        let Self { link, environment, .. } = self;
        if reconcile::send(link, &**environment, patch, true)? {
            Ok(())
        } else {
            Err(reconcile::overtaken(1, patch.generation.unwrap_or_default()))
        }
    }

    /// Runs commands, in one batch: all of them or none. Those that only list are refused.
    ///
    /// # Errors
    ///
    /// As [`Nfnl::push`].
    pub fn apply(&mut self, commands: &[Command]) -> Result<(), Error> {
        self.send(true, |builder| builder.commands(commands))
    }

    /// Makes changes and gives what the kernel tells of them, as a [`Monitor`] would: handles, and the generation. Only what is added is
    /// told, not what is deleted.
    ///
    /// ```no_run
    /// # fn run(nfnl: &mut nft_core::netlink::Nfnl, commands: &[nft_core::model::Command]) -> Result<(), nft_core::Error> {
    /// let ((), commits) = nfnl.echo(Default::default(), |nfnl| nfnl.apply(commands))?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of the changes. If only what the kernel told was lost, the changes are made all the same.
    pub fn echo<R>(
        &mut self,
        grain: Grain,
        change: impl FnOnce(&mut Self) -> Result<R, Error>,
    ) -> Result<(R, Vec<Commit>), Error> {
        self.link.echo = Some(link::Echo::default());
        let changed = change(self);
        let heard = self.link.echo.take().unwrap_or_default();
        let changed = changed?;
        if heard.lost {
            let lost = Error::new(ErrorKind::Reply, "what the kernel told of the change was lost");
            return Err(lost.with_help("the change was made"));
        }
        let commits = event::echoed(&heard.messages, grain, &mut self.link)?;
        Ok((changed, commits))
    }

    /// Lets the kernel check commands, and changes nothing.
    ///
    /// # Errors
    ///
    /// As [`Nfnl::push`].
    pub fn check_commands(&mut self, commands: &[Command]) -> Result<(), Error> {
        self.send(false, |builder| builder.commands(commands))
    }

    /// The batch that [`Nfnl::apply`] would send: the bytes of all its messages.
    ///
    /// # Errors
    ///
    /// What is wrong in the commands; what goes wrong when the kernel is asked for the sets that they name.
    pub fn encode(&mut self, commands: &[Command]) -> Result<Vec<u8>, Error> {
        let (mut batch, _) = self.build(|builder| builder.commands(commands))?;
        batch.finish(true).map(<[u8]>::to_vec)
    }

    /// Makes a table that does not exist yet, with everything in it.
    ///
    /// # Errors
    ///
    /// As [`Nfnl::push`]; also if there is such a table.
    pub fn create_table(&mut self, table: &Table, ownership: Ownership) -> Result<(), Error> {
        let mut table = table.clone();
        table.flags |= match ownership {
            Ownership::Owned => TableFlags::OWNER,
            Ownership::Persistent => TableFlags::OWNER | TableFlags::PERSIST,
            Ownership::Shared => TableFlags::empty(),
        };
        self.send(true, |builder| builder.table(&table, Mode::Create))
    }

    /// The kernel's ruleset: of one generation, however many others change it meanwhile.
    ///
    /// # Errors
    ///
    /// If the kernel does not answer, or the ruleset changes all the time.
    pub fn pull(&mut self) -> Result<Ruleset, Error> {
        self.pull_some(&Filter::all())
    }

    /// One table of the kernel's ruleset, if it is there.
    ///
    /// # Errors
    ///
    /// As [`Nfnl::pull`].
    pub fn pull_table(&mut self, family: Family, name: &TableName) -> Result<Option<Table>, Error> {
        self.pull_some(&Filter::table(family, name.clone())).map(|mut ruleset| ruleset.tables.pop())
    }

    /// A part of the kernel's ruleset.
    ///
    /// # Errors
    ///
    /// As [`Nfnl::pull`].
    pub fn pull_some(&mut self, filter: &Filter) -> Result<Ruleset, Error> {
        pull::pull(&mut self.link, filter)
    }

    /// Gives the elements of a set part by part, so that memory does not grow with the set; gives the set itself, without them.
    ///
    /// `each` gets that set and some thousand elements at a time, in the kernel's order from part to part: none for hash sets, downwards for ranges.
    /// An error of `each` is given back once the kernel has listed the rest, which nobody looks at then.
    ///
    /// ```no_run
    /// # fn run(nfnl: &mut nft_core::netlink::Nfnl) -> Result<(), nft_core::Error> {
    /// use nft_core::model::Scope;
    /// use nft_core::name::{SetName, TableName};
    /// use nft_core::schema::Family;
    ///
    /// let scope = Scope::new(Family::Inet, TableName::new("filter")?);
    /// let mut count = 0;
    /// nfnl.each_elements(&scope, &SetName::new("blocked")?, |_, elements| {
    ///     count += elements.len();
    ///     Ok(())
    /// })?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If there is no such set. With `EINTR`, and only at the end, if the ruleset changed meanwhile, or the kernel gave some elements twice or never
    /// since a hash set was growing (which is known by the count that Linux 6.18 gives): what `each` got is of no use then, and the set has to be
    /// read again from its beginning.
    pub fn each_elements(
        &mut self,
        scope: &Scope,
        set: &SetName,
        mut each: impl FnMut(&Set, Elements) -> Result<(), Error>,
    ) -> Result<Set, Error> {
        elements::each(&mut self.link, scope, set, &mut each)
    }

    /// A set with those of its elements that have these keys: `get element`. A key in a range gives the whole range.
    ///
    /// # Errors
    ///
    /// If there is no such set, or it has no such element.
    pub fn get_elements(&mut self, scope: &Scope, set: &SetName, keys: &Elements) -> Result<Set, Error> {
        get::elements(&mut self.link, &*self.environment, scope, set, keys)
    }

    /// Sets to zero what `reset` names, and gives it as it was before: counters and quotas, of rules and elements too.
    ///
    /// State is not part of a commit: what was set to zero stays so if the answer is lost.
    ///
    /// # Errors
    ///
    /// If there is no such thing, or it has no state.
    pub fn reset(&mut self, target: &ListTarget) -> Result<Ruleset, Error> {
        pull::reset::reset(&mut self.link, &*self.environment, target)
    }

    /// What names of sets stand for in the kernel; asked when they are first looked up.
    pub fn declarations(&mut self) -> Known<'_, T> {
        Known::new(&mut self.link)
    }

    /// Builds a batch and sends it, to be committed or only checked. If the kernel was asked for something meanwhile, the batch holds for
    /// the generation of its answers only, and is built anew when another program was faster.
    fn send(&mut self, commit: bool, build: impl Fn(&mut Builder<'_, T>) -> Result<(), Error>) -> Result<(), Error> {
        let mut attempt = 0;
        loop {
            dump::pause(attempt);
            let (mut batch, generation) = self.build(&build)?;
            match self.link.commit(&mut batch, commit) {
                Err(error)
                    if generation.is_some() && ack::refused_with(&error, Errno::RESTART) && attempt + 1 < dump::ATTEMPTS =>
                {
                    attempt += 1
                }
                settled => return settled,
            }
        }
    }

    /// A batch, and the generation that it holds for.
    fn build(&mut self, build: impl FnOnce(&mut Builder<'_, T>) -> Result<(), Error>) -> Result<(Batch, Option<u32>), Error> {
        let batch = self.link.batch(None);
        let mut builder = Builder::new(batch, Known::new(&mut self.link), &*self.environment);
        let built = build(&mut builder);
        // What could not be asked for looked like something that is not there.
        builder.known.check()?;
        built?;
        let generation = builder.known.generation();
        let mut batch = builder.batch;
        if let Some(generation) = generation {
            batch.require(generation);
        }
        Ok((batch, generation))
    }

    /// Whether the kernel can delete what may not be there (Linux 6.3). It is asked once, by a batch that is only checked.
    fn has_destroy(&mut self) -> Result<bool, Error> {
        if let Some(known) = self.destroy {
            return Ok(known);
        }
        let mut batch = self.link.batch(None);
        batch.message(NFT_MSG_DESTROYTABLE, 0, Family::Inet, Subject::default(), |writer| {
            writer.text(NFTA_TABLE_NAME, "nft destroy probe");
            Ok(())
        })?;
        let has = match self.link.commit(&mut batch, false) {
            Ok(()) => true,
            Err(error) if ack::refused_with(&error, Errno::INVAL) || ack::refused_with(&error, Errno::OPNOTSUPP) => false,
            Err(error) => return Err(error),
        };
        self.destroy = Some(has);
        Ok(has)
    }
}

impl<T: std::fmt::Debug> std::fmt::Debug for Nfnl<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Nfnl").field("link", &self.link).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
