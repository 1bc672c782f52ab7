//! System calls for a thousand messages, as the kernel's tracepoints count them in a process of their own,
//! which they hardly slow down: through `perf stat`, which wants to be root.

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::Arc;

use bytes::Bytes;
use p2p::ServeExt;
use serde_json::Value;

use crate::protocol::{Count, Counter, Message, peer, random, serve};
use crate::{part, row};

/// Calls that move messages, and those that wait or wake.
const CALLS: [&str; 4] = ["sendto", "recvfrom", "epoll_wait", "futex"];

const MESSAGES: usize = 20_000;

pub(crate) fn run(rows: &mut Vec<Value>) {
    part("System calls for 1,000 messages one way, both ends together, as perf counts them");
    for (size, name) in [(32, "32 B"), (1024, "1 KiB"), (64 * 1024, "64 KiB")] {
        let messages = if size > 1024 { MESSAGES / 20 } else { MESSAGES };
        let (Some(all), Some(none)) = (count(size, messages), count(size, 0)) else {
            println!(
                "| perf is missing, or may not read tracepoints: these counts want it, and root | | | |"
            );
            return;
        };
        for call in CALLS {
            let made =
                |calls: &BTreeMap<&'static str, f64>| calls.get(call).copied().unwrap_or_default();
            let value = (made(&all) - made(&none)) * 1000.0 / messages as f64;
            row(rows, &format!("`{call}`, {name}"), value, None);
        }
    }
}

/// Counts each call of a process that sends `messages` messages.
fn count(size: usize, messages: usize) -> Option<BTreeMap<&'static str, f64>> {
    let events = CALLS.map(|call| format!("syscalls:sys_enter_{call}"));
    let mut perf = Command::new("perf");
    perf.args(["stat", "-x", ",", "-e", &events.join(","), "--"]);
    perf.arg(std::env::current_exe().ok()?);
    perf.args(["child", "calls", &size.to_string(), &messages.to_string()]);
    let output = perf.output().ok()?;
    // Each line begins with the count, and has the event behind it.
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let calls = CALLS.into_iter().map(|call| {
        let line = text
            .lines()
            .find(|line| line.contains(&format!("sys_enter_{call},")))?;
        Some((call, line.split(',').next()?.parse().ok()?))
    });
    calls.collect()
}

/// Sends messages from one server to another.
pub(crate) fn child(size: usize, messages: usize) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    let count = Arc::new(Count::default());
    let start = || serve(Message::handled_by(Counter(count.clone())));
    runtime.block_on(async {
        let one = start().await;
        let other = start().await;
        let peer = peer(&one, &other).await;
        let data = Bytes::from(random(size));
        if messages == 0 {
            return;
        }
        count.set(messages);
        let sending = tokio::spawn(async move {
            for _ in 0..messages {
                peer.send(Message::Data(data.clone())).await.expect("sent");
            }
        });
        count.done().await;
        sending.await.expect("not cancelled");
    });
}
