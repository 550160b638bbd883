//! The instructions, and their framing in a list.

use super::{
    Bitwise, Byteorder, ChainRef, Cmp, Connlimit, Counter, CtLoad, CtSet, Dup, Dynset, ExthdrLoad, ExthdrSet, ExthdrStrip, Fib,
    FlowOffload, Fwd, Hash, Immediate, Inner, Last, Limit, Log, Lookup, Masq, Match, MetaLoad, MetaSet, Nat, Notrack, Numgen,
    ObjrefMap, ObjrefName, Operand, Osf, PayloadLoad, PayloadSet, Queue, Quota, Range, Redir, Reject, Rt, Socket, Synproxy,
    Target, Tproxy, Tunnel, Xfrm,
};
use crate::uapi::nf_tables::{
    NFTA_CT_SREG, NFTA_EXPR_DATA, NFTA_EXPR_NAME, NFTA_EXTHDR_DREG, NFTA_EXTHDR_SREG, NFTA_META_SREG, NFTA_OBJREF_SET_NAME,
    NFTA_PAYLOAD_SREG,
};
use crate::wire::{Attribute, Attributes, Error, Field, Reader, Text, Writer};

/// An expression that this library does not know, or not in this form.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Unknown {
    /// The kernel's name.
    pub name: Text,
    /// Everything, the name included: what stands inside the list element.
    pub attributes: Box<[u8]>,
}

/// Declares the instructions: variant, which is the type too; the kernel's name; and, where several share the name, the condition
/// on the attributes that selects this one.
macro_rules! instructions {
    ($( $(#[$meta:meta])* $Variant:ident $name:literal $(if $has:ident)? , )*) => {
        /// One step of a program.
        #[doc(alias = "nft_expr")]
        #[derive(Clone, Debug, Eq, PartialEq)]
        #[non_exhaustive]
        pub enum Instruction {
            $(
                $(#[$meta])*
                #[doc = ""]
                #[doc = concat!("Kernel name: `", $name, "`.")]
                $Variant($Variant),
            )*
            /// Something that this library does not know.
            Unknown(Unknown),
        }

        impl Instruction {
            /// The kernel's name of the expression.
            #[must_use]
            pub fn name(&self) -> &str {
                match self {
                    $( Self::$Variant(_) => $name, )*
                    Self::Unknown(unknown) => &unknown.name,
                }
            }

            fn decode_data(name: &str, data: Reader<'_>) -> Result<Option<Self>, Error> {
                $(
                    if name == $name $(&& data.clone().find($has)?.is_some())? {
                        return $Variant::decode(data).map(Self::$Variant).map(Some);
                    }
                )*
                Ok(None)
            }

            fn encode_data(&self, writer: &mut Writer) {
                match self {
                    $( Self::$Variant(instruction) => instruction.encode(writer), )*
                    Self::Unknown(_) => {}
                }
            }
        }

        $(
            impl From<$Variant> for Instruction {
                fn from(instruction: $Variant) -> Self {
                    Self::$Variant(instruction)
                }
            }
        )*
    };
}

instructions! {
    /// Puts bytes or a verdict into a register.
    Immediate "immediate",
    /// Compares a register with bytes.
    Cmp "cmp",
    /// Loads packet bytes.
    PayloadSet "payload" if NFTA_PAYLOAD_SREG,
    /// Writes packet bytes.
    PayloadLoad "payload",
    /// Sets a property of the packet.
    MetaSet "meta" if NFTA_META_SREG,
    /// Loads a property of the packet.
    MetaLoad "meta",
    /// Sets a property of the connection.
    CtSet "ct" if NFTA_CT_SREG,
    /// Loads a property of the connection.
    CtLoad "ct",
    /// Looks a register up in a set or map.
    Lookup "lookup",
    /// Masks, shifts, joins registers.
    Bitwise "bitwise",
    /// Changes byte order.
    Byteorder "byteorder",
    /// Compares a register with a range.
    Range "range",
    /// Counts.
    Counter "counter",
    /// Limits the rate.
    Limit "limit",
    /// Logs.
    Log "log",
    /// Refuses the packet.
    Reject "reject",
    /// Loads an extension header or option.
    ExthdrLoad "exthdr" if NFTA_EXTHDR_DREG,
    /// Writes an option.
    ExthdrSet "exthdr" if NFTA_EXTHDR_SREG,
    /// Overwrites an option with nothing.
    ExthdrStrip "exthdr",
    /// Runs an instruction on the inner packet of a tunnel.
    Inner "inner",
    /// Adds, updates or deletes a set element.
    Dynset "dynset",
    /// Uses an object through a map.
    ObjrefMap "objref" if NFTA_OBJREF_SET_NAME,
    /// Uses an object.
    ObjrefName "objref",
    /// Translates addresses.
    Nat "nat",
    /// Translates the source to that of the interface.
    Masq "masq",
    /// Redirects to this host.
    Redir "redir",
    /// Gives the packet to a local socket.
    Tproxy "tproxy",
    /// Answers for a server until the handshake is done.
    Synproxy "synproxy",
    /// Loads a property of the route.
    Rt "rt",
    /// Loads a property of the local socket.
    Socket "socket",
    /// Asks the routing table.
    Fib "fib",
    /// Guesses the operating system.
    Osf "osf",
    /// Loads a property of the IPsec state.
    Xfrm "xfrm",
    /// Loads tunnel metadata.
    Tunnel "tunnel",
    /// Generates numbers.
    Numgen "numgen",
    /// Hashes.
    Hash "hash",
    /// Holds against a quota.
    Quota "quota",
    /// Remembers when it ran last.
    Last "last",
    /// Limits the number of connections.
    Connlimit "connlimit",
    /// Sends a copy.
    Dup "dup",
    /// Forwards to a device.
    Fwd "fwd",
    /// Gives the packet to a program.
    Queue "queue",
    /// Leaves the packet untracked.
    Notrack "notrack",
    /// Offloads the connection to a flowtable.
    FlowOffload "flow_offload",
    /// A match of the xtables.
    Match "match",
    /// A target of the xtables.
    Target "target",
}

impl Unknown {
    /// Keeps an expression: `attributes` is the name and all else that stands in the list element.
    #[must_use]
    pub fn new(name: &str, attributes: &[u8]) -> Self {
        Self { name: Text::new(name), attributes: attributes.into() }
    }

    /// The attributes of the expression itself.
    #[must_use]
    pub fn data(&self) -> Option<Reader<'_>> {
        Reader::new(&self.attributes).find(NFTA_EXPR_DATA).ok().flatten().map(Attribute::reader)
    }
}

impl Instruction {
    /// The set that it looks into or changes, by its name.
    #[must_use]
    pub fn set(&self) -> Option<&str> {
        match self {
            Self::Lookup(lookup) => Some(&lookup.set),
            Self::ObjrefMap(objref) => Some(&objref.set),
            Self::Dynset(dynset) => Some(&dynset.set_name),
            _ => None,
        }
    }

    /// The chain that it jumps to.
    #[must_use]
    pub const fn chain(&self) -> Option<&ChainRef> {
        match self {
            Self::Immediate(Immediate { data: Operand::Verdict(verdict), .. }) => verdict.chain(),
            _ => None,
        }
    }

    /// Whether it names a set or chain without a name of its own, which lives and dies with the rule. The kernel numbers these; nft has
    /// their names begin with two underscores.
    #[must_use]
    pub fn names_anonymous(&self) -> bool {
        let chain = match self.chain() {
            Some(ChainRef::Name(name)) => Some(&**name),
            Some(ChainRef::Id(_)) => return true,
            None => None,
        };
        self.set().or(chain).is_some_and(|name| name.starts_with("__"))
    }

    fn decode(reader: Reader<'_>) -> Result<Self, Error> {
        let (mut name, mut data, mut known) = (None, None, true);
        for attribute in reader.clone() {
            let attribute = attribute?;
            match attribute.kind {
                NFTA_EXPR_NAME => name = Some(attribute.text()),
                NFTA_EXPR_DATA => data = Some(attribute.reader()),
                _ => known = false,
            }
        }
        let name = name.ok_or(Error::Missing { attribute: NFTA_EXPR_NAME })?;
        if known {
            match Self::decode_data(&name, data.unwrap_or(Reader::new(&[]))) {
                Ok(Some(instruction)) => return Ok(instruction),
                Err(error) if error.is_framing() => return Err(error),
                Ok(None) | Err(_) => {}
            }
        }
        Ok(Self::Unknown(Unknown::new(&name, reader.rest())))
    }
}

impl Field<'_> for Instruction {
    fn write(&self, kind: u16, writer: &mut Writer) {
        writer.nest(kind, |writer| match self {
            Self::Unknown(unknown) => writer.raw(&unknown.attributes),
            // The one expression for which nft sends no data at all.
            Self::Notrack(_) => writer.text(NFTA_EXPR_NAME, self.name()),
            _ => {
                writer.text(NFTA_EXPR_NAME, self.name());
                writer.nest(NFTA_EXPR_DATA, |writer| self.encode_data(writer));
            }
        });
    }

    fn read(attribute: Attribute<'_>) -> Result<Self, Error> {
        Self::decode(attribute.reader())
    }
}

impl Field<'_> for Box<Instruction> {
    fn write(&self, kind: u16, writer: &mut Writer) {
        Instruction::write(self, kind, writer);
    }

    fn read(attribute: Attribute<'_>) -> Result<Self, Error> {
        Instruction::read(attribute).map(Self::new)
    }
}
