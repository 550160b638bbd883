//! What holes give: code that asks the compiler for what their place takes (`takes` in `nft_core::expansion`), and names the place.

use super::{Quoter, option};
use crate::hole;
use nft_core::model::{Element, Expr, Repr, Value};
use nft_core::schema::{DataType, Family};
use nft_syntax::lower::StandIn;
use nft_syntax::print;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote};

/// A hole where its value is put: the hole's binding, or an item of its iterator.
pub(super) struct Given(TokenStream);

/// An expression as it is written.
pub(super) fn words(expr: &Expr) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = print::expr(&mut text, expr, Family::Inet, &print::Options::default());
    text
}

impl Quoter<'_> {
    /// Writes values that stand behind these words.
    pub(super) fn within<T>(&mut self, place: String, write: impl FnOnce(&mut Self) -> T) -> T {
        let outer = std::mem::replace(&mut self.place, place);
        let written = write(self);
        self.place = outer;
        written
    }

    /// A name: known, or a hole's.
    pub(super) fn name(&mut self, ty: &str, name: &str) -> TokenStream {
        let p = self.private;
        let ty = format_ident!("{ty}");
        match self.take(name) {
            Some(Given(value)) => quote!(#p::takes::#ty::give(#value)),
            None => quote!(#p::known::<#p::#ty>(#name)),
        }
    }

    /// The priority of a chain: a number, or the stand-in of a hole.
    pub(super) fn priority(&mut self, priority: i32) -> TokenStream {
        let number = priority.checked_sub(nft_syntax::lower::HOLE_PRIORITY).and_then(|number| usize::try_from(number).ok());
        match number.and_then(|number| self.take_number(number)) {
            Some(given) => self.ask("Priority", "priority", &given),
            None => quote!(#priority),
        }
    }

    /// A text, or a hole's.
    pub(super) fn text(&mut self, text: Option<&str>, place: &str) -> TokenStream {
        let p = self.private;
        option(text.map(|text| match self.take(text) {
            Some(given) => self.ask("Comment", place, &given),
            None => quote!(#p::text(#text)),
        }))
    }

    /// A number of 16 bits, or a hole's.
    pub(super) fn number16(&mut self, number: u16, place: &str) -> TokenStream {
        match self.stand_in(number) {
            Some((given, _)) => self.ask("Number16", place, &given),
            None => quote!(#number),
        }
    }

    /// A number of 32 bits, or a hole's.
    pub(super) fn number32(&mut self, number: u32, place: &str) -> TokenStream {
        let p = self.private;
        let Some((given, bits)) = self.stand_in(number) else { return quote!(#number) };
        let number = self.ask("Number32", place, &given);
        if bits == 0 { number } else { quote!(#p::scaled32(#number, #bits)) }
    }

    /// A number of 64 bits, or a hole's.
    pub(super) fn number64(&mut self, number: u64, place: &str) -> TokenStream {
        let p = self.private;
        let Some((given, bits)) = self.stand_in(number) else { return quote!(#number) };
        let number = self.ask("Number64", place, &given);
        if bits == 0 { number } else { quote!(#p::scaled(#number, #bits)) }
    }

    /// The length of a prefix, or a hole's.
    pub(super) fn prefix_length(&mut self, length: u32) -> TokenStream {
        match self.stand_in(length) {
            Some((given, _)) => self.ask("PrefixLength", &self.place, &given),
            None => quote!(#length),
        }
    }

    /// A time in milliseconds, or a hole's.
    pub(super) fn milliseconds(&mut self, time: u64, place: &str) -> TokenStream {
        match self.stand_in(time) {
            Some((given, _)) => self.ask("Milliseconds", place, &given),
            None => quote!(#time),
        }
    }

    /// The same in 32 bits.
    pub(super) fn milliseconds32(&mut self, time: u32, place: &str) -> TokenStream {
        match self.stand_in(time) {
            Some((given, _)) => self.ask("Milliseconds32", place, &given),
            None => quote!(#time),
        }
    }

    /// A constant that a hole gives.
    pub(super) fn constant_of(&self, Given(value): &Given, ty: DataType) -> TokenStream {
        if ty == DataType::VERDICT {
            return self.ask("Judgement", &self.place, &Given(value.clone()));
        }
        let p = self.private;
        let kind = format_ident!("{}", nft_core::expr::kind::name_of(ty));
        let (place, ty) = (place(&self.place), self.data_type(ty));
        quote!({ enum #place {} #p::takes::#kind::<#place>::give(#value, #ty) })
    }

    /// A concatenation whose parts are all given by one hole.
    pub(super) fn concatenation(&mut self, parts: &[Expr]) -> Option<TokenStream> {
        let name = whole(parts)?;
        let given = self.take(name)?;
        Some(self.concatenation_of(&given, parts))
    }

    fn concatenation_of(&self, Given(value): &Given, parts: &[Expr]) -> TokenStream {
        let p = self.private;
        let types: Vec<DataType> = parts.iter().filter_map(|part| part.as_value().map(|value| value.ty)).collect();
        let kinds = types.iter().map(|ty| format_ident!("{}", nft_core::expr::kind::name_of(*ty)));
        let count = types.len();
        let types = types.iter().map(|ty| self.data_type(*ty));
        let place = place(&self.place);
        quote!({ enum #place {} #p::takes::Concatenation::<#place, (#(#p::kind::#kinds,)*), #count>::give(#value, [#(#types),*]) })
    }

    /// The iterator of a splat's elements, if the element is one.
    pub(super) fn splat(&mut self, element: &Element) -> Option<TokenStream> {
        let number = self.splat_number(element)?;
        let key = element.key.as_ref()?;
        let p = self.private;
        *self.used.get_mut(number)? += 1;
        let binding = self.binding_of(number)?;
        // Of the macro's own, so that nothing of the user's is meant.
        let span = Span::mixed_site().located_at(self.holes.get(number)?.span);
        let (item, data_item) = (Ident::new("item", span), Ident::new("data", span));
        let key_code = self.item(key, &item);
        let element_code = match &element.data {
            None => {
                let code = self.element_of(element, Some(key_code), None);
                quote!(|#item| #code)
            }
            Some(data) => {
                let data_place = self.data_place.clone();
                let data_code = self.within(data_place, |quoter| quoter.item(data, &data_item));
                let code = self.element_of(element, Some(key_code), Some(data_code));
                quote!(|#item| { let (#item, #data_item) = #p::takes::Pair::give(#item); #code })
            }
        };
        Some(quote!(::core::iter::Iterator::map(#p::takes::Items::give(#binding), #element_code)))
    }

    pub(super) fn is_splat(&self, element: &Element) -> bool {
        self.splat_number(element).is_some()
    }

    /// Whether a hole gives the name.
    pub(super) fn is_given(&self, name: &str) -> bool {
        hole::number(name).is_some()
    }

    /// The hole of an element that is a splat: that of its key, and of its data if it has any.
    fn splat_number(&self, element: &Element) -> Option<usize> {
        let number = hole_of(element.key.as_ref()?)?;
        let is_splat = self.holes.get(number).is_some_and(|hole| hole.splat);
        let goes_on = element.data.as_ref().is_none_or(|data| hole_of(data) == Some(number));
        (is_splat && goes_on).then_some(number)
    }

    /// Key or data of a splat's item.
    fn item(&self, expr: &Expr, item: &Ident) -> TokenStream {
        let given = Given(item.into_token_stream());
        match expr {
            Expr::Concat(parts) => self.concatenation_of(&given, parts),
            Expr::Value(value) => self.constant_of(&given, value.ty),
            _ => super::unknown("an element"),
        }
    }

    /// The hole that a text stands for, to be put there.
    pub(super) fn take(&mut self, text: &str) -> Option<Given> {
        self.take_number(hole::number(text)?)
    }

    fn take_number(&mut self, number: usize) -> Option<Given> {
        if self.holes.get(number)?.splat {
            return None;
        }
        *self.used.get_mut(number)? += 1;
        Some(Given(self.binding_of(number)?.into_token_stream()))
    }

    fn stand_in(&mut self, number: impl StandIn) -> Option<(Given, u32)> {
        let (hole, bits) = number.hole(self.holes.len())?;
        Some((self.take_number(hole)?, bits))
    }

    fn binding_of(&self, number: usize) -> Option<Ident> {
        Some(Self::binding(number, Span::mixed_site().located_at(self.holes.get(number)?.span)))
    }

    /// Code that takes a value through that trait.
    fn ask(&self, name: &str, words: &str, Given(value): &Given) -> TokenStream {
        let p = self.private;
        let (name, place) = (format_ident!("{name}"), place(words));
        quote!({ enum #place {} #p::takes::#name::<#place>::give(#value) })
    }
}

/// The name of a type that only names a place: the words before the hole.
fn place(words: &str) -> Ident {
    let parts = words.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|part| !part.is_empty());
    let mut name = parts.collect::<Vec<_>>().join("_");
    if !name.starts_with(|first: char| first.is_ascii_alphabetic()) {
        name.insert_str(0, "it_");
    }
    // A name of the language has to look otherwise.
    syn::parse_str::<Ident>(&name).map_or_else(
        |_| format_ident!("{name}_"),
        |mut ident| {
            ident.set_span(Span::mixed_site());
            ident
        },
    )
}

/// The spelling of the hole that is all of an expression.
fn whole(parts: &[Expr]) -> Option<&str> {
    let mut names = parts.iter().map(|part| match part {
        Expr::Value(Value { repr: Repr::Name(name), .. }) => Some(&**name),
        _ => None,
    });
    let first = names.next()??;
    (hole::number(first).is_some() && names.all(|name| name == Some(first))).then_some(first)
}

/// The hole that is all of an expression.
pub(super) fn hole_of(expr: &Expr) -> Option<usize> {
    match expr {
        Expr::Concat(parts) => hole::number(whole(parts)?),
        single => hole::number(whole(std::slice::from_ref(single))?),
    }
}
