//! A protocol as the expansion reads it. The expansion reads nothing else.
//!
//! Validation makes it from the syntax. It makes one after a mistake too, with gaps, because the stub needs it.

use std::time::Duration;

use proc_macro2::{Ident, TokenStream};
use syn::{Attribute, Generics, Path, Type, Visibility};

use super::ast::{Enum, Variant};
use super::attr::{MessageAttrs, ProtocolAttrs};
use crate::attr::Keyed;
use crate::attr::limits::{Limit, OverRate, Per};
use crate::fields::ast::Fields;
use crate::fields::layout::Layout;

/// The largest payload that a frame has room for.
pub(crate) const LARGEST: u64 = (1 << 24) - 1;

/// A protocol: the enum and all that follows from it.
pub(crate) struct Protocol<'a> {
    /// The name of the capability.
    pub(crate) name: String,
    /// In ascending order, at least one.
    pub(crate) versions: Vec<Version>,
    /// In the order of the variants.
    pub(crate) messages: Vec<Message<'a>>,
    /// The name of the handler trait.
    pub(crate) handler: Ident,
    /// The name of the enum.
    pub(crate) ident: &'a Ident,
    /// The enum's attributes, for the documentation in them.
    pub(crate) docs: &'a [Attribute],
    /// The visibility of the enum, and of what is generated for it.
    pub(crate) vis: &'a Visibility,
    /// The enum's parameters, with the bounds that a protocol needs.
    pub(crate) generics: &'a Generics,
    /// The enum's type with its arguments.
    pub(crate) ty: &'a TokenStream,
    /// The path of the runtime crate.
    pub(crate) p2p: &'a Path,
}

/// A version of the protocol.
pub(crate) struct Version {
    /// The number that Hello announces.
    pub(crate) number: u64,
    /// The number of message codes that are set aside.
    pub(crate) length: u64,
}

/// A message: a variant and all that follows from it.
pub(crate) struct Message<'a> {
    /// The name of the variant.
    pub(crate) ident: &'a Ident,
    /// The same as text, without `r#`.
    pub(crate) name: String,
    /// The variant's comments.
    pub(crate) docs: &'a [Attribute],
    /// Relative to the protocol.
    pub(crate) code: u64,
    /// The first version that has the message, if an earlier one lacks it.
    pub(crate) since: Option<u64>,
    /// The last version that has the message, if a later one lacks it.
    pub(crate) until: Option<u64>,
    /// Notification, request or reply.
    pub(crate) role: Role<'a>,
    /// The handler's method. A reply has none.
    pub(crate) method: Option<Ident>,
    /// The function that makes a call of a request.
    pub(crate) constructor: Option<Ident>,
    /// The way in which the fields make up the payload.
    pub(crate) layout: Layout,
    /// The most bytes of the payload, if the message has such a limit.
    pub(crate) max_size: Option<MaxSize>,
    /// The rate at which a peer may send the message, if it has one.
    pub(crate) rate: Option<Rate>,
    /// The fields of the variant.
    pub(crate) fields: &'a Fields,
}

/// The part of a message in a conversation.
pub(crate) enum Role<'a> {
    /// Nobody waits for anything.
    Notification,
    /// The sender waits for a reply.
    Request(Request<'a>),
    /// A request waits for it.
    Reply,
}

/// The facts about a request.
pub(crate) struct Request<'a> {
    /// The variant that answers it.
    pub(crate) reply: &'a Variant,
    /// The code of that variant.
    pub(crate) reply_code: u64,
    /// The time to wait for the reply, if the message has one of its own.
    pub(crate) timeout: Option<Duration>,
    /// The payload's type, if `Peer::request` takes the payload as it is.
    pub(crate) payload: Option<&'a Type>,
}

/// The most bytes of a payload.
pub(crate) enum MaxSize {
    /// A number, which validation has checked.
    Number(u64),
    /// A constant, which only the compiler can check.
    Constant {
        /// The path as it is written.
        path: TokenStream,
        /// The fewest bytes that the payload takes.
        smallest: u64,
    },
}

/// The rate at which a peer may send a message.
pub(crate) struct Rate {
    /// The number of messages per `per`.
    pub(crate) count: u32,
    /// The time that `count` is for.
    pub(crate) per: Per,
    /// The number that may come at once, if not `count`.
    pub(crate) burst: Option<u64>,
    /// The treatment of messages beyond the rate, if the message says so.
    pub(crate) excess: Option<OverRate>,
}

/// The facts about a message that validation works out, beyond its own attributes.
pub(crate) struct Facts<'a> {
    /// Given or counted.
    pub(crate) code: u64,
    /// From this message's `reply` and that of the others.
    pub(crate) role: Role<'a>,
    /// None for a reply, or if the name can't be used, which is a mistake.
    pub(crate) method: Option<Ident>,
    /// None unless it is a request, or if the name can't be used, which is a mistake.
    pub(crate) constructor: Option<Ident>,
    /// The fewest bytes that the payload takes, as far as the types tell.
    pub(crate) smallest: u64,
}

impl<'a> Protocol<'a> {
    /// The model of an enum with these messages and versions.
    pub(crate) fn new(
        ast: &'a Enum,
        name: String,
        versions: Vec<Version>,
        messages: Vec<Message<'a>>,
    ) -> Self {
        Self {
            name,
            versions,
            messages,
            handler: ast.handler.clone(),
            ident: &ast.ident,
            docs: &ast.docs,
            vis: &ast.vis,
            generics: &ast.generics,
            ty: &ast.ty,
            p2p: &ast.p2p,
        }
    }

    /// Returns true if one of the messages is a request.
    pub(crate) fn has_requests(&self) -> bool {
        let mut messages = self.messages.iter();
        messages.any(|message| matches!(message.role, Role::Request(_)))
    }
}

impl<'a> Message<'a> {
    /// The model of a variant, from its attributes and what validation has worked out.
    pub(crate) fn new(protocol: &ProtocolAttrs, variant: &'a Variant, facts: Facts<'a>) -> Self {
        let attrs = &variant.attrs;
        let max_size = attrs.max_size.as_ref().or(protocol.max_size.as_ref());
        Self {
            ident: &variant.ident,
            name: variant.name(),
            docs: &variant.docs,
            code: facts.code,
            since: attrs.since.as_ref().map(|since| since.value),
            until: attrs.until.as_ref().map(|until| until.value),
            role: facts.role,
            method: facts.method,
            constructor: facts.constructor,
            layout: Layout::new(attrs.transparent.as_ref(), attrs.trailing.as_ref()),
            max_size: max_size.map(|size| MaxSize::read(size, facts.smallest)),
            rate: Rate::read(attrs),
            fields: &variant.fields,
        }
    }
}

impl Role<'_> {
    /// Returns true if the payload starts with a request's id.
    pub(crate) fn has_id(&self) -> bool {
        !matches!(self, Self::Notification)
    }
}

impl MaxSize {
    fn read(size: &Keyed<Limit>, smallest: u64) -> Self {
        match size.value {
            Limit::Number(number) => Self::Number(number),
            Limit::Constant => Self::Constant {
                path: size.tokens.clone(),
                smallest,
            },
        }
    }
}

impl Rate {
    fn read(attrs: &MessageAttrs) -> Option<Self> {
        let rate = attrs.rate.as_ref()?.value;
        Some(Self {
            count: rate.count,
            per: rate.per,
            burst: attrs.burst.as_ref().map(|burst| burst.value),
            excess: attrs.excess.as_ref().map(|excess| excess.value),
        })
    }
}
