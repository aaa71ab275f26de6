//! Reading a row, value by value in the order of its columns.

use super::{date, value::Value};
use crate::ca::clock::Moment;

/// What is wrong with a value, in words that go on after the table's name.
pub(super) type BadCell = String;

/// The values of a row that are not read yet.
pub(super) struct Cells<'r>(pub(super) &'r [Value]);

impl<'r> Cells<'r> {
    fn next(&mut self) -> Result<&'r Value, BadCell> {
        let (first, rest) = self.0.split_first().ok_or("a row has too few columns")?;
        self.0 = rest;
        Ok(first)
    }

    pub(super) fn skip(&mut self, count: usize) -> Result<(), BadCell> {
        (0..count).try_for_each(|_| self.next().map(|_| ()))
    }

    pub(super) fn int(&mut self) -> Result<i64, BadCell> {
        match self.next()? {
            Value::Int(number) => Ok(*number),
            other => Err(format!("{other:?} is no number")),
        }
    }

    pub(super) fn id(&mut self) -> Result<u64, BadCell> {
        self.int().map(i64::cast_unsigned)
    }

    pub(super) fn flag(&mut self) -> Result<bool, BadCell> {
        self.int().map(|number| number != 0)
    }

    /// Text; empty for NULL.
    pub(super) fn text(&mut self) -> Result<&'r str, BadCell> {
        match self.next()? {
            Value::Text(text) => Ok(text),
            Value::Null => Ok(""),
            // MySQL tells text and bytes apart by what the column is declared to hold.
            Value::Blob(bytes) => {
                std::str::from_utf8(bytes).map_err(|error| format!("text is not UTF-8: {error}"))
            }
            other => Err(format!("{other:?} is no text")),
        }
    }

    /// Bytes; none for NULL.
    pub(super) fn blob(&mut self) -> Result<&'r [u8], BadCell> {
        match self.next()? {
            Value::Blob(bytes) => Ok(bytes),
            Value::Text(text) => Ok(text.as_bytes()),
            Value::Null => Ok(&[]),
            other => Err(format!("{other:?} are no bytes")),
        }
    }

    pub(super) fn time(&mut self) -> Result<Moment, BadCell> {
        self.optional_time()?.ok_or_else(|| "a date is missing".to_owned())
    }

    pub(super) fn optional_time(&mut self) -> Result<Option<Moment>, BadCell> {
        match self.next()? {
            Value::Null => Ok(None),
            Value::Time(moment) => Ok(Some(*moment)),
            Value::Text(text) => {
                date::read(text).map(Some).ok_or_else(|| format!("`{text}` is no date"))
            }
            other => Err(format!("{other:?} is no date")),
        }
    }
}
