//! A pool of buffers: each is taken when it is needed, and its drop gives it back.
//!
//! A connection that waits holds no buffer. So memory grows with the work done at the same time and not with the
//! number of connections, and the few buffers in use stay in the cache. Each thread keeps some buffers. Those beyond
//! its limit go to a pool for all threads, and those beyond the limit of the pool are freed.

use std::cell::RefCell;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, MutexGuard};
use std::thread::LocalKey;

use crate::sync::lock;

/// The smallest block in bytes. Each class is twice as large as the one before.
const SMALLEST: usize = 1024;

/// Classes of blocks; the last one has 4 MiB.
const CLASSES: usize = 13;

/// How many blocks of each class one thread keeps, and how many the pool for all threads: at most 1 MiB and 59 MiB,
/// and never more than were in use at the same time.
const KEPT: [(usize, usize); CLASSES] = {
    let mut kept = [(0, 0); CLASSES];
    let mut class = 0;
    while class < CLASSES {
        let size = SMALLEST << class;
        kept[class] = (
            at_most(4, 256 * 1024 / size),
            at_most(32, 4 + 4 * 1024 * 1024 / size),
        );
        class += 1;
    }
    kept
};

const fn at_most(limit: usize, count: usize) -> usize {
    if count < limit { count } else { limit }
}

thread_local! {
    static OWN: Own<Vec<u8>, CLASSES> = const { RefCell::new([const { Vec::new() }; CLASSES]) };
}

static BLOCKS: Pool<Vec<u8>, CLASSES> = Pool::new(&OWN, KEPT);

/// The items that a thread keeps for itself, by class.
pub(crate) type Own<T, const CLASSES: usize> = RefCell<[Vec<T>; CLASSES]>;

/// Items of several classes, kept for reuse.
pub(crate) struct Pool<T: 'static, const CLASSES: usize> {
    /// The items of the current thread.
    own: &'static LocalKey<Own<T, CLASSES>>,
    /// The items of all threads.
    shared: [Mutex<Vec<T>>; CLASSES],
    /// How many items of each class `own` keeps, and how many `shared`.
    kept: [(usize, usize); CLASSES],
}

impl<T, const CLASSES: usize> Pool<T, CLASSES> {
    pub(crate) const fn new(
        own: &'static LocalKey<Own<T, CLASSES>>,
        kept: [(usize, usize); CLASSES],
    ) -> Self {
        Self {
            own,
            shared: [const { Mutex::new(Vec::new()) }; CLASSES],
            kept,
        }
    }

    /// Takes an item, if there is one.
    pub(crate) fn take(&self, class: usize) -> Option<T> {
        // The items of a thread that is ending are gone.
        let own = self.own.try_with(|own| own.borrow_mut()[class].pop());
        own.ok().flatten().or_else(|| self.shared(class).pop())
    }

    /// Gives an item back, or drops it if there are enough.
    pub(crate) fn give(&self, class: usize, item: T) {
        let (each, all) = self.kept[class];
        let mut item = Some(item);
        let _ = self.own.try_with(|own| {
            let own = &mut own.borrow_mut()[class];
            if own.len() < each {
                own.extend(item.take());
            }
        });
        if let Some(item) = item {
            let mut shared = self.shared(class);
            if shared.len() < all {
                shared.push(item);
            }
        }
    }

    fn shared(&self, class: usize) -> MutexGuard<'_, Vec<T>> {
        let shared = &self.shared[class];
        lock(shared)
    }
}

/// A buffer that returns to the pool when it is dropped. It holds arbitrary bytes at first.
#[derive(Default)]
pub(crate) struct Block(Vec<u8>);

impl Block {
    /// A block of at least `size` bytes. It has less than twice as many, except for sizes below 1 KiB.
    pub(crate) fn new(size: usize) -> Self {
        if size == 0 {
            return Self::default();
        }
        match class(size) {
            Some(class) => Self(
                BLOCKS
                    .take(class)
                    .unwrap_or_else(|| vec![0; SMALLEST << class]),
            ),
            None => Self(vec![0; size]),
        }
    }

    /// Like [`new`](Self::new), but takes only memory that the pool has already.
    pub(crate) fn spare(size: usize) -> Option<Self> {
        BLOCKS.take(class(size)?).map(Self)
    }

    /// A block of at least `size` bytes that starts with the first `used` bytes of this one.
    pub(crate) fn resized(&self, size: usize, used: usize) -> Self {
        let mut other = Self::new(size.max(used));
        other[..used].copy_from_slice(&self[..used]);
        other
    }
}

/// The class of blocks that hold `size` bytes, if there is one.
fn class(size: usize) -> Option<usize> {
    let class = size.div_ceil(SMALLEST).next_power_of_two().ilog2() as usize;
    (class < CLASSES).then_some(class)
}

impl Drop for Block {
    fn drop(&mut self) {
        if !self.0.is_empty()
            && let Some(class) = class(self.0.len())
        {
            BLOCKS.give(class, std::mem::take(&mut self.0));
        }
    }
}

impl Deref for Block {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl DerefMut for Block {
    #[inline]
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }
}

/// Shows the length only.
impl fmt::Debug for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Block").field(&self.len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_less_than_twice_as_large_as_needed() {
        for size in [1, 1024, 1025, 65_536, 65_537, 4 << 20] {
            let length = Block::new(size).len();
            assert!((size..(2 * size).max(1025)).contains(&length), "{size}");
        }
        assert_eq!(Block::new((4 << 20) + 1).len(), (4 << 20) + 1);
        assert_eq!(Block::new(0).len(), 0);
    }

    #[test]
    fn a_dropped_block_is_the_next_one() {
        std::thread::spawn(|| {
            let mut block = Block::new(100);
            block[7] = 77;
            drop(block);
            assert_eq!(Block::new(1000)[7], 77);
        })
        .join()
        .expect("no panic");
    }

    #[test]
    fn threads_keep_no_more_than_their_share() {
        std::thread::spawn(|| {
            let mut bytes = 0;
            let mut shared = 0;
            for (class, (each, all)) in KEPT.into_iter().enumerate() {
                let size = SMALLEST << class;
                drop(Vec::from_iter((0..50).map(|_| Block::new(size))));
                let own = OWN.with(|own| own.borrow()[class].len());
                assert!(own <= each, "{size}");
                assert!(BLOCKS.shared(class).len() <= all, "{size}");
                bytes += own * size;
                shared += all * size;
            }
            assert!(bytes <= 1 << 20, "{bytes}");
            assert!(shared <= 59 << 20, "{shared}");
        })
        .join()
        .expect("no panic");
    }

    #[test]
    fn a_block_can_go_to_another_thread() {
        let class = CLASSES - 1;
        let blocks: Vec<Block> = (0..3).map(|_| Block::new(SMALLEST << class)).collect();
        let there = std::thread::spawn(move || drop(blocks));
        there.join().expect("no panic");
        assert!(Block::spare(SMALLEST << class).is_some());
    }
}
