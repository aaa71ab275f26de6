//! How many attackers, or chain starts a second, at which moment. A new profile is one file and one
//! line here.

mod aseq;
mod hammer;
mod kind;
mod ramp;
mod rate;
mod schedule;
mod seq;
mod stages;
mod text;

pub use kind::ProfileKind;
pub use schedule::Schedule;
pub use stages::{Moment, Pace, Profile, Stage};
pub use text::{named, parse};

/// Every profile that the command line and scenarios know.
pub const PROFILES: &[ProfileKind] = &[hammer::KIND, seq::KIND, aseq::KIND, rate::KIND, ramp::KIND];
