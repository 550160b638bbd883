//! Reconciliation: the kernel's tables become those of a ruleset, with the least change.
//!
//! The tables that the ruleset names are read at one generation and compared in kernel form; what differs goes out as one batch that the
//! kernel takes only if its ruleset is still of that generation. If another program was faster, it begins again.

use std::borrow::Cow;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::{Duration, Instant};

use super::Transport;
use super::command::Builder;
use super::known::Known;
use super::link::Link;
use super::snapshot::{self, Name, Snapshot};
use crate::diff::image::{Image, Maker};
use crate::diff::{self, Patch};
use crate::environment::Environment;
use crate::error::{Error, ErrorKind};
use crate::model::{Rule, Ruleset, Table};

/// How a reconciliation goes about it.
///
/// ```
/// use std::time::Duration;
/// use nft_core::netlink::Reconcile;
///
/// let options = Reconcile::new().with_prune().with_attempts(50).with_backoff(Duration::from_millis(2), Duration::from_millis(200));
/// assert!(options.prune && !options.verify);
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Reconcile {
    /// Whether tables that the ruleset does not name go. Tables that another socket owns stay. Not if nothing is said.
    pub prune: bool,
    /// How often the kernel's tables are read and changed while others change the ruleset in between; 20 if nothing is said, at least once.
    pub attempts: u32,
    /// How long the first pause between two attempts is at most; each further one is twice as long. A pause is of random length. 1 ms if
    /// nothing is said.
    pub backoff: Duration,
    /// How long a pause is at most; 100 ms if nothing is said.
    pub longest_backoff: Duration,
    /// Whether the tables are read again afterwards, to see what still differs: on old kernels, what they ignore.
    pub verify: bool,
}

impl Default for Reconcile {
    fn default() -> Self {
        Self {
            prune: false,
            attempts: 20,
            backoff: Duration::from_millis(1),
            longest_backoff: Duration::from_millis(100),
            verify: false,
        }
    }
}

impl Reconcile {
    /// The defaults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same, and other tables go.
    #[must_use]
    pub const fn with_prune(self) -> Self {
        Self { prune: true, ..self }
    }

    /// The same with so many attempts.
    #[must_use]
    pub const fn with_attempts(self, attempts: u32) -> Self {
        Self { attempts, ..self }
    }

    /// The same with pauses of up to that length, at first and at most.
    #[must_use]
    pub const fn with_backoff(self, first: Duration, longest: Duration) -> Self {
        Self { backoff: first, longest_backoff: longest, ..self }
    }

    /// The same, and what was done is verified.
    #[must_use]
    pub const fn with_verify(self) -> Self {
        Self { verify: true, ..self }
    }

    /// Waits before the attempt of that number, from 1.
    pub(super) fn wait(&self, attempt: u32) {
        // A random part of it, so that two who collided do not collide again.
        std::thread::sleep(doubled(self.backoff, self.longest_backoff, attempt).mul_f64(random_part()));
    }

    /// The same, as long as `go_on` says so; whether it still does.
    pub(super) fn wait_while(&self, attempt: u32, go_on: &dyn Fn() -> bool) -> bool {
        let end = Instant::now().checked_add(doubled(self.backoff, self.longest_backoff, attempt).mul_f64(random_part()));
        while go_on() {
            let left = end.map_or(STEP, |end| end.saturating_duration_since(Instant::now()));
            if left.is_zero() {
                return true;
            }
            std::thread::sleep(left.min(STEP));
        }
        false
    }
}

/// The first pause for the attempt of number 1, and twice as long for each further one.
pub(super) fn doubled(first: Duration, longest: Duration, attempt: u32) -> Duration {
    first.saturating_mul(1_u32.checked_shl(attempt.saturating_sub(1)).unwrap_or(u32::MAX)).min(longest)
}

/// A random number from 0 on, below 1.
pub(super) fn random_part() -> f64 {
    let random = RandomState::new().build_hasher().finish() % 1024;
    f64::from(u32::try_from(random).unwrap_or(0)) / 1024.0
}

/// What a reconciliation did.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Outcome {
    /// What was changed; empty if nothing differed, and then nothing was sent.
    pub patch: Patch,
    /// The generation that was compared with. The one that the change made follows it.
    pub generation: u32,
    /// How many attempts it took.
    pub attempts: u32,
    /// What still differed when the tables were read again; nothing if that was not asked for.
    pub remaining: Option<Patch>,
}

/// What is wanted, in kernel form.
pub(super) struct Wanted<'a> {
    tables: &'a [Table],
    /// Nothing for tables with rules that were pulled: what they are depends on what the kernel has.
    images: Vec<Option<Cow<'a, Image>>>,
    pub(super) names: Vec<Name>,
}

impl<'a> Wanted<'a> {
    pub(super) fn new(ruleset: &'a Ruleset, environment: &dyn Environment) -> Result<Self, Error> {
        ruleset.check_push()?;
        let image = |table: &Table| {
            let pulled = table.chains.iter().flat_map(|chain| &chain.rules).any(Rule::is_received);
            if pulled { Ok(None) } else { Maker::new(table, environment).image().map(|image| Some(Cow::Owned(image))) }
        };
        let images = ruleset.tables.iter().map(image).collect::<Result<_, _>>()?;
        let names = ruleset.tables.iter().map(|table| snapshot::name(table.family, &table.name)).collect();
        Ok(Self { tables: &ruleset.tables, images, names })
    }

    /// From images that are there.
    pub(super) fn kept(tables: &'a [Table], images: Vec<Option<&'a Image>>, names: Vec<Name>) -> Self {
        Self { tables, images: images.into_iter().map(|image| image.map(Cow::Borrowed)).collect(), names }
    }

    /// What makes of the kernel's tables those that are wanted, for a socket of that port. Others go where `unwanted` says so.
    pub(super) fn plan(
        &self,
        snapshot: &Snapshot,
        unwanted: &dyn Fn(&Name) -> bool,
        port: Option<u32>,
        environment: &dyn Environment,
    ) -> Result<Patch, Error> {
        let mut patch = Patch { generation: Some(snapshot.generation), ..Patch::default() };
        let mirrored = snapshot.tables.values().map(|state| &state.image.table);
        let mut others: Vec<&Table> = snapshot.others.iter().chain(mirrored).collect();
        others.retain(|other| {
            let name = snapshot::name(other.family, &other.name);
            !self.names.contains(&name) && unwanted(&name) && (other.owner.is_none() || other.owner == port)
        });
        others.sort_by_key(|other| other.handle);
        others.into_iter().for_each(|other| diff::old_table(other, &mut patch));
        for ((table, image), name) in self.tables.iter().zip(&self.images).zip(&self.names) {
            let Some(state) = snapshot.tables.get(name) else {
                diff::new_table(table, &mut patch);
                continue;
            };
            let before = patch.len();
            let made;
            let image = match image {
                Some(image) => image,
                None => {
                    made = Maker::new(table, environment).beside(&state.image).image()?;
                    &made
                }
            };
            diff::table((&state.image, state), (image, table), environment, &mut patch)?;
            let owner = state.image.table.owner.filter(|owner| Some(*owner) != port);
            if let (Some(owner), true) = (owner, patch.len() > before) {
                return Err(foreign(table, owner));
            }
        }
        Ok(patch)
    }
}

/// The table belongs to another socket.
pub(super) fn foreign(table: &Table, owner: u32) -> Error {
    let error =
        Error::new(ErrorKind::Kernel, format!("the table belongs to another program: the socket of port {owner} owns it"));
    error
        .with_errno(EPERM)
        .with_help("it obeys nobody else until that socket is closed")
        .with_origin(table.origin)
        .within(|path| path.table = Some(format!("{} {}", table.family, &*table.name)))
}

/// Brings the kernel's tables to what is wanted, or lets the kernel check that.
pub(super) fn run<T: Transport>(
    link: &mut Link<T>,
    environment: &dyn Environment,
    ruleset: &Ruleset,
    options: &Reconcile,
    commit: bool,
) -> Result<Outcome, Error> {
    let wanted = Wanted::new(ruleset, environment)?;
    let port = link.transport.port();
    let mut generation = 0;
    for attempt in 1..=options.attempts.max(1) {
        if attempt > 1 {
            options.wait(attempt - 1);
        }
        let snapshot = snapshot::take(link, &|name| wanted.names.contains(name))?;
        generation = snapshot.generation;
        let patch = wanted.plan(&snapshot, &|_| options.prune, port, environment)?;
        drop(snapshot);
        if !send(link, environment, &patch, commit)? {
            continue;
        }
        let remaining = if options.verify && commit {
            let snapshot = snapshot::take(link, &|name| wanted.names.contains(name))?;
            Some(wanted.plan(&snapshot, &|_| options.prune, port, environment)?)
        } else {
            None
        };
        return Ok(Outcome { patch, generation, attempts: attempt, remaining });
    }
    Err(overtaken(options.attempts.max(1), generation))
}

/// Others changed the ruleset each time.
pub(super) fn overtaken(attempts: u32, generation: u32) -> Error {
    let text = format!("the ruleset was changed by others during each of {attempts} attempts, last at generation {generation}");
    Error::new(ErrorKind::Kernel, text).with_errno(ERESTART).with_generation(generation)
}

/// Sends a patch, if there is something in it; whether its generation still was the current one.
pub(super) fn send<T: Transport>(
    link: &mut Link<T>,
    environment: &dyn Environment,
    patch: &Patch,
    commit: bool,
) -> Result<bool, Error> {
    if patch.is_empty() {
        return Ok(true);
    }
    let batch = link.batch(patch.generation);
    let mut builder = Builder::new(batch, Known::new(link), environment);
    builder.patch(patch)?;
    let mut batch = builder.batch;
    match link.commit(&mut batch, commit) {
        Ok(()) => Ok(true),
        Err(error) if error.errno() == Some(ERESTART) && patch.generation.is_some() => Ok(false),
        Err(error) if error.errno() == Some(ENOENT) && patch.removes_what_expires() => Ok(false),
        Err(error) => Err(error),
    }
}

/// How long a wait goes on unlooked.
const STEP: Duration = Duration::from_millis(20);
/// `ENOENT`.
const ENOENT: i32 = rustix::io::Errno::NOENT.raw_os_error();
/// `EPERM`.
const EPERM: i32 = rustix::io::Errno::PERM.raw_os_error();
/// `ERESTART`.
const ERESTART: i32 = rustix::io::Errno::RESTART.raw_os_error();
