//! A static node: where it is said to be, where else it was found, and when to look for it.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::enode::Enode;

/// A node that is to be connected always.
///
/// What was found may be as wrong as what was configured, so that neither replaces the other: where one is
/// dialed in vain, the other's turn has come.
#[derive(Debug)]
pub(super) struct Static {
    configured: Enode,
    /// Where a source says that it is.
    found: Option<Enode>,
    /// What its name stood for when it was looked up last.
    resolved: Option<(Enode, Vec<SocketAddr>)>,
    /// Whether it is dialed where it was found, and not where it is configured.
    is_found_next: bool,
    /// When its address may be looked for again.
    resolve_at: Option<Instant>,
    resolve_delay: Duration,
    is_checked: bool,
}

impl Static {
    /// A node that is looked for at any time, and then after twice this delay.
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

    /// As the user has given it.
    pub(super) fn configured(&self) -> &Enode {
        &self.configured
    }

    /// What the user gives in place of what was given before.
    pub(super) fn configure(&mut self, enode: Enode) {
        self.configured = enode;
        self.found = None;
        self.resolved = None;
        self.is_found_next = false;
        self.is_checked = false;
    }

    /// Whether nobody has asked this yet of what is configured.
    pub(super) fn is_to_be_checked(&mut self) -> bool {
        !std::mem::replace(&mut self.is_checked, true)
    }

    /// Where it is to be dialed next.
    pub(super) fn next(&self) -> &Enode {
        let found = self.found.as_ref().filter(|_| self.is_found_next);
        found.unwrap_or(&self.configured)
    }

    /// Notes what the name in this URL of it stands for.
    pub(super) fn keep_addresses(&mut self, enode: &Enode, addresses: &[SocketAddr]) {
        self.resolved = Some((enode.clone(), addresses.to_vec()));
    }

    /// What that name stood for when it was looked up last.
    pub(super) fn last_addresses(&self, enode: &Enode) -> Option<&[SocketAddr]> {
        let resolved = self.resolved.as_ref().filter(|(of, _)| of == enode);
        resolved.map(|(_, addresses)| &**addresses)
    }

    /// Notes that it was not where it was dialed last.
    pub(super) fn missed(&mut self) {
        self.is_found_next = !self.is_found_next && self.found.is_some();
    }

    /// Whether its address may be looked for.
    pub(super) fn may_resolve(&self, now: Instant) -> bool {
        self.resolve_at.is_none_or(|at| at <= now)
    }

    /// Notes where it was found, or that it was not, and when to look again: later each time that it was
    /// not.
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
        // Beyond what a clock can tell is never, or as good as it.
        self.resolve_at = now
            .checked_add(self.resolve_delay)
            .or_else(|| now.checked_add(most))
            .or(self.resolve_at);
    }
}
