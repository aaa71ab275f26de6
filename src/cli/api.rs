//! `coyote api`: the script API, from the code's own doc comments.

use crate::cli::args::{ApiArgs, ApiFormat};
use crate::cli::output;
use crate::error::{Exit, Fatal};
use crate::plan::options::Limits;
use crate::script;
use crate::script::api::Api;
use crate::script::engine::Modules;

pub(super) fn run(args: &ApiArgs) -> Result<Exit, Fatal> {
    let stdlib = script::stdlib::sources(args.stdlib.as_deref())?;
    let engine = script::engine::build(&Modules::new(&stdlib), &Limits::default());
    let api = Api::new(&engine, &stdlib).map_err(|error| Fatal::script(error.to_string()))?;
    let text = match args.format {
        ApiFormat::Md => api.markdown(),
        ApiFormat::Json => api.json(),
        ApiFormat::Rhai => api.definitions(),
    };
    output::print(&text);
    Ok(Exit::Ok)
}
