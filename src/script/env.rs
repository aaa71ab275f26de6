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

/// Whether the user wrote `value`: as that of a `-e`, or of an environment variable.
pub fn is_given(value: &str) -> bool {
    let by_option = GIVEN.with_borrow(|values| values.values().any(|known| known == value));
    by_option || std::env::vars_os().any(|(_, known)| known == value)
}

/// The value of `-e name=...`, if it was given.
pub fn given(name: &str) -> Option<String> {
    GIVEN.with_borrow(|values| values.get(name).cloned())
}
