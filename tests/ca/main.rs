//! The embedded CA over real HTTP, against a client and a responder written for this test alone.

mod bad_requests;
mod certificates;
mod challenges;
mod client;
mod eab;
mod flow;
mod issue;
mod key_change;
mod objects;
mod orders;
mod renewal;
mod responder;
mod reuse;
mod revocation;
