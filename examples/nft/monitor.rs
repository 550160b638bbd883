//! `nft monitor`.

use std::io::{self, Write as _};

use nft::netlink::{Commit, Deleted, Entity, Event, Grain, Monitor, NetNs, Nfnl, Notice, Subscription};
use nft::syntax::print;
use nft::{Error, ErrorKind};

use crate::event;
use crate::list::printing;
use crate::options::Options;

/// What is told of.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    Tables,
    Chains,
    Sets,
    Rules,
    Elements,
    Ruleset,
}

/// The words behind `monitor`.
#[derive(Clone, Copy, Debug, Default)]
struct Wanted {
    /// `new` alone, or `destroy` alone.
    added: Option<bool>,
    kind: Option<Kind>,
}

fn parse(words: &str) -> Result<Wanted, Error> {
    let refused = |text: String| Error::new(ErrorKind::Unsupported, text);
    let mut wanted = Wanted::default();
    for word in words.split_whitespace() {
        let kind = match word {
            "new" | "destroy" if wanted.added.is_none() && wanted.kind.is_none() => {
                wanted.added = Some(word == "new");
                continue;
            }
            "tables" => Kind::Tables,
            "chains" => Kind::Chains,
            "sets" => Kind::Sets,
            "rules" => Kind::Rules,
            "elements" => Kind::Elements,
            "ruleset" => Kind::Ruleset,
            "trace" => return Err(refused("monitor trace is not supported".to_owned())),
            "json" | "xml" | "vm" => return Err(refused(format!("monitor in the form of {word} is not supported"))),
            _ => {
                return Err(refused(format!("syntax error, unexpected {word}"))
                    .with_help("expected tables, chains, sets, rules, elements, ruleset, new or destroy"));
            }
        };
        if wanted.kind.replace(kind).is_some() {
            return Err(refused(format!("syntax error, unexpected {word}")));
        }
    }
    Ok(wanted)
}

impl Wanted {
    fn takes(self, event: &Event) -> bool {
        let (added, kind) = match event {
            Event::Added(_, entity) => (
                true,
                match entity {
                    Entity::Table(_) => Kind::Tables,
                    Entity::Chain(..) => Kind::Chains,
                    Entity::Rule(..) => Kind::Rules,
                    Entity::Set(..) => Kind::Sets,
                    Entity::Elements(..) => Kind::Elements,
                    _ => Kind::Ruleset,
                },
            ),
            Event::Deleted(deleted) => (
                false,
                match deleted {
                    Deleted::Table(..) => Kind::Tables,
                    Deleted::Chain(..) | Deleted::ChainDevices(..) => Kind::Chains,
                    Deleted::Rule(..) => Kind::Rules,
                    Deleted::Set(..) => Kind::Sets,
                    Deleted::Elements(..) => Kind::Elements,
                    _ => Kind::Ruleset,
                },
            ),
            _ => return self.everything(),
        };
        let of_kind = match self.kind {
            Some(Kind::Ruleset) => true,
            Some(wanted) => wanted == kind,
            // `new` and `destroy` alone pass over objects and flowtables, as nft does.
            None => self.added.is_none() || kind != Kind::Ruleset,
        };
        of_kind && self.added.is_none_or(|wanted| wanted == added)
    }

    const fn everything(self) -> bool {
        self.added.is_none() && self.kind.is_none()
    }
}

/// Prints events, and which commit they are of.
pub(crate) fn write<'e>(
    text: &mut String,
    events: impl IntoIterator<Item = &'e Event>,
    commit: Option<&Commit>,
    printing: &print::Options<'_>,
) {
    for event in events {
        // A string takes everything; what the language cannot say ends the line.
        let _ = event::print(text, event, printing);
    }
    if let Some(commit) = commit {
        text.push_str(&format!("# new generation {}", commit.generation));
        if let (Some(id), Some(name)) = (commit.process_id, &commit.process_name) {
            text.push_str(&format!(" by process {id} ({name})"));
        }
        text.push('\n');
    }
}

/// Prints what changes until the program is ended.
pub(crate) fn run(nfnl: &Nfnl, words: &str, options: &Options) -> Result<(), Error> {
    let wanted = parse(words)?;
    let subscription = Subscription::default().with_grain(Grain::Line);
    let monitor = Monitor::open(NetNs::Current, &subscription)?;
    let printing = printing(nfnl, options);
    let mut text = String::new();
    for notice in monitor {
        text.clear();
        let notice = notice?;
        let (events, commit) = match &notice {
            Notice::Commit(commit) => (&commit.events, Some(commit)),
            Notice::Kernel(events) => (events, None),
            Notice::Resync => {
                eprintln!("# ERROR: We lost some netlink events");
                continue;
            }
            _ => continue,
        };
        write(&mut text, events.iter().filter(|event| wanted.takes(event)), commit.filter(|_| wanted.everything()), &printing);
        let mut out = io::stdout().lock();
        let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        written.map_err(|error| Error::new(ErrorKind::System, error.to_string()).with_source(error))?;
    }
    Ok(())
}
