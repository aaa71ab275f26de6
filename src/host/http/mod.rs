//! `http`: requests, their options, their answers.

mod answer;
mod api;
mod call;
mod endpoint;
mod expect;
mod note;
mod parsed;
mod perform;
mod problem;
mod response;
mod response_api;

pub mod options;
pub mod raw;

pub use api::module;
pub(in crate::host) use call::parse_url;
pub use response::Response;
