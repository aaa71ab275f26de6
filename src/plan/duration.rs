//! Lengths of time as users write them: seconds when bare (`30`), else `500ms`, `30s`, `5m`, `1h30m`.

use std::time::Duration;

/// Parses a length of time.
///
/// # Errors
/// A sentence that shows what is accepted.
pub fn parse(text: &str) -> Result<Duration, String> {
    let wrong =
        || format!("`{text}` is no length of time; write 30 (seconds), 500ms, 30s, 5m or 1h");
    if let Ok(seconds) = text.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).map_err(|_| wrong());
    }
    humantime::parse_duration(text).map_err(|_| wrong())
}

/// Parses the time that something is counted by, such as what follows the slash in `100/1m` or `50/s`.
///
/// # Errors
/// As [`parse`].
pub fn parse_per(text: &str) -> Result<Duration, String> {
    match text {
        unit @ ("ms" | "s" | "m" | "h") => parse(&format!("1{unit}")),
        time => parse(time),
    }
}

/// `30s`, `1m 30s`: for people.
pub fn show(duration: Duration) -> String {
    humantime::format_duration(duration).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bare_numbers_are_seconds() {
        assert_eq!(parse("30"), Ok(Duration::from_secs(30)));
        assert_eq!(parse("0.5"), Ok(Duration::from_millis(500)));
        assert_eq!(parse("5m"), Ok(Duration::from_secs(300)));
        assert_eq!(parse("1h"), Ok(Duration::from_secs(3600)));
        assert_eq!(parse("250ms"), Ok(Duration::from_millis(250)));
        assert_eq!(parse_per("m"), parse("1m"));
        assert_eq!(parse_per("10"), parse("10s"));
    }

    #[test]
    fn nonsense_is_told_what_to_write() {
        for text in ["", "-1", "5 parsecs", "NaN", "inf"] {
            let told = parse(text).expect_err(text);
            assert!(told.contains("write 30 (seconds)"), "{told}");
        }
    }
}
