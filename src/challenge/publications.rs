//! What one chain has published.

use std::cell::RefCell;

use super::table::Published;

/// What one chain has published, each under the words that take it back: a token, a name. Dropping
/// it takes everything back.
#[derive(Debug, Default)]
pub struct Publications(RefCell<Vec<Publication>>);

#[derive(Debug)]
struct Publication {
    words: Box<[Box<str>]>,
    _published: Published,
}

impl Publications {
    /// Keeps `published` until one of `words` is withdrawn or all of this is dropped.
    pub fn keep(&self, words: &[&str], published: Published) {
        let words = words.iter().map(|word| Box::from(*word)).collect();
        self.0.borrow_mut().push(Publication { words, _published: published });
    }

    /// Takes back whatever was kept under `word`.
    pub fn withdraw(&self, word: &str) {
        self.0.borrow_mut().retain(|kept| kept.words.iter().all(|known| **known != *word));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::challenge::table::Table;

    #[test]
    fn any_word_takes_back_all_that_was_kept_under_it() {
        let (tokens, names) = (Arc::new(Table::default()), Arc::new(Table::default()));
        let kept = Publications::default();
        kept.keep(&["tok"], tokens.publish("tok", 1));
        kept.keep(&["a.example", "tok"], names.publish("a.example", 2));
        kept.keep(&["a.example", "other"], names.publish("a.example", 3));
        kept.withdraw("tok");
        assert!(tokens.is_empty());
        assert_eq!(names.all("a.example"), [3]);
        kept.withdraw("never");
        drop(kept);
        assert!(names.is_empty());
    }
}
