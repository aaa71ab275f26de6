//! The embedded CA over real HTTP, against a client and a responder written for this test alone.

mod bad_requests;
mod certificates;
mod challenges;
mod client;
mod dns;
mod dns_responder;
mod eab;
mod faults;
mod flow;
mod issue;
mod key_change;
mod limits;
mod manage;
mod objects;
mod orders;
mod renewal;
mod responder;
mod resume;
mod reuse;
mod revocation;
mod rows;
mod tls_alpn;
mod tls_responder;
mod v1;
mod wildcards;
