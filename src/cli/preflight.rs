//! What the system must allow before a run starts.

use crate::cli::args::TargetArgs;
use crate::error::Fatal;
use crate::plan::settings::Connections;

/// Open files that a process needs besides its connections: libraries, pipes, listeners, pollers.
const BASE_FILES: u64 = 100;

/// Threads worth having: the cores this process may use.
pub(super) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// Raises the limit of open files as far as it goes, and returns it.
pub(super) fn raise_open_files() -> u64 {
    // Where it cannot be raised it stays as it is; whether that is enough is judged by the caller.
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    rlimit::getrlimit(rlimit::Resource::NOFILE).map_or(u64::MAX, |(soft, _)| soft)
}

/// What an attacker's chain opens in this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opens {
    /// A connection.
    Connection,
    /// As well, the connection by which the CA validates its challenge.
    Validation,
    /// Both ends of both, since the CA is in this process.
    BothEnds,
}

/// Refuses a run for which too few files may be open.
///
/// # Errors
/// Exit 4 with the number needed.
pub(super) fn check_open_files(attackers: u32, opens: Opens) -> Result<(), Fatal> {
    enough(raise_open_files(), attackers, opens)
}

/// How many addresses are tried where each chain has another one: all of a block would take too long.
const ADDRESSES_TRIED: u32 = 10_000;

/// Refuses a run whose connections would come from addresses that this machine does not have.
///
/// # Errors
/// Exit 4 with the address.
pub(super) fn check_source_addrs(args: &TargetArgs, attackers: u32) -> Result<(), Fatal> {
    let Some(block) = args.source_addrs else { return Ok(()) };
    let used = match args.connections {
        Connections::Chain => ADDRESSES_TRIED,
        Connections::Shared | Connections::Attacker => attackers.max(1),
    };
    match block.missing(used) {
        None => Ok(()),
        Some((address, error)) => Err(Fatal::setup(format!(
            "--source-addrs {block}: connections cannot come from {address}: {error}; all must be \
             addresses of this machine (127.0.0.0/8 are; others: ip addr add)"
        ))),
    }
}

fn enough(allowed: u64, attackers: u32, opens: Opens) -> Result<(), Fatal> {
    let per_attacker = match opens {
        Opens::Connection => 1,
        Opens::Validation => 2,
        Opens::BothEnds => 4,
    };
    let needed = BASE_FILES + u64::from(attackers) * per_attacker;
    if needed <= allowed {
        return Ok(());
    }
    Err(Fatal::setup(format!(
        "{attackers} attackers need about {needed} open files, but this process may open {allowed}; \
         raise the limit (ulimit -n {needed}, or LimitNOFILE= in systemd) or run fewer attackers"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_few_files_are_told_with_the_number_needed() {
        assert_eq!(enough(1024, 400, Opens::Validation), Ok(()));
        assert_eq!(enough(10_100, 10_000, Opens::Connection), Ok(()));
        let told = enough(1024, 10_000, Opens::BothEnds).expect_err("too few").message;
        assert!(told.contains("40100") && told.contains("1024"), "{told}");
    }
}
