//! The embedded CA over real HTTP, against a client and a responder written for this test alone.

mod bad_requests;
mod certificates;
mod challenges;
mod client;
mod flow;
mod objects;
mod responder;
