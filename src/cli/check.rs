//! `coyote check`: every problem that can be seen without running a script.

use crate::cli::args::CheckArgs;
use crate::cli::scripts::Checked;
use crate::cli::{output, scripts};
use crate::error::{Exit, Fatal};

pub(super) fn run(args: &CheckArgs) -> Result<Exit, Fatal> {
    let paths = [args.script.scripts.as_slice(), args.files.as_slice()].concat();
    let Checked { problems, count, together } = scripts::check(&paths, &args.script)?;
    if problems.is_empty() {
        together?;
        let plural = if count == 1 { "script" } else { "scripts" };
        output::line(&format!("{count} {plural}, no problems"));
        return Ok(Exit::Ok);
    }
    output::print(&crate::script::check::render(&problems));
    together?;
    Ok(Exit::Script)
}
