//! URLs that were parsed before: scripts mostly call the same few, and parsing one takes longer than
//! all else that is done to prepare a request.

use std::cell::RefCell;

use ahash::RandomState;
use url::{ParseError, Url};

/// Each text has one slot that it can be in; a newer one takes it over, so that URLs with ids in them
/// neither fill the memory nor cost more than a copy.
const SLOTS: usize = 64;

struct Parsed {
    hasher: RandomState,
    slots: [Option<Url>; SLOTS],
}

thread_local! {
    static PARSED: RefCell<Parsed> =
        RefCell::new(Parsed { hasher: RandomState::new(), slots: [const { None }; SLOTS] });
}

/// Parses `text`, or copies what an earlier call parsed.
///
/// # Errors
/// As [`Url::parse`].
pub(super) fn parse(text: &str) -> Result<Url, ParseError> {
    PARSED.with_borrow_mut(|parsed| {
        let slot = &mut parsed.slots[parsed.hasher.hash_one(text) as usize % SLOTS];
        match slot {
            // Parsing normalises; a text that is its own normal form needs no second copy as a key.
            Some(known) if known.as_str() == text => Ok(known.clone()),
            _ => {
                let url = Url::parse(text)?;
                *slot = Some(url.clone());
                Ok(url)
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_the_same_the_second_time() {
        let texts: Vec<String> =
            (0..4 * SLOTS).map(|id| format!("http://ca:1/order/{id}")).collect();
        for text in texts.iter().chain(&texts) {
            assert_eq!(parse(text), Url::parse(text));
            assert_eq!(parse(text), Url::parse(text));
        }
    }

    #[test]
    fn texts_with_one_normal_form_are_parsed_each() {
        for _ in 0..2 {
            assert_eq!(parse("http://CA:80").expect("a URL").as_str(), "http://ca/");
            assert_eq!(parse("http://ca/").expect("a URL").as_str(), "http://ca/");
            assert!(parse("http://").is_err());
        }
    }
}
