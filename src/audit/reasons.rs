//! Reasons of revocations, as codes of RFC 5280 section 5.3.1.

use std::fmt;

use super::lookup::Cell;

/// What a key's holder says by revoking with it.
const KEY_COMPROMISE: u8 = 1;
/// What an account says that revokes the certificate of another.
const CESSATION_OF_OPERATION: u8 = 5;
/// Larger ones are none.
const LARGEST: u8 = 10;

/// Some reasons: those that a revocation may have, or those that rows have.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reasons(u16);

/// Who asks for a revocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revoker {
    /// The account that the certificate was issued to.
    Subscriber,
    /// Another one, or nobody knows.
    Other,
    /// Who has the certificate's key.
    Key,
}

impl Reasons {
    /// Whatever a CA may take: no reason was given.
    pub const ANY: Self = Self(u16::MAX);

    /// What a CA may write down when this reason is given. Boulder takes a revocation by key for
    /// keyCompromise, and that by another account for cessationOfOperation, whatever they say.
    pub fn given(code: i64, revoker: Revoker) -> Self {
        let instead = match revoker {
            Revoker::Subscriber => Self::default(),
            Revoker::Other => Self(1 << CESSATION_OF_OPERATION),
            Revoker::Key => Self(1 << KEY_COMPROMISE),
        };
        Self::of_code(code).or(instead)
    }

    /// That of a code; of a number that is no reason, any.
    fn of_code(code: i64) -> Self {
        match u8::try_from(code) {
            Ok(code) if code <= LARGEST => Self(1 << code),
            _ => Self::ANY,
        }
    }

    /// That of a row's `column`; of one that is no number, any.
    pub(super) fn of_cell(column: &Cell) -> Self {
        match column {
            Cell::Int(code) => Self::of_code(*code),
            Cell::Null | Cell::Text(_) | Cell::Bytes(_) => Self::ANY,
        }
    }

    /// Both these and `other`.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether a revocation that may have these has the reason of a row. Where nobody said which may
    /// be, any does.
    pub const fn allow(self, has: Self) -> bool {
        self.0 == 0 || has.0 & !self.0 == 0
    }
}

impl fmt::Display for Reasons {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::ANY {
            return f.write_str("unknown");
        }
        let codes = (0..=LARGEST).filter(|code| self.0 & (1 << code) != 0);
        let told: Vec<String> = codes.map(|code| code.to_string()).collect();
        f.write_str(&told.join(" or "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boulder_overrules_reasons_of_those_who_are_not_the_subscriber() {
        let told = |revoker| Reasons::given(4, revoker).to_string();
        assert_eq!(told(Revoker::Subscriber), "4");
        assert_eq!(told(Revoker::Other), "4 or 5");
        assert_eq!(told(Revoker::Key), "1 or 4");
    }

    #[test]
    fn a_row_fits_what_was_given() {
        let given = Reasons::given(4, Revoker::Key);
        let allowed = [0, 1, 4, 99].map(|code| given.allow(Reasons::of_code(code)));
        assert_eq!(allowed, [false, true, true, false]);
        for open in [Reasons::ANY, Reasons::default(), Reasons::given(99, Revoker::Subscriber)] {
            assert!([0, 10, -1, 99].iter().all(|code| open.allow(Reasons::of_code(*code))));
        }
        assert_eq!(Reasons::of_cell(&Cell::Null).to_string(), "unknown");
    }
}
