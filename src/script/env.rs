//! What `-e KEY=VALUE` says, for every script of this thread: `options()` reads it before there is a
//! chain to ask.

use std::cell::RefCell;
use std::collections::BTreeMap;

thread_local! {
    static GIVEN: RefCell<BTreeMap<String, String>> = const { RefCell::new(BTreeMap::new()) };
}

/// Makes `values` what scripts on this thread see.
pub fn install(values: &BTreeMap<String, String>) {
    GIVEN.replace(values.clone());
}

/// The value of `-e name=...`, if it was given.
pub fn given(name: &str) -> Option<String> {
    GIVEN.with_borrow(|values| values.get(name).cloned())
}
