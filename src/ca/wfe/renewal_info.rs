//! When to renew a certificate (RFC 9773 §4).

use std::time::Duration;

use serde::Serialize;

use super::{call::Call, reply::Reply, route::Outcome};
use crate::ca::{cert_id, clock::Moment, problem::Problem};

/// The longest that clients are told to wait before they ask again.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(6 * 3600);
const HOUR: Duration = Duration::from_secs(3600);

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct View {
    suggested_window: Window,
}

#[derive(Serialize)]
struct Window {
    start: String,
    end: String,
}

pub(super) fn get(call: &Call<'_>) -> Outcome {
    let serial = cert_id::parse(call.captures[0], call.ca.issuer.key_identifier())?;
    let certificate =
        call.ca.store.certificate(&serial).ok_or_else(|| Problem::not_found("this certificate"))?;
    let (first, last) = certificate.dates;
    let (start, end) = match certificate.revocation {
        Some(revocation) => (revocation.at.before(2 * HOUR), revocation.at.before(HOUR)),
        None => window(first, last),
    };
    let window = Window { start: start.to_rfc3339(), end: end.to_rfc3339() };
    let retry_after = (first.until(last) / 50).min(MAX_RETRY_AFTER);
    Ok(Reply::json(&View { suggested_window: window }).with_retry_after(retry_after))
}

/// A fiftieth of the lifetime, about when two thirds of it are over.
fn window(first: Moment, last: Moment) -> (Moment, Moment) {
    let lifetime = first.until(last);
    let (ideal, margin) = (first.after(lifetime * 2 / 3), lifetime / 100);
    // Of lifetimes below minutes, a window must still be one (§4.2).
    let second = Duration::from_secs(1);
    let end = ideal.after(margin.max(second)).min(last);
    (ideal.before(margin).min(end.before(second)), end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_of_a_single_second_ends_with_it() {
        let first = Moment::now();
        assert_eq!(window(first, first), (first.before(Duration::from_secs(1)), first));
    }

    #[test]
    fn the_window_is_late_in_the_lifetime() {
        for seconds in [1, 2, 10, 100, 90 * 24 * 3600] {
            let first = Moment::now();
            let last = first.after(Duration::from_secs(seconds));
            let (start, end) = window(first, last);
            assert!(first <= start && start < end && end <= last, "{seconds} s");
            assert!(seconds < 3 || first.until(start) >= Duration::from_secs(seconds * 3 / 5));
        }
    }
}
