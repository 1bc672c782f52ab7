//! What each message is for: which ones ask, and which ones answer.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Attribute;

use super::ast::{Enum, Variant};
use super::versions;
use crate::errors::Errors;
use crate::names::{plain, similar};

/// What a message is for.
#[derive(Clone, Copy)]
pub(crate) enum Role<'a> {
    /// It is sent, and nobody waits for anything.
    Notification,
    /// It asks for the reply, which is the variant at this position.
    Request { reply: &'a Variant, row: usize },
    /// It answers a request.
    Reply,
}

impl Role<'_> {
    /// Whether the message begins with a request's id.
    pub(crate) fn has_id(self) -> bool {
        !matches!(self, Self::Notification)
    }
}

/// The role of a variant, as far as its attribute makes sense.
pub(crate) fn role<'a>(ast: &'a Enum, variant: &Variant) -> Role<'a> {
    if let Some((row, reply)) = reply(ast, variant) {
        return Role::Request { reply, row };
    }
    let is_reply = ast
        .variants
        .iter()
        .any(|other| reply(ast, other).is_some_and(|(_, reply)| reply.ident == variant.ident));
    match is_reply {
        true => Role::Reply,
        false => Role::Notification,
    }
}

/// The variant that a request names as its reply, with its position.
fn reply<'a>(ast: &'a Enum, variant: &Variant) -> Option<(usize, &'a Variant)> {
    let name = &variant.attrs.reply.as_ref()?.value.0;
    let mut variants = ast.variants.iter().enumerate();
    variants.find(|(_, other)| other.ident == *name)
}

/// Notes what is wrong with requests and replies; `versions` are those of the protocol, if known.
pub(crate) fn check(ast: &Enum, versions: Option<&[u64]>, errors: &mut Errors) {
    for variant in &ast.variants {
        match &variant.attrs.reply {
            Some(_) => check_request(ast, variant, versions, errors),
            None => {
                if let Some(timeout) = &variant.attrs.timeout
                    && !variant.attrs.mentions("reply")
                {
                    errors.at(
                        timeout.key.span(),
                        "`timeout` is how long a reply is waited for; add `reply = ..` or remove it",
                    );
                }
            }
        }
        if let (Role::Reply, Some(rate)) = (role(ast, variant), &variant.attrs.rate) {
            errors.at(
                rate.key.span(),
                "a reply comes as often as this node asks for it, so that a rate would punish the peer \
                 for our requests; remove it, or put it on the request",
            );
        }
        if let (true, Some(transparent)) = (role(ast, variant).has_id(), &variant.attrs.transparent)
        {
            errors.at(
                transparent.key.span(),
                "a request and its reply are lists that begin with an id, so that their field can't be \
                 the whole payload; remove `transparent`, and the field follows the id",
            );
        }
    }
}

/// Whether mistakes leave it open which messages ask and which ones answer.
pub(crate) fn are_unclear(ast: &Enum) -> bool {
    let mut errors = Errors::default();
    check(ast, None, &mut errors);
    !errors.is_empty() || ast.variants.iter().any(|variant| variant.unclear)
}

/// Whether the variant's constructor would hide a function that every protocol has.
pub(crate) fn is_taken(variant: &Variant) -> bool {
    TAKEN.contains(&plain(&variant.method()).as_str())
}

/// Functions of every protocol, which a constructor of the same name would hide.
const TAKEN: &[&str] = &[
    "accepting",
    "code",
    "connected",
    "decode",
    "describe",
    "disconnected",
    "dispatch",
    "encode",
    "from",
    "handled_by",
    "handled_by_shared",
    "info",
    "is_in",
    "length",
    "name_of",
    "node",
    "run",
    "shared",
    "show",
];

fn check_request(ast: &Enum, variant: &Variant, versions: Option<&[u64]>, errors: &mut Errors) {
    let Some(given) = &variant.attrs.reply else {
        return;
    };
    if is_taken(variant) {
        let method = plain(&variant.method());
        errors.at(
            variant.ident.span(),
            format!(
                "a request's constructor is called like its variant, and every protocol has a function \
                 `{method}`; choose another name"
            ),
        );
    }
    let Some((_, reply)) = reply(ast, variant) else {
        let name = plain(&given.value.0);
        let replies = ast.variants.iter().filter(|it| !it.attrs.mentions("reply"));
        let names: Vec<(String, String)> = replies
            .map(|reply| (reply.name().to_lowercase(), reply.name()))
            .collect();
        let mut message = format!(
            "there is no variant `{name}` that could answer `{}`",
            variant.ident
        );
        let meant = similar(&name, names.iter().map(|(lower, _)| lower.as_str()));
        let meant = names
            .iter()
            .find(|(lower, _)| Some(lower.as_str()) == meant);
        if let Some((_, meant)) = meant {
            message += &format!("; did you mean `{meant}`?");
        }
        errors.on(&given.tokens, message);
        return;
    };
    if reply.ident == variant.ident {
        errors.on(
            &given.tokens,
            "a request can't be its own reply; add a variant for the reply and name that",
        );
        return;
    }
    if reply.attrs.mentions("reply") {
        errors.on(
            &given.tokens,
            format!(
                "`{}` is a request itself and can't answer another one; name a variant without \
                 `reply`",
                reply.ident
            ),
        );
        return;
    }
    let missing = |cfg: &&Attribute| !has_cfg(reply, cfg);
    let cfg = variant.cfgs.iter().find(missing);
    if let Some(cfg) = cfg.or(variant.cfgs.first())
        && depends_on_cfgs(ast, reply)
    {
        errors.on(
            cfg,
            format!(
                "without `{}`, `{reply}` would be no reply and have another form on the wire; put the \
                 same `#[cfg]` on `{reply}`, or remove this one",
                variant.ident,
                reply = reply.ident
            ),
        );
    }
    let versions = versions.filter(|versions| versions.len() > 1);
    if versions::is_unclear(variant) || versions::is_unclear(reply) {
        return;
    }
    let without: Vec<u64> = versions
        .into_iter()
        .flatten()
        .copied()
        .filter(|version| versions::has(variant, *version) && !versions::has(reply, *version))
        .collect();
    if !without.is_empty() {
        errors.on(
            &given.tokens,
            format!(
                "`{}` is in {} and its reply `{}` is not; let the reply be in every version that has \
                 the request",
                variant.ident,
                versions::named(&without),
                reply.ident
            ),
        );
    }
}

/// Whether it depends on the `#[cfg]` of its requests that a variant is a reply wherever it is.
fn depends_on_cfgs(ast: &Enum, reply: &Variant) -> bool {
    let mut requests = ast.variants.iter().filter(|it| {
        let given = it.attrs.reply.as_ref();
        given.is_some_and(|given| given.value.0 == reply.ident)
    });
    requests.all(|request| {
        let same = request.cfgs.iter().all(|cfg| has_cfg(reply, cfg))
            && reply.cfgs.iter().all(|cfg| has_cfg(request, cfg));
        !request.cfgs.is_empty() && !same
    })
}

/// Whether a variant has the same `#[cfg]`, among others perhaps.
fn has_cfg(variant: &Variant, cfg: &Attribute) -> bool {
    variant.cfgs.iter().any(|own| own.meta == cfg.meta)
}

/// The type of what a reply says: nothing, its one field, or a tuple of its fields.
pub(crate) fn reply_type(reply: &Variant) -> TokenStream {
    let types = reply.fields.list.iter().map(|field| &field.ty);
    match types.len() {
        1 => quote!(#(#types)*),
        _ => quote!((#(#types),*)),
    }
}

/// A pattern or an expression of that type, made of the reply's variables.
pub(crate) fn reply_value(reply: &Variant) -> TokenStream {
    let variables = reply.fields.list.iter().map(|field| &field.variable);
    match variables.len() {
        1 => quote!(#(#variables)*),
        _ => quote!((#(#variables),*)),
    }
}
