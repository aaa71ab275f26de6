//! What all shards measured, by metric and labels.

use std::sync::Arc;

use ahash::RandomState;
use indexmap::IndexMap;

use super::labels::{self, Labels};
use super::names::Names;
use crate::record::figure::Figure;
use crate::record::sample::MetricKind;
use crate::record::snapshot::{self, Snapshot};

/// One metric, as it is told.
#[derive(Debug)]
pub(super) struct Family {
    pub(super) name: Arc<str>,
    pub(super) help: String,
    pub(super) kind: MetricKind,
    pub(super) series: IndexMap<Labels, Figure, RandomState>,
}

/// Adds up the series that have the same labels: those of several shards, and those that differ only in
/// what labels cannot say.
pub(super) fn merged(snapshots: &[Arc<Snapshot>], names: &mut Names) -> Vec<Family> {
    let mut families = IndexMap::<&str, Family>::new();
    for snapshot in snapshots {
        for family in &snapshot.families {
            let ours = families.entry(&family.name).or_insert_with(|| Family {
                name: names.of(&family.name, family.kind),
                help: help(family),
                kind: family.kind,
                series: IndexMap::default(),
            });
            for (key, figure) in &family.series {
                let labels = labels::of(key, &snapshot.labels);
                ours.series.entry(labels).or_default().merge(figure);
            }
        }
    }
    families.into_values().collect()
}

fn help(family: &snapshot::Family) -> String {
    match family.help {
        Some(help) => help.to_owned(),
        None => format!("The script's own {} {}", family.kind.as_str(), family.name),
    }
}
