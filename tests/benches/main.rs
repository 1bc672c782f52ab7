//! How fast frames and messages are, as ratios to what the ciphers and hashes alone take, in one run:
//! `cargo bench -p tests`.
#![allow(clippy::print_stdout, clippy::expect_used, clippy::unwrap_used)]

mod frames;
mod limit;
mod messages;

use std::cell::RefCell;
use std::time::{Duration, Instant};

/// Rounds of each measurement; the median counts.
const ROUNDS: usize = 7;

/// About how long one round takes.
const ROUND: Duration = Duration::from_millis(150);

/// Payload sizes in bytes.
const SIZES: [usize; 4] = [32, 1024, 64 * 1024, 1024 * 1024];

fn main() {
    println!("Frames, one direction, one core, no I/O: per second, and as a share of the limit.");
    println!(
        "The limit is AES-256-CTR and Keccak-256 over the same bytes, three finalisations a frame.\n"
    );
    println!(
        "{:>9} {:>12} {:>18} {:>18}",
        "bytes", "limit/s", "sealed/s", "opened/s"
    );
    for size in SIZES {
        let mut limit = limit::Limit::new(size);
        let frames = RefCell::new(frames::Frames::new(size));
        let [limit, sealed, opened] = in_turn([
            &mut |n| limit.run(n),
            &mut |n| frames.borrow_mut().seal(n),
            &mut |n| frames.borrow_mut().open(n),
        ]);
        println!(
            "{size:>9} {:>12.0} {:>12.0} {:>4.0}% {:>12.0} {:>4.0}%",
            limit,
            sealed,
            100.0 * sealed / limit,
            opened,
            100.0 * opened / limit,
        );
    }

    println!(
        "\nTyped messages one way, derive to handler, two servers over loopback TCP, two threads."
    );
    println!("Payloads are random bytes. The share is of the same limit.\n");
    println!(
        "{:>9} {:>12} {:>18} {:>12}",
        "bytes", "limit/s", "messages/s", "MB/s"
    );
    let mut link = messages::Link::new();
    for size in SIZES {
        let mut limit = limit::Limit::new(size);
        let [limit, typed] = in_turn([&mut |n| limit.run(n), &mut |n| link.send(size, n)]);
        println!(
            "{size:>9} {:>12.0} {:>12.0} {:>4.0}% {:>12.1}",
            limit,
            typed,
            100.0 * typed / limit,
            typed * size as f64 / 1e6,
        );
    }
}

/// A piece of work, to be done so many times; it returns the time that counts.
type Work<'a> = &'a mut dyn FnMut(usize) -> Duration;

/// Measures pieces of work in turn, A B A B, and gives for each how often it is done in a second.
fn in_turn<const N: usize>(mut works: [Work<'_>; N]) -> [f64; N] {
    let counts = works.each_mut().map(calibrate);
    let mut rates = [const { Vec::new() }; N];
    for _ in 0..ROUNDS {
        for (i, work) in works.iter_mut().enumerate() {
            rates[i].push(counts[i] as f64 / work(counts[i]).as_secs_f64());
        }
    }
    rates.map(|mut rates| {
        rates.sort_by(f64::total_cmp);
        rates[ROUNDS / 2]
    })
}

/// How often to do a piece of work so that it takes about a round; warms up by the way.
fn calibrate(work: &mut Work<'_>) -> usize {
    let mut count = 1;
    loop {
        let time = work(count);
        if time > ROUND / 10 {
            let rate = count as f64 / time.as_secs_f64();
            return ((rate * ROUND.as_secs_f64()) as usize).max(1);
        }
        count *= 4;
    }
}

fn time(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}
