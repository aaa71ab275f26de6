//! How many attackers at which moment. A new profile is one file and one line here.

mod aseq;
mod hammer;
mod kind;
mod seq;
mod stages;

pub use kind::ProfileKind;
pub use stages::{Moment, Profile, Stage};

/// Every profile that the command line and scenarios know.
pub const PROFILES: &[ProfileKind] = &[hammer::KIND, seq::KIND, aseq::KIND];
