//! The resources that the process holds, and a check that they do not grow.

use std::fs;

use crate::ALLOCATOR;

/// Bytes that may be allocated in the end beyond those after the warm-up: for spare places in the
/// tables of the runtime and the servers, one or two KiB of them, and the buffers that the library keeps to
/// lend them again, as many as were needed at the same time. It is fifty bytes for each of ten thousand.
const MORE_ALLOCATED: i64 = 512 * 1024;

/// The same for resident memory: the system's allocator keeps pages that are partly in use, and buffers that
/// are lent again and again become resident bit by bit. Four times as many connections add nothing to it.
const MORE_RESIDENT: i64 = 10 * 1024 * 1024;

/// The resources that the process holds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Held {
    /// Bytes that are allocated and not freed.
    allocated: i64,
    /// Open files and bytes that are resident, where the system tells.
    files: Option<usize>,
    resident: Option<i64>,
}

impl Held {
    pub(crate) fn now() -> Self {
        let stats = ALLOCATOR.stats();
        let allocated = stats.bytes_allocated as i64 - stats.bytes_deallocated as i64;
        let files = fs::read_dir("/proc/self/fd").ok().map(Iterator::count);
        let status = fs::read_to_string("/proc/self/status").ok();
        let resident = status.map(|status| {
            let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
            let text = line.and_then(|line| line.trim().strip_suffix(" kB"));
            let kib: i64 = text.expect("a size").parse().expect("a number");
            kib * 1024
        });
        Self {
            allocated,
            files,
            resident,
        }
    }

    /// Now there is no more than after the warm-up.
    pub(crate) fn assert_flat(&self) {
        let now = Self::now();
        assert_eq!(now.files, self.files, "open files");
        let allocated = now.allocated - self.allocated;
        assert!(allocated <= MORE_ALLOCATED, "{allocated} bytes leaked");
        let resident = now.resident.zip(self.resident);
        let resident = resident.map_or(0, |(now, before)| now - before);
        assert!(resident <= MORE_RESIDENT, "{resident} bytes more resident");
    }
}
