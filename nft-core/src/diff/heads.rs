//! What the kernel gets of objects, as bytes to compare: state left out.

use crate::error::Error;
use crate::message;
use crate::model::{Object, ObjectKind};
use crate::schema::Family;
use crate::wire::Writer;

pub(super) fn object(object: &Object, family: Family) -> Result<Vec<u8>, Error> {
    let mut object = object.clone();
    let own = |l3proto: &mut u16| {
        if *l3proto == 0 {
            *l3proto = u16::from(family.number());
        }
    };
    match &mut object.kind {
        ObjectKind::Counter { packets, bytes } => (*packets, *bytes) = (0, 0),
        ObjectKind::Quota(quota) => quota.used = 0,
        ObjectKind::CtHelper(helper) => own(&mut helper.l3proto),
        ObjectKind::CtTimeout(timeout) => own(&mut timeout.l3proto),
        ObjectKind::CtExpectation(expectation) => own(&mut expectation.l3proto),
        ObjectKind::Limit(_)
        | ObjectKind::Secmark(_)
        | ObjectKind::Synproxy(_)
        | ObjectKind::Tunnel(_)
        | ObjectKind::Unknown(..) => {}
    }
    let mut writer = Writer::new();
    message::object::encode("", &object, &mut writer)?;
    Ok(writer.finish()?)
}
