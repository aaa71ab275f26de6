//! Runs the program under test, for a bounded time, and never leaves it behind.

use std::ffi::OsStr;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::common::output::Output;

/// What a command gets to end unless a test says otherwise; it is killed and the test fails then.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often a child is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// A command line about to be run.
pub(crate) struct Coyote {
    command: Command,
    patience: Duration,
}

/// `coyote` with the words of `line`.
pub(crate) fn coyote(line: &str) -> Coyote {
    let mut command = Command::new(env!("CARGO_BIN_EXE_coyote"));
    command.args(line.split_whitespace());
    Coyote::from(command)
}

impl From<Command> for Coyote {
    fn from(command: Command) -> Self {
        Self { command, patience: PATIENCE }
    }
}

impl Coyote {
    /// Adds the words of `line`.
    pub(crate) fn words(mut self, line: &str) -> Self {
        self.command.args(line.split_whitespace());
        self
    }

    /// Adds one argument as it is.
    pub(crate) fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.command.arg(argument);
        self
    }

    /// Adds `--script path`.
    pub(crate) fn script(self, path: &Path) -> Self {
        self.arg("--script").arg(path)
    }

    /// Runs it in this folder.
    pub(crate) fn folder(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Kills it, and fails the test, if it has not ended after this time.
    pub(crate) fn within(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Runs it to its end.
    pub(crate) fn run(self) -> Output {
        self.start().finish()
    }

    /// Starts it.
    pub(crate) fn start(mut self) -> Running {
        let (out, err) = (Stdio::piped(), Stdio::piped());
        let mut child = self
            .command
            .stdin(Stdio::null())
            .stdout(out)
            .stderr(err)
            .spawn()
            .expect("the program was built and can be started");
        let stdout = Capture::of(child.stdout.take().expect("stdout is piped"));
        let stderr = Capture::of(child.stderr.take().expect("stderr is piped"));
        let deadline = Instant::now() + self.patience;
        Running { child, stdout, stderr, started: Instant::now(), deadline }
    }
}

/// A program that runs; killed when dropped.
pub(crate) struct Running {
    child: Child,
    stdout: Capture,
    stderr: Capture,
    started: Instant,
    deadline: Instant,
}

impl Running {
    /// Ctrl-C.
    pub(crate) fn interrupt(&self) {
        self.signal("INT");
    }

    /// What service managers send.
    pub(crate) fn terminate(&self) {
        self.signal("TERM");
    }

    /// Any signal, by its name without SIG.
    pub(crate) fn signal(&self, name: &str) {
        // The shell's own `kill`, which is there where no other is.
        let line = format!("kill -{name} {}", self.child.id());
        let sent = Command::new("sh").args(["-c", &line]).status().expect("there is a shell");
        assert!(sent.success(), "{line} failed: has it ended already?");
    }

    /// Dies at once, as after a crash.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it was killed");
    }

    /// The first lines of stdout, once all are there.
    pub(crate) fn first_lines(&mut self, count: usize) -> Vec<String> {
        let there = |running: &Self| running.stdout.text().matches('\n').count() >= count;
        self.wait_for("enough lines", there);
        self.stdout.text().lines().take(count).map(str::to_owned).collect()
    }

    /// The first line of stdout, once it is there.
    pub(crate) fn first_line(&mut self) -> String {
        self.wait_for("a first line", |running| running.stdout.text().contains('\n'));
        self.stdout.text().lines().next().unwrap_or_default().to_owned()
    }

    /// What follows `start` on the first line of stdout that begins with it, once it is there.
    pub(crate) fn line_with(&mut self, start: &str) -> String {
        let find =
            |text: &str| text.lines().find_map(|line| Some(line.strip_prefix(start)?.to_owned()));
        // A line that is not whole yet has no end.
        let whole = |text: String| text.rsplit_once('\n').map(|(lines, _)| lines.to_owned());
        self.wait_for(start, |running| {
            whole(running.stdout.text()).is_some_and(|text| find(&text).is_some())
        });
        find(&self.stdout.text()).unwrap_or_default()
    }

    /// Waits until stderr holds `text`.
    pub(crate) fn wait_for_stderr(&mut self, text: &str) {
        self.wait_for(text, |running| running.stderr.text().contains(text));
    }

    /// Waits until stdout is such that `there`.
    pub(crate) fn wait_for_stdout(&mut self, what: &str, there: impl Fn(&str) -> bool) {
        self.wait_for(what, |running| there(&running.stdout.text()));
    }

    /// What is on stdout so far, but for a line that has not ended.
    pub(crate) fn printed(&self) -> String {
        let text = self.stdout.text();
        text.rsplit_once('\n').map(|(lines, _)| lines.to_owned()).unwrap_or_default()
    }

    fn wait_for(&mut self, what: &str, there: impl Fn(&Self) -> bool) {
        while !there(self) {
            let ended = self.child.try_wait().expect("it is our child");
            assert!(ended.is_none() || there(self), "it ended before {what}: {}", self.shown());
            assert!(Instant::now() < self.deadline, "waited in vain for {what}: {}", self.shown());
            thread::sleep(LOOK_EVERY);
        }
    }

    /// Waits for its end.
    pub(crate) fn finish(mut self) -> Output {
        let status = self.wait();
        let took = self.started.elapsed();
        let (stdout, stderr) = (self.stdout.finish(), self.stderr.finish());
        Output { code: status.code(), stdout, stderr, took }
    }

    fn wait(&mut self) -> ExitStatus {
        loop {
            if let Some(status) = self.child.try_wait().expect("it is our child") {
                return status;
            }
            assert!(Instant::now() < self.deadline, "it does not end: {}", self.shown());
            thread::sleep(LOOK_EVERY);
        }
    }

    fn shown(&self) -> String {
        format!("stdout:\n{}\nstderr:\n{}", self.stdout.text(), self.stderr.text())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It has usually ended; then there is nothing to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads what a child prints while it runs, so that it never waits for a full pipe.
struct Capture {
    text: Arc<Mutex<Vec<u8>>>,
    reader: Option<JoinHandle<()>>,
}

impl Capture {
    fn of(mut from: impl Read + Send + 'static) -> Self {
        let text = Arc::new(Mutex::new(Vec::new()));
        let into = Arc::clone(&text);
        let reader = thread::spawn(move || {
            let mut piece = [0; 16 * 1024];
            while let Ok(length @ 1..) = from.read(&mut piece) {
                into.lock().expect("nobody panics with it").extend_from_slice(&piece[..length]);
            }
        });
        Self { text, reader: Some(reader) }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.text.lock().expect("nobody panics with it")).into_owned()
    }

    fn finish(&mut self) -> String {
        if let Some(reader) = self.reader.take() {
            reader.join().expect("reading does not panic");
        }
        self.text()
    }
}
