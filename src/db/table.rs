//! Names of tables, which cannot be parameters and are therefore checked and quoted.

use std::fmt;

/// A table's name: `orders`, or `boulder_sa.orders`. Shown as SQL has it, in backticks, which both
/// databases understand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableName(String);

impl TableName {
    /// Reads `text`; `None` when it is no name of ASCII letters, digits and `_`, or two with a dot.
    pub fn parse(text: &str) -> Option<Self> {
        let word = |word: &str| {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
            !word.is_empty() && word.bytes().all(plain)
        };
        let words: Vec<&str> = text.split('.').collect();
        let sound = words.len() <= 2 && words.iter().all(|part| word(part));
        sound.then(|| Self(format!("`{}`", words.join("`.`"))))
    }
}

impl fmt::Display for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_are_names() {
        let quoted = |text: &str| TableName::parse(text).map(|name| name.to_string());
        assert_eq!(quoted("certificateStatus").as_deref(), Some("`certificateStatus`"));
        assert_eq!(quoted("boulder_sa.authz2").as_deref(), Some("`boulder_sa`.`authz2`"));
        for wrong in ["", ".", "a.", "a.b.c", "a b", "a`b", "a;--", "ä", "a-b"] {
            assert_eq!(quoted(wrong), None, "{wrong}");
        }
    }
}
