//! Random malformations of signed requests, repeatable by their seed. A new one is a function in the file
//! of what it changes, and a line in `MUTATORS`.

mod acme;
mod apply;
mod array;
mod base64url;
mod bytes;
mod dice;
mod http;
mod http_headers;
mod http_length;
mod http_line;
mod jws;
mod members;
mod mutator;
mod node;
mod pick;
mod registry;
mod request;
mod text;
mod unicode;
mod values;

pub use apply::{MAX_COUNT, Mutated, mutate};
pub use http::wire;
pub use mutator::Mutator;
pub use registry::MUTATORS;
pub use request::Request;
