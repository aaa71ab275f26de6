//! What attackers of all shards share: names that one chain has for itself, and data.

pub mod claims;
