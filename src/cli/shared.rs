//! What attackers share, and `--state FILE`, which keeps it.

use std::path::Path;
use std::sync::Arc;

use crate::error::{Exit, Fatal};
use crate::sink::human::printable;
use crate::store::state::State;

/// What `file` holds, or nothing without one.
///
/// # Errors
/// Exit 4 when the file cannot be used.
pub(super) fn open(file: Option<&Path>) -> Result<Arc<State>, Fatal> {
    let Some(path) = file else { return Ok(Arc::default()) };
    let state = State::open(path, tell).map_err(|error| Fatal::setup(error.to_string()))?;
    Ok(Arc::new(state))
}

/// Has the file hold everything, and makes the exit code that of a failure if it cannot.
pub(super) fn close(state: &State, exit: Exit) -> Exit {
    match state.close() {
        Ok(()) => exit,
        Err(error) => {
            tell(&format!("{error}; it lacks what this run changed last"));
            if exit == Exit::Ok { Exit::Setup } else { exit }
        }
    }
}

fn tell(text: &str) {
    eprintln!("{}", printable(text));
}
