//! Metrics in the text format of `OpenMetrics`, by the crate of the Prometheus project.

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Registry;

use super::families::Family;
use super::labels::Labels;
use super::names::{FAILS, PASSES};
use crate::record::figure::Figure;
use crate::record::process::ProcessNow;
use crate::record::sample::MetricKind;

/// What [`text`] returns.
pub(super) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Coyote's own process, under the names that Prometheus' libraries have for any.
pub(super) const PROCESS: &[(&str, MetricKind)] = &[
    ("process_cpu_seconds", MetricKind::Counter),
    ("process_resident_memory_bytes", MetricKind::Gauge),
    ("process_threads", MetricKind::Gauge),
    ("process_open_fds", MetricKind::Gauge),
];

/// The whole answer to one scrape.
pub(super) fn text(families: Vec<Family>, process: ProcessNow) -> Result<String, fmt::Error> {
    let mut registry = Registry::default();
    registry.register_collector(Box::new(Scrape { families, process }));
    let mut text = String::new();
    encode(&mut text, &registry)?;
    Ok(text)
}

#[derive(Debug)]
struct Scrape {
    families: Vec<Family>,
    process: ProcessNow,
}

impl Collector for Scrape {
    fn encode(&self, mut encoder: DescriptorEncoder) -> fmt::Result {
        self.families.iter().try_for_each(|family| encode_family(family, &mut encoder))?;
        encode_process(&self.process, &mut encoder)
    }
}

fn encode_family(family: &Family, to: &mut DescriptorEncoder) -> fmt::Result {
    let (name, help) = (&*family.name, escaped(&family.help));
    match family.kind {
        MetricKind::Counter => {
            let to = to.encode_descriptor(name, &help, None, MetricType::Counter)?;
            each(family, to, |figure, to| match figure {
                Figure::Sum(sum) => counter(*sum, to),
                _ => Ok(()),
            })
        }
        MetricKind::Gauge => {
            let to = to.encode_descriptor(name, &help, None, MetricType::Gauge)?;
            each(family, to, |figure, to| match figure {
                Figure::Sum(sum) => to.encode_gauge(sum),
                Figure::Last(gauge) => to.encode_gauge(&gauge.last),
                _ => Ok(()),
            })
        }
        MetricKind::Rate => encode_rate(family, &help, to),
        MetricKind::Trend => {
            let to = to.encode_descriptor(name, &help, None, MetricType::Histogram)?;
            each(family, to, |figure, to| match figure {
                Figure::Buckets(all) => {
                    let buckets: Vec<_> = all.iter().collect();
                    to.encode_histogram::<NoLabelSet>(all.sum(), all.count(), &buckets, None)
                }
                _ => Ok(()),
            })
        }
    }
}

/// A share, and what it is made of: shares cannot be added up, counters can.
fn encode_rate(family: &Family, help: &str, to: &mut DescriptorEncoder) -> fmt::Result {
    let told = format!("{help}: as a share, 0 to 1");
    let share = to.encode_descriptor(&family.name, &told, None, MetricType::Gauge)?;
    each(family, share, |figure, to| match figure {
        Figure::Share(share) => share.rate().map_or(Ok(()), |rate| to.encode_gauge(&rate)),
        _ => Ok(()),
    })?;
    for (end, what, is_pass) in [(PASSES, "how many", true), (FAILS, "how many others", false)] {
        let (name, told) = (format!("{}{end}", family.name), format!("{help}: {what}"));
        let to = to.encode_descriptor(&name, &told, None, MetricType::Counter)?;
        each(family, to, |figure, to| match figure {
            Figure::Share(share) => {
                let count = if is_pass { share.passes } else { share.fails };
                counter(count as f64, to)
            }
            _ => Ok(()),
        })?;
    }
    Ok(())
}

fn encode_process(process: &ProcessNow, to: &mut DescriptorEncoder) -> fmt::Result {
    let values = [
        process.cpu.as_secs_f64(),
        process.rss_bytes as f64,
        process.tasks as f64,
        process.open_files as f64,
    ];
    for ((name, kind), value) in PROCESS.iter().zip(values) {
        let help = "Of coyote itself";
        if *kind == MetricKind::Counter {
            counter(value, &mut to.encode_descriptor(name, help, None, MetricType::Counter)?)?;
        } else {
            to.encode_descriptor(name, help, None, MetricType::Gauge)?.encode_gauge(&value)?;
        }
    }
    Ok(())
}

/// Has `encode` write each series of a metric.
fn each(
    family: &Family,
    mut to: MetricEncoder,
    encode: impl Fn(&Figure, &mut MetricEncoder) -> fmt::Result,
) -> fmt::Result {
    let mut each = |(labels, figure): (&Labels, &Figure)| match labels.is_empty() {
        true => encode(figure, &mut to),
        false => encode(figure, &mut to.encode_family(labels)?),
    };
    family.series.iter().try_for_each(&mut each)
}

fn counter(value: f64, to: &mut MetricEncoder) -> fmt::Result {
    to.encode_counter::<NoLabelSet, _, f64>(&value, None)
}

/// What a line of HELP can hold: the crate writes it as it is.
fn escaped(help: &str) -> String {
    help.replace('\\', r"\\").replace('\n', r"\n").replace('"', r#"\""#)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::record::fixture::totals;
    use crate::record::snapshot::Snapshot;
    use crate::sink::prometheus::families::merged;
    use crate::sink::prometheus::names::Names;

    fn told() -> String {
        let snapshot = Arc::new(Snapshot::of(&totals()));
        let families = merged(&[Arc::clone(&snapshot), snapshot], &mut Names::new(PROCESS));
        let cpu = Duration::from_millis(1_500);
        let process = ProcessNow { rss_bytes: 5_000, cpu, tasks: 4, open_files: 9 };
        text(families, process).expect("strings take everything")
    }

    #[test]
    fn two_shards_add_up_under_the_names_of_k6() {
        let text = told();
        let place = r#"chain="new-authorization",scenario="default",stage="2: 100 attackers""#;
        for line in [
            "# TYPE http_reqs counter".to_owned(),
            "# HELP http_req_duration Whole requests, in ms".to_owned(),
            format!(
                r#"http_reqs_total{{endpoint="new-nonce",method="POST",status="0",expected_response="false",{place}}} 8.0"#
            ),
            format!("dropped_chains_total{{{place}}} 2.0"),
            format!(r#"chain_duration_bucket{{le="500.0",{place}}} 0"#),
            format!(r#"chain_duration_bucket{{le="1000.0",{place}}} 100"#),
            format!(r#"chain_duration_bucket{{le="+Inf",{place}}} 100"#),
            format!("chain_duration_sum{{{place}}} 100000.0"),
            format!(r#"checks{{check="the order is pending",{place}}} 0.8"#),
            format!(r#"checks_fails_total{{check="the order is pending",{place}}} 20.0"#),
            "attackers 200.0".to_owned(),
            "process_cpu_seconds_total 1.5".to_owned(),
            "process_open_fds 9.0".to_owned(),
            "# HELP bad_nonces The script's own counter bad_nonces".to_owned(),
        ] {
            assert!(text.lines().any(|told| told == line), "{line} is not in:\n{text}");
        }
        assert!(text.contains(r#",case="plain"}"#), "{text}");
        assert!(text.ends_with("# EOF\n"));
    }

    #[test]
    fn no_sample_is_told_twice() {
        let text = told();
        let mut samples: Vec<_> = text.lines().filter(|line| !line.starts_with('#')).collect();
        let all = samples.len();
        samples.sort_unstable_by_key(|line| line.rsplit_once(' ').map(|(sample, _)| sample));
        samples.dedup_by_key(|line| line.rsplit_once(' ').map(|(sample, _)| sample.to_owned()));
        assert_eq!(samples.len(), all);
    }

    #[test]
    fn help_stays_on_its_line() {
        assert_eq!(escaped("a\\b\n\"c\""), r#"a\\b\n\"c\""#);
    }
}
