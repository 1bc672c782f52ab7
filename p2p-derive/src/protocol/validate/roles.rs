//! The requests, the replies that answer them, and the mistakes in both.

use proc_macro2::Ident;
use syn::Attribute;

use super::{payload, versions};
use crate::errors::Errors;
use crate::names::{plain, similar};
use crate::protocol::ast::{Enum, Variant};
use crate::protocol::model::{Request, Role};

/// The role of each variant, as far as its attribute makes sense.
pub(crate) fn read<'a>(ast: &'a Enum, codes: &[Option<u64>]) -> Vec<Role<'a>> {
    let requests: Vec<&Variant> = ast
        .variants
        .iter()
        .filter(|variant| reply(ast, variant).is_some())
        .collect();
    let is_reply = |variant: &Variant| {
        let mut replies = requests.iter().filter_map(|request| reply(ast, request));
        replies.any(|(_, reply)| reply.ident == variant.ident)
    };
    let roles = ast.variants.iter().map(|variant| {
        if let Some((row, reply)) = reply(ast, variant) {
            let code = codes.get(row).copied().flatten();
            Role::Request(Request {
                reply,
                reply_code: code.unwrap_or_default(),
                timeout: variant.attrs.timeout.as_ref().map(|time| time.value.0),
                payload: payload::of_one_request(ast, variant, &requests),
            })
        } else if is_reply(variant) {
            Role::Reply
        } else {
            Role::Notification
        }
    });
    roles.collect()
}

/// The variant that a request names as its reply, with its position.
fn reply<'a>(ast: &'a Enum, variant: &Variant) -> Option<(usize, &'a Variant)> {
    let name = &variant.attrs.reply.as_ref()?.value.0;
    let mut variants = ast.variants.iter().enumerate();
    variants.find(|(_, other)| other.ident == *name)
}

/// The name of a request's constructor, which is that of its method.
///
/// None if every protocol has a function of that name, which is a mistake.
pub(crate) fn constructor(role: &Role<'_>, method: Option<&Ident>) -> Option<Ident> {
    let method = method.filter(|method| !is_taken(method))?;
    matches!(role, Role::Request(_)).then(|| method.clone())
}

/// Finds mistakes in requests and replies. `versions` are those of the protocol, if known.
///
/// Returns whether it is clear which messages are requests and which ones are replies.
pub(crate) fn check(
    ast: &Enum,
    roles: &[Role<'_>],
    versions: Option<&[u64]>,
    errors: &mut Errors,
) -> bool {
    let mut are_clear = true;
    for (variant, role) in ast.variants.iter().zip(roles) {
        let before = errors.count();
        let reply = check_reply(ast, variant, errors);
        check_other_keys(variant, role, errors);
        are_clear &= errors.count() == before && !variant.unclear;
        if let Some(reply) = reply {
            check_versions(variant, reply, versions, errors);
        }
    }
    are_clear
}

/// Checks the keys that suit only some roles.
fn check_other_keys(variant: &Variant, role: &Role<'_>, errors: &mut Errors) {
    let attrs = &variant.attrs;
    if let Some(timeout) = &attrs.timeout
        && !attrs.mentions("reply")
    {
        errors.at(
            timeout.key.span(),
            "`timeout` is how long a reply is waited for; add `reply = ..` or remove it",
        );
    }
    if let (Role::Reply, Some(rate)) = (role, &attrs.rate) {
        errors.at(
            rate.key.span(),
            "a reply comes as often as this node asks for it, so that a rate would punish the peer \
             for our requests; remove it, or put it on the request",
        );
    }
    if let Some(transparent) = &attrs.transparent
        && role.has_id()
    {
        errors.at(
            transparent.key.span(),
            "a request and its reply are lists that begin with an id, so that their field can't be \
             the whole payload; remove `transparent`, and the field follows the id",
        );
    }
}

/// Checks the variant that a request names as its reply, and returns it if it can be one.
fn check_reply<'a>(ast: &'a Enum, variant: &Variant, errors: &mut Errors) -> Option<&'a Variant> {
    let given = variant.attrs.reply.as_ref()?;
    let method = variant.method();
    if is_taken(&method) {
        let method = plain(&method);
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
        return None;
    };
    if reply.ident == variant.ident {
        errors.on(
            &given.tokens,
            "a request can't be its own reply; add a variant for the reply and name that",
        );
        return None;
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
        return None;
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
    Some(reply)
}

/// Checks that every version that has a request has its reply.
fn check_versions(
    variant: &Variant,
    reply: &Variant,
    versions: Option<&[u64]>,
    errors: &mut Errors,
) {
    let Some(given) = &variant.attrs.reply else {
        return;
    };
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

/// Returns true if a `#[cfg]` could leave a reply without a request, so that it would be a notification.
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

/// Returns true if a variant has the same `#[cfg]`, perhaps beside others.
fn has_cfg(variant: &Variant, cfg: &Attribute) -> bool {
    variant.cfgs.iter().any(|own| own.meta == cfg.meta)
}

/// Returns true if every protocol has a function of this name, which a constructor would hide.
fn is_taken(method: &Ident) -> bool {
    TAKEN.contains(&plain(method).as_str())
}

/// The names of the functions that every protocol has.
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
