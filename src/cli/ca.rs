//! `coyote ca`: the embedded certificate authority alone.

use std::net::Ipv4Addr;
use std::path::Path;

use crate::ca::{CaOptions, RunningCa, StorePlace};
use crate::cli::ca_args::CaArgs;
use crate::cli::standalone::wait_for_signal;
use crate::cli::{output, preflight};
use crate::error::{Exit, Fatal};

pub(super) fn run(args: &CaArgs) -> Result<Exit, Fatal> {
    preflight::raise_open_files();
    let options = CaOptions {
        addr: args.addr,
        tls: !args.plain,
        http_port: Some(args.http_port),
        tls_port: Some(args.tls_port),
        management_addr: args.management_port.map(|port| (Ipv4Addr::LOCALHOST, port).into()),
        threads: args.threads.map_or_else(preflight::cores, usize::from),
        ..args.embedded_ca.options()?
    };
    match &options.store.place {
        StorePlace::Nowhere if !options.store.faults.is_empty() => {
            let detail = "--store-fault needs a store: --store-file or --store-mysql";
            return Err(Fatal::usage(detail));
        }
        StorePlace::Mysql(uri) => {
            uri.warnings.iter().for_each(|warning| eprintln!("coyote: {warning}"));
        }
        _ => {}
    }
    let ca = RunningCa::start(&options).map_err(|error| Fatal::setup(error.to_string()))?;
    write(args.root_cert.as_deref(), Some(ca.root_pem()))?;
    write(args.alternate_root_cert.as_deref(), Some(ca.alternate_root_pem()))?;
    write(args.https_root.as_deref(), ca.https_root_pem())?;
    output::line(ca.directory_url());
    if let Some(addr) = ca.management_addr() {
        output::line(&format!("management: http://{addr}/"));
    }
    wait_for_signal()?;
    ca.stop().map_err(|error| Fatal::setup(error.to_string()))?;
    Ok(Exit::Ok)
}

fn write(path: Option<&Path>, pem: Option<&str>) -> Result<(), Fatal> {
    let Some(path) = path else { return Ok(()) };
    let Some(pem) = pem else {
        return Err(Fatal::usage("--https-root has nothing to write with --plain"));
    };
    std::fs::write(path, pem)
        .map_err(|error| Fatal::setup(format!("cannot write {}: {error}", path.display())))
}
