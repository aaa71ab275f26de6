//! How much else the machine did meanwhile: other work on the same cores empties their caches, which
//! can make a process that mostly waits half as dear again.

use std::fs;
use std::time::Instant;

use crate::Outcome;
use crate::process::TICKS_PER_SECOND;

/// CPU time used so far, and when.
pub(crate) struct Meanwhile {
    since: Instant,
    others_s: f64,
}

impl Meanwhile {
    /// Begins to look.
    pub(crate) fn begin() -> Outcome<Self> {
        Ok(Self { since: Instant::now(), others_s: others_seconds()? })
    }

    /// The cores that other work kept busy on average. Every process started here must have ended.
    pub(crate) fn cores_taken(&self) -> Outcome<f64> {
        Ok((others_seconds()? - self.others_s).max(0.0) / self.since.elapsed().as_secs_f64())
    }
}

/// CPU seconds of the machine, less those of this process and the children it has waited for.
fn others_seconds() -> Outcome<f64> {
    let machine = fs::read_to_string("/proc/stat")?;
    let all = numbers(machine.lines().next().ok_or("/proc/stat is empty")?);
    // proc(5): user, nice, system, idle, iowait, irq, softirq, steal, and guest times, which are in
    // the first two as well.
    let busy: f64 = [0, 1, 2, 5, 6, 7].iter().filter_map(|&at| all.get(at)).sum();
    let own = fs::read_to_string("/proc/self/stat")?;
    let (_, after_name) = own.rsplit_once(')').ok_or("no name in /proc/self/stat")?;
    // utime, stime, cutime, cstime; the state before them is no number.
    let own: f64 = numbers(after_name).iter().skip(10).take(4).sum();
    Ok((busy - own) / TICKS_PER_SECOND)
}

fn numbers(line: &str) -> Vec<f64> {
    line.split_ascii_whitespace().filter_map(|word| word.parse().ok()).collect()
}
