//! Figures in the form people read.

use std::borrow::Cow;
use std::time::Duration;

/// A duration given in milliseconds, with three digits: `950 µs`, `1.23 ms`, `12.3 s`, `2m05s`.
pub fn millis(ms: f64) -> String {
    // Limits lie where rounding would give one digit more.
    match ms {
        _ if ms < 0.9995 => format!("{:.0} µs", ms * 1e3),
        _ if ms < 999.5 => format!("{} ms", three_digits(ms)),
        _ if ms < 99_950.0 => format!("{} s", three_digits(ms / 1e3)),
        _ => clock(Duration::from_millis(ms as u64)),
    }
}

/// Whole seconds as `0:07`, `12:05` or `1:02:03`, for a clock that runs.
pub(crate) fn stopwatch(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes}:{seconds:02}")
    }
}

/// A long duration: `2m05s`, `1h02m`.
fn clock(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60);
    if hours > 0 {
        format!("{hours}h{minutes:02}m")
    } else {
        format!("{minutes}m{:02}s", seconds % 60)
    }
}

/// `1.23`, `12.3`, `123`: for numbers below 1,000.
fn three_digits(value: f64) -> String {
    match value.abs() {
        magnitude if magnitude < 9.995 => format!("{value:.2}"),
        magnitude if magnitude < 99.95 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

/// `1,234,567`.
pub(crate) fn count(count: u64) -> String {
    let digits = count.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 chain`, `2 chains`.
pub fn counted(number: u64, thing: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {thing}{plural}", count(number))
}

/// `one, two, three`, or `one, two and 7 more` where there are more than `most`.
pub fn listed(names: &[&str], most: usize) -> String {
    let left = names.len().saturating_sub(most);
    match left {
        0 => names.join(", "),
        _ => format!("{} and {left} more", names[..most].join(", ")),
    }
}

/// Any number: whole ones as they are, others with three digits at least.
pub(crate) fn number(value: f64) -> String {
    let magnitude = value.abs();
    let unsigned = match magnitude {
        _ if magnitude.fract() == 0.0 || magnitude >= 999.5 => count(magnitude.round() as u64),
        _ if magnitude >= 0.1 => three_digits(magnitude),
        // Three significant digits, however small.
        _ => format!("{magnitude:.2e}"),
    };
    if value < 0.0 { format!("-{unsigned}") } else { unsigned }
}

/// A number as exact as it must be to be compared with another: to a millionth, or to its last digit
/// where that would make a whole number of one that is not.
pub fn exact(value: f64) -> String {
    let rounded = (value * 1e6).round() / 1e6;
    let hides = rounded.fract() == 0.0 && value.fract() != 0.0;
    format!("{}", if hides { value } else { rounded })
}

/// A rate a second, without its unit.
pub(crate) fn rate(per_second: f64) -> String {
    match per_second {
        0.0 => "0".into(),
        _ if per_second < 999.5 => three_digits(per_second),
        _ => count(per_second.round() as u64),
    }
}

/// Bytes of traffic, in powers of 1,000.
pub(crate) fn bytes(bytes: u64) -> String {
    scaled(bytes, 1e3, ["B", "kB", "MB", "GB", "TB", "PB"])
}

/// Bytes of memory, in powers of 1,024.
pub(crate) fn memory(bytes: u64) -> String {
    scaled(bytes, 1_024.0, ["B", "KiB", "MiB", "GiB", "TiB", "PiB"])
}

fn scaled(bytes: u64, base: f64, units: [&str; 6]) -> String {
    if (bytes as f64) < base {
        return format!("{bytes} B");
    }
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= base - 0.5 && unit + 1 < units.len() {
        value /= base;
        unit += 1;
    }
    format!("{} {}", three_digits(value), units[unit])
}

/// A share of 0 to 1 as `98.7 %`. Only all is `100 %`, only nothing is `0 %`.
pub(crate) fn percent(share: f64) -> String {
    match share * 100.0 {
        0.0 => "0 %".into(),
        100.0 => "100 %".into(),
        percent if percent > 99.94 => "> 99.9 %".into(),
        percent if percent < 0.1 => "< 0.1 %".into(),
        percent => format!("{percent:.1} %"),
    }
}

/// Text from elsewhere without what could steer the terminal: control characters other than tab
/// and line feed become U+FFFD.
pub fn printable(text: &str) -> Cow<'_, str> {
    let steers = |c: char| c.is_control() && c != '\n' && c != '\t';
    if text.contains(steers) { text.replace(steers, "\u{fffd}").into() } else { text.into() }
}

/// Text from elsewhere as one line of at most `width` characters.
pub(crate) fn one_line(text: &str, width: usize) -> String {
    let line = printable(text).split_whitespace().collect::<Vec<_>>().join(" ");
    shortened(&line, width)
}

/// `text` cut to at most `width` characters, which then end with `...`.
pub(crate) fn shortened(text: &str, width: usize) -> String {
    const CUT: &str = "...";
    if text.chars().nth(width).is_none() {
        return text.to_owned();
    }
    text.chars().take(width.saturating_sub(CUT.len())).collect::<String>() + CUT
}

/// Breaks `text` at blanks into lines of at most `width` characters, a longer word by force.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut room = width;
    for word in text.split_whitespace() {
        let mut word: Vec<char> = word.chars().collect();
        let blank = usize::from(room < width);
        if word.len() + blank > room && room < width {
            lines.push(String::new());
            room = width;
        } else if blank > 0 {
            lines.last_mut().expect("never empty").push(' ');
            room -= 1;
        }
        while word.len() > room {
            lines.last_mut().expect("never empty").extend(word.drain(..room));
            lines.push(String::new());
            room = width;
        }
        room -= word.len();
        lines.last_mut().expect("never empty").extend(word);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_three_digits() {
        for (ms, expected) in [
            (0.0, "0 µs"),
            (0.95, "950 µs"),
            (0.9996, "1.00 ms"),
            (1.234, "1.23 ms"),
            (9.996, "10.0 ms"),
            (12.34, "12.3 ms"),
            (999.4, "999 ms"),
            (999.6, "1.00 s"),
            (12_345.0, "12.3 s"),
            (125_000.0, "2m05s"),
            (3_725_000.0, "1h02m"),
        ] {
            assert_eq!(millis(ms), expected);
        }
    }

    #[test]
    fn stopwatches_count_seconds() {
        let shown = [7, 725, 3_723].map(|seconds| stopwatch(Duration::from_secs(seconds)));
        assert_eq!(shown, ["0:07", "12:05", "1:02:03"]);
    }

    #[test]
    fn counts_have_separators() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([counted(1, "chain"), counted(2_000, "chain")], ["1 chain", "2,000 chains"]);
    }

    #[test]
    fn lists_end_somewhere() {
        let names = ["a", "b", "c"];
        assert_eq!([listed(&names, 3), listed(&names, 2)], ["a, b, c", "a, b and 1 more"]);
    }

    #[test]
    fn numbers_rates_and_shares() {
        let numbers = [0.0, 1_234.0, 2.5, 66.66, 1_234.5, -3.0, 0.001_234].map(number);
        assert_eq!(numbers, ["0", "1,234", "2.50", "66.7", "1,235", "-3", "1.23e-3"]);
        assert_eq!([0.0, 0.65, 12.34, 999.7].map(rate), ["0", "0.65", "12.3", "1,000"]);
        let shares = [0.0, 1.0, 0.9999, 0.0001, 0.5].map(percent);
        assert_eq!(shares, ["0 %", "100 %", "> 99.9 %", "< 0.1 %", "50.0 %"]);
    }

    #[test]
    fn sizes_have_units() {
        assert_eq!([999, 1_000, 12_345_678].map(bytes), ["999 B", "1.00 kB", "12.3 MB"]);
        assert_eq!([1_023, 48_234_496].map(memory), ["1023 B", "46.0 MiB"]);
    }

    #[test]
    fn nothing_steers_the_terminal() {
        assert_eq!(printable("a\x1b[31mb\r\n\tc"), "a\u{fffd}[31mb\u{fffd}\n\tc");
    }

    #[test]
    fn one_line_is_one_line() {
        assert_eq!(one_line("a\n b\t\x1bc", 80), "a b \u{fffd}c");
        assert_eq!([one_line("abcdef", 6), one_line("abcdefg", 6)], ["abcdef", "abc..."]);
    }

    #[test]
    fn wrapping_breaks_at_blanks() {
        assert_eq!(wrap("one two  three", 8), ["one two", "three"]);
        assert_eq!(wrap("abcdefghij k", 4), ["abcd", "efgh", "ij k"]);
        assert_eq!(wrap("ab abcdefgh", 4), ["ab", "abcd", "efgh"]);
        assert_eq!(wrap("", 4), [""]);
    }
}
