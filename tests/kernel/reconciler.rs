//! The loop that keeps tables as they are wanted.

use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use libtest_mimic::Failed;
use nft::ErrorKind;
use nft::model::{Ruleset, TableFlags};
use nft::netlink::reconciler::{Cause, Options, Reconciler, Report};
use nft::netlink::{Commits, Mirror, NetNs, Nfnl, Push, Reconcile, Subscription};

use super::{Test, open, oracle};

pub(crate) const TESTS: &[Test] = &[
    ("reconciler: drift is repaired", drift, true),
    ("reconciler: a burst is one round", burst, false),
    ("reconciler: other tables cost nothing", others, false),
    ("reconciler: failure, then success", failure, false),
    ("reconciler: a refused value, then another", refused, false),
    ("reconciler: another value", swapped, false),
    ("reconciler: prune", prune, false),
    ("reconciler: on request", requested, false),
    ("reconciler: by the timer", timer, false),
    ("reconciler: an owner's table that goes unheard", unheard, false),
    ("reconciler: lost events", lost, false),
    ("reconciler: beside another writer", beside, true),
    ("reconciler: it ends", ends, false),
    ("reconciler: an observer that panics", panics, false),
];

/// How long anything may take here.
const LONG: Duration = Duration::from_secs(10);
/// How long nothing happens where nothing should.
const QUIET: Duration = Duration::from_millis(400);

/// What a test keeps of a report.
#[derive(Debug)]
struct Seen {
    number: u64,
    cause: Cause,
    /// The plan, or the number of the error.
    outcome: Result<String, Option<i32>>,
    failures: u32,
    retry: Option<Duration>,
}

impl Seen {
    fn new(report: &Report) -> Self {
        let outcome = report.outcome.as_ref().map(|outcome| outcome.patch.to_string()).map_err(nft::Error::errno);
        let Report { number, cause, failures, retry, .. } = *report;
        Self { number, cause, outcome, failures, retry }
    }

    fn is(&self, cause: Cause, outcome: &Result<&str, i32>) -> bool {
        let found = self.outcome.as_ref().map(String::as_str).map_err(|errno| errno.unwrap_or(0));
        self.cause == cause && found == *outcome
    }
}

struct Loop {
    reconciler: Reconciler,
    reports: Receiver<Seen>,
}

impl Loop {
    fn start(desired: &str, options: Options) -> Result<Self, Failed> {
        Self::with_mirror(Mirror::open(NetNs::Current)?, desired, options)
    }

    fn with_mirror(mirror: Mirror, desired: &str, options: Options) -> Result<Self, Failed> {
        let (sender, reports) = channel();
        let observer = move |report: &Report| drop(sender.send(Seen::new(report)));
        Ok(Self { reconciler: Reconciler::with_mirror(mirror, parsed(desired)?, options, observer)?, reports })
    }

    #[track_caller]
    fn expect(&self, cause: Cause, outcome: &Result<&str, i32>) -> Result<Seen, Failed> {
        let seen = self.reports.recv_timeout(LONG)?;
        if seen.is(cause, outcome) { Ok(seen) } else { Err(format!("{seen:?} is not {cause:?} {outcome:?}").into()) }
    }

    /// Nothing comes for a while.
    fn quiet(&self) -> Result<(), Failed> {
        match self.reports.recv_timeout(QUIET) {
            Err(RecvTimeoutError::Timeout) => Ok(()),
            seen => Err(format!("there should be no round: {seen:?}").into()),
        }
    }
}

fn parsed(text: &str) -> Result<Ruleset, Failed> {
    nft::parse(text).map_err(|errors| format!("{errors:#?}\n{text}").into())
}

fn run(nfnl: &mut Nfnl, text: &str) -> Result<(), Failed> {
    let commands = nft::syntax::lower::load(text, "", &mut nft::syntax::NoFiles, &nfnl.declarations());
    Ok(nfnl.apply(&commands.map_err(|errors| format!("{errors:?}"))?)?)
}

/// Nothing but events and requests: a test sees each round.
fn by_events() -> Options {
    Options::new().with_interval(None).with_debounce(Duration::from_millis(50))
}

const WANTED: &str = "table inet app { set s { type ipv4_addr; elements = { 10.0.0.1 }; }; chain c { tcp dport 22 counter accept; ip saddr @s drop; }; }";

/// The listing of what the loop wants, by the reference, from a fresh load.
fn listing(text: &str) -> Result<String, Failed> {
    super::flush()?;
    oracle::load(text)?;
    let listing = oracle::nft(&["-s", "list", "ruleset"])?;
    super::flush()?;
    Ok(listing)
}

fn drift() -> Result<(), Failed> {
    let expected = listing(WANTED)?;
    let of = Loop::start(WANTED, by_events())?;
    of.expect(Cause::Start, &Ok("+ table inet app\n"))?;
    let listed = || oracle::nft(&["-s", "list", "ruleset"]);
    assert_eq!(listed()?, expected);
    of.quiet()?;
    for (change, plan) in [
        ("delete element inet app s { 10.0.0.1 }", "+ inet app set s elements (1)\n"),
        ("add element inet app s { 10.0.0.2 }", "- inet app set s elements (1)\n"),
        ("insert rule inet app c drop", "- inet app chain c rule 1\n"),
        ("flush chain inet app c", "+ inet app chain c rule 1\n+ inet app chain c rule 2\n"),
        ("delete table inet app", "+ table inet app\n"),
        ("flush ruleset", "+ table inet app\n"),
    ] {
        oracle::nft(&change.split(' ').collect::<Vec<_>>())?;
        of.expect(Cause::Event, &Ok(plan)).map_err(|error| format!("{change}: {}", error.message().unwrap_or_default()))?;
        assert_eq!(listed()?, expected, "{change}");
    }
    // What the loop does itself is no reason for another round.
    of.quiet()
}

fn burst() -> Result<(), Failed> {
    let of = Loop::start(WANTED, by_events().with_debounce(Duration::from_millis(500)))?;
    of.expect(Cause::Start, &Ok("+ table inet app\n"))?;
    let mut nfnl = open()?;
    let before = nfnl.generation()?;
    let start = Instant::now();
    let mut commits = 0;
    while start.elapsed() < Duration::from_millis(250) {
        run(&mut nfnl, &format!("add element inet app s {{ 10.1.{}.{} }}", commits / 250, commits % 250))?;
        commits += 1;
    }
    assert!(commits > 10, "{commits}");
    of.expect(Cause::Event, &Ok(&format!("- inet app set s elements ({commits})\n")))?;
    assert!(start.elapsed() >= Duration::from_millis(500), "it waits for those that follow");
    of.quiet()?;
    assert_eq!(nfnl.generation()?.wrapping_sub(before), commits + 1, "one commit of the loop's own");
    Ok(())
}

fn others() -> Result<(), Failed> {
    let of = Loop::start(WANTED, by_events())?;
    of.expect(Cause::Start, &Ok("+ table inet app\n"))?;
    let mut nfnl = open()?;
    let before = nfnl.generation()?;
    for number in 0..20 {
        run(&mut nfnl, &format!("add table ip other{number}"))?;
        run(&mut nfnl, &format!("add chain ip other{number} c"))?;
    }
    of.quiet()?;
    assert_eq!(nfnl.generation()?.wrapping_sub(before), 40, "none but the other's");
    // It goes on all the same, without reading everything again.
    run(&mut nfnl, "flush chain inet app c")?;
    of.expect(Cause::Event, &Ok("+ inet app chain c rule 1\n+ inet app chain c rule 2\n"))?;
    Ok(())
}

fn failure() -> Result<(), Failed> {
    let mut owner = open()?;
    let mut owned = parsed("table inet app { chain c { accept; }; }")?;
    for table in &mut owned.tables {
        table.flags = TableFlags::OWNER;
    }
    owner.push(&owned, Push::Replace)?;
    let pauses = (Duration::from_millis(20), Duration::from_millis(80));
    let of = Loop::start(WANTED, by_events().with_backoff(pauses.0, pauses.1))?;
    let first = of.expect(Cause::Start, &Err(1))?;
    assert_eq!((first.number, first.failures), (1, 1));
    for failures in 2..6 {
        let seen = of.expect(Cause::Retry, &Err(1))?;
        let longest = (pauses.0 * (1 << (failures - 1))).min(pauses.1);
        assert!(
            seen.failures == failures && seen.retry.is_some_and(|retry| retry >= longest / 2 && retry <= longest),
            "{seen:?}"
        );
    }
    assert!(of.reconciler.last().is_some_and(|report| !report.is_converged()));
    // The kernel tells nobody that the owner's table is gone.
    drop(owner);
    let mut seen = of.reports.recv_timeout(LONG)?;
    while seen.is(Cause::Retry, &Err(1)) {
        seen = of.reports.recv_timeout(LONG)?;
    }
    assert!(seen.is(Cause::Retry, &Ok("+ table inet app\n")), "{seen:?}");
    assert_eq!((seen.failures, seen.retry), (0, None));
    assert!(of.reconciler.last().is_none_or(|report| report.number < seen.number || report.is_converged()));
    of.quiet()
}

/// A failure is told, and what is asked for does not wait for the pause to end.
fn refused() -> Result<(), Failed> {
    let hour = Duration::from_secs(3600);
    let of = Loop::start("table inet app { chain c { jump nowhere; }; }", by_events().with_backoff(hour, hour))?;
    let seen = of.reports.recv_timeout(LONG)?;
    assert!(seen.is(Cause::Start, &Err(2)) && seen.retry.is_some_and(|retry| retry >= hour / 2), "{seen:?}");
    let mut nfnl = open()?;
    assert!(nfnl.pull()?.tables.is_empty(), "nothing of it");
    // Nor do events.
    run(&mut nfnl, "add table inet app")?;
    of.quiet()?;
    let report = of.reconciler.reconcile(LONG)?;
    assert!(report.cause == Cause::Request && report.outcome.is_err() && report.failures == 2, "{report:?}");
    of.expect(Cause::Request, &Err(2))?;
    of.reconciler.set_desired(parsed(WANTED)?);
    let seen = of.reports.recv_timeout(LONG)?;
    assert!(seen.cause == Cause::Desired && seen.outcome.is_ok() && seen.failures == 0, "{seen:?}");
    assert!(nfnl.plan(&parsed(WANTED)?, &Reconcile::default())?.is_empty());
    Ok(())
}

fn swapped() -> Result<(), Failed> {
    let mut nfnl = open()?;
    run(&mut nfnl, "add table ip theirs")?;
    let of = Loop::start(&format!("{WANTED}\ntable ip gone {{ chain c {{ accept; }}; }}"), by_events())?;
    of.expect(Cause::Start, &Ok("+ table inet app\n+ table ip gone\n"))?;
    let next = WANTED.replace("dport 22", "dport 23");
    of.reconciler.set_desired(parsed(&next)?);
    // What was wanted goes; what never was stays.
    of.expect(Cause::Desired, &Ok("- table ip gone\n~ inet app chain c rule 1\n"))?;
    of.quiet()?;
    assert_eq!(*of.reconciler.desired(), parsed(&next)?);
    assert!(nfnl.plan(&parsed(&next)?, &Reconcile::default())?.is_empty());
    assert_eq!(nfnl.pull()?.tables.len(), 2);
    // What is no longer wanted may come back.
    run(&mut nfnl, "add table ip gone")?;
    of.quiet()?;
    // Only the last value counts, however fast they come.
    for port in 100..200 {
        of.reconciler.set_desired(parsed(&WANTED.replace("dport 22", &format!("dport {port}")))?);
    }
    let report = of.reconciler.reconcile(LONG)?;
    assert!(report.is_converged(), "{report:?}");
    assert!(nfnl.plan(&parsed(&WANTED.replace("dport 22", "dport 199"))?, &Reconcile::default())?.is_empty());
    Ok(())
}

fn prune() -> Result<(), Failed> {
    let mut nfnl = open()?;
    run(&mut nfnl, "add table ip old")?;
    let of = Loop::start(WANTED, by_events().with_reconcile(Reconcile::new().with_prune().with_verify()))?;
    of.expect(Cause::Start, &Ok("- table ip old\n+ table inet app\n"))?;
    run(&mut nfnl, "add table ip6 new")?;
    of.expect(Cause::Event, &Ok("- table ip6 new\n"))?;
    assert!(of.reconciler.reconcile(LONG)?.is_converged());
    assert_eq!(nfnl.pull()?.tables.len(), 1);
    Ok(())
}

fn requested() -> Result<(), Failed> {
    let of = Loop::start(WANTED, by_events().without_events())?;
    of.expect(Cause::Start, &Ok("+ table inet app\n"))?;
    let mut nfnl = open()?;
    run(&mut nfnl, "delete table inet app")?;
    of.quiet()?;
    of.reconciler.trigger();
    of.expect(Cause::Request, &Ok("+ table inet app\n"))?;
    let report = of.reconciler.reconcile(LONG)?;
    assert!(report.is_converged() && !report.is_changed(), "{report:?}");
    of.expect(Cause::Request, &Ok(""))?;
    of.quiet()
}

fn timer() -> Result<(), Failed> {
    let of = Loop::start(WANTED, by_events().without_events().with_interval(Some(Duration::from_millis(200))))?;
    of.expect(Cause::Start, &Ok("+ table inet app\n"))?;
    of.expect(Cause::Timer, &Ok(""))?;
    run(&mut open()?, "delete table inet app")?;
    of.expect(Cause::Timer, &Ok("+ table inet app\n"))?;
    of.expect(Cause::Timer, &Ok(""))?;
    Ok(())
}

fn unheard() -> Result<(), Failed> {
    let mut owner = open()?;
    let mut owned = parsed(WANTED)?;
    for table in &mut owned.tables {
        table.flags = TableFlags::OWNER;
    }
    owner.push(&owned, Push::Replace)?;
    let of = Loop::start(WANTED, by_events().with_interval(Some(Duration::from_millis(300))))?;
    // It is as it is wanted, whosoever it is.
    of.expect(Cause::Start, &Ok(""))?;
    of.expect(Cause::Timer, &Ok(""))?;
    drop(owner);
    of.expect(Cause::Timer, &Ok("+ table inet app\n"))?;
    Ok(())
}

fn lost() -> Result<(), Failed> {
    let commits = Commits::open(NetNs::Current, &Subscription::default().with_receive_buffer(2048))?;
    let mirror = Mirror::with_connection(open()?, commits);
    let of = Loop::with_mirror(mirror, WANTED, by_events().with_debounce(Duration::from_millis(200)))?;
    assert!(of.reports.recv_timeout(LONG)?.outcome.is_ok());
    let mut nfnl = open()?;
    let many: Vec<String> = (0..5000).map(|number| format!("10.2.{}.{}", number / 250, number % 250)).collect();
    for turn in 0..5 {
        run(&mut nfnl, &format!("add element inet app s {{ {} }}\nadd rule inet app c tcp dport {turn}", many.join(", ")))?;
    }
    let deadline = Instant::now() + LONG;
    while !nfnl.plan(&parsed(WANTED)?, &Reconcile::default())?.is_empty() {
        assert!(Instant::now() < deadline, "it does not come back: {:?}", of.reports.try_iter().collect::<Vec<_>>());
        std::thread::sleep(Duration::from_millis(20));
    }
    // The loop's own large commit is lost too; there is an end to it.
    std::thread::sleep(Duration::from_millis(500));
    let seen: Vec<Seen> = of.reports.try_iter().collect();
    assert!(seen.len() <= 12 && seen.iter().all(|seen| seen.outcome.is_ok()), "{seen:?}");
    of.quiet()
}

/// Another writer changes the table all the time: rounds are as rare as the debounce says, and in the end it is right.
fn beside() -> Result<(), Failed> {
    let of = Loop::start(WANTED, by_events().with_debounce(Duration::from_millis(100)))?;
    of.expect(Cause::Start, &Ok("+ table inet app\n"))?;
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(2) {
        // The table may go under it.
        for command in ["insert rule inet app c drop", "add element inet app s { 10.9.9.9 }", "flush chain inet app c"] {
            oracle::nft(&command.split(' ').collect::<Vec<_>>())?;
        }
    }
    let report = of.reconciler.reconcile(LONG)?;
    let seen: Vec<Seen> = of.reports.try_iter().collect();
    assert!(report.is_converged() && seen.iter().all(|seen| seen.outcome.is_ok()), "{report:?} {seen:?}");
    assert!((5..=25).contains(&seen.len()), "{} rounds", seen.len());
    assert!(open()?.plan(&parsed(WANTED)?, &Reconcile::default())?.is_empty());
    of.quiet()
}

/// Whether the process has a thread of that name.
fn has_thread(name: &str) -> Result<bool, Failed> {
    for task in std::fs::read_dir("/proc/self/task")? {
        // A thread may end meanwhile.
        if std::fs::read_to_string(task?.path().join("comm")).is_ok_and(|comm| comm.trim_end() == name) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn ends() -> Result<(), Failed> {
    let hour = Duration::from_secs(3600);
    let broken = "table inet app { chain c { jump nowhere; }; }";
    for (desired, options) in [
        (WANTED, by_events()),
        (WANTED, by_events().without_events()),
        (WANTED, by_events().with_interval(Some(Duration::ZERO))),
        (broken, by_events().with_backoff(hour, hour)),
        (broken, by_events().with_backoff(Duration::ZERO, Duration::ZERO)),
    ] {
        for dropped in [false, true] {
            let of = Loop::start(desired, options.clone().with_name("nft-ends"))?;
            of.reports.recv_timeout(LONG)?;
            assert!(has_thread("nft-ends")? && of.reconciler.is_running());
            let start = Instant::now();
            if dropped {
                drop(of.reconciler)
            } else {
                of.reconciler.stop()?
            }
            assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
            assert!(!has_thread("nft-ends")?);
        }
    }
    // At once, without a round having ended.
    Loop::start(WANTED, by_events())?.reconciler.stop()?;
    // Its tables stay.
    Loop::start(WANTED, by_events())?.reconciler.reconcile(LONG)?;
    assert!(open()?.plan(&parsed(WANTED)?, &Reconcile::default())?.is_empty());
    Ok(())
}

fn panics() -> Result<(), Failed> {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let reconciler = Reconciler::start(NetNs::Current, parsed(WANTED)?, by_events(), |_| panic!("as the test wants it"));
    let reconciler = reconciler?;
    let error = reconciler.reconcile(LONG).err();
    std::panic::set_hook(hook);
    assert_eq!(error.map(|error| error.kind()), Some(ErrorKind::Misuse));
    assert!(!reconciler.is_running());
    assert_eq!(reconciler.stop().err().map(|error| error.kind()), Some(ErrorKind::Misuse));
    Ok(())
}
