//! Errors as `nft` shows them.

use nft::syntax::{Error, Sources};

/// Something that is wrong with the text.
pub(crate) fn refused(error: &Error) {
    eprint!("{error}");
}

/// Something that was refused later: by the compiler or the kernel.
pub(crate) fn failed(sources: &Sources, error: &nft::Error) {
    // The library writes messages in lower case.
    let shown = sources.show_error(error).to_string();
    eprint!("{}", shown.replace("Error: could not process rule: ", "Error: Could not process rule: "));
}
