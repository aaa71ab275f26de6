//! Errors, grouped by what remains of a message without ids and ports.

use ahash::RandomState;
use indexmap::{Equivalent, IndexMap};
use serde::{Deserialize, Serialize};

use super::normalise::normalise;
use super::series::OTHER;

/// How many kinds of errors are told apart; the rest counts under [`OTHER`].
pub const MAX_KINDS: usize = 1_000;

/// An example is cut to this many bytes.
const MAX_EXAMPLE: usize = 1_000;

/// Messages seen lately; see [`ErrorGroups::recent`].
const RECENT: usize = 256;

/// Whose error it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ErrorSource {
    /// A chain that failed.
    Chain,
    /// A request that failed, whether its chain survived it or not.
    Request,
}

/// Errors of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorGroup {
    /// How often it happened.
    pub count: u64,
    /// The first of these messages, as it was.
    pub example: Box<str>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct GroupKey {
    source: ErrorSource,
    message: Box<str>,
}

#[derive(PartialEq, Eq, Hash)]
struct GroupKeyRef<'a> {
    source: ErrorSource,
    message: &'a str,
}

impl Equivalent<GroupKey> for GroupKeyRef<'_> {
    fn equivalent(&self, key: &GroupKey) -> bool {
        self.source == key.source && self.message == &*key.message
    }
}

/// All errors of a run, grouped.
#[derive(Debug)]
pub struct ErrorGroups {
    groups: IndexMap<GroupKey, ErrorGroup, RandomState>,
    /// Hash of a message as it came -> its group. A dead CA gives the same message 100,000 times a
    /// second: this spares it being normalised. One slot per hash, later ones overwrite.
    recent: Box<[Option<(u64, u32)>; RECENT]>,
    hasher: RandomState,
    buffer: String,
}

impl Default for ErrorGroups {
    fn default() -> Self {
        Self {
            groups: IndexMap::default(),
            recent: Box::new([None; RECENT]),
            hasher: RandomState::new(),
            buffer: String::new(),
        }
    }
}

impl ErrorGroups {
    /// Adds one error.
    pub fn record(&mut self, source: ErrorSource, message: &str) {
        let hash = self.hasher.hash_one((source, message));
        let slot = hash as usize % RECENT;
        let group = match self.recent[slot] {
            Some((known, group)) if known == hash => group as usize,
            _ => {
                let mut normalised = std::mem::take(&mut self.buffer);
                normalise(message, &mut normalised);
                let group = self.group(source, &normalised, message);
                self.buffer = normalised;
                self.recent[slot] = Some((hash, group as u32));
                group
            }
        };
        self.groups[group].count += 1;
    }

    /// Adds all errors of another one.
    pub fn merge(&mut self, other: &Self) {
        for (key, theirs) in &other.groups {
            let group = self.group(key.source, &key.message, &theirs.example);
            self.groups[group].count += theirs.count;
        }
    }

    /// Every kind: whose, the message without what differs, how often and an example.
    pub fn iter(&self) -> impl Iterator<Item = (ErrorSource, &str, &ErrorGroup)> {
        self.groups.iter().map(|(key, group)| (key.source, &*key.message, group))
    }

    fn group(&mut self, source: ErrorSource, message: &str, example: &str) -> usize {
        if let Some(group) = self.groups.get_index_of(&GroupKeyRef { source, message }) {
            return group;
        }
        // One place is kept for the rest of either source.
        let message = if self.groups.len() < MAX_KINDS - 2 { message } else { OTHER };
        let entry = self.groups.entry(GroupKey { source, message: message.into() });
        let group = entry.index();
        entry.or_insert_with(|| ErrorGroup {
            count: 0,
            example: beginning(example, MAX_EXAMPLE).into(),
        });
        group
    }
}

/// At most `bytes` from the beginning of `text`, cut between characters.
pub(crate) fn beginning(text: &str, bytes: usize) -> &str {
    let mut end = text.len().min(bytes);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(groups: &ErrorGroups) -> Vec<(ErrorSource, &str, u64)> {
        groups.iter().map(|(source, message, group)| (source, message, group.count)).collect()
    }

    #[test]
    fn groups_by_what_remains_and_keeps_the_first_example() {
        let mut groups = ErrorGroups::default();
        for port in [40_001, 40_002, 40_001] {
            groups.record(ErrorSource::Request, &format!("connect 127.0.0.1:{port} refused"));
        }
        groups.record(ErrorSource::Chain, "connect 127.0.0.1:40001 refused");
        let message = "connect 127.0.0.1:* refused";
        let expected = [(ErrorSource::Request, message, 3), (ErrorSource::Chain, message, 1)];
        assert_eq!(counts(&groups), expected);
        let (.., group) = groups.iter().next().expect("two groups");
        assert_eq!(&*group.example, "connect 127.0.0.1:40001 refused");
    }

    #[test]
    fn at_most_a_thousand_kinds() {
        let mut groups = ErrorGroups::default();
        let kind = |n: usize| "x".repeat(n + 1);
        for n in 0..270 {
            groups.record(ErrorSource::Request, &kind(n));
            groups.record(ErrorSource::Chain, &kind(n));
            groups.record(ErrorSource::Request, &format!("y{}", kind(n)));
            groups.record(ErrorSource::Chain, &format!("y{}", kind(n)));
        }
        assert_eq!(groups.iter().count(), MAX_KINDS);
        let total: u64 = groups.iter().map(|(.., group)| group.count).sum();
        assert_eq!(total, 4 * 270);
        let other = groups.iter().filter(|(_, message, _)| *message == OTHER);
        assert_eq!(other.map(|(.., group)| group.count).sum::<u64>(), 4 * 270 - 998);
    }

    #[test]
    fn merging_adds_counts() {
        let (mut one, mut two) = (ErrorGroups::default(), ErrorGroups::default());
        one.record(ErrorSource::Request, "closed");
        two.record(ErrorSource::Request, "closed");
        two.record(ErrorSource::Request, "timeout");
        one.merge(&two);
        let request = ErrorSource::Request;
        assert_eq!(counts(&one), [(request, "closed", 2), (request, "timeout", 1)]);
    }

    #[test]
    fn long_examples_are_cut() {
        let mut groups = ErrorGroups::default();
        groups.record(ErrorSource::Chain, &"ö".repeat(3_000));
        let (.., group) = groups.iter().next().expect("one group");
        assert_eq!(group.example.len(), MAX_EXAMPLE);
    }
}
