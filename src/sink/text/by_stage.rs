//! How times grow from stage to stage: of each chain and endpoint, the p95 of every stage.

use std::collections::{BTreeMap, BTreeSet};

use super::latencies::{Blocks, by_name, most_telling};
use super::parts::{WIDTH, more};
use crate::record::summary::{LatencyBlock, StageBlock, Summary};
use crate::sink::style::Style;
use crate::sink::table::{Cell, Table};

/// How many rows each table shows at most.
const MAX_ROWS: usize = 10;

/// How many stages fit beside each other.
const MAX_STAGES: usize = 6;

/// What a stage has by name.
type OfStage = fn(&StageBlock) -> &BTreeMap<String, LatencyBlock>;

/// Two tables, of runs with several stages; what a table of one row would say is in that of stages. Stages
/// of several scenarios do not follow each other, so nothing grows from one to the next.
pub(super) fn render(summary: &Summary, style: Style, out: &mut String) {
    if summary.stages.len() < 2 || summary.scenarios.len() > 1 {
        return;
    }
    let several = |blocks: &BTreeMap<String, LatencyBlock>| blocks.len() > 1;
    if several(&summary.chains) {
        let blocks = by_name(&summary.chains);
        table("p95 OF CHAINS", &summary.stages, &blocks, |stage| &stage.chains, style, out);
    }
    if several(&summary.endpoints) {
        let blocks = by_name(&summary.endpoints);
        table("p95 OF REQUESTS", &summary.stages, &blocks, |stage| &stage.endpoints, style, out);
    }
}

fn table(
    title: &'static str,
    stages: &[StageBlock],
    blocks: &Blocks,
    of: OfStage,
    style: Style,
    out: &mut String,
) {
    let shown = spread(stages.len());
    let columns: Vec<String> = shown.iter().map(|at| format!("stage {}", at + 1)).collect();
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    let mut table = Table::new(title, &columns);
    let rows = most_telling(blocks, MAX_ROWS);
    for (name, _) in &rows {
        let p95 = |at: &usize| of(&stages[*at]).get(*name).and_then(|block| block.p95);
        table.row(name, shown.iter().map(|at| Cell::millis(p95(at))).collect());
    }
    out.push('\n');
    table.render(style, WIDTH, out);
    more(blocks.len() - rows.len(), style, out);
}

/// Which of so many stages are shown: all, or evenly spread ones with the first and the last.
fn spread(stages: usize) -> Vec<usize> {
    if stages <= MAX_STAGES {
        return (0..stages).collect();
    }
    let at = |column: usize| column * (stages - 1) / (MAX_STAGES - 1);
    (0..MAX_STAGES).map(at).collect::<BTreeSet<_>>().into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_and_the_last_stage_are_always_shown() {
        assert_eq!(spread(2), [0, 1]);
        assert_eq!(spread(6), [0, 1, 2, 3, 4, 5]);
        assert_eq!(spread(7), [0, 1, 2, 3, 4, 6]);
        assert_eq!(spread(100), [0, 19, 39, 59, 79, 99]);
    }
}
