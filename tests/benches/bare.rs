//! A bare TCP stream between two threads: what the kernel takes for the bytes of a direction.

use std::cell::RefCell;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;

use crate::measure::{Spent, time};

/// The most bytes of one write, and of one read.
const WRITTEN: usize = 256 * 1024;
const READ: usize = 128 * 1024;

/// A runtime with one thread for each end.
pub(crate) fn two_threads() -> [Runtime; 2] {
    ["one", "other"].map(|name| {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        builder.worker_threads(1).thread_name(name).enable_all();
        builder.build().expect("a runtime")
    })
}

/// Keeps this thread on one core: where the kernel puts it is chance, and what a wake costs with it.
pub(crate) fn stay_on(core: usize) {
    let thread = std::fs::read_link("/proc/thread-self").expect("Linux tells of threads in /proc");
    let thread = thread.file_name().expect("its number");
    let told = std::process::Command::new("taskset")
        .args(["-c", "-p", &core.to_string()])
        .arg(thread)
        .output();
    if !told.is_ok_and(|told| told.status.success()) {
        eprintln!("without taskset, of util-linux, both ends may share a core");
    }
}

/// The two ends of a stream.
pub(crate) struct Stream {
    runtimes: [Runtime; 2],
    ends: RefCell<Option<(TcpStream, TcpStream)>>,
}

impl Stream {
    pub(crate) fn new() -> Self {
        let runtimes = two_threads();
        let [one, other] = &runtimes;
        let listener = other.block_on(TcpListener::bind("127.0.0.1:0"));
        let listener = listener.expect("bound");
        let address = listener.local_addr().expect("bound");
        let writer = one
            .block_on(TcpStream::connect(address))
            .expect("connected");
        let (reader, _) = other.block_on(listener.accept()).expect("accepted");
        Self {
            runtimes,
            ends: RefCell::new(Some((writer, reader))),
        }
    }

    /// Moves the bytes of `count` frames, many of them in one write.
    pub(crate) fn run(&self, frame: usize, count: usize) -> Spent {
        let (mut writer, mut reader) = self.ends.take().expect("put back");
        let [one, other] = &self.runtimes;
        let bytes = frame * count;
        time(|| {
            let writing = one.spawn(async move {
                let out = vec![7; WRITTEN];
                let mut left = bytes;
                while left > 0 {
                    let chunk = left.min(WRITTEN);
                    writer.write_all(&out[..chunk]).await.expect("written");
                    left -= chunk;
                }
                writer
            });
            let reading = other.spawn(async move {
                let mut buffer = vec![0; READ];
                let mut left = bytes;
                while left > 0 {
                    left -= reader.read(&mut buffer).await.expect("read");
                }
                reader
            });
            let reader = other.block_on(reading).expect("not cancelled");
            let writer = one.block_on(writing).expect("not cancelled");
            *self.ends.borrow_mut() = Some((writer, reader));
        })
    }
}
