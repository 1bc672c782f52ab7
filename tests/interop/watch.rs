//! Waiting for one thing among many that happen.

use std::collections::VecDeque;
use std::fmt::Debug;
use std::time::Duration;

use tests::LIMIT;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

/// Events that no test has waited for yet, and those to come.
pub(crate) struct Watch<T> {
    name: String,
    source: mpsc::UnboundedReceiver<T>,
    kept: VecDeque<T>,
}

impl<T: Debug> Watch<T> {
    pub(crate) fn new(name: &str) -> (mpsc::UnboundedSender<T>, Self) {
        let (sender, source) = mpsc::unbounded_channel();
        let watch = Self {
            name: name.to_owned(),
            source,
            kept: VecDeque::new(),
        };
        (sender, watch)
    }

    /// Waits for the first that `wanted` picks, and takes it out; the others stay for later.
    pub(crate) async fn expect<R>(
        &mut self,
        what: impl Debug,
        mut wanted: impl FnMut(&T) -> Option<R>,
    ) -> R {
        let found = self.kept.iter().enumerate();
        let found = found.filter_map(|(i, one)| Some((i, wanted(one)?))).next();
        if let Some((index, result)) = found {
            self.kept.remove(index);
            return result;
        }
        let limit = Instant::now() + LIMIT;
        loop {
            let why = match timeout_at(limit, self.source.recv()).await {
                Ok(Some(one)) => match wanted(&one) {
                    Some(result) => return result,
                    None => {
                        self.kept.push_back(one);
                        continue;
                    }
                },
                Ok(None) => "it has ended",
                Err(_) => "not in time",
            };
            let Self { name, kept, .. } = self;
            panic!("{name}: {what:?} did not come ({why}). What else came: {kept:#?}");
        }
    }

    /// How much of this has come that nobody has waited for.
    pub(crate) fn count(&mut self, wanted: impl Fn(&T) -> bool) -> usize {
        while let Ok(one) = self.source.try_recv() {
            self.kept.push_back(one);
        }
        self.kept.iter().filter(|one| wanted(one)).count()
    }

    /// Waits for this long, in which nothing may happen.
    pub(crate) async fn quiet_for(&mut self, time: Duration) {
        assert!(self.kept.is_empty(), "{}: {:#?}", self.name, self.kept);
        let limit = Instant::now() + time;
        if let Ok(one) = timeout_at(limit, self.source.recv()).await {
            panic!(
                "{}: nothing was to happen, and this did: {one:?}",
                self.name
            );
        }
    }

    /// Forgets what has happened so far.
    pub(crate) fn clear(&mut self) {
        self.kept.clear();
        while self.source.try_recv().is_ok() {}
    }
}
