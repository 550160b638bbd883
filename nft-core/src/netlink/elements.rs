//! Elements of a set, part by part.

use rustix::io::Errno;

use super::Transport;
use super::command::place;
use super::dump::Ended;
use super::link::Link;
use crate::error::{Error, ErrorKind};
use crate::model::{Elements, Scope, Set, SetFlags};
use crate::name::SetName;
use crate::set::{self, Collector};
use crate::uapi::nf_tables::{
    NFT_MSG_GETSET, NFT_MSG_GETSETELEM, NFTA_SET_ELEM_LIST_SET, NFTA_SET_ELEM_LIST_TABLE, NFTA_SET_NAME, NFTA_SET_TABLE,
};
use crate::wire::Writer;

/// How many elements are enough for a part. One more message may be in it: a few hundred.
const PART: usize = 4096;

/// What is done with each part.
pub(super) type Each<'a> = dyn FnMut(&Set, Elements) -> Result<(), Error> + 'a;

/// Gives the elements of a set to `each`; gives the set without them.
pub(super) fn each<T: Transport>(link: &mut Link<T>, scope: &Scope, name: &SetName, each: &mut Each<'_>) -> Result<Set, Error> {
    parts(link, scope, name, each).map_err(|error| place(error, scope, "set", name))
}

fn parts<T: Transport>(link: &mut Link<T>, scope: &Scope, name: &SetName, each: &mut Each<'_>) -> Result<Set, Error> {
    let family = scope.family.number();
    let generation = link.generation()?;
    let mut head = None;
    let attributes = |writer: &mut Writer| {
        writer.text(NFTA_SET_TABLE, &scope.table);
        writer.text(NFTA_SET_NAME, name);
    };
    link.get(NFT_MSG_GETSET, family, attributes, &mut |message| {
        let (_, set, shape) = set::decode(scope.family, message.reader())?;
        head = Some((set, shape));
        Ok(())
    })?;
    let (set, shape) = head.ok_or_else(|| Error::new(ErrorKind::Reply, "the kernel gave no set"))?;
    let counts = !shape.interval && !set.flags.intersects(SetFlags::TIMEOUT | SetFlags::DYNAMIC);
    let mut collector = Collector::new(shape);
    let mut found = 0;
    let mut part = |elements: Elements| {
        // `*` is not counted by the kernel.
        found += elements.len() - elements.others().iter().filter(|element| element.key.is_none()).count();
        if elements.is_empty() { Ok(()) } else { each(&set, elements) }
    };
    let attributes = |writer: &mut Writer| {
        writer.text(NFTA_SET_ELEM_LIST_TABLE, &scope.table);
        writer.text(NFTA_SET_ELEM_LIST_SET, name);
    };
    let [.., high, low] = generation.to_be_bytes();
    let mut mark = Some(u16::from_be_bytes([high, low]));
    let ended = link.dump(NFT_MSG_GETSETELEM, family, &mut mark, attributes, &mut |message| {
        collector.add(message.reader())?;
        if collector.waiting() < PART { Ok(()) } else { part(collector.take()) }
    })?;
    if ended == Ended::Torn {
        return Err(torn("the ruleset changed while it was read"));
    }
    part(collector.finish())?;
    if link.generation()? != generation {
        return Err(torn("the ruleset changed while it was read"));
    }
    let counted = set.count.filter(|_| counts).and_then(|count| usize::try_from(count).ok());
    if counted.is_some_and(|counted| counted != found) {
        return Err(torn("the set was growing while it was read"));
    }
    Ok(set)
}

fn torn(text: &str) -> Error {
    Error::new(ErrorKind::Reply, text).with_errno(Errno::INTR.raw_os_error()).with_help("read it again from its beginning")
}
