//! Everything that a report shows, as plain data.

use super::timeline::Timeline;
use crate::record::summary::Summary;
use crate::sink::human;

/// Everything that a report shows.
#[derive(Debug, Clone)]
pub struct Model {
    /// What the run comes to: what tables show.
    pub summary: Summary,
    /// What happened when: what charts over time show.
    pub timeline: Timeline,
    /// What the reader should know of where this is from.
    pub notes: Vec<String>,
}

impl Model {
    /// Has the run's own `summary` take the place of what logs say: it knows more. Tells if it is
    /// another run's.
    pub fn complete_with(&mut self, summary: Summary) {
        let (logged, counted) = (self.summary.totals.chains.count, summary.totals.chains.count);
        if logged != counted {
            let (logged, counted) = (human::counted(logged, "chain"), human::count(counted));
            self.notes.push(format!(
                "The log has {logged}, the summary {counted}: tables show the summary, charts over time \
                 the log."
            ));
        }
        self.summary = summary;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::fixture::summary;

    #[test]
    fn another_count_is_told() {
        let mut model =
            Model { summary: summary(), timeline: Timeline::default(), notes: Vec::new() };
        model.complete_with(summary());
        assert!(model.notes.is_empty());
        let mut other = summary();
        other.totals.chains.count += 1;
        model.complete_with(other);
        let told = "The log has 50 chains, the summary 51:";
        assert!(model.notes[0].starts_with(told), "{:?}", model.notes);
    }
}
