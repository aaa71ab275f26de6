//! The live block at the bottom of the terminal, and how other lines get above it: whoever writes while
//! it is shown has it taken away and put back.

use std::io::{self, IsTerminal, Write, stderr, stdout};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use super::output;
use super::progress::Progress;

/// What is shown. A process has one terminal, and at most one run.
static SHOWN: Mutex<Option<Progress>> = Mutex::new(None);

static STDOUT_IS_TERMINAL: LazyLock<bool> = LazyLock::new(|| stdout().is_terminal());

fn shown() -> MutexGuard<'static, Option<Progress>> {
    SHOWN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Shows `progress` from now on.
pub fn begin(progress: Progress) {
    *shown() = Some(progress);
}

/// Has what is shown change, on stderr. That nobody is there to see it (a closed pipe) is no reason to end
/// a run.
pub fn update(change: impl FnOnce(&mut Progress, &mut dyn Write) -> io::Result<()>) {
    if let Some(progress) = &mut *shown() {
        let _ = change(progress, &mut stderr().lock());
    }
}

/// Shows nothing any more.
pub fn end() {
    update(Progress::finish);
    *shown() = None;
}

/// Writes a line to stderr, above the block.
pub fn line(text: &str) {
    above(|| drop(writeln!(stderr().lock(), "{text}")));
}

/// Writes a line to stdout, which may be the same terminal.
pub fn stdout_line(text: &str) {
    if *STDOUT_IS_TERMINAL { above(|| output::line(text)) } else { output::line(text) }
}

fn above(write: impl FnOnce()) {
    let mut shown = shown();
    match &mut *shown {
        // Nobody there to see it, as in `update`.
        Some(progress) => drop(progress.make_way(&mut stderr().lock(), write)),
        None => write(),
    }
}
