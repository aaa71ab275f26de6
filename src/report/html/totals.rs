//! Everything together, as a row of numbers.

use maud::{Markup, html};

use crate::record::summary::{CountBlock, Summary};
use crate::report::model::Model;
use crate::sink::human;

pub(super) fn section(model: &Model) -> Option<Markup> {
    let Summary { totals, duration_s, .. } = &model.summary;
    let traffic = totals.traffic;
    (totals.chains.count + totals.requests.count > 0).then(|| html! {
        section id="totals" {
            h2 { "Totals" }
            ul class="tiles" {
                (counted("chains", totals.chains))
                (counted("requests", totals.requests))
                @if totals.checks.count > 0 { (counted("checks", totals.checks)) }
                @if totals.attackers_max > 0 {
                    (tile("attackers at most", &human::count(totals.attackers_max.into()), None))
                }
                @if totals.dropped_chains > 0 {
                    (tile("chains not started on time", &human::count(totals.dropped_chains), None))
                }
                @if totals.not_offered > 0 {
                    (tile("times not offered by the CA", &human::count(totals.not_offered), None))
                }
                @if traffic.bytes_in + traffic.bytes_out > 0 {
                    (tile("sent", &human::bytes(traffic.bytes_out), None))
                    (tile("received", &human::bytes(traffic.bytes_in), None))
                }
                @if totals.cpu_s > 0.0 {
                    (tile("CPU time of coyote", &human::millis(totals.cpu_s * 1e3), cores(totals.cpu_s, *duration_s)))
                }
                @if totals.rss_max_bytes > 0 {
                    (tile("memory of coyote", &human::memory(totals.rss_max_bytes), None))
                }
            }
        }
    })
}

/// The system counts in steps of 10 ms, which say nothing about a short run.
fn cores(cpu_s: f64, duration_s: f64) -> Option<String> {
    (duration_s >= 1.0).then(|| format!("{:.2} cores", cpu_s / duration_s))
}

fn counted(what: &str, block: CountBlock) -> Markup {
    let CountBlock { count, failed, rate_per_s } = block;
    html! {
        li {
            b { (human::count(count)) }
            span { (what) }
            span { (human::rate(rate_per_s)) " a second" }
            span class=[(failed > 0).then_some("bad")] {
                @if failed > 0 {
                    (human::count(failed)) " failed " i { "(" (human::percent(failed as f64 / count as f64)) ")" }
                } @else { "none failed" }
            }
        }
    }
}

fn tile(what: &str, figure: &str, more: Option<String>) -> Markup {
    html! {
        li {
            b { (figure) }
            span { (what) }
            @if let Some(more) = more { span { (more) } }
        }
    }
}
