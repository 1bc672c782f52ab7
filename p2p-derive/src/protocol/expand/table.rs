//! Writes the table of messages: one `MessageInfo` for each.

use proc_macro2::{Literal, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::Path;
use syn::spanned::Spanned;

use crate::attr::limits::{OverRate, Per};
use crate::protocol::model::{LARGEST, MaxSize, Message, Protocol, Request, Role};
use crate::protocol::validate::limits::too_small;

/// The row of a message: an expression.
pub(crate) fn row(p2p: &Path, message: &Message<'_>) -> TokenStream {
    let name = &message.name;
    let code = Literal::u64_unsuffixed(message.code);
    let versions = versions(message);
    let role = match &message.role {
        Role::Notification => TokenStream::new(),
        Role::Reply => quote!(.reply()),
        Role::Request(request) => self::request(p2p, request),
    };
    let max_size = max_size(message);
    let rate = rate(p2p, message);
    quote!(#p2p::protocol::MessageInfo::new(#p2p::protocol::Code(#code), #name) #versions #role #max_size #rate)
}

/// Limits a row to the versions that have the message.
fn versions(message: &Message<'_>) -> TokenStream {
    let since = message.since.map(|since| {
        let since = Literal::u64_unsuffixed(since);
        quote!(.since(#since))
    });
    let until = message.until.map(|until| {
        let until = Literal::u64_unsuffixed(until);
        quote!(.until(#until))
    });
    quote!(#since #until)
}

fn request(p2p: &Path, request: &Request<'_>) -> TokenStream {
    let code = Literal::u64_unsuffixed(request.reply_code);
    let timeout = request.timeout.map(|timeout| {
        let milliseconds = timeout.as_millis() as u64;
        let time = if milliseconds.is_multiple_of(1000) {
            let seconds = Literal::u64_unsuffixed(milliseconds / 1000);
            quote!(from_secs(#seconds))
        } else {
            let milliseconds = Literal::u64_unsuffixed(milliseconds);
            quote!(from_millis(#milliseconds))
        };
        quote!(.timeout(::core::time::Duration::#time))
    });
    quote!(.request(#p2p::protocol::Code(#code)) #timeout)
}

fn max_size(message: &Message<'_>) -> Option<TokenStream> {
    let size = match message.max_size.as_ref()? {
        MaxSize::Number(number) => Literal::u64_unsuffixed(*number).into_token_stream(),
        MaxSize::Constant { path, smallest } => asserted(message, path, (*smallest).max(1)),
    };
    Some(quote!(.max_size(#size)))
}

/// A constant that the compiler compares with the sizes that the message can have.
///
/// It reports an error where the constant is written.
fn asserted(message: &Message<'_>, constant: &TokenStream, smallest: u64) -> TokenStream {
    let span = constant.span();
    let is_too_small = too_small(message.ident, smallest);
    let is_too_large = format!(
        "no `{}` has more than {LARGEST} bytes, for a frame has no room for it",
        message.ident
    );
    let smallest = Literal::u64_unsuffixed(smallest);
    let largest = Literal::u64_unsuffixed(LARGEST);
    // Not in a variable of its own: its name could be that of a constant of the user's.
    quote_spanned!(span=> {
        ::core::assert!(#constant >= #smallest, #is_too_small);
        ::core::assert!(#constant <= #largest, #is_too_large);
        #constant
    })
}

fn rate(p2p: &Path, message: &Message<'_>) -> Option<TokenStream> {
    let rate = message.rate.as_ref()?;
    let count = Literal::u32_unsuffixed(rate.count);
    let burst = rate.burst.map(|burst| {
        let burst = Literal::u64_unsuffixed(burst);
        quote!(.burst(#burst))
    });
    let excess = rate.excess.map(|excess| match excess {
        OverRate::Drop => quote!(.excess(#p2p::protocol::OverRate::Drop)),
        OverRate::Disconnect => quote!(.excess(#p2p::protocol::OverRate::Disconnect)),
    });
    let rate = match rate.per {
        Per::Second => quote!(#p2p::protocol::Rate::per_second(#count)),
        Per::Minute => quote!(#p2p::protocol::Rate::per_minute(#count)),
        Per::Hour => quote!(#p2p::protocol::Rate::per_hour(#count)),
    };
    Some(quote!(.rate(#rate #burst #excess)))
}

/// Makes the compiler look at the assertions in the table even if nobody uses it, as with `cargo check`.
///
/// An enum with parameters has many tables, so its table is looked at only where it is used.
pub(crate) fn checked(protocol: &Protocol<'_>) -> Option<TokenStream> {
    let Protocol { p2p, ty, .. } = protocol;
    let is_asserted =
        |message: &Message<'_>| matches!(message.max_size, Some(MaxSize::Constant { .. }));
    let has_assertions = protocol.messages.iter().any(is_asserted);
    (has_assertions && protocol.generics.params.is_empty()).then(
        || quote!(const _: &[#p2p::protocol::MessageInfo] = <#ty as #p2p::Protocol>::MESSAGES;),
    )
}
