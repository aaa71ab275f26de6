//! `--audit`, and what a script's `boulder::audit()` needs: notes during the run, a comparison after it.

use std::sync::Arc;

use crate::audit::run_audit::RunAudit;
use crate::cli::counterparts::Counterparts;
use crate::cli::load::runtime;
use crate::error::Fatal;
use crate::record::audit_block::{AuditBlock, UnmadeBlock};
use crate::scheduler::{RunEnd, Signals};

/// Where clients note what the CA confirms to them, if `--audit` asked for it or scripts make audits.
///
/// # Errors
/// Exit 2 for `--audit` without a database.
pub(super) fn begin(
    asked: bool,
    by_script: bool,
    counterparts: &Counterparts,
) -> Result<Option<Arc<RunAudit>>, Fatal> {
    if !asked && !by_script {
        return Ok(None);
    }
    match counterparts.database.clone() {
        Some(database) => Ok(Some(Arc::new(runtime()?.block_on(RunAudit::begin(database))))),
        None if asked => Err(Fatal::usage(
            "--audit needs the CA's database: give --mysql URI with --directory URL; without either, \
             scripts that use acme get an embedded CA, whose tables are audited",
        )),
        None => Ok(None),
    }
}

/// Compares, if `--audit` was given, else returns what a script's own comparison came to. The first
/// signal ends it.
///
/// # Errors
/// Exit 4 when the system grants no runtime or signal handler.
pub(super) fn conclude(
    audit: Option<&RunAudit>,
    asked: bool,
    end: RunEnd,
) -> Result<Option<AuditBlock>, Fatal> {
    let Some(audit) = audit else { return Ok(None) };
    if !asked {
        return Ok(audit.latest());
    }
    if end == RunEnd::Interrupted {
        return Ok(Some(unmade("the run was interrupted")));
    }
    eprintln!("audit: comparing what the CA confirmed with its database");
    runtime()?.block_on(async {
        let mut signals = Signals::listen()
            .map_err(|error| Fatal::setup(format!("cannot listen for signals: {error}")))?;
        Ok(Some(tokio::select! {
            block = audit.make() => block,
            () = signals.next() => unmade("it was interrupted"),
        }))
    })
}

fn unmade(why: &str) -> AuditBlock {
    AuditBlock::Unmade(UnmadeBlock { error: why.to_owned() })
}
