//! Processes with a place to run, and what the kernel says they used.

use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::Outcome;

/// Clock ticks a second in `/proc/PID/stat` (proc(5), `USER_HZ`).
pub(crate) const TICKS_PER_SECOND: f64 = 100.0;
/// No single run may take longer.
const LONGEST: Duration = Duration::from_secs(90);

/// The cores that what is measured runs on, and those of its counterpart: different ones, so that
/// neither waits for the other. `taskset` wants them as text.
pub(crate) struct Cores {
    pub(crate) measured: String,
    pub(crate) counterpart: String,
}

impl Cores {
    /// All of them for both.
    pub(crate) fn shared() -> Outcome<Self> {
        let all = allowed_cores()?.iter().map(usize::to_string).collect::<Vec<_>>().join(",");
        Ok(Self { measured: all.clone(), counterpart: all })
    }

    /// One core each; on a machine with a single one they share it.
    pub(crate) fn one_each() -> Outcome<Self> {
        let allowed = allowed_cores()?;
        let first = allowed.first().ok_or("no core to run on")?.to_string();
        let last = allowed.last().ok_or("no core to run on")?.to_string();
        Ok(Self { measured: last, counterpart: first })
    }
}

fn allowed_cores() -> Outcome<Vec<usize>> {
    let status = fs::read_to_string("/proc/self/status")?;
    let list = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:"));
    let mut cores = Vec::new();
    for range in list.ok_or("no Cpus_allowed_list in /proc/self/status")?.trim().split(',') {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        cores.extend(first.parse::<usize>()?..=last.parse()?);
    }
    Ok(cores)
}

/// A command that runs `program` on `cores`; it becomes the program and keeps its process id.
pub(crate) fn on_cores(cores: &str, program: impl AsRef<Path>) -> Command {
    let mut command = Command::new("taskset");
    command.args(["-c", cores]).arg(program.as_ref());
    command
}

/// This program in one of its roles.
pub(crate) fn role(cores: &str, name: &str) -> Outcome<Command> {
    let mut command = on_cores(cores, std::env::current_exe()?);
    command.arg(name);
    Ok(command)
}

/// Runs `command` to its end and returns the CPU seconds it used, in user and kernel mode.
pub(crate) fn cpu_seconds(command: &mut Command) -> Outcome<f64> {
    Running::spawn(command)?.finish()
}

/// A process that is killed when nobody needs it any more.
pub(crate) struct Running {
    pub(crate) child: Child,
    what: String,
}

impl Running {
    /// Starts `command`; what it says on stderr is for [`Running::finish`].
    pub(crate) fn spawn(command: &mut Command) -> Outcome<Self> {
        Self::start(command.stderr(Stdio::piped()))
    }

    /// Starts `command`, a server that may say on stderr what it likes.
    pub(crate) fn spawn_unheard(command: &mut Command) -> Outcome<Self> {
        Self::start(command.stderr(Stdio::null()))
    }

    fn start(command: &mut Command) -> Outcome<Self> {
        let what = format!("{command:?}");
        let child =
            command.stdin(Stdio::null()).spawn().map_err(|error| format!("{what}: {error}"))?;
        Ok(Self { child, what })
    }

    /// Waits for the end and returns the CPU seconds used.
    ///
    /// A process that has ended keeps its figures until it is waited for, so these are complete.
    pub(crate) fn finish(&mut self) -> Outcome<f64> {
        let told = self.child.stderr.take().map(|mut stderr| {
            std::thread::spawn(move || {
                let mut text = String::new();
                // What cannot be read is only missing from a message.
                let _ = stderr.read_to_string(&mut text);
                text
            })
        });
        let started = Instant::now();
        let stat = loop {
            let stat = Stat::of(self.child.id())?;
            if stat.ended {
                break stat;
            }
            if started.elapsed() > LONGEST {
                return Err(format!("{} did not end", self.what).into());
            }
            sleep(Duration::from_millis(20));
        };
        let status = self.child.wait()?;
        let told = told.and_then(|reader| reader.join().ok()).unwrap_or_default();
        if !status.success() {
            return Err(format!("{} ended with {status}: {told}", self.what).into());
        }
        Ok(stat.cpu_s)
    }

    /// Memory resident now and at most so far, in KiB.
    pub(crate) fn resident_kib(&self) -> Outcome<(f64, f64)> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|rest| rest.trim().strip_suffix(" kB")?.parse().ok())
        };
        field("VmRSS:")
            .zip(field("VmHWM:"))
            .ok_or_else(|| format!("{} has ended", self.what).into())
    }

    /// CPU seconds used so far.
    pub(crate) fn cpu_so_far(&self) -> Outcome<f64> {
        Ok(Stat::of(self.child.id())?.cpu_s)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Fails for one that has ended, as it should have.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The parts of `/proc/PID/stat` (proc(5)) that are of use here.
struct Stat {
    ended: bool,
    cpu_s: f64,
}

impl Stat {
    fn of(pid: u32) -> Outcome<Self> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
        // The name in parentheses may hold anything; the fields after it begin with the third.
        let (_, after_name) = stat.rsplit_once(')').ok_or("no name in /proc/PID/stat")?;
        let fields: Vec<&str> = after_name.split_ascii_whitespace().collect();
        let ticks: f64 = fields[11].parse::<f64>()? + fields[12].parse::<f64>()?;
        Ok(Self { ended: fields[0] == "Z", cpu_s: ticks / TICKS_PER_SECOND })
    }
}
