//! The kernel's tables, kept equal to it by events: a reconciliation costs what changed, not what there is.

mod apply;

use std::collections::HashSet;
use std::time::{Duration, Instant};

use super::commits::{Commits, Heard, Subscription};
use super::desired::{self, Desired};
use super::reconcile::{self, Outcome, Reconcile};
use super::snapshot::{self, Name, Snapshot};
use super::state::State;
use super::{NetNs, Nfnl, Socket, Transport};
use crate::diff::{Action, Patch, Thing};
use crate::error::{Error, ErrorKind};
use crate::model::{Ruleset, SetFlags};
use crate::name::TableName;
use crate::schema::Family;
use crate::wire::Text;
pub(super) use apply::News;

/// How long commits are followed in one go.
const FOLLOWED: Duration = Duration::from_secs(1);

/// Tables of the kernel, kept equal to it.
///
/// It starts from a snapshot and follows the kernel's commits, which it hears over a socket of its own. Where it missed something or does not
/// understand it, it takes a new snapshot of what is in doubt. State is no part of it: counters stand as they were when their rule came.
///
/// ```no_run
/// use nft_core::netlink::{Mirror, NetNs, Reconcile};
/// # let desired = nft_core::model::Ruleset::new();
///
/// let mut mirror = Mirror::open(NetNs::Current)?;
/// let outcome = mirror.reconcile(&desired, &Reconcile::default())?;
/// println!("{}", outcome.patch);
/// # Ok::<(), nft_core::Error>(())
/// ```
#[derive(Debug)]
pub struct Mirror<T = Socket, E = Socket> {
    nfnl: Nfnl<T>,
    commits: Commits<E>,
    /// The tables that are mirrored; nothing for all.
    scope: Option<HashSet<Name>>,
    snapshot: Option<Snapshot>,
    desired: Desired,
    snapshots: u64,
    /// What others changed since the last plan was made.
    news: News,
}

impl Mirror<Socket, Socket> {
    /// Mirrors the tables that are reconciled, in a network namespace. The calling thread stays in its own.
    ///
    /// # Errors
    ///
    /// If the namespace is not there or may not be entered, or `CAP_NET_ADMIN` is missing in it.
    pub fn open(namespace: NetNs) -> Result<Self, Error> {
        let subscription = Subscription::default();
        let (events, questions) = namespace
            .open_by(move || Ok((Socket::subscribed(&subscription.groups(), subscription.receive_buffer)?, Socket::new()?)))?;
        Ok(Self::with_connection(Nfnl::with_socket(questions)?, Commits::with_transport(events)))
    }
}

impl<T: Transport, E: Transport> Mirror<T, E> {
    /// Works over a connection, and hears of commits in the same network namespace.
    #[must_use]
    pub fn with_connection(nfnl: Nfnl<T>, commits: Commits<E>) -> Self {
        Self {
            nfnl,
            commits,
            scope: Some(HashSet::new()),
            snapshot: None,
            desired: Desired::default(),
            snapshots: 0,
            news: News::default(),
        }
    }

    /// The same, mirroring all tables there are.
    #[must_use]
    pub fn of_all(self) -> Self {
        Self { scope: None, snapshot: None, ..self }
    }

    /// Mirrors a table too, whether it is there yet or not.
    pub fn watch(&mut self, family: Family, table: &TableName) {
        self.widen([snapshot::name(family, table)]);
    }

    /// The connection.
    pub const fn connection(&mut self) -> &mut Nfnl<T> {
        &mut self.nfnl
    }

    /// The generation of which the mirror is; nothing before it was first filled.
    #[must_use]
    pub fn generation(&self) -> Option<u32> {
        self.snapshot.as_ref().map(|snapshot| snapshot.generation)
    }

    /// How often everything was read from the kernel: once, and each time that events did not suffice.
    #[must_use]
    pub const fn snapshots(&self) -> u64 {
        self.snapshots
    }

    /// Takes in what the kernel has told since the last time, without waiting; says whether a mirrored table changed.
    ///
    /// # Errors
    ///
    /// If the kernel does not answer.
    pub fn refresh(&mut self) -> Result<bool, Error> {
        self.wait(Duration::ZERO)
    }

    /// The same, waiting for the first news at most that long.
    ///
    /// # Errors
    ///
    /// If the kernel does not answer.
    pub fn wait(&mut self, timeout: Duration) -> Result<bool, Error> {
        self.follow(timeout, None)
    }

    /// The mirrored tables as a value, without state.
    ///
    /// # Errors
    ///
    /// As [`Mirror::refresh`].
    pub fn ruleset(&mut self) -> Result<Ruleset, Error> {
        self.refresh()?;
        let mut ruleset = Ruleset::new();
        if let Some(snapshot) = &self.snapshot {
            ruleset.generation = Some(snapshot.generation);
            ruleset.tables = snapshot.tables.values().map(State::to_table).collect::<Result<_, _>>()?;
            ruleset.tables.sort_by_key(|table| table.handle);
        }
        Ok(ruleset)
    }

    /// What [`Mirror::reconcile`] would do now.
    ///
    /// # Errors
    ///
    /// As [`Nfnl::reconcile`].
    pub fn plan(&mut self, ruleset: &Ruleset, options: &Reconcile) -> Result<Patch, Error> {
        self.plan_without(ruleset, &|_| options.prune)
    }

    /// The same where those tables go that the ruleset does not name and `unwanted` says so of.
    fn plan_without(&mut self, ruleset: &Ruleset, unwanted: &dyn Fn(&Name) -> bool) -> Result<Patch, Error> {
        ruleset.check_push()?;
        self.widen(ruleset.tables.iter().map(|table| snapshot::name(table.family, &table.name)));
        self.refresh()?;
        self.doubt_unheard(ruleset);
        self.mend()?;
        self.news = News::default();
        let Self { nfnl, snapshot, desired, .. } = self;
        let Some(snapshot) = snapshot else { return Err(unfilled()) };
        let port = nfnl.link.transport.port();
        desired.update(ruleset, &snapshot.tables, &*nfnl.environment)?;
        desired::wanted(desired, ruleset).plan(snapshot, unwanted, port, &*nfnl.environment)
    }

    /// Brings the kernel's tables to those of a ruleset, as [`Nfnl::reconcile`] does. What costs is what changed: in the kernel since the last
    /// time, and in the ruleset since the last call.
    ///
    /// # Errors
    ///
    /// As [`Nfnl::reconcile`].
    pub fn reconcile(&mut self, ruleset: &Ruleset, options: &Reconcile) -> Result<Outcome, Error> {
        self.reconcile_while(ruleset, options, &|_| options.prune, &|| true)
    }

    /// The same where those tables go too that `unwanted` says so of, and there are further attempts only while `go_on` says so.
    pub(super) fn reconcile_while(
        &mut self,
        ruleset: &Ruleset,
        options: &Reconcile,
        unwanted: &dyn Fn(&Name) -> bool,
        go_on: &dyn Fn() -> bool,
    ) -> Result<Outcome, Error> {
        let attempts = options.attempts.max(1);
        let mut attempt = 1;
        loop {
            let snapshots = self.snapshots;
            let patch = self.plan_without(ruleset, unwanted)?;
            let generation = patch.generation.unwrap_or_default();
            let Nfnl { link, environment, .. } = &mut self.nfnl;
            match reconcile::send(link, &**environment, &patch, true) {
                Ok(true) => {}
                Ok(false) => {
                    if attempt == attempts || !options.wait_while(attempt, go_on) {
                        return Err(reconcile::overtaken(attempt, generation));
                    }
                    attempt += 1;
                    continue;
                }
                Err(error) => {
                    // It may have failed for what the kernel told nobody.
                    self.snapshot = None;
                    if error.kind() != ErrorKind::Kernel || self.snapshots != snapshots {
                        return Err(error);
                    }
                    continue;
                }
            }
            if !patch.is_empty() {
                self.follow(Duration::ZERO, Some((generation.wrapping_add(1), &patch)))?;
            }
            let remaining = if options.verify {
                let Nfnl { link, environment, .. } = &mut self.nfnl;
                let wanted = desired::wanted(&self.desired, ruleset);
                let snapshot = snapshot::take(link, &|name| wanted.names.contains(name))?;
                let port = link.transport.port();
                Some(wanted.plan(&snapshot, unwanted, port, &**environment)?)
            } else {
                None
            };
            return Ok(Outcome { patch, generation, attempts: attempt, remaining });
        }
    }

    fn widen(&mut self, names: impl IntoIterator<Item = Name>) {
        let Some(scope) = &mut self.scope else { return };
        for name in names {
            if scope.insert(name) {
                self.snapshot = None;
            }
        }
    }

    /// Takes in commits; of the own one of that generation the elements are known.
    fn follow(&mut self, timeout: Duration, own: Option<(u32, &Patch)>) -> Result<bool, Error> {
        let mut timeout = if self.snapshot.is_some() { timeout } else { Duration::ZERO };
        let mut changed = false;
        let mut since: Option<Instant> = None;
        // Who commits faster than this reads is followed the next time: no batch of ours is taken by the kernel until then.
        while since.is_none_or(|since| since.elapsed() < FOLLOWED) {
            let heard = self.commits.next(timeout)?;
            timeout = Duration::ZERO;
            since.get_or_insert_with(Instant::now);
            match heard {
                None => break,
                Some(Heard::Resync) => self.snapshot = None,
                Some(Heard::Loose(_)) => {}
                Some(Heard::Commit(commit)) => {
                    let Some(snapshot) = &mut self.snapshot else { continue };
                    if commit.generation.wrapping_sub(snapshot.generation) > i32::MAX.cast_unsigned() {
                        continue;
                    }
                    let known = own.filter(|(generation, _)| *generation == commit.generation).map(|(_, patch)| patch);
                    let known = known.map(own_elements).unwrap_or_default();
                    let scope = &self.scope;
                    let within = |name: &Name| scope.as_ref().is_none_or(|scope| scope.contains(name));
                    match apply::commit(snapshot, &commit, &within, &known) {
                        Ok(news) => {
                            changed |= news.mirrored;
                            if own.is_none_or(|(generation, _)| generation != commit.generation) {
                                self.news.add(news);
                            }
                            self.take_elements(&known);
                        }
                        // What is not understood is read anew.
                        Err(_) => self.snapshot = None,
                    }
                }
            }
        }
        if self.snapshot.is_none() {
            self.fill()?;
            return Ok(true);
        }
        self.mend()?;
        Ok(changed)
    }

    /// Takes a new snapshot.
    fn fill(&mut self) -> Result<(), Error> {
        self.snapshot = None;
        let scope = &self.scope;
        let within = |name: &Name| scope.as_ref().is_none_or(|scope| scope.contains(name));
        let snapshot = snapshot::take(&mut self.nfnl.link, &within)?;
        self.commits.after(snapshot.generation);
        self.snapshot = Some(snapshot);
        self.snapshots = self.snapshots.saturating_add(1);
        self.news = News::ALL;
        Ok(())
    }

    /// What others changed since the last plan was made, as far as it was heard.
    #[cfg(feature = "reconciler")]
    pub(super) const fn news(&self) -> News {
        self.news
    }

    /// Trusts nothing of what is there: it is read anew when it is needed.
    #[cfg(feature = "reconciler")]
    pub(super) fn doubt(&mut self) {
        self.snapshot = None;
    }

    /// Mirrors these tables no longer.
    #[cfg(feature = "reconciler")]
    pub(super) fn unwatch(&mut self, names: impl IntoIterator<Item = Name>) {
        let Some(scope) = &mut self.scope else { return };
        for name in names {
            scope.remove(&name);
            if let Some(snapshot) = &mut self.snapshot
                && let Some(state) = snapshot.tables.remove(&name)
            {
                snapshot.others.push(state.image.table);
            }
        }
    }

    /// Holds the mirror against the kernel's generation and its tables, by their heads: so a table is missed that went without a word,
    /// as an owner's does.
    #[cfg(feature = "reconciler")]
    pub(super) fn probe(&mut self) -> Result<(), Error> {
        self.refresh()?;
        let Some(snapshot) = &self.snapshot else { return Ok(()) };
        // Before Linux 6.16 a chain goes with its device, and nobody is told.
        let devices = snapshot.tables.values().any(State::has_devices);
        if devices || !snapshot::has_same_heads(&mut self.nfnl.link, snapshot)? {
            self.snapshot = None;
        }
        Ok(())
    }

    /// What becomes readable when there is news.
    #[cfg(feature = "reconciler")]
    pub(super) fn events(&self) -> std::os::fd::BorrowedFd<'_>
    where
        E: std::os::fd::AsFd,
    {
        std::os::fd::AsFd::as_fd(&self.commits)
    }

    /// The kernel does not tell when elements run out, nor when a packet's rule takes some out: such sets are looked at anew.
    fn doubt_unheard(&mut self, ruleset: &Ruleset) {
        let Some(snapshot) = &mut self.snapshot else { return };
        for table in &ruleset.tables {
            let Some(state) = snapshot.tables.get_mut(&snapshot::name(table.family, &table.name)) else { continue };
            state.doubt_expiring();
            for set in table.sets.iter().filter(|set| !set.elements.is_empty()) {
                state.doubt_dynamic(&set.name);
            }
        }
    }

    /// Reads anew what is in doubt.
    fn mend(&mut self) -> Result<(), Error> {
        let Some(snapshot) = &mut self.snapshot else { return self.fill() };
        let mut whole = true;
        for state in snapshot.tables.values_mut() {
            if state.is_doubtful() {
                whole = false;
                break;
            }
            for place in state.doubtful_sets() {
                // What cannot be read may be gone by now, which a new snapshot shows.
                whole &= snapshot::reread(&mut self.nfnl.link, snapshot.generation, state, place).unwrap_or(false);
            }
        }
        if whole { Ok(()) } else { self.fill() }
    }

    /// After a commit of the own the sets that it changed hold what was wanted.
    fn take_elements(&mut self, known: &HashSet<(Name, Text)>) {
        let Some(snapshot) = &mut self.snapshot else { return };
        for (name, set) in known {
            let (Some(state), Some(image)) = (snapshot.tables.get_mut(name), self.desired.image(name)) else { continue };
            let wanted = image.table.sets.iter().find(|wanted| *wanted.name == **set);
            if let (Some(place), Some(wanted)) = (state.set_place(set), wanted) {
                state.take_elements(place, &wanted.elements);
            }
        }
    }
}

/// The sets whose elements a patch makes what is wanted: not those in which rules add their own.
fn own_elements(patch: &Patch) -> HashSet<(Name, Text)> {
    let mut sets = HashSet::new();
    for operation in patch {
        let name = || snapshot::name(operation.family, &operation.table);
        match &operation.thing {
            Thing::Elements(set, _) | Thing::Set(set) if !set.flags.contains(SetFlags::DYNAMIC) => {
                sets.insert((name(), Text::new(&set.name)));
            }
            Thing::Table(table) if operation.action == Action::Add => {
                sets.extend(table.sets.iter().map(|set| (name(), Text::new(&set.name))));
            }
            _ => {}
        }
    }
    sets
}

fn unfilled() -> Error {
    Error::new(ErrorKind::Reply, "the mirror could not be filled")
}
