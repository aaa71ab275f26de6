//! Points in time as databases write them: `YYYY-MM-DD HH:MM:SS`, in UTC.

use time::format_description::FormatItem;
use time::macros::format_description;
use time::{Date, Month, OffsetDateTime, Time};

const FORMAT: &[FormatItem<'_>] =
    format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");

/// `seconds` since 1970 as both databases compare it with a DATETIME column. `None` when the year
/// would not have four digits.
pub fn to_text(seconds: i64) -> Option<String> {
    let at = OffsetDateTime::from_unix_timestamp(seconds).ok()?;
    (0..=9999).contains(&at.year()).then(|| at.format(FORMAT).ok())?
}

/// Whole seconds from 1970 to this moment of UTC. `None` for what is no date, such as MySQL's zero
/// dates.
pub fn from_parts(date: (i32, u8, u8), time: (u8, u8, u8)) -> Option<i64> {
    let month = Month::try_from(date.1).ok()?;
    let date = Date::from_calendar_date(date.0, month, date.2).ok()?;
    let time = Time::from_hms(time.0, time.1, time.2).ok()?;
    Some(date.with_time(time).assume_utc().unix_timestamp())
}

/// What a text in a column of dates says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Seconds since 1970.
    Seconds(i64),
    /// `0000-00-00 00:00:00`, and other dates without a month or a day.
    Zero,
}

/// Reads `YYYY-MM-DD` and `YYYY-MM-DD HH:MM:SS`, with `T` for the blank and with fractions, which
/// are cut off. `None` for any other text.
pub fn parse(text: &str) -> Option<Moment> {
    let (date, time) = match text.split_at_checked(10)? {
        (date, "") => (date, "00:00:00"),
        (date, rest) => (date, rest.strip_prefix([' ', 'T'])?),
    };
    let (clock, fraction) = time.split_at_checked(8)?;
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !fraction.is_empty() && !fraction.strip_prefix('.').is_some_and(digits) {
        return None;
    }
    let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
    let [hour, minute, second] = numbers(clock, ':', [2, 2, 2])?;
    if month == 0 || day == 0 {
        return Some(Moment::Zero);
    }
    let small = |number: u16| u8::try_from(number).ok();
    let date = (i32::from(year), small(month)?, small(day)?);
    from_parts(date, (small(hour)?, small(minute)?, small(second)?)).map(Moment::Seconds)
}

/// Three numbers of fixed widths with `between` them.
fn numbers(text: &str, between: char, widths: [usize; 3]) -> Option<[u16; 3]> {
    let mut parts = text.split(between);
    let mut next = |width: usize| {
        let part = parts.next()?;
        let plain = part.len() == width && part.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| part.parse().ok())?
    };
    let found = [next(widths[0])?, next(widths[1])?, next(widths[2])?];
    parts.next().is_none().then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        for seconds in [0, 951_782_400, 1_785_456_000, -1] {
            let text = to_text(seconds).expect("a date");
            assert_eq!(parse(&text), Some(Moment::Seconds(seconds)), "{text}");
        }
        assert_eq!(to_text(951_782_400).as_deref(), Some("2000-02-29 00:00:00"));
        assert_eq!(to_text(i64::MAX), None);
        assert_eq!(to_text(-62_167_219_201), None, "the year before 0");
    }

    #[test]
    fn other_forms_and_zero_dates() {
        let seconds = Some(Moment::Seconds(86_400));
        for text in ["1970-01-02", "1970-01-02 00:00:00.9", "1970-01-02T00:00:00"] {
            assert_eq!(parse(text), seconds, "{text}");
        }
        assert_eq!(parse("0000-00-00 00:00:00"), Some(Moment::Zero));
        for text in ["", "2026-13-01", "2026-02-30", "2026-01-01 1:2:3", "+026-01-01", "äöüäöü"]
        {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
