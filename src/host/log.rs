//! `log`: lines on stderr, with the attacker that wrote them.

use rhai::plugin::*;

use crate::attacker::context::current;
use crate::sink::human::printable;

/// Lines on stderr. They name attacker and chain, and are meant for finding mistakes: ten thousand
/// attackers that log fill a disk, so use `metric` and `check` for what is to be counted.
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
}

/// Writes `message` to stderr with the attacker and chain it comes from.
pub fn write(level: &str, message: &str) {
    let message = printable(message);
    match current() {
        Ok(chain) => {
            let (attacker, number) = (chain.attacker.id, chain.number);
            eprintln!("[attacker {attacker} chain {number}] {level}: {message}");
        }
        Err(_) => eprintln!("{level}: {message}"),
    }
}

/// The module, for the registry.
pub fn module() -> rhai::Module {
    rhai::exported_module!(api)
}
