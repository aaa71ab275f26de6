//! The validation authority: proves that a client controls a name (RFC 8555 §8).

mod http01;
mod validate;

pub(super) use validate::{Attempt, ValidationSettings, Validator, validate};

/// Every kind of challenge, in the order authorizations offer them.
pub(super) static VALIDATORS: &[&dyn Validator] = &[&http01::Http01];
