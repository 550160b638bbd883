//! Findings become compile errors at their tokens.

use crate::text::Text;
use nft_syntax::{Diagnostic, Severity, Source};
use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};

/// Compile errors for the findings.
pub(crate) fn errors(text: &Text, diagnostics: &[Diagnostic]) -> TokenStream {
    let errors = diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error);
    errors
        .map(|diagnostic| {
            let message = clean(&if text.is_string {
                // In a string, the compiler can point at the whole of it only.
                Source::new("nft!", &text.text).show(diagnostic).to_string()
            } else {
                diagnostic.to_string()
            });
            let (first, last) = text.spans(diagnostic.span.start as usize, diagnostic.span.end as usize);
            error(first, last, &message)
        })
        .collect()
}

/// One compile error from the first token to the last.
pub(crate) fn error(first: Span, last: Span, message: &str) -> TokenStream {
    let name = quote_spanned!(first=> ::core::compile_error!);
    let body = quote_spanned!(last=> { #message });
    quote!(#name #body)
}

/// A message with holes as their author wrote them.
fn clean(message: &str) -> String {
    let mut out = String::with_capacity(message.len());
    let mut rest = message;
    while let Some((before, after)) = rest.split_once(nft_syntax::HOLE) {
        out.push_str(before);
        out.push_str("#{…}");
        rest = after.split_once(nft_syntax::HOLE_END).map_or(after, |(_, rest)| rest);
    }
    out + rest
}
