//! Tables of counts and times: of chains, endpoints, scenarios, stages and tags.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::figures;
use super::table::{LATENCY, failures, latency_row, row, table};
use crate::record::summary::LatencyBlock;
use crate::report::model::Model;

pub(super) fn chains(model: &Model) -> Option<Markup> {
    latencies("chains", "Chains", "chain", &model.summary.chains)
}

pub(super) fn endpoints(model: &Model) -> Option<Markup> {
    latencies("endpoints", "Requests by endpoint", "endpoint", &model.summary.endpoints)
}

pub(super) fn tags(model: &Model) -> Option<Markup> {
    let tags = &model.summary.tags;
    (!tags.is_empty()).then(|| {
        html! {
            @for (key, values) in tags {
                @if let Some(table) = latencies("tags", &format!("Requests by tag {key}"), key, values) { (table) }
            }
        }
    })
}

fn latencies(
    id: &str,
    title: &str,
    first: &str,
    blocks: &BTreeMap<String, LatencyBlock>,
) -> Option<Markup> {
    let rows = html! { @for (name, block) in blocks { (latency_row(name, block)) } };
    (!blocks.is_empty()).then(|| {
        html! {
            section id=(id) {
                h2 { (figures::text(title)) }
                (table(&figures::text(first), &LATENCY, &rows))
            }
        }
    })
}

/// What a part of the run has beside others.
const PART: [&str; 12] = [
    "begins", "chains", "failed", "/s", "med", "p95", "p99", "requests", "failed", "/s", "med",
    "p95",
];

/// The scenarios, if there are several: a single one is the run.
pub(super) fn scenarios(model: &Model) -> Option<Markup> {
    let scenarios = &model.summary.scenarios;
    let rows = html! {
        @for (name, it) in scenarios { (part(name, it.started_s, &it.chains, &it.requests)) }
    };
    (scenarios.len() > 1).then(|| {
        html! {
            section id="scenarios" { h2 { "Scenarios" } (table("scenario", &PART, &rows)) }
        }
    })
}

/// The stages, if there are several, and not just one for each scenario.
pub(super) fn stages(model: &Model) -> Option<Markup> {
    let (stages, scenarios) = (&model.summary.stages, &model.summary.scenarios);
    let rows = html! {
        @for it in stages {
            (part(&it.name, Some(it.started_s), &it.totals.chains, &it.totals.requests))
        }
    };
    (stages.len() > scenarios.len().max(1)).then(|| {
        html! {
            section id="stages" { h2 { "Stages" } (table("stage", &PART, &rows)) }
        }
    })
}

fn part(
    name: &str,
    started_s: Option<f64>,
    chains: &LatencyBlock,
    requests: &LatencyBlock,
) -> Markup {
    row(
        name,
        &html! {
            td { (figures::millis(started_s.map(|started_s| started_s * 1e3))) }
            (counts(chains))
            @for time in [chains.med, chains.p95, chains.p99] { td { (figures::millis(time)) } }
            (counts(requests))
            @for time in [requests.med, requests.p95] { td { (figures::millis(time)) } }
        },
    )
}

fn counts(block: &LatencyBlock) -> Markup {
    html! {
        td { (figures::count(block.count)) }
        (failures(block.failed))
        td { (figures::rate(block.rate_per_s)) }
    }
}
