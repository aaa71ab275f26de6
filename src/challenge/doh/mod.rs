//! DNS over HTTPS (RFC 8484), by HTTP/1.1 and HTTP/2.

mod identity;
mod request;
mod serve;

pub use identity::IdentityError;
pub(super) use serve::LISTENER;
