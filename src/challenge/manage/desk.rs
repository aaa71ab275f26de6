//! What the handlers work on, and what they say.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::challenge::listen::Shared;
use crate::challenge::table::Published;

/// The challenge server's state, and what was published here.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) shared: Shared,
    held: Mutex<HashMap<Key, Vec<Published>>>,
}

/// A kind of answer, and the host, token or path that it is published under.
type Key = (&'static str, String);

/// How a request ends.
pub(super) type Outcome = Result<Done, Refusal>;

/// What was asked for has been done.
#[derive(Debug)]
pub(super) enum Done {
    /// Nothing is to be said.
    Silently,
    /// This JSON is the answer.
    Json(Vec<u8>),
}

/// The request makes no sense: status 400.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) message: String,
}

impl Refusal {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into() }
    }
}

impl Desk {
    pub(super) fn new(shared: Shared) -> Self {
        Self { shared, held: Mutex::default() }
    }

    /// Keeps `published` beside what is held under the same key.
    pub(super) fn add(&self, kind: &'static str, key: &str, published: Published) {
        self.held().entry((kind, key.to_owned())).or_default().push(published);
    }

    /// Keeps `published` instead of what is held under the same key.
    pub(super) fn replace(&self, kind: &'static str, key: &str, published: Published) {
        self.held().insert((kind, key.to_owned()), vec![published]);
    }

    /// Takes back what is held under the key.
    pub(super) fn remove(&self, kind: &'static str, key: &str) {
        self.held().remove(&(kind, key.to_owned()));
    }

    fn held(&self) -> MutexGuard<'_, HashMap<Key, Vec<Published>>> {
        // No handler panics between two changes that belong together.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
