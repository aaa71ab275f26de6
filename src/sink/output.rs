//! Writing to stdout, whose reader may have gone (`| head`) or whose disk may be full: that is told
//! once, and never a reason to lose a run.

use std::io::{ErrorKind, Write, stdout};
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether something could not be written.
static FAILED: AtomicBool = AtomicBool::new(false);

/// Writes `text` as it is.
pub fn print(text: &str) {
    let mut out = stdout().lock();
    if let Err(error) = out.write_all(text.as_bytes()).and_then(|()| out.flush())
        && error.kind() != ErrorKind::BrokenPipe
        && !FAILED.swap(true, Ordering::Relaxed)
    {
        eprintln!("coyote: cannot write to stdout: {error}");
    }
}

/// Writes `text` and ends the line.
pub fn line(text: &str) {
    print(&format!("{text}\n"));
}

/// Whether something that was to be seen is lost. A reader who has gone wants no more of it.
pub fn failed() -> bool {
    FAILED.load(Ordering::Relaxed)
}
