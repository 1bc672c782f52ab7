//! A static node: its configured address, an address that a source has found, and when to search again.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::enode::Enode;

/// A node that the server keeps connected.
///
/// The address found may be as wrong as the configured one, so neither replaces the other: after a failed dial at
/// one, the other is dialed next.
#[derive(Debug)]
pub(super) struct StaticNode {
    /// The URL that the user has given.
    configured: Enode,
    /// Another address, from a source.
    found: Option<Enode>,
    /// A URL with a host name, and the addresses to which it resolved the last time.
    resolved: Option<(Enode, Vec<SocketAddr>)>,
    /// True to dial `found` next instead of `configured`.
    is_found_next: bool,
    /// When its address may be searched for again; `None` for now.
    resolve_at: Option<Instant>,
    /// The delay after a successful search. A search that finds nothing doubles it first.
    resolve_delay: Duration,
    /// True if the configured URL was checked for mistakes.
    is_checked: bool,
}

impl StaticNode {
    /// A node whose address may be searched for at once, and again after twice this delay.
    pub(super) fn new(configured: Enode, resolve_delay: Duration) -> Self {
        Self {
            configured,
            found: None,
            resolved: None,
            is_found_next: false,
            resolve_at: None,
            resolve_delay,
            is_checked: false,
        }
    }

    /// The URL that the user has given.
    pub(super) fn configured(&self) -> &Enode {
        &self.configured
    }

    /// Replaces the URL that the user has given, and forgets what was found for it.
    pub(super) fn configure(&mut self, enode: Enode) {
        self.configured = enode;
        self.found = None;
        self.resolved = None;
        self.is_found_next = false;
        self.is_checked = false;
    }

    /// Returns `true` once for each configured URL.
    pub(super) fn is_to_be_checked(&mut self) -> bool {
        !std::mem::replace(&mut self.is_checked, true)
    }

    /// The URL to dial next.
    pub(super) fn next(&self) -> &Enode {
        let found = self.found.as_ref().filter(|_| self.is_found_next);
        found.unwrap_or(&self.configured)
    }

    /// Records the addresses to which the host name in a URL has resolved.
    pub(super) fn keep_addresses(&mut self, enode: &Enode, addresses: &[SocketAddr]) {
        self.resolved = Some((enode.clone(), addresses.to_vec()));
    }

    /// The addresses to which that host name resolved the last time.
    pub(super) fn last_addresses(&self, enode: &Enode) -> Option<&[SocketAddr]> {
        let resolved = self.resolved.as_ref().filter(|(of, _)| of == enode);
        resolved.map(|(_, addresses)| &**addresses)
    }

    /// Records that it was not reached at the last URL.
    pub(super) fn missed(&mut self) {
        self.is_found_next = !self.is_found_next && self.found.is_some();
    }

    /// Returns whether its address may be searched for now.
    pub(super) fn may_resolve(&self, now: Instant) -> bool {
        self.resolve_at.is_none_or(|at| at <= now)
    }

    /// Records the result of a search, with the initial and the maximum delay between searches.
    pub(super) fn resolved(
        &mut self,
        found: Option<&Enode>,
        (first, most): (Duration, Duration),
        now: Instant,
    ) {
        match found {
            Some(enode) => {
                self.is_found_next = *enode != self.configured;
                if self.is_found_next {
                    self.found = Some(enode.clone());
                }
                self.resolve_delay = first;
            }
            None => self.resolve_delay = self.resolve_delay.saturating_mul(2).min(most),
        }
        // If the delay overflows `Instant`, use the maximum, or else the previous time.
        self.resolve_at = now
            .checked_add(self.resolve_delay)
            .or_else(|| now.checked_add(most))
            .or(self.resolve_at);
    }
}
