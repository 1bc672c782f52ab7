//! How a protocol is served: services and their handlers, the peer as a handler sees it, requests, and pipes.

pub(crate) mod dispatch;
pub(crate) mod error;
pub(crate) mod ext;
pub(crate) mod handling;
pub(crate) mod inbox;
pub(crate) mod peer;
pub(crate) mod peers;
pub(crate) mod pipe;
pub(crate) mod request;
pub(crate) mod service;
pub(crate) mod serving;

#[cfg(test)]
pub(crate) mod tests;
