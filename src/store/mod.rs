//! What attackers of all shards share: names that one chain has for itself, and data.

pub mod claims;
pub mod encoded;
mod journal;
mod list;
pub mod state;
pub mod state_file;
