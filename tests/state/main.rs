//! What attackers share: claims, state, and which chains are ready.

mod claims;
#[path = "../common/mod.rs"]
mod common;
mod kept;
mod later;
mod mix;
mod ready;
