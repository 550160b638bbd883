//! The expansion: the path of the crate, the holes' values, then the code that builds the ruleset.

use crate::diagnostic;
use crate::quoted::Quoter;
use crate::text::Text;
use proc_macro_crate::{FoundCrate, crate_name};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};

/// The expansion of `nft!`.
pub(crate) fn ruleset(input: TokenStream) -> TokenStream {
    let text = Text::new(input);
    let private = private(&text);
    let mut errors: TokenStream = text.errors.iter().map(|(span, message)| diagnostic::error(*span, *span, message)).collect();
    let ruleset = if errors.is_empty() {
        match nft_syntax::lower::template(&text.text) {
            Ok(ruleset) => Some(ruleset),
            Err(diagnostics) => {
                errors.extend(diagnostic::errors(&text, &diagnostics));
                None
            }
        }
    } else {
        None
    };
    let code = ruleset.map(|ruleset| {
        let mut quoter = Quoter::new(&private, &text.holes);
        let code = quoter.ruleset(&ruleset);
        for span in quoter.unused() {
            errors.extend(diagnostic::error(span, span, "a Rust value cannot stand here"));
        }
        code
    });
    let values = text.holes.iter().enumerate().map(|(number, hole)| {
        let (name, expr) = (Quoter::binding(number, Span::mixed_site()), &hole.expr);
        quote_spanned!(hole.span=> let #name = #expr;)
    });
    match code {
        Some(code) if errors.is_empty() => quote! { { #(#values)* #code } },
        // The holes' expressions are kept, so that their own errors show and what they use counts as used.
        _ => {
            let values = text.holes.iter().map(|hole| &hole.expr);
            quote! { { #errors #(let _ = { #values };)* #private::Ruleset::new() } }
        }
    }
}

/// Where the expansion finds what it needs: behind the facade, however that is called here.
fn private(text: &Text) -> TokenStream {
    if let Some(path) = &text.path {
        return quote!(#path::__private);
    }
    match crate_name("nft") {
        Ok(FoundCrate::Name(name)) => {
            let name: Ident = format_ident!("{name}");
            quote!(::#name::__private)
        }
        // In the crate's own examples and tests it goes by its name.
        Ok(FoundCrate::Itself) | Err(_) => quote!(::nft::__private),
    }
}
