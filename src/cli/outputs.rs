//! The files that are written at once when a run has ended: its summary and its report.

use std::path::Path;

use crate::cli::args::RunArgs;
use crate::cli::report;
use crate::error::Fatal;
use crate::record::summary::Summary;
use crate::report::html;
use crate::report::model::Model;
use crate::report::timeline::Timeline;
use crate::sink::whole_file::WholeFile;

/// Where they go.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outputs<'a> {
    summary: Option<&'a Path>,
    report: Option<&'a Path>,
}

impl<'a> Outputs<'a> {
    /// What `args` want.
    pub(super) fn of(args: &'a RunArgs) -> Self {
        Self { summary: args.target.summary.as_deref(), report: args.sinks.report.as_deref() }
    }

    /// All of them.
    pub(super) fn paths(self) -> [Option<&'a Path>; 2] {
        [self.summary, self.report]
    }

    /// Makes sure that all can be written, before there is something to lose.
    ///
    /// # Errors
    /// Exit 4 when one cannot.
    pub(super) fn check_writable(self) -> Result<(), Fatal> {
        let files = [self.summary.map(summary), self.report.map(report::file)];
        let mut files = files.into_iter().flatten();
        let checked = files.try_for_each(|file| file.check_writable());
        checked.map_err(|error| Fatal::setup(error.to_string()))
    }

    /// Writes all of them: one that cannot be written does not keep the other from it.
    ///
    /// # Errors
    /// Exit 4 when one could not.
    pub(super) fn write(self, results: Summary, timeline: Option<Timeline>) -> Result<(), Fatal> {
        let summary = self.summary.map(summary).map(|file| file.write(&results.to_json()));
        let report = self.report.map(report::file).map(|file| {
            let timeline = timeline.unwrap_or_default();
            file.write(&html::render(&Model { summary: results, timeline, notes: Vec::new() }))
        });
        let failures = [summary, report].into_iter().flatten().filter_map(Result::err);
        let failures: Vec<_> = failures.map(|error| error.to_string()).collect();
        if failures.is_empty() { Ok(()) } else { Err(Fatal::setup(failures.join("; "))) }
    }
}

fn summary(path: &Path) -> WholeFile<'_> {
    WholeFile { what: "summary", path }
}
