//! Panics inside chains: told as that chain's failure instead of on stderr.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::script::failure::{Failure, panicked};

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
    static LAST: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Keeps panics of threads that called [`keep_quiet`] off stderr; others print as always.
pub fn install() {
    let default = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if QUIET.get() {
            LAST.set(Some(info.to_string().replace('\n', " ")));
        } else {
            default(info);
        }
    }));
}

/// From now on this thread's panics are kept for [`take_last`].
pub fn keep_quiet() {
    QUIET.set(true);
}

/// The last panic of this thread, with its place.
pub fn take_last() -> Option<String> {
    LAST.take()
}

/// Runs `f`, and returns its panic as a failure.
///
/// # Errors
/// When it panics.
pub fn caught<T>(f: impl FnOnce() -> T) -> Result<T, Failure> {
    let before = QUIET.replace(true);
    let result = catch_unwind(AssertUnwindSafe(f));
    QUIET.set(before);
    result.map_err(|payload: Box<dyn Any + Send>| panicked(payload.as_ref(), take_last()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_a_failure() {
        assert_eq!(caught(|| 5), Ok(5));
        let failure = caught(|| panic!("no luck")).expect_err("it panics");
        assert!(failure.message.contains("no luck"), "{}", failure.message);
    }
}
