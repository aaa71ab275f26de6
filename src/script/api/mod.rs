//! The script API as data, from the doc comments of the functions themselves, and its renderings.

mod build;
mod definitions;
mod docs;
mod examples;
mod markdown;
pub mod metadata;
mod model;
mod types;

pub use build::ApiError;
pub use examples::Example;
pub use model::{Api, ApiFunction, ApiModule, ApiParam, ApiProperty, ApiType, Origin, Signature};
