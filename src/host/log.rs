//! `log`: lines on stderr, with the attacker that wrote them; and on stdout, as they are.

use std::collections::BTreeMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use rhai::plugin::*;

use crate::attacker::context::current;
use crate::sink::human::printable;
use crate::sink::live;

/// Lines on stderr. They name attacker and chain, and are meant for finding mistakes: ten thousand
/// attackers that log fill a disk, so use `metric` and `check` for what is to be counted. And, with
/// `log::stdout`, lines of data.
#[export_module]
mod api {
    use rhai::Dynamic;

    /// Writes a line.
    ///
    /// # Example
    /// ```rhai
    /// log::info("registered");
    /// ```
    pub fn info(message: Dynamic) {
        super::write("info", &message.to_string());
    }

    /// Writes a line marked as a warning.
    ///
    /// # Example
    /// ```rhai
    /// log::warn("the CA sent no Retry-After");
    /// ```
    pub fn warn(message: Dynamic) {
        super::write("warning", &message.to_string());
    }

    /// Writes a line to stdout with nothing else in it, for data that other programs read; while they do
    /// not, the run waits. The summary follows on stdout when it has ended. For a file see `--csv`.
    ///
    /// # Example
    /// ```rhai
    /// log::stdout(`${time::now_ms()},${attacker::id()}`);
    /// ```
    pub fn stdout(line: Dynamic) {
        super::stdout(&line);
    }

    /// As `log::warn`, for the first `most` messages of a `kind` in this process; the last of them says
    /// that those to come are not shown.
    ///
    /// # Example
    /// ```rhai
    /// for n in 0..100 { log::warn_few("odd answers", 3, `odd answer ${n}`); }
    /// ```
    pub fn warn_few(kind: &str, most: i64, message: Dynamic) {
        super::warn_few(kind, most, &message);
    }
}

/// Writes `message` to stderr with the attacker and chain it comes from.
pub fn write(level: &str, message: &str) {
    let message = printable(message);
    match current() {
        Ok(chain) => {
            let (attacker, number) = (chain.attacker.id, chain.number);
            live::line(&format!("[attacker {attacker} chain {number}] {level}: {message}"));
        }
        Err(_) => live::line(&format!("{level}: {message}")),
    }
}

fn stdout(line: &Dynamic) {
    live::stdout_line(&printable(&line.to_string()));
}

/// How many messages of each kind were written, by all shards: what is told a few times is rare.
static WRITTEN: LazyLock<Mutex<BTreeMap<String, i64>>> = LazyLock::new(Mutex::default);

fn warn_few(kind: &str, most: i64, message: &Dynamic) {
    let mut counts = WRITTEN.lock().unwrap_or_else(PoisonError::into_inner);
    let count = counts.entry(kind.to_owned()).or_default();
    *count = count.saturating_add(1);
    let count = *count;
    drop(counts);
    if count < most {
        write("warning", &message.to_string());
    } else if count == most {
        write("warning", &format!("{message} [no more than {most} are shown: {kind}]"));
    }
}

/// The module, for the registry.
pub fn module() -> rhai::Module {
    rhai::exported_module!(api)
}
