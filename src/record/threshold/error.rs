//! What is wrong with a threshold, and where.

/// What is wrong with a threshold: a sentence, then the threshold with a mark below the place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}\n    {text}\n    {:>width$}", '^', width = at + 1)]
pub struct ThresholdError {
    /// What is wrong, and what to write.
    pub reason: String,
    /// The threshold, on one line.
    pub text: String,
    /// How many characters are before the place.
    pub at: usize,
}

impl ThresholdError {
    /// `reason` is about what begins at byte `at` of `text`.
    pub(super) fn new(text: &str, at: usize, reason: impl Into<String>) -> Self {
        let before = text.get(..at).unwrap_or(text).chars().count();
        // A line feed or tab would move the mark away from what it marks.
        let text = text.replace(char::is_control, " ");
        Self { reason: reason.into(), text, at: before }
    }
}
