//! Elements of a set by their keys: `get element`.

use rustix::io::Errno;

use super::Transport;
use super::command::place;
use super::known::Known;
use super::link::Link;
use crate::declarations::Declarations;
use crate::environment::Environment;
use crate::error::{Error, ErrorKind};
use crate::model::{Elements, Scope, Set};
use crate::name::SetName;
use crate::set::{self, Collector, Purpose, Shape, Target, WriteContext};
use crate::uapi::nf_tables::{NFT_MSG_GETSETELEM, NFT_MSG_GETSETELEM_RESET, NFTA_SET_ELEM_LIST_SET, NFTA_SET_ELEM_LIST_TABLE};
use crate::wire::{Header, Message, Messages, Writer};

/// The set with those of its elements that have these keys.
pub(super) fn elements<T: Transport>(
    link: &mut Link<T>,
    environment: &dyn Environment,
    scope: &Scope,
    name: &SetName,
    keys: &Elements,
) -> Result<Set, Error> {
    get(link, environment, scope, name, keys, NFT_MSG_GETSETELEM).map_err(|error| place(error, scope, "set", name))
}

/// The same, and their state is set to zero.
pub(super) fn reset_elements<T: Transport>(
    link: &mut Link<T>,
    environment: &dyn Environment,
    scope: &Scope,
    name: &SetName,
    keys: &Elements,
) -> Result<Set, Error> {
    get(link, environment, scope, name, keys, NFT_MSG_GETSETELEM_RESET).map_err(|error| place(error, scope, "set", name))
}

fn get<T: Transport>(
    link: &mut Link<T>,
    environment: &dyn Environment,
    scope: &Scope,
    name: &SetName,
    keys: &Elements,
    request: u8,
) -> Result<Set, Error> {
    let known = Known::new(link);
    let head = known.set(scope.family, &scope.table, name);
    known.check()?;
    let head = head.ok_or_else(|| {
        Error::new(ErrorKind::Source, format!("there is no set {}", &**name)).with_errno(Errno::NOENT.raw_os_error())
    })?;
    let mut found = Set::new(name.clone(), head.key.clone());
    (found.data, found.flags, found.auto_merge, found.timeout) = (head.data.clone(), head.flags, head.auto_merge, head.timeout);
    let shape = Shape::of(&found, scope.family);
    let family = scope.family.number();
    let ranges = shape.interval && !shape.is_concat();
    let keys = if ranges {
        // The kernel tells where the range begins, not where it ends.
        let attributes = |writer: &mut Writer| {
            writer.text(NFTA_SET_ELEM_LIST_TABLE, &scope.table);
            writer.text(NFTA_SET_ELEM_LIST_SET, name);
        };
        let fresh = || Collector::new(shape.clone());
        let each = |collector: &mut Collector, message: &Message<'_>| Ok(collector.add(message.reader())?);
        let collector = link.whole(NFT_MSG_GETSETELEM, family, attributes, fresh, each)?;
        found.elements = set::find(&collector.finish(), keys, &shape, environment)?;
        if request == NFT_MSG_GETSETELEM {
            return Ok(found);
        }
        found.elements.clone()
    } else {
        keys.clone()
    };
    let keys = &keys;
    let mut collector = Collector::new(shape.clone());
    let mut writer = Writer::new();
    let context = WriteContext { shape: &shape, auto_merge: false, environment };
    let target = Target { table: &scope.table, set: name, id: None };
    let header = Header::nftables(NFT_MSG_GETSETELEM, 0, family);
    // A range is named by both of its ends.
    let purpose = if ranges { Purpose::Change } else { Purpose::Ask };
    set::write_elements(keys, &context, purpose, &target, &header, &mut writer)?;
    for message in Messages::new(&writer.finish()?) {
        let body = message?.body;
        let attributes = |writer: &mut Writer| writer.raw(body);
        link.get(request, family, attributes, &mut |message| Ok(collector.add(message.reader())?))?;
    }
    found.elements = collector.finish();
    Ok(found)
}
