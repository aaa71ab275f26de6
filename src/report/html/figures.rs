//! Figures and texts as the page has them.

use std::borrow::Cow;

use crate::sink::human;

/// `1,234`.
pub(super) fn count(count: u64) -> String {
    human::count(count)
}

/// A rate a second.
pub(super) fn rate(per_second: f64) -> String {
    human::rate(per_second)
}

/// Milliseconds with the unit that suits them.
pub(super) fn millis(ms: Option<f64>) -> String {
    ms.map_or_else(|| "-".to_owned(), human::millis)
}

/// Text from elsewhere, without control characters.
pub(super) fn text(text: &str) -> Cow<'_, str> {
    human::printable(text)
}
