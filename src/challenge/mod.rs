//! challenge.
