//! A request before and after.

/// A request as a client would send it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Of HTTP.
    pub method: String,
    /// Where it goes.
    pub url: String,
    /// Without Host and Content-Length, which follow from the rest.
    pub headers: Vec<(String, String)>,
    /// A JWS in flattened JSON, or empty.
    pub body: Vec<u8>,
}
