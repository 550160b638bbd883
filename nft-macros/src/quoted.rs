//! Values as the code that builds them.
//!
//! One function for each type of the model. Where a value is the stand-in of a hole, the hole's binding is put in its place,
//! through a function that asks for the type which the place takes.

mod given;
mod rule;
mod set;

use crate::hole::Hole;
use nft_core::model::{
    BaseChain, Chain, Flowtable, Object, ObjectKind, Repr, Ruleset, Table, TunnelAddresses, TunnelOptions, Value,
};
use nft_core::schema::DataType;
use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens, format_ident, quote};
use std::fmt::Debug;

/// Writes code for values.
pub(crate) struct Quoter<'q> {
    /// Path of what the code calls.
    private: &'q TokenStream,
    holes: &'q [Hole],
    used: Vec<u32>,
    /// What stands before the value that is written: `ip saddr`, the name of a set.
    place: String,
    /// The same for the data of a map's elements.
    data_place: String,
}

impl<'q> Quoter<'q> {
    pub(crate) fn new(private: &'q TokenStream, holes: &'q [Hole]) -> Self {
        Self { private, holes, used: vec![0; holes.len()], place: String::new(), data_place: String::new() }
    }

    /// The name that a hole's value is bound to.
    pub(crate) fn binding(number: usize, span: Span) -> Ident {
        Ident::new(&format!("hole_{number}"), span)
    }

    /// Holes that did not come out as values of the model.
    pub(crate) fn unused(&self) -> Vec<Span> {
        self.holes.iter().zip(&self.used).filter(|(_, used)| **used == 0).map(|(hole, _)| hole.span).collect()
    }

    pub(crate) fn ruleset(&mut self, ruleset: &Ruleset) -> TokenStream {
        let p = self.private;
        let tables: Vec<_> = ruleset.tables.iter().map(|table| self.table(table)).collect();
        quote! {
            let mut ruleset = #p::Ruleset::new();
            #(ruleset.tables.push(#tables);)*
            ruleset
        }
    }

    fn table(&mut self, table: &Table) -> TokenStream {
        let p = self.private;
        let family = variant(&table.family);
        let name = self.name("TableName", &table.name);
        let flags = table.flags.bits();
        let comment = self.comment(table.comment.as_deref());
        let objects: Vec<_> = table.objects.iter().map(|object| self.object(object)).collect();
        let sets: Vec<_> = table.sets.iter().map(|set| self.set(set)).collect();
        let flowtables: Vec<_> = table.flowtables.iter().map(|flowtable| self.flowtable(flowtable)).collect();
        let chains: Vec<_> = table.chains.iter().map(|chain| self.chain(chain)).collect();
        let origin = self.origin();
        quote! {{
            let mut table = #p::Table::new(#p::Family::#family, #name);
            table.flags = #p::TableFlags::from_bits_retain(#flags);
            table.comment = #comment;
            table.origin = #origin;
            #(table.objects.push(#objects);)*
            #(table.sets.push(#sets);)*
            #(table.flowtables.push(#flowtables);)*
            #(table.chains.push(#chains);)*
            table
        }}
    }

    fn chain(&mut self, chain: &Chain) -> TokenStream {
        let p = self.private;
        let name = self.name("ChainName", &chain.name);
        let base = chain.base.as_ref().map(|base| self.base(base));
        let base = base.into_iter();
        let comment = self.comment(chain.comment.as_deref());
        let rules: Vec<_> = chain.rules.iter().map(|rule| self.rule(rule)).collect();
        let origin = self.origin();
        quote! {{
            let mut chain = #p::Chain::new(#name);
            #(chain.base = ::core::option::Option::Some(#base);)*
            chain.comment = #comment;
            chain.origin = #origin;
            #(chain.rules.push(#rules);)*
            chain
        }}
    }

    fn base(&mut self, base: &BaseChain) -> TokenStream {
        let p = self.private;
        let (ty, hook) = (variant(&base.ty), variant(&base.hook));
        let priority = self.priority(base.priority);
        let policy = base.policy.iter().map(variant);
        let devices: Vec<_> = base.devices.iter().map(|device| self.name("DeviceName", device)).collect();
        let offload = base.offload;
        quote! {{
            let mut base = #p::BaseChain::new(#p::ChainType::#ty, #p::Hook::#hook, #priority);
            #(base.policy = ::core::option::Option::Some(#p::Policy::#policy);)*
            #(base.devices.push(#devices);)*
            base.offload = #offload;
            base
        }}
    }

    fn flowtable(&mut self, flowtable: &Flowtable) -> TokenStream {
        let p = self.private;
        let name = self.name("FlowtableName", &flowtable.name);
        let priority = flowtable.priority.map(|priority| self.priority(priority)).into_iter();
        let devices: Vec<_> = flowtable.devices.iter().map(|device| self.name("DeviceName", device)).collect();
        let (offload, counter) = (flowtable.offload, flowtable.counter);
        let origin = self.origin();
        quote! {{
            let mut flowtable = #p::Flowtable::new(#name, 0);
            flowtable.priority = ::core::option::Option::None;
            #(flowtable.priority = ::core::option::Option::Some(#priority);)*
            #(flowtable.devices.push(#devices);)*
            flowtable.offload = #offload;
            flowtable.counter = #counter;
            flowtable.origin = #origin;
            flowtable
        }}
    }

    fn object(&mut self, object: &Object) -> TokenStream {
        let p = self.private;
        let name = self.name("ObjectName", &object.name);
        let comment = self.comment(object.comment.as_deref());
        let kind = self.object_kind(&object.kind);
        let origin = self.origin();
        quote! {{
            let mut object = #p::Object::new(#name, #kind);
            object.comment = #comment;
            object.origin = #origin;
            object
        }}
    }

    fn object_kind(&mut self, kind: &ObjectKind) -> TokenStream {
        let p = self.private;
        match kind {
            ObjectKind::Counter { packets, bytes } => {
                let (packets, bytes) = (self.number64(*packets, "packets"), self.number64(*bytes, "bytes"));
                quote!(#p::ObjectKind::Counter { packets: #packets, bytes: #bytes })
            }
            ObjectKind::Quota(quota) => {
                let quota = self.quota(quota);
                quote!(#p::ObjectKind::Quota(#quota))
            }
            ObjectKind::Limit(limit) => {
                let limit = self.limit(limit);
                quote!(#p::ObjectKind::Limit(#limit))
            }
            ObjectKind::CtHelper(helper) => {
                let (name, l4proto, l3proto) = (&*helper.helper, helper.l4proto, helper.l3proto);
                quote!(#p::ObjectKind::CtHelper({
                    let mut helper = #p::CtHelper::new(#name, #l4proto);
                    helper.l3proto = #l3proto;
                    helper
                }))
            }
            ObjectKind::CtTimeout(timeout) => {
                let (l4proto, l3proto) = (timeout.l4proto, timeout.l3proto);
                let policy = timeout.policy.iter().map(|(state, seconds)| quote!((#state, #seconds)));
                quote!(#p::ObjectKind::CtTimeout({
                    let mut timeout = #p::CtTimeout::new(#l4proto, ::core::convert::From::from([#(#policy),*]));
                    timeout.l3proto = #l3proto;
                    timeout
                }))
            }
            ObjectKind::CtExpectation(expectation) => {
                let (l4proto, l3proto) = (expectation.l4proto, expectation.l3proto);
                let (dport, timeout, size) = (expectation.dport, expectation.timeout, expectation.size);
                quote!(#p::ObjectKind::CtExpectation({
                    let mut expectation = #p::CtExpectation::new(#l4proto, #dport, #timeout, #size);
                    expectation.l3proto = #l3proto;
                    expectation
                }))
            }
            ObjectKind::Secmark(context) => quote!(#p::ObjectKind::Secmark(::core::convert::Into::into(#context))),
            ObjectKind::Synproxy(synproxy) => {
                let synproxy = self.synproxy(synproxy);
                quote!(#p::ObjectKind::Synproxy(#synproxy))
            }
            ObjectKind::Tunnel(tunnel) => {
                let (id, flags) = (option(tunnel.id), option(tunnel.flags));
                let (sport, dport) = (option(tunnel.sport), option(tunnel.dport));
                let (tos, ttl) = (option(tunnel.tos), option(tunnel.ttl));
                let (ip, ip6) = match tunnel.addresses {
                    Some(TunnelAddresses::Ip { source, destination }) => {
                        let [source, destination] = [source, destination].map(|address| option(address.map(u32::from)));
                        (option(Some(quote!([#source, #destination]))), option(None::<u8>))
                    }
                    Some(TunnelAddresses::Ip6 { source, destination }) => {
                        let [source, destination] = [source, destination].map(|address| option(address.map(u128::from)));
                        (option(None::<u8>), option(Some(quote!([#source, #destination]))))
                    }
                    _ => (option(None::<u8>), option(None::<u8>)),
                };
                let options = option(tunnel.options.as_ref().map(|options| match options {
                    TunnelOptions::Vxlan { gbp } => quote!(#p::TunnelOptions::Vxlan { gbp: #gbp }),
                    TunnelOptions::Erspan1 { index } => quote!(#p::TunnelOptions::Erspan1 { index: #index }),
                    TunnelOptions::Erspan2 { direction, hardware } => {
                        quote!(#p::TunnelOptions::Erspan2 { direction: #direction, hardware: #hardware })
                    }
                    TunnelOptions::Geneve(options) => {
                        let options = options.iter().map(|option| {
                            let (class, ty, data) = (option.class, option.ty, bytes(&option.data));
                            quote!(#p::GeneveOption::new(#class, #ty, ::core::convert::From::from(#data as &[u8])))
                        });
                        quote!(#p::TunnelOptions::Geneve(::core::convert::From::from([#(#options),*])))
                    }
                    _ => unknown("an option of a tunnel"),
                }));
                quote!(#p::ObjectKind::Tunnel(::core::convert::From::from(#p::tunnel(
                    [#id, #flags], [#sport, #dport], [#tos, #ttl], #ip, #ip6, #options
                ))))
            }
            _ => unknown("an object"),
        }
    }

    fn comment(&mut self, comment: Option<&str>) -> TokenStream {
        self.text(comment, "comment")
    }

    /// The expression of a constant.
    fn value(&mut self, value: &Value) -> TokenStream {
        let p = self.private;
        let ty = self.data_type(value.ty);
        if let Repr::Name(name) = &value.repr
            && let Some(hole) = self.take(name)
        {
            return self.constant_of(&hole, value.ty);
        }
        match &value.repr {
            Repr::Int(number) => quote!(#p::int(#ty, #number)),
            Repr::Bytes(content) => {
                let content = bytes(content);
                quote!(#p::constant(#ty, #p::Repr::Bytes(::core::convert::From::from(#content as &[u8]))))
            }
            Repr::Str(text) => quote!(#p::constant(#ty, #p::Repr::Str(#p::text(#text)))),
            Repr::Wildcard(text) => quote!(#p::constant(#ty, #p::Repr::Wildcard(#p::text(#text)))),
            Repr::Name(text) => quote!(#p::constant(#ty, #p::Repr::Name(#p::text(#text)))),
            _ => unknown("a constant"),
        }
    }

    fn data_type(&self, ty: DataType) -> TokenStream {
        let p = self.private;
        let row = ty.row_number();
        quote!(#p::data_type(#row))
    }

    fn origin(&self) -> TokenStream {
        let p = self.private;
        quote!(#p::Origin::Code { file: ::core::file!(), line: ::core::line!() })
    }
}

/// The name of a variant without content, which is what its `Debug` form is.
fn variant(value: &impl Debug) -> Ident {
    format_ident!("{value:?}")
}

fn option<T: ToTokens>(value: Option<T>) -> TokenStream {
    match value {
        Some(value) => quote!(::core::option::Option::Some(#value)),
        None => quote!(::core::option::Option::None),
    }
}

fn bytes(bytes: &[u8]) -> Literal {
    Literal::byte_string(bytes)
}

/// Code for what this version of the macro has no code for.
fn unknown(what: &str) -> TokenStream {
    let message = format!("`nft!` cannot build {what} of this kind");
    quote!(::core::compile_error!(#message))
}
