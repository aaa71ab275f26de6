//! What coyote costs, measured against the bounds it has to keep: `cargo bench --bench reach`.
//!
//! Arguments pick sections: `cargo bench --bench reach -- overhead signing`. Every figure is CPU
//! time or memory of a whole process as the kernel counts it, so coyote, its counterparts and the
//! programs it is compared with all run as processes of their own. See `docs/benchmarks.md`.

mod cases;
mod coyote;
mod embedded_ca;
mod issuance;
mod lookup;
mod memory;
mod others;
mod overhead;
mod pebble;
mod plain;
mod process;
mod rate;
mod scraper;
mod server;
mod signature;
mod signing;
mod sinks;
mod stats;
mod store;
mod table;

use std::process::ExitCode;

use table::Row;

/// As in coyote itself: the allocator is no part of what is compared.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;
type Section = fn() -> Outcome<Vec<Row>>;
type Role = fn(&[String]) -> Outcome<()>;

const SECTIONS: &[(&str, Section)] = &[
    ("overhead", overhead::measure),
    ("memory", memory::measure),
    ("issuance", issuance::measure),
    ("signing", signing::measure),
    ("lookup", lookup::measure),
    ("store", store::measure),
    ("cases", cases::measure),
    ("sinks", sinks::measure),
    ("rate", rate::measure),
];

/// What this program does when it starts itself as a process to be measured.
const ROLES: &[(&str, Role)] = &[
    ("role-server", server::run),
    ("role-plain", plain::run),
    ("role-signature", signature::run),
    ("role-lookups", lookup::run),
];

fn main() -> ExitCode {
    // `cargo bench` itself adds `--bench`.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let role = arguments.first().and_then(|first| ROLES.iter().find(|(name, _)| name == first));
    let outcome = match role {
        Some((_, run)) => run(&arguments[1..]),
        None => measure(&arguments),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("reach: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(wanted: &[String]) -> Outcome<()> {
    if let Some(unknown) =
        wanted.iter().find(|name| !SECTIONS.iter().any(|(known, _)| known == name))
    {
        let known: Vec<_> = SECTIONS.iter().map(|(name, _)| *name).collect();
        return Err(format!("no section `{unknown}`; there are {}", known.join(", ")).into());
    }
    let meanwhile = others::Meanwhile::begin()?;
    let mut rows = Vec::new();
    for (name, section) in SECTIONS {
        if wanted.is_empty() || wanted.iter().any(|one| one == name) {
            eprintln!("{name} ...");
            match section() {
                Ok(measured) => rows.extend(measured),
                Err(error) => rows.push(Row::not_measured(name, &error.to_string())),
            }
        }
    }
    table::print(&rows);
    println!("\nOther work took {:.1} cores of this machine meanwhile.", meanwhile.cores_taken()?);
    Ok(())
}
