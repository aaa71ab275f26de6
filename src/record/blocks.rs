//! The blocks of the summary, made of the series they show.

use std::time::Duration;

use super::distribution::Distribution;
use super::series::RequestSeries;
use super::summary::{CheckBlock, LatencyBlock, MetricBlock, PartBlock, PartsBlock};
use super::totals::ChainSeries;
use super::value::{MetricValue, Share};

pub(super) fn metric_block(value: &MetricValue, window: Duration) -> MetricBlock {
    match value {
        MetricValue::Counter(sum) => {
            MetricBlock::Counter { count: *sum, rate_per_s: rate(*sum, window) }
        }
        MetricValue::Gauge(gauge) => {
            MetricBlock::Gauge { value: gauge.last, min: gauge.min, max: gauge.max }
        }
        MetricValue::Rate(share) => rate_block(*share),
        MetricValue::Trend(trend) => {
            Figures::of(trend.mean().map(round), |quantile| trend.quantile(quantile))
                .trend(trend.count())
        }
    }
}

pub(super) fn rate_block(share: Share) -> MetricBlock {
    MetricBlock::Rate { rate: share.rate().map(round), passes: share.passes, fails: share.fails }
}

pub(super) fn check_block(share: Share) -> CheckBlock {
    CheckBlock { passes: share.passes, fails: share.fails }
}

pub(super) fn trend_block(micros: &Distribution) -> MetricBlock {
    Figures::of_durations(micros).trend(micros.count())
}

pub(super) fn chain_block(series: &ChainSeries, window: Duration) -> LatencyBlock {
    let not_offered = Some(series.not_offered);
    LatencyBlock { not_offered, ..latency_block(&series.duration(), series.failed.count(), window) }
}

pub(super) fn request_block(series: &RequestSeries, window: Duration) -> LatencyBlock {
    let [blocked, connecting, tls_handshaking, sending, waiting, receiving] =
        series.parts.each_ref().map(part_block);
    let parts = PartsBlock { blocked, connecting, tls_handshaking, sending, waiting, receiving };
    LatencyBlock { parts: Some(parts), ..latency_block(&series.duration, series.failed, window) }
}

fn part_block(part: &Distribution) -> PartBlock {
    let Figures { avg, p95, .. } = Figures::of_durations(part);
    PartBlock { avg: avg.unwrap_or(0.0), p95: p95.unwrap_or(0.0) }
}

fn latency_block(micros: &Distribution, failed: u64, window: Duration) -> LatencyBlock {
    let Figures { avg, min, med, p90, p95, p99, p999, max } = Figures::of_durations(micros);
    let count = micros.count();
    let rate_per_s = rate(count as f64, window);
    LatencyBlock {
        count,
        failed,
        rate_per_s,
        avg,
        min,
        med,
        p90,
        p95,
        p99,
        p999,
        max,
        ..LatencyBlock::default()
    }
}

/// The figures that describe a distribution.
struct Figures {
    avg: Option<f64>,
    min: Option<f64>,
    med: Option<f64>,
    p90: Option<f64>,
    p95: Option<f64>,
    p99: Option<f64>,
    p999: Option<f64>,
    max: Option<f64>,
}

impl Figures {
    fn of(mean: Option<f64>, quantile: impl Fn(f64) -> Option<f64>) -> Self {
        Self {
            avg: mean,
            min: quantile(0.0),
            med: quantile(0.5),
            p90: quantile(0.9),
            p95: quantile(0.95),
            p99: quantile(0.99),
            p999: quantile(0.999),
            max: quantile(1.0),
        }
    }

    /// In milliseconds.
    fn of_durations(micros: &Distribution) -> Self {
        let mean = micros.mean().map(|micros| round(micros / 1e3));
        Self::of(mean, |quantile| micros.quantile(quantile).map(|micros| micros as f64 / 1e3))
    }

    fn trend(self, count: u64) -> MetricBlock {
        let Self { avg, min, med, p90, p95, p99, p999, max } = self;
        MetricBlock::Trend { count, avg, min, med, p90, p95, p99, p999, max }
    }
}

/// Events a second, to six decimals; 0 in no time.
pub(super) fn rate(count: f64, window: Duration) -> f64 {
    if window.is_zero() { 0.0 } else { round(count / window.as_secs_f64()) }
}

pub(super) fn round(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}
