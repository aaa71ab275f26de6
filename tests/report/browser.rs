//! Headless Chromium.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::common::coyote::Coyote;
use crate::common::scratch::Scratch;
use crate::page::Page;

/// It starts slowly where other tests use all cores.
const PATIENCE: Duration = Duration::from_secs(120);

/// Opens the file at `path`; fails the test if the browser has anything to complain about.
#[track_caller]
pub(crate) fn open(path: &Path) -> Page {
    Page::of(dump(path, &[]))
}

/// The page at `path` as the browser has it when everything is loaded.
#[track_caller]
pub(crate) fn dump(path: &Path, options: &[&str]) -> String {
    let profile = Scratch::new();
    let mut command = Command::new("chromium");
    // Tests run as root and without a display; what the page says comes on stderr.
    command.args(["--headless=new", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr"]);
    command.args(["--no-first-run", "--disable-background-networking", "--disable-sync"]);
    command.arg(format!("--user-data-dir={}", profile.folder().display()));
    command.args(options).arg("--dump-dom").arg(format!("file://{}", path.display()));
    let output = Coyote::from(command).within(PATIENCE).run().exits(0);
    assert!(!output.stderr.contains("CONSOLE"), "{}", output.stderr);
    output.stdout
}
