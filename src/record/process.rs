//! What coyote itself costs, read from `/proc/self`.

use std::fs;
use std::time::Duration;

/// Clock ticks a second in `/proc/self/stat`: a constant of Linux's interface to programs
/// (`USER_HZ`), whatever the kernel's own timer does.
const TICKS_PER_SECOND: u64 = 100;

/// What this process used so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ProcessUsage {
    /// CPU time of all threads, in user and kernel mode, to 10 ms.
    pub cpu: Duration,
    /// The most memory that was resident at once, in bytes.
    pub rss_max_bytes: u64,
}

impl ProcessUsage {
    /// What was used since `earlier`; memory stays the most there ever was.
    #[must_use]
    pub fn since(self, earlier: Self) -> Self {
        Self { cpu: self.cpu.saturating_sub(earlier.cpu), ..self }
    }

    /// Reads it now; figures that the system does not tell are zero.
    pub fn now() -> Self {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        Self {
            cpu: cpu(&read("/proc/self/stat")).unwrap_or_default(),
            rss_max_bytes: rss_max_bytes(&read("/proc/self/status")).unwrap_or_default(),
        }
    }
}

/// What this process holds at this moment; figures that the system does not tell are zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProcessNow {
    /// Memory that is resident, in bytes.
    pub rss_bytes: u64,
    /// CPU time of all threads so far.
    pub cpu: Duration,
    /// Tasks as the kernel calls them: threads.
    pub tasks: u64,
    /// Open files and connections.
    pub open_files: u64,
}

impl ProcessNow {
    /// Reads it.
    pub fn read() -> Self {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let status = read("/proc/self/status");
        Self {
            rss_bytes: kilobytes(&status, "VmRSS:").unwrap_or_default() * 1_024,
            cpu: cpu(&read("/proc/self/stat")).unwrap_or_default(),
            tasks: number(&status, "Threads:").unwrap_or_default(),
            open_files: open_files().unwrap_or_default(),
        }
    }
}

/// Linux tells the number as the folder's size since 6.2; before, the files have to be counted.
fn open_files() -> Option<u64> {
    let folder = "/proc/self/fd";
    match fs::metadata(folder).ok()?.len() {
        0 => fs::read_dir(folder).ok().map(|files| files.count() as u64),
        known => Some(known),
    }
}

/// Fields 14 and 15 (`utime`, `stime`) of proc(5)'s `stat`.
fn cpu(stat: &str) -> Option<Duration> {
    // The second field is the program's name in parentheses and may hold blanks and parentheses.
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut fields = after_name.split_ascii_whitespace().skip(11);
    let (user, system): (u64, u64) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some(Duration::from_millis((user + system) * 1_000 / TICKS_PER_SECOND))
}

/// The line `VmHWM` of proc(5)'s `status`.
fn rss_max_bytes(status: &str) -> Option<u64> {
    kilobytes(status, "VmHWM:").map(|kilobytes| kilobytes * 1_024)
}

/// A line of proc(5)'s `status` that is in kB.
fn kilobytes(status: &str, name: &str) -> Option<u64> {
    line(status, name)?.strip_suffix("kB")?.trim().parse().ok()
}

/// A line of proc(5)'s `status` that is a number.
fn number(status: &str, name: &str) -> Option<u64> {
    line(status, name)?.parse().ok()
}

fn line<'a>(status: &'a str, name: &str) -> Option<&'a str> {
    status.lines().find_map(|line| line.strip_prefix(name)).map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_formats_of_proc() {
        let stat = "42 (a) b) S 1 42 42 0 -1 4194560 9 0 0 0 123 45 6 7 20 0 3 0 100 1 1";
        assert_eq!(cpu(stat), Some(Duration::from_millis(1_680)));
        assert_eq!(rss_max_bytes("VmPeak:\t 9 kB\nVmHWM:\t    2048 kB\n"), Some(2_097_152));
        assert_eq!(cpu("nonsense"), None);
        assert_eq!(rss_max_bytes("VmHWM: much"), None);
        assert_eq!(number("VmRSS:\t 9 kB\nThreads:\t7\n", "Threads:"), Some(7));
    }

    #[test]
    fn this_process_has_files_and_tasks() {
        let files: Vec<_> =
            (0..50).filter_map(|_| fs::File::open("/proc/self/stat").ok()).collect();
        let now = ProcessNow::read();
        assert!(now.open_files >= files.len() as u64 && now.tasks >= 1, "{now:?}");
        assert!(now.rss_bytes > 100_000, "{now:?}");
    }

    #[test]
    fn this_process_uses_memory() {
        assert!(ProcessUsage::now().rss_max_bytes > 100_000);
    }
}
