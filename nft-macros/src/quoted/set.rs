//! Sets and their elements.

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
        let (timeout, gc_interval) = (option(set.timeout), option(set.gc_interval));
        let (size, policy, auto_merge) = (option(set.size), option(set.policy), set.auto_merge);
        let stmts = self.stmts(&set.stmts);
        let comment = self.comment(set.comment.as_deref());
        let layout = set.elements.layout();
        let (layout_key, layout_data) = (layout.key, layout.data);
        let points: Vec<u8> = set.elements.points().flat_map(|(key, data)| [key, data].concat()).collect();
        let ranges: Vec<u8> = set.elements.ranges().flat_map(|(low, high, data)| [low, high, data].concat()).collect();
        let (points, ranges) = (bytes(&points), bytes(&ranges));
        let (mut others, mut filled) = (Vec::new(), Vec::new());
        for element in set.elements.others() {
            let before = self.used.clone();
            if let Some(items) = element.key.as_ref().and_then(|key| self.splat(key)) {
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
        let p = self.private;
        let new = match &element.key {
            Some(key) => {
                let key = self.expr(key);
                quote!(#p::Element::new(#key))
            }
            None => quote!(#p::Element::catch_all()),
        };
        let data = option(element.data.as_ref().map(|data| self.expr(data)));
        if element.is_plain() {
            return match element.data {
                None => new,
                Some(_) => quote!({ let mut element = #new; element.data = #data; element }),
            };
        }
        let (timeout, expires) = (option(element.timeout), option(element.expires));
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
            .map(|element| match element.key.as_ref().and_then(|key| self.splat(key)) {
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
            if element.key.as_ref().is_some_and(|key| self.is_splat(key)) {
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
