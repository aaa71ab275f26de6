//! `--store-file` and `--store-mysql`: the embedded CA's tables, also in a real MariaDB.

mod bad_input;
#[path = "../common/mod.rs"]
mod common;
mod crash;
mod faults;
mod mariadb;
mod sound;
