//! The derive macros of the `p2p` crate, which re-exports them next to the traits that they implement.
//!
//! They are documented there, with examples that need the runtime.

mod attr;
mod errors;
mod fields;
mod generics;
mod names;
mod protocol;
mod rlp;
mod settings;
#[cfg(test)]
mod tests;
mod types;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

// The documentation is in the p2p crate, next to the traits.
#[allow(missing_docs, reason = "it is where the macro is exported to users")]
#[proc_macro_derive(Protocol, attributes(protocol, message, field))]
pub fn derive_protocol(input: TokenStream) -> TokenStream {
    protocol::derive(&parse_macro_input!(input as DeriveInput)).into()
}

#[allow(missing_docs, reason = "it is where the macro is exported to users")]
#[proc_macro_derive(Rlp, attributes(rlp, field))]
pub fn derive_rlp(input: TokenStream) -> TokenStream {
    rlp::derive(&parse_macro_input!(input as DeriveInput)).into()
}

#[allow(missing_docs, reason = "it is where the macro is exported to users")]
#[proc_macro_derive(Settings, attributes(setting, settings))]
pub fn derive_settings(input: TokenStream) -> TokenStream {
    settings::derive(&parse_macro_input!(input as DeriveInput)).into()
}

/// Takes the attributes of `Settings` and makes nothing, for the `p2p` crate without a command line.
#[doc(hidden)]
#[proc_macro_derive(NoSettings, attributes(setting, settings))]
pub fn derive_no_settings(_: TokenStream) -> TokenStream {
    TokenStream::new()
}
