//! DNS over UDP and TCP (RFC 1035), at one port number for both.

pub(super) mod answer;
mod datagram;
mod message;
mod port;
mod resolve;
mod tcp;
mod udp;

pub(super) use port::LISTENER;
