//! The memory that a peer may make this node spend.
//!
//! Small messages are bounded by the queues and by the number of methods that run. Whatever is larger has room in
//! an account: in the peer's share, and, beyond a small floor that every peer has for itself, in the server's. No
//! message passes without room.
//!
//! Charge comes in classes, in the order in which a message needs them. Who has room in one class waits only for a
//! later one, so that no circle of waiting can close.

use std::future::pending;
use std::sync::{Arc, OnceLock};

use crate::budget::{Budget, Take};
use crate::rlp::memory;
use crate::snappy;
use crate::sync::modelled::{Mutex, lock};

/// A decoded message of at most so many bytes needs no room: the number of methods bounds them.
pub(crate) const SMALL: usize = 16 * 1024;

/// What memory is for, in the order in which a message needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// A frame that is being read.
    Frame,
    /// A message that waits in a queue, decompressed.
    Payload,
    /// A decoded message, until its method returns.
    Value,
    /// A reply of ours, from before its request is handled until it is written.
    Reply,
    /// Any other message of ours that waits to be written.
    Send,
    /// A reply of the peer's, until the caller has decoded it. Nothing is waited for meanwhile.
    Awaited,
}

const CLASSES: usize = 6;

impl Class {
    pub(crate) const ALL: [Self; CLASSES] = [
        Self::Frame,
        Self::Payload,
        Self::Value,
        Self::Reply,
        Self::Send,
        Self::Awaited,
    ];

    /// The value of a metric's label.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Frame => "frame",
            Self::Payload => "payload",
            Self::Value => "value",
            Self::Reply => "reply",
            Self::Send => "send",
            Self::Awaited => "awaited",
        }
    }

    /// What memory of this class is for, in words.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Frame => "a large frame",
            Self::Payload => "a large message",
            Self::Value => "a decoded message",
            Self::Reply => "a reply",
            Self::Send => "a message to send",
            Self::Awaited => "a reply that nobody has taken yet",
        }
    }
}

/// How much memory there is. All numbers are bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MemoryLimits {
    /// For one peer.
    pub(crate) peer: usize,
    /// For one peer, in any case.
    pub(crate) floor: usize,
    /// For all peers together, beyond their floors.
    pub(crate) server: usize,
}

impl Default for MemoryLimits {
    fn default() -> Self {
        Self {
            peer: 64 * 1024 * 1024,
            floor: 1024 * 1024,
            server: 256 * 1024 * 1024,
        }
    }
}

impl MemoryLimits {
    /// What a class gets of a peer's memory, in 64ths: little for frames, of which a peer sends one at a time, and as
    /// much each for the others. Replies that were asked for stand beside the sum.
    const fn of_peer(class: usize) -> usize {
        if class == Class::Frame as usize {
            4
        } else {
            15
        }
    }

    /// What a class gets of the server's memory, in 64ths: more for frames, which arrive slowly.
    const fn of_server(class: usize) -> usize {
        if class == Class::Frame as usize {
            16
        } else {
            12
        }
    }

    /// What one message of `largest` bytes needs at most in a class.
    fn least(class: usize, largest: usize) -> usize {
        if class == Class::Value as usize {
            largest.saturating_mul(3)
        } else {
            snappy::max_compressed(largest).saturating_add(ROUND)
        }
    }

    /// The shares of a peer whose messages have at most `largest` bytes: large enough for one of them each, and not
    /// more than all peers have together.
    fn shares(self, largest: usize) -> [usize; CLASSES] {
        std::array::from_fn(|class| {
            let own = self.peer / 64 * Self::of_peer(class);
            let all = self.server / 64 * Self::of_server(class);
            let share = own.min(all).max(Self::least(class, largest));
            share.min(small(share) as usize)
        })
    }

    /// The least memory for all peers together with which a message of `largest` bytes has room.
    pub(crate) fn least_server(largest: usize) -> usize {
        let classes = Class::ALL.into_iter().map(|class| class as usize);
        let needed = classes.map(|class| {
            let part = Self::least(class, largest).div_ceil(Self::of_server(class));
            part.saturating_mul(64)
        });
        needed.max().unwrap_or_default()
    }
}

/// What a frame has beside its payload, and more.
const ROUND: usize = 1024;

/// The memory that all peers of a server share.
#[derive(Debug)]
pub(crate) struct ServerMemory {
    limits: MemoryLimits,
    classes: [Budget; CLASSES],
}

impl ServerMemory {
    pub(crate) fn new(limits: MemoryLimits) -> Self {
        Self {
            limits,
            classes: std::array::from_fn(|class| {
                Budget::new(limits.server / 64 * MemoryLimits::of_server(class))
            }),
        }
    }

    /// Whether some peer waits for memory of this class.
    pub(crate) fn is_short(&self, class: Class) -> bool {
        self.classes[class as usize].is_short()
    }

    /// Bytes that are taken beyond the floors.
    #[cfg(test)]
    fn taken(&self) -> usize {
        self.classes.iter().map(Budget::taken).sum()
    }
}

impl Default for ServerMemory {
    fn default() -> Self {
        Self::new(MemoryLimits::default())
    }
}

/// The memory of one peer. It takes none itself before the first large message.
#[derive(Debug)]
pub(crate) struct Account {
    server: Arc<ServerMemory>,
    /// The most bytes that a message of the peer's protocols can have.
    largest: usize,
    shares: OnceLock<Box<[Share; CLASSES]>>,
}

/// One class of a peer's memory.
#[derive(Debug)]
struct Share {
    /// All that the peer may take.
    own: Budget,
    /// What is left of its floor.
    floor: Mutex<usize>,
}

impl Account {
    /// The account of a peer whose messages have at most `largest` bytes in either direction.
    pub(crate) fn new(server: Arc<ServerMemory>, largest: usize) -> Self {
        Self {
            server,
            largest,
            shares: OnceLock::new(),
        }
    }

    fn share(&self, class: Class) -> &Share {
        let shares = self.shares.get_or_init(|| {
            let limits = self.server.limits;
            let shares = limits.shares(self.largest);
            Box::new(std::array::from_fn(|class| Share {
                own: Budget::new(shares[class]),
                floor: Mutex::new(limits.floor / 64 * MemoryLimits::of_peer(class)),
            }))
        });
        &shares[class as usize]
    }

    /// The most that one message can have in a class.
    pub(crate) fn most(&self, class: Class) -> usize {
        self.share(class).own.total()
    }

    /// Whether some peer waits for the server's memory of this class.
    pub(crate) fn is_short(&self, class: Class) -> bool {
        self.server.is_short(class)
    }

    /// Bytes that this peer has taken of a class.
    pub(crate) fn taken(&self, class: Class) -> usize {
        let shares = self.shares.get();
        shares.map_or(0, |shares| shares[class as usize].own.taken())
    }

    /// Waits for room, first come, first served. More than [`most`](Self::most) is as much as that.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped before it completes, nothing is taken.
    pub(crate) async fn take(self: &Arc<Self>, class: Class, bytes: usize) -> Charge {
        let bytes = bytes.min(self.most(class));
        match self.try_take(class, bytes) {
            Some(charge) => charge,
            // Boxed, because it is rare and its future is large.
            None => Box::pin(self.take_late(class, bytes)).await,
        }
    }

    async fn take_late(self: &Arc<Self>, class: Class, bytes: usize) -> Charge {
        taken(self.share(class).own.take(bytes)).await;
        let mut room = self.room(class, bytes);
        let beyond = bytes - room.floor as usize;
        taken(self.server.classes[class as usize].take(beyond)).await;
        room.server = small(beyond);
        room
    }

    /// Takes room if there is some now.
    pub(crate) fn try_take(self: &Arc<Self>, class: Class, bytes: usize) -> Option<Charge> {
        self.share(class).own.try_take(bytes).ok()?;
        let mut room = self.room(class, bytes);
        let beyond = bytes - room.floor as usize;
        self.server.classes[class as usize].try_take(beyond).ok()?;
        room.server = small(beyond);
        Some(room)
    }

    /// Takes room for a message that many peers are sent, if there is some now: once, in the server's memory alone.
    pub(crate) fn try_take_shared(&self, class: Class, bytes: usize) -> Option<SharedCharge> {
        self.server.classes[class as usize].try_take(bytes).ok()?;
        Some(SharedCharge {
            server: self.server.clone(),
            class,
            bytes,
        })
    }

    /// Bytes of a class that all peers have taken beyond their floors.
    #[cfg(test)]
    pub(crate) fn taken_of_server(&self, class: Class) -> usize {
        self.server.classes[class as usize].taken()
    }

    /// Takes as much room as there is now, up to `most` bytes.
    pub(crate) fn take_up_to(self: &Arc<Self>, class: Class, most: usize) -> Charge {
        let bytes = self.share(class).own.take_up_to(most);
        let mut room = self.room(class, bytes);
        let beyond = bytes - room.floor as usize;
        room.server = small(self.server.classes[class as usize].take_up_to(beyond));
        room.shrink((room.floor + room.server) as usize);
        room
    }

    /// Charge that has its bytes of the peer's share, and what the floor has of them.
    fn room(self: &Arc<Self>, class: Class, bytes: usize) -> Charge {
        let mut floor = lock(&self.share(class).floor);
        let taken = bytes.min(*floor);
        *floor -= taken;
        Charge {
            account: self.clone(),
            class,
            bytes: small(bytes),
            floor: small(taken),
            server: 0,
        }
    }
}

/// Waits for what is being taken. Accounts are never closed.
async fn taken(take: Take<'_>) {
    if take.await.is_err() {
        pending::<()>().await;
    }
}

/// Charge for one message in a peer's account. Its drop gives the room back.
#[derive(Debug)]
pub(crate) struct Charge {
    account: Arc<Account>,
    class: Class,
    // A share is that of a message, or a part of a setting, and both fit into 32 bits. A charge is a part of every
    // large payload.
    /// Bytes of the peer's share.
    bytes: u32,
    /// Those of them that the floor covers.
    floor: u32,
    /// Those of them that the server's memory covers.
    server: u32,
}

/// Bytes of a share. More than 32 bits can count are never in one.
fn small(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

impl Charge {
    /// How many bytes there is room for.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes as usize
    }

    /// Gives back all but so many bytes, the server's first.
    pub(crate) fn shrink(&mut self, bytes: usize) {
        let Some(surplus) = self.bytes().checked_sub(bytes) else {
            return;
        };
        let bytes = small(bytes);
        let share = self.account.share(self.class);
        // What neither covers yet, because there was not enough or it is still waited for, goes first.
        let covered = self.floor + self.server;
        let of_server = covered.saturating_sub(bytes).min(self.server);
        self.server -= of_server;
        self.account.server.classes[self.class as usize].give(of_server as usize);
        let of_floor = (self.floor + self.server).saturating_sub(bytes);
        self.floor -= of_floor;
        *lock(&share.floor) += of_floor as usize;
        self.bytes = bytes;
        share.own.give(surplus);
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.shrink(0);
    }
}

/// Charge for one message that many peers are sent. Its drop gives the room back.
#[derive(Debug)]
pub(crate) struct SharedCharge {
    server: Arc<ServerMemory>,
    class: Class,
    bytes: usize,
}

impl Drop for SharedCharge {
    fn drop(&mut self) {
        self.server.classes[self.class as usize].give(self.bytes);
    }
}

/// The most memory that a message may take decoded, of an encoding of so many bytes.
pub(crate) fn most_decoded(account: &Account, encoded: usize) -> usize {
    memory::most(encoded).min(account.most(Class::Value))
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    const MIB: usize = 1024 * 1024;

    fn account(server: &Arc<ServerMemory>) -> Arc<Account> {
        Arc::new(Account::new(server.clone(), MIB))
    }

    fn taken(account: &Account) -> usize {
        let classes = Class::ALL.into_iter();
        classes.map(|class| account.taken(class)).sum()
    }

    fn memory(peer: usize, floor: usize, server: usize) -> Arc<ServerMemory> {
        Arc::new(ServerMemory::new(MemoryLimits {
            peer,
            floor,
            server,
        }))
    }

    /// A 64th, and what most classes get of a peer's 64.
    const UNIT: usize = 64 * 1024;
    const PART: usize = 15 * UNIT;

    #[test]
    fn the_floor_is_used_first_and_given_back_last() {
        let server = memory(64 * MIB, 64 * UNIT, 64 * MIB);
        let account = account(&server);
        let room = account.try_take(Class::Value, 3 * PART);
        let mut room = room.expect("there is room");
        assert_eq!((taken(&account), server.taken()), (3 * PART, 2 * PART));
        room.shrink(2 * PART);
        assert_eq!((taken(&account), server.taken()), (2 * PART, PART));
        room.shrink(PART / 2);
        assert_eq!((taken(&account), server.taken()), (PART / 2, 0));
        let other = account.try_take(Class::Value, PART).expect("there is room");
        assert_eq!(server.taken(), PART / 2);
        drop((room, other));
        assert_eq!((taken(&account), server.taken()), (0, 0));
        assert_eq!(*lock(&account.share(Class::Value).floor), PART);
    }

    #[test]
    fn one_peer_can_not_take_the_floor_of_another() {
        let server = memory(64 * MIB, 64 * UNIT, 64 * UNIT);
        let [greedy, other] = [account(&server), account(&server)];
        let all = greedy.take_up_to(Class::Value, 15 * MIB);
        assert_eq!(all.bytes(), PART + 12 * UNIT);
        assert!(greedy.try_take(Class::Value, 1).is_none());
        assert!(other.try_take(Class::Value, PART + 1).is_none());
        let floor = other.try_take(Class::Value, PART);
        assert!(floor.is_some());
        drop((all, floor));
        assert_eq!((taken(&greedy), taken(&other), server.taken()), (0, 0, 0));
    }

    #[test]
    fn who_waits_for_the_server_takes_nothing_if_it_gives_up() {
        let server = memory(64 * MIB, 0, 64 * UNIT);
        let [first, second] = [account(&server), account(&server)];
        let all = first.take_up_to(Class::Reply, 12 * UNIT);
        let mut cx = Context::from_waker(Waker::noop());
        {
            let mut waiting = pin!(second.take(Class::Reply, 10));
            assert!(waiting.as_mut().poll(&mut cx).is_pending());
            assert_eq!(taken(&second), 10);
            assert!(server.is_short(Class::Reply));
        }
        assert_eq!(taken(&second), 0);
        let mut waiting = pin!(second.take(Class::Reply, 10));
        assert!(waiting.as_mut().poll(&mut cx).is_pending());
        drop(all);
        assert!(matches!(waiting.as_mut().poll(&mut cx), Poll::Ready(_)));
    }

    #[test]
    fn the_largest_message_has_room_in_every_class() {
        let limits = MemoryLimits::default();
        for largest in [1, MIB, 4 * MIB, 10 * MIB, 16 * MIB - 1] {
            let shares = limits.shares(largest);
            let frame = snappy::max_compressed(largest);
            assert!(shares.iter().all(|share| *share > frame), "{largest}");
            assert!(limits.server >= MemoryLimits::least_server(largest));
        }
    }
}
