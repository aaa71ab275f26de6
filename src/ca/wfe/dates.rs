//! The dates that an order asks for (RFC 8555 §7.4, `notBefore` and `notAfter`).

use std::time::Duration;

use crate::ca::{clock::Moment, problem::Problem};

/// How far back a certificate may begin, for clients whose clocks are behind.
const MAX_BACKDATE: Duration = Duration::from_secs(3600);

/// Reads both dates, each of which may be absent; what cannot be fulfilled as asked for is refused.
pub(super) fn read(
    not_before: Option<&str>,
    not_after: Option<&str>,
    lifetime: Duration,
    now: Moment,
) -> Result<(Option<Moment>, Option<Moment>), Problem> {
    let read = |member: &str, text: Option<&str>| {
        text.map(|text| {
            Moment::from_rfc3339(text).ok_or_else(|| {
                Problem::malformed(format!("`{member}` is {text:?}, which is no RFC 3339 date"))
            })
        })
        .transpose()
    };
    let (not_before, not_after) = (read("notBefore", not_before)?, read("notAfter", not_after)?);
    let (first, latest) = (not_before.unwrap_or(now), now.after(lifetime));
    if first < now.before(MAX_BACKDATE) || first >= latest {
        return Err(Problem::malformed(format!(
            "`notBefore` must be between {} and {}",
            now.before(MAX_BACKDATE).to_rfc3339(),
            latest.to_rfc3339()
        )));
    }
    if not_after.is_some_and(|last| last <= first.max(now) || first.until(last) > lifetime) {
        return Err(Problem::malformed(format!(
            "`notAfter` must be later than now and `notBefore`, and the time between at most {}",
            humantime::format_duration(lifetime)
        )));
    }
    Ok((not_before, not_after))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_secs(24 * 3600);

    #[test]
    fn dates_within_the_lifetime_are_taken() {
        let now = Moment::now();
        let at = |hours: u64| now.after(Duration::from_secs(hours * 3600));
        let ago = now.before(Duration::from_secs(1800));
        for (first, last, good) in [
            (None, None, true),
            (Some(ago), None, true),
            (Some(at(1)), Some(at(2)), true),
            (Some(at(1)), Some(at(25)), true),
            (None, Some(at(24)), true),
            (Some(at(1)), Some(at(26)), false),
            (None, Some(at(25)), false),
            (Some(now.before(DAY)), None, false),
            (Some(at(24)), None, false),
            (Some(at(2)), Some(at(1)), false),
            (None, Some(now), false),
            (Some(ago), Some(now), false),
        ] {
            let text = |moment: Option<Moment>| moment.map(Moment::to_rfc3339);
            let (first_text, last_text) = (text(first), text(last));
            let found = read(first_text.as_deref(), last_text.as_deref(), DAY, now);
            assert_eq!(found.is_ok(), good, "{first:?} {last:?}: {found:?}");
            assert!(!good || found == Ok((first, last)));
        }
    }

    #[test]
    fn what_is_no_date_is_malformed() {
        assert!(read(Some("soon"), None, DAY, Moment::now()).is_err());
        assert!(read(None, Some("2030-01-01"), DAY, Moment::now()).is_err());
    }
}
