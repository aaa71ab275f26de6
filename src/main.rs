//! coyote.
fn main(){}
