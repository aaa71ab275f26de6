//! `coyote compare BASE NEW`: one summary against another, with a verdict for a CI job.

use std::path::PathBuf;

use clap::Args;

use crate::cli::output;
use crate::error::{Exit, Fatal};
use crate::nearest::nearest;
use crate::record::summary::Summary;
use crate::record::threshold::FailIf;
use crate::sink::comparison::{Comparison, TIMES};
use crate::sink::style::Style;

/// Options of `compare`.
#[derive(Debug, Args)]
pub(super) struct CompareArgs {
    /// The summary to compare with
    #[arg(value_name = "BASE")]
    base: PathBuf,
    /// The summary of the new run
    #[arg(value_name = "NEW")]
    new: PathBuf,
    /// Exit 99 if the new run is like this, relative to the base: `http_req_duration: p(95)>+10%`;
    /// also +20 (more than the base, in ms) and 800 (whatever the base is); repeatable
    #[arg(long, value_name = "EXPR")]
    fail_if: Vec<String>,
    /// The time that the tables show: avg, med, p90, p95, p99, p999 or max
    #[arg(long, value_name = "TIME", default_value = "p95")]
    by: String,
}

pub(super) fn run(args: &CompareArgs) -> Result<Exit, Fatal> {
    let time = TIMES.into_iter().find(|(name, _)| *name == args.by);
    let time = time.ok_or_else(|| unknown_time(&args.by))?;
    let conditions = args.fail_if.iter().map(|text| text.parse::<FailIf>());
    let wrong = |error| Fatal::usage(format!("--fail-if: {error}"));
    let conditions: Vec<FailIf> = conditions.collect::<Result<_, _>>().map_err(wrong)?;
    let read = |path| Summary::read(path).map_err(|error| Fatal::usage(error.to_string()));
    let (base, new) = (read(&args.base)?, read(&args.new)?);
    let judged =
        conditions.iter().map(|condition| Ok((condition.text(), condition.judge(&base, &new)?)));
    let judged: Vec<_> = judged.collect::<Result<_, _>>().map_err(wrong)?;
    let breached = judged.iter().any(|(_, judged)| judged.breached);
    let names = [&args.base, &args.new].map(|path| path.display().to_string());
    let comparison =
        Comparison { base: (&names[0], &base), new: (&names[1], &new), conditions: judged, time };
    output::print(&comparison.render(Style::of_stdout()));
    Ok(if breached { Exit::Threshold } else { Exit::Ok })
}

fn unknown_time(text: &str) -> Fatal {
    let names = TIMES.map(|(name, _)| name);
    let hint = nearest(text, names).map(|near| format!("; did you mean {near}?"));
    Fatal::usage(format!("--by: want {}{}", names.join(", "), hint.unwrap_or_default()))
}
