//! Against Debian's Pebble, which `tests/run` starts: the scripts as they are, with every profile,
//! while Pebble rejects 5 % of all nonces.

mod bad;
mod certificate;
mod challenges;
#[path = "../common/mod.rs"]
mod common;
mod flows;
mod misbehaviour;
mod mixed;
mod pebble;
mod profiles;
