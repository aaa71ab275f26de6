//! What a lookup in the database costs: one a chain, against the same loop in plain Rust with
//! `mysql_async`'s own pool. `COYOTE_BENCH_MYSQL` names the database, as `mysql://USER:PASSWORD@HOST:PORT/NAME`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use mysql_async::prelude::Queryable;
use mysql_async::{OptsBuilder, Pool, PoolConstraints, PoolOpts};

use crate::Outcome;
use crate::coyote::Run;
use crate::process::{Cores, cpu_seconds, role};
use crate::stats::{alternate, median, ratios};
use crate::table::{Bound, Row};

const ATTACKERS: u64 = 100;
const LOOKUPS: u64 = 100_000;
/// As many as coyote has unless told otherwise.
const CONNECTIONS: usize = 8;

const AGAINST_PLAIN: &str = "CPU per lookup, against plain Rust";
const VARIABLE: &str = "COYOTE_BENCH_MYSQL";
/// One row of two columns, which costs the server next to nothing: what is measured is its client.
const SQL: &str = "SELECT 17 AS id, ? AS status";

pub(crate) fn measure() -> Outcome<Vec<Row>> {
    let Ok(uri) = std::env::var(VARIABLE) else {
        let advice = format!("set {VARIABLE} to a database, mysql://USER:PASSWORD@HOST:PORT/NAME");
        return Ok(vec![Row::not_measured(AGAINST_PLAIN, &advice)]);
    };
    let cores = Cores::one_each()?;
    let script = format!("fn chain() {{ db::row(\"{SQL}\", [\"valid\"]); }}");
    let options = ["--directory", "http://127.0.0.1:1/none", "--mysql", &uri];
    let run = Run::of_text(&script)?.with(&options);
    let ours = || Ok(micros(run.cpu_seconds(&cores.measured, ATTACKERS, LOOKUPS)?));
    let plain = || {
        let mut command = role(&cores.measured, "role-lookups")?;
        Ok(micros(cpu_seconds(command.arg(&uri))?))
    };
    let [ours, plain] = alternate([&ours, &plain])?;
    let ratio = median(ratios(&ours, &plain));
    let row = Row::judged(AGAINST_PLAIN, ratio, "", Bound::AtMost(2.0));
    Ok(vec![row.from(each(median(ours)), each(median(plain)))])
}

/// The role: the database.
pub(crate) fn run(arguments: &[String]) -> Outcome<()> {
    let [uri] = arguments else { return Err("want URI".into()) };
    let constraints = PoolConstraints::new(CONNECTIONS, CONNECTIONS).ok_or("8 is not above 8")?;
    let opts = OptsBuilder::from_opts(mysql_async::Opts::from_url(uri)?)
        .prefer_socket(false)
        // Else each use of a connection costs a question more, and its prepared statements.
        .pool_opts(PoolOpts::new().with_constraints(constraints).with_reset_connection(false));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let (pool, taken) = (Pool::new(opts), Arc::new(AtomicU64::new(0)));
        let tasks: Vec<_> = (0..ATTACKERS)
            .map(|_| {
                let (pool, taken) = (pool.clone(), Arc::clone(&taken));
                tokio::spawn(async move {
                    while taken.fetch_add(1, Ordering::Relaxed) < LOOKUPS {
                        let mut conn = pool.get_conn().await?;
                        let row: Option<(u64, String)> = conn.exec_first(SQL, ("valid",)).await?;
                        drop((conn, row));
                    }
                    Ok::<(), mysql_async::Error>(())
                })
            })
            .collect();
        for task in tasks {
            task.await??;
        }
        pool.disconnect().await?;
        Ok(())
    })
}

fn micros(seconds: f64) -> f64 {
    seconds * 1e6 / LOOKUPS as f64
}

fn each(micros: f64) -> String {
    format!("{micros:.1} us")
}
