//! Files that this thread's scripts have opened: finding one again asks the system nothing.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::Path;

use rhai::Dynamic;

use crate::error::{ErrorKind, HostError};
use crate::host::view::View;
use crate::store::files::{self, Form, Loaded};

thread_local! {
    /// By the script's folder with the path below it, and the form.
    static OPENED: RefCell<HashMap<(String, Form), Dynamic>> = RefCell::default();
}

/// A view of what `path` holds, which `locate` finds if this thread has not had it yet.
pub(super) fn open(
    folder: &Path,
    path: &str,
    form: Form,
    locate: impl FnOnce() -> Result<std::path::PathBuf, HostError>,
) -> Result<Dynamic, HostError> {
    let key = (format!("{}/{path}", folder.display()), form);
    if let Some(view) = OPENED.with_borrow(|opened| opened.get(&key).cloned()) {
        return Ok(view);
    }
    let loaded = files::load(&locate()?, path, form)
        .map_err(|error| HostError::new(ErrorKind::File, error.to_string()))?;
    let view = match loaded {
        Loaded::Table(table) if form == Form::Lines => Dynamic::from(View::of_lines(table)),
        Loaded::Table(table) => Dynamic::from(View::of_table(table)),
        Loaded::Data(data) => View::of(&data),
    };
    OPENED.with_borrow_mut(|opened| opened.insert(key, view.clone()));
    Ok(view)
}
