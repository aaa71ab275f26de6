//! `coyote report`: an HTML report from the logs of a run.

use std::io::{IsTerminal, stdout};
use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::args::parse_file;
use crate::cli::output;
use crate::error::{Exit, Fatal};
use crate::record::summary::Summary;
use crate::report::{html, log};
use crate::sink::whole_file::WholeFile;

/// Options of `report`.
#[derive(Debug, Args)]
pub(super) struct ReportArgs {
    /// What --log wrote, all stages of one run if it was split
    #[arg(value_name = "LOG", required = true)]
    logs: Vec<PathBuf>,
    /// What --summary wrote of the same run: for what a log does not hold
    #[arg(long, value_name = "FILE")]
    summary: Option<PathBuf>,
    /// Write the report to this file instead of stdout
    #[arg(long, value_name = "FILE", value_parser = parse_file)]
    output: Option<PathBuf>,
}

pub(super) fn run(args: &ReportArgs) -> Result<Exit, Fatal> {
    let file = args.output.as_deref().map(file);
    match &file {
        Some(file) => file.check_writable().map_err(|error| Fatal::setup(error.to_string()))?,
        None if stdout().is_terminal() => {
            return Err(Fatal::usage("give --output FILE; a terminal does not show HTML"));
        }
        None => {}
    }
    let summary = args.summary.as_deref().map(Summary::read).transpose();
    let summary = summary.map_err(|error| Fatal::usage(error.to_string()))?;
    let mut model = log::read(&args.logs).map_err(|error| Fatal::usage(error.to_string()))?;
    if let Some(summary) = summary {
        model.complete_with(summary);
    }
    let text = html::render(&model);
    match file {
        Some(file) => file.write(&text).map_err(|error| Fatal::setup(error.to_string()))?,
        None => output::print(&text),
    }
    Ok(Exit::Ok)
}

/// The file of a report.
pub(super) fn file(path: &Path) -> WholeFile<'_> {
    WholeFile { what: "report", path }
}
