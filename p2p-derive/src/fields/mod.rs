//! The fields of a message or struct, which both derives treat alike.
//!
//! The stages are those of the derives: [`attr`] has the keys, [`ast`] the syntax, [`validate`] finds mistakes,
//! [`layout`] is the part of the model that they share, and [`codec`], [`limits`] and [`describe`] write code.

pub(crate) mod ast;
pub(crate) mod attr;
pub(crate) mod codec;
pub(crate) mod describe;
pub(crate) mod layout;
pub(crate) mod limits;
pub(crate) mod validate;
