//! The requests.

use super::latencies::{all, by_name, latencies};
use super::parts::MAX_ROWS;
use crate::record::summary::Summary;
use crate::sink::style::Style;

pub(super) fn render(summary: &Summary, style: Style, out: &mut String) {
    let all = all(summary.totals.requests, summary.metrics.get("http_req_duration"));
    latencies("REQUESTS", MAX_ROWS, &by_name(&summary.endpoints), Some(&all), style, out);
}
