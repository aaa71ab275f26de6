//! Dates as both databases compare them with their DATETIME columns.

use time::{PrimitiveDateTime, format_description::BorrowedFormatItem, macros::format_description};

use crate::ca::clock::Moment;

const FORMAT: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");

/// `YYYY-MM-DD HH:MM:SS` in UTC.
pub(super) fn write(moment: Moment) -> String {
    // It fails for years of more than four digits only, which there are none of.
    moment.to_datetime().format(FORMAT).unwrap_or_default()
}

/// Reads what [`write`] wrote, also with a fraction of a second, which is dropped.
pub(super) fn read(text: &str) -> Option<Moment> {
    let text = text.split('.').next().unwrap_or(text);
    let date = PrimitiveDateTime::parse(text, FORMAT).ok()?;
    Some(Moment::from_datetime(date.assume_utc()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_survive_text() {
        let moment = Moment::from_rfc3339("2023-11-14T22:13:20Z").expect("a date");
        assert_eq!(write(moment), "2023-11-14 22:13:20");
        for text in ["2023-11-14 22:13:20", "2023-11-14 22:13:20.000000"] {
            assert_eq!(read(text), Some(moment), "{text}");
        }
        for text in ["", "2023-11-14", "0000-00-00 00:00:00"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
