//! Elements of events: each has a message of its own, and those of ranges have two.

use super::super::commits::RawMessages;
use super::Grain;
use crate::error::Error;
use crate::message::element::{ElementList, ElementMessage};
use crate::model::Elements;
use crate::set::{Collector, Shape};
use crate::uapi::nf_tables::NFT_SET_ELEM_INTERVAL_END;
use crate::wire::{Attributes, Message, Text};

/// Messages one after the other with elements of the same set, added or deleted alike.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) message: u8,
    pub(super) flags: u16,
    pub(super) family: u8,
    pub(super) table: Text,
    pub(super) set: Text,
    pub(super) messages: RawMessages,
}

impl Run {
    pub(super) fn begin(message: &Message<'_>, list: &ElementList<'_>) -> Self {
        let header = &message.header;
        Self {
            message: header.message(),
            flags: header.flags,
            family: header.family,
            table: Text::new(&list.table),
            set: Text::new(&list.set),
            messages: RawMessages::default(),
        }
    }

    pub(super) fn takes(&self, message: &Message<'_>, list: &ElementList<'_>) -> bool {
        let header = &message.header;
        self.message == header.message()
            && self.flags == header.flags
            && self.family == header.family
            && self.set == *list.set
            && self.table == *list.table
    }

    /// The elements: all in one, or each alone in the order in which the kernel tells them.
    pub(super) fn elements(&self, shape: &Shape, grain: Grain) -> Result<Vec<Elements>, Error> {
        match grain {
            Grain::Value => {
                let mut collector = Collector::new(shape.clone());
                for message in &self.messages {
                    collector.add(message?.reader())?;
                }
                Ok(vec![collector.finish()])
            }
            Grain::Line => self.lines(shape),
        }
    }

    fn lines(&self, shape: &Shape) -> Result<Vec<Elements>, Error> {
        let mut messages = Vec::new();
        for message in &self.messages {
            messages.push(message?);
        }
        let alone = |parts: &[Message<'_>]| -> Result<Elements, Error> {
            let mut collector = Collector::new(shape.clone());
            for message in parts {
                collector.add(message.reader())?;
            }
            Ok(collector.finish())
        };
        if !shape.interval || shape.is_concat() {
            return messages.chunks(1).map(alone).collect();
        }
        let bounds = messages.iter().map(bound).collect::<Result<Vec<_>, _>>()?;
        let mut used = vec![false; bounds.len()];
        let mut lines = Vec::new();
        for (at, (start, message)) in bounds.iter().zip(&messages).enumerate() {
            if start.end {
                continue;
            }
            // The kernel tells both one after the other, upwards or downwards. A range up to the last key has no end.
            let fits = |index: usize| {
                let end = bounds.get(index)?;
                let free = used.get(index).is_some_and(|used| !used);
                (end.end && free && end.key > start.key).then_some(index)
            };
            let beside = fits(at + 1).or_else(|| fits(at.checked_sub(1)?));
            let nearest = || (0..bounds.len()).filter_map(fits).min_by_key(|index| bounds.get(*index).map(|end| end.key));
            let end = beside.or_else(nearest);
            let line = match end.and_then(|index| messages.get(index)) {
                Some(end) => alone(&[*message, *end])?,
                None => alone(&[*message])?,
            };
            if let Some(used) = end.and_then(|index| used.get_mut(index)) {
                *used = true;
            }
            lines.push(line);
        }
        Ok(lines)
    }
}

/// Where a range begins or ends.
struct Bound<'a> {
    key: Option<&'a [u8]>,
    end: bool,
}

fn bound<'a>(message: &Message<'a>) -> Result<Bound<'a>, Error> {
    let list = ElementList::decode(message.reader())?;
    let first = list.elements.and_then(|elements| elements.reader().next());
    let Some(first) = first.transpose()? else { return Ok(Bound { key: None, end: true }) };
    let element = ElementMessage::decode(first.reader())?;
    let end = element.flags.is_some_and(|flags| flags & NFT_SET_ELEM_INTERVAL_END != 0);
    Ok(Bound { key: element.key.map(|key| key.0), end })
}
