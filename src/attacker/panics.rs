//! Panics inside chains: told as that chain's failure instead of on stderr.

use std::cell::{Cell, RefCell};

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
