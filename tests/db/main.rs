//! Scripts that ask a real database: MariaDB as `tests/run` starts it, and one that is killed.

#[path = "../common/mod.rs"]
mod common;
mod embedded;
mod refused;
mod restart;
mod secrets;
mod slow;
mod tables;
mod tls;
mod values;
mod write;

use common::coyote::{Coyote, coyote};

/// `coyote` with the words of `line` and with this database. A script that does not speak ACME needs
/// no CA at the directory.
fn asking(uri: &str, line: &str) -> Coyote {
    coyote("--directory http://127.0.0.1:1/directory --mysql").arg(uri).words(line)
}
