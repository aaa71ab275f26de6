//! challenge.
/// temp
#[derive(Debug, Default)]
pub struct Store;
