//! Sets and their elements.

use super::given::hole_of;
use super::{Quoter, bytes, option, unknown};
use nft_core::model::{Element, KeyType, MapData, Set};
use proc_macro2::TokenStream;
use quote::quote;

impl Quoter<'_> {
    pub(super) fn set(&mut self, set: &Set) -> TokenStream {
        let p = self.private;
        let name = self.name("SetName", &set.name);
        let key = self.key_type(&set.key);
        let new = match &set.data {
            None => quote!(#p::Set::new(#name, #key)),
            Some(data) => {
                let data = match data {
                    MapData::Value { ty, interval } => {
                        let ty = self.key_type(ty);
                        quote!(#p::MapData::Value { ty: #ty, interval: #interval })
                    }
                    MapData::Verdict => quote!(#p::MapData::Verdict),
                    MapData::Object(ty) => {
                        let ty = ty.0;
                        quote!(#p::MapData::Object(#p::ObjectType(#ty)))
                    }
                    MapData::Queue => quote!(#p::MapData::Queue),
                    _ => unknown("a map"),
                };
                quote!(#p::Set::map(#name, #key, #data))
            }
        };
        let flags = set.flags.bits();
        let timeout = option(set.timeout.map(|time| self.milliseconds(time, "timeout")));
        let gc_interval = option(set.gc_interval.map(|time| self.milliseconds32(time, "gc-interval")));
        let size = option(set.size.map(|size| self.number32(size, "size")));
        let (policy, auto_merge) = (option(set.policy), set.auto_merge);
        let stmts = self.stmts(&set.stmts);
        let comment = self.comment(set.comment.as_deref());
        let layout = set.elements.layout();
        let (layout_key, layout_data) = (layout.key, layout.data);
        let points: Vec<u8> = set.elements.points().flat_map(|(key, data)| [key, data].concat()).collect();
        let ranges: Vec<u8> = set.elements.ranges().flat_map(|(low, high, data)| [low, high, data].concat()).collect();
        let (points, ranges) = (bytes(&points), bytes(&ranges));
        let (mut others, mut filled) = (Vec::new(), Vec::new());
        self.place = if self.is_given(&set.name) { "the set".into() } else { set.name.to_string() };
        self.data_place = format!("data of {}", self.place);
        for element in set.elements.others() {
            let before = self.used.clone();
            if let Some(items) = self.splat(element) {
                filled.push(quote!(::core::iter::Iterator::for_each(#items, |element| #p::add_element(&mut set, element));));
                continue;
            }
            let code = self.element(element);
            if self.used == before {
                others.push(code);
            } else {
                // What a hole gives is packed like what was written.
                filled.push(quote!(#p::add_element(&mut set, #code);));
            }
        }
        let origin = self.origin();
        quote! {{
            let mut set = #new;
            set.flags = #p::SetFlags::from_bits_retain(#flags);
            set.timeout = #timeout;
            set.gc_interval = #gc_interval;
            set.size = #size;
            set.policy = #policy;
            set.auto_merge = #auto_merge;
            set.stmts = #stmts;
            set.comment = #comment;
            set.origin = #origin;
            set.elements = #p::elements((#layout_key, #layout_data), #points, #ranges, ::core::convert::From::from([#(#others),*]));
            #(#filled)*
            set
        }}
    }

    fn key_type(&mut self, key: &KeyType) -> TokenStream {
        let p = self.private;
        match key {
            KeyType::Types(types) => {
                let types: Vec<_> = types.iter().map(|ty| self.data_type(*ty)).collect();
                quote!(#p::KeyType::Types(#p::boxed([#(#types),*])))
            }
            KeyType::Typeof(expr) => {
                let expr = self.expr(expr);
                quote!(#p::KeyType::Typeof(::core::convert::From::from(#expr)))
            }
            KeyType::Sized(ty, bits) => {
                let ty = self.data_type(*ty);
                quote!(#p::KeyType::Sized(#ty, #bits))
            }
            _ => unknown("a key"),
        }
    }

    pub(super) fn element(&mut self, element: &Element) -> TokenStream {
        // A hole that is both gives pairs, of which only an iterator can.
        if element.key.as_ref().and_then(hole_of).is_some_and(|hole| element.data.as_ref().and_then(hole_of) == Some(hole)) {
            return self.element_of(element, None, None);
        }
        let key = element.key.as_ref().map(|key| self.expr(key));
        let data = element.data.as_ref().map(|data| {
            let place = self.data_place.clone();
            self.within(place, |quoter| quoter.expr(data))
        });
        self.element_of(element, key, data)
    }

    /// An element whose key and data have this code.
    pub(super) fn element_of(&mut self, element: &Element, key: Option<TokenStream>, data: Option<TokenStream>) -> TokenStream {
        let p = self.private;
        let new = match key {
            Some(key) => quote!(#p::Element::new(#key)),
            None => quote!(#p::Element::catch_all()),
        };
        let data = option(data);
        if element.is_plain() {
            return match element.data {
                None => new,
                Some(_) => quote!({ let mut element = #new; element.data = #data; element }),
            };
        }
        let timeout = option(element.timeout.map(|time| self.milliseconds(time, "timeout")));
        let expires = option(element.expires.map(|time| self.milliseconds(time, "expires")));
        let comment = self.comment(element.comment.as_deref());
        let stmts = self.stmts(&element.stmts);
        quote! {{
            let mut element = #new;
            element.data = #data;
            element.timeout = #timeout;
            element.expires = #expires;
            element.comment = #comment;
            element.stmts = #stmts;
            element
        }}
    }

    /// Elements of an anonymous set, as a boxed slice.
    pub(super) fn elements(&mut self, elements: &[Element]) -> TokenStream {
        let p = self.private;
        let mut is_fixed = true;
        let parts: Vec<_> = elements
            .iter()
            .map(|element| match self.splat(element) {
                Some(items) => {
                    is_fixed = false;
                    items
                }
                None => self.element(element),
            })
            .collect();
        if is_fixed {
            return quote!(#p::boxed([#(#parts),*]));
        }
        let parts = elements.iter().zip(parts).map(|(element, part)| {
            if self.is_splat(element) {
                quote!(::core::iter::Extend::extend(&mut elements, #part);)
            } else {
                quote!(elements.push(#part);)
            }
        });
        quote!({
            let mut elements = #p::no_elements();
            #(#parts)*
            elements.into_boxed_slice()
        })
    }
}
