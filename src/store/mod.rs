//! What attackers of all shards share: names that one chain has for itself, data, and files.

pub mod claims;
pub mod encoded;
pub mod files;
mod journal;
mod list;
pub mod state;
pub mod state_file;
pub mod table;
