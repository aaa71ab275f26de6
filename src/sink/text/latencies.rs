//! Tables of counts and times, which chains and requests share.

use std::collections::BTreeMap;

use super::parts::{WIDTH, more_failed};
use crate::record::summary::{CountBlock, LatencyBlock, MetricBlock};
use crate::sink::human;
use crate::sink::style::Style;
use crate::sink::table::{Cell, Table};

/// Blocks by name, of those that are to be shown.
pub(super) type Blocks<'a> = BTreeMap<&'a str, &'a LatencyBlock>;

const LATENCY: [&str; 8] = ["count", "failed", "/s", "avg", "med", "p95", "p99", "max"];

pub(super) fn by_name(blocks: &BTreeMap<String, LatencyBlock>) -> Blocks<'_> {
    blocks.iter().map(|(name, block)| (name.as_str(), block)).collect()
}

/// Everything of one kind as one block, from where the summary has its parts.
pub(super) fn all(counts: CountBlock, trend: Option<&MetricBlock>) -> LatencyBlock {
    let CountBlock { count, failed, rate_per_s } = counts;
    let mut all = LatencyBlock { count, failed, rate_per_s, ..LatencyBlock::default() };
    if let Some(&MetricBlock::Trend { avg, min, med, p90, p95, p99, p999, max, .. }) = trend {
        all = LatencyBlock { avg, min, med, p90, p95, p99, p999, max, ..all };
    }
    all
}

/// `all` goes below several blocks.
pub(super) fn latencies(
    title: &'static str,
    max_rows: usize,
    blocks: &Blocks,
    all: Option<&LatencyBlock>,
    style: Style,
    out: &mut String,
) {
    if blocks.is_empty() {
        return;
    }
    let mut table = Table::new(title, &LATENCY);
    let shown = most_telling(blocks, max_rows);
    for (name, block) in &shown {
        table.row(name, latency_cells(block));
    }
    if let Some(all) = all.filter(|_| blocks.len() > 1) {
        table.row("all", latency_cells(all));
    }
    out.push('\n');
    table.render(style, WIDTH, out);
    let failing = |blocks: &mut dyn Iterator<Item = &LatencyBlock>| {
        blocks.filter(|block| block.failed > 0).count()
    };
    let failed = failing(&mut blocks.values().copied()) - failing(&mut shown.iter().map(|it| it.1));
    more_failed(blocks.len() - shown.len(), failed, style, out);
}

/// Those that failed before others, then the most frequent ones; in the order of their names.
pub(super) fn most_telling<'a>(
    blocks: &Blocks<'a>,
    max_rows: usize,
) -> Vec<(&'a str, &'a LatencyBlock)> {
    let mut shown: Vec<_> = blocks.iter().map(|(name, block)| (*name, *block)).collect();
    shown.sort_by_key(|(_, block)| (block.failed == 0, std::cmp::Reverse(block.count)));
    shown.truncate(max_rows);
    shown.sort_by_key(|(name, _)| *name);
    shown
}

fn latency_cells(block: &LatencyBlock) -> Vec<Cell> {
    let mut cells = vec![
        Cell::plain(human::count(block.count)),
        Cell::failures(block.failed),
        Cell::plain(human::rate(block.rate_per_s)),
    ];
    cells.extend([block.avg, block.med, block.p95, block.p99, block.max].map(Cell::millis));
    cells
}
