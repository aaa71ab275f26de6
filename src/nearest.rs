//! "Did you mean": the one place that decides when two words are close enough to be a typing error.

/// The candidate that `word` is most likely a misspelling of, or `None` when nothing is near.
///
/// Near means at most one edit, or one for every three letters (swapping two is one edit), so that
/// `gett` finds `get` but `x` does not find every one-letter name. A word that begins with the
/// other's whole name (`header` and `headers`) counts as near too. Ties go to the first candidate.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .into_iter()
        .filter_map(|candidate| distance(word, candidate).map(|edits| (edits, candidate)))
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, candidate)| candidate)
}

/// The edits between two words, or `None` when they are too many for a typing error.
fn distance(word: &str, candidate: &str) -> Option<usize> {
    let edits = strsim::damerau_levenshtein(word, candidate);
    let longest = word.chars().count().max(candidate.chars().count());
    let extends = |a: &str, b: &str| b.len() >= 4 && a.starts_with(b);
    let near = edits <= (longest / 3).max(1) && edits < longest;
    (near || extends(word, candidate) || extends(candidate, word)).then_some(edits)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn finds_typing_errors() {
        assert_eq!(nearest("gett", ["post", "get", "head"]), Some("get"));
        assert_eq!(nearest("htp", ["tls", "http"]), Some("http"));
        assert_eq!(nearest("timout_ms", ["timeout_ms", "tags"]), Some("timeout_ms"));
        assert_eq!(nearest("acmee", ["acme", "acme_v1"]), Some("acme"));
        assert_eq!(nearest("header", ["headers", "body"]), Some("headers"));
    }

    #[test]
    fn stays_silent_when_nothing_is_near() {
        assert_eq!(nearest("certificate", ["get", "post"]), None);
        assert_eq!(nearest("x", ["y", "z"]), None);
        assert_eq!(nearest("get", []), None);
    }
}
