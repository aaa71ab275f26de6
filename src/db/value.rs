//! What a column holds, in the few types that scripts have.

/// A value of a row, or a parameter.
///
/// | in the database | here |
/// |-|-|
/// | NULL, dates of zeros | `Null` |
/// | integers, BOOL, YEAR | `Int`; an unsigned one above 2^63 - 1 is `Text`, its digits |
/// | FLOAT, DOUBLE | `Float` |
/// | DECIMAL (and what SUM and AVG make of integers in MySQL) | `Text`, its digits, so that nothing is lost |
/// | DATE, DATETIME, TIMESTAMP | `Int`: whole seconds since 1970, UTC |
/// | TIME | `Text`: `-12:34:56`, with a fraction if it has one |
/// | CHAR, VARCHAR, TEXT, JSON, ENUM, SET | `Text`; `Bytes` if it is not UTF-8 |
/// | BINARY, BLOB, BIT, GEOMETRY | `Bytes` |
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Nothing.
    Null,
    /// A whole number.
    Int(i64),
    /// A number with fractions.
    Float(f64),
    /// A text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
}

impl Value {
    /// A text, or its bytes if it is none.
    pub(super) fn text(bytes: Vec<u8>) -> Self {
        String::from_utf8(bytes).map_or_else(|error| Self::Bytes(error.into_bytes()), Self::Text)
    }

    /// The bytes of a text or blob.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Null | Self::Int(_) | Self::Float(_) => 0,
            Self::Text(text) => text.len(),
            Self::Bytes(bytes) => bytes.len(),
        }
    }
}
