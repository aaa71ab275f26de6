//! coyote.
fn main() {}
