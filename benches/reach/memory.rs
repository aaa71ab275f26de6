//! Ten thousand attackers that mostly wait: do they hold their rate, and what memory do they take?

use std::thread::sleep;
use std::time::Duration;

use crate::Outcome;
use crate::coyote::Run;
use crate::process::{Cores, Running};
use crate::server::Server;
use crate::table::{Bound, Row};

const ATTACKERS: u64 = 10_000;
const DURATION: &str = "12s";
/// Within the run: after the herd has connected ...
const FROM: Duration = Duration::from_secs(4);
/// ... to shortly before its end.
const WINDOW: Duration = Duration::from_secs(7);

pub(crate) fn measure() -> Outcome<Vec<Row>> {
    let allowed = rlimit::increase_nofile_limit(u64::MAX)?;
    // coyote asks for a file an attacker; with fewer, the herd is as large as it may be.
    let attackers = ATTACKERS.min(allowed.saturating_sub(200));
    if attackers < ATTACKERS {
        eprintln!("only {attackers} attackers: 10,000 need `ulimit -n 10200`");
    }
    let asleep = "fn chain() { http::get(\"{url}\"); sleep(1); }";
    let paused = "fn options() { #{ pause_ms: 1000 } } fn chain() { http::get(\"{url}\"); }";
    let mut rows = of_script("sleep(1) in the chain", asleep, attackers, 40.0)?;
    rows.extend(of_script("pause_ms: 1000", paused, attackers, 10.0)?);
    Ok(rows)
}

fn of_script(name: &str, script: &str, attackers: u64, most_kib: f64) -> Outcome<Vec<Row>> {
    let empty = herd(script, 1, "6s", Duration::from_secs(1), Duration::from_secs(4))?;
    let herd = herd(script, attackers, DURATION, FROM, WINDOW)?;
    let each = (herd.resident_kib - empty.resident_kib) / attackers as f64;
    let each_at_most = (herd.peak_kib - empty.peak_kib) / attackers as f64;
    let mib = |kib: f64| format!("{:.0} MiB", kib / 1024.0);
    let rate = Row::judged(
        &format!("rate of {attackers} attackers, {name}"),
        herd.rate / attackers as f64,
        "",
        Bound::AtLeast(0.97),
    );
    let memory = Row::judged(
        &format!("memory of an attacker, {name}"),
        each,
        " KiB",
        Bound::AtMost(most_kib),
    );
    let cpu_us = herd.cpu_s * 1e6 / (herd.rate * WINDOW.as_secs_f64());
    Ok(vec![
        rate.from(format!("{:.0}/s", herd.rate), format!("{attackers}/s")),
        memory.from(mib(herd.resident_kib), mib(empty.resident_kib)),
        Row::told("  at its peak", format!("{each_at_most:.1} KiB")),
        Row::told("  CPU per request", format!("{cpu_us:.1} us")),
    ])
}

struct Herd {
    rate: f64,
    resident_kib: f64,
    peak_kib: f64,
    /// Within the window.
    cpu_s: f64,
}

/// Both processes may use all cores here.
fn herd(
    script: &str,
    attackers: u64,
    end: &str,
    from: Duration,
    window: Duration,
) -> Outcome<Herd> {
    let cores = Cores::shared()?;
    let server = Server::start(&cores.counterpart)?;
    let run = Run::of_text(&script.replace("{url}", &server.url()))?;
    let mut running =
        Running::spawn(&mut run.hammer(&cores.measured, attackers, ["--duration", end]))?;
    sleep(from);
    let cpu_before = running.cpu_so_far()?;
    sleep(window);
    let cpu_after = running.cpu_so_far()?;
    let (resident_kib, peak_kib) = running.resident_kib()?;
    running.finish()?;
    let rate = rate(&server.counts()?, attackers).ok_or("the server counted too little")?;
    Ok(Herd { rate, resident_kib, peak_kib, cpu_s: cpu_after - cpu_before })
}

/// Requests a second, once the herd has connected. The herd's requests come in waves, since all
/// started together: so the time of whole waves counts, from the middle of one to that of another.
fn rate(counts: &[(f64, u64)], attackers: u64) -> Option<f64> {
    let waves = counts.last()?.1 / attackers;
    let (first, last) = (2, waves.checked_sub(1).filter(|last| *last > 2)?);
    let middle = |wave: u64| {
        let requests = wave * attackers + attackers / 2;
        counts.iter().find(|(_, count)| *count >= requests).map(|(at, _)| *at)
    };
    Some(((last - first) * attackers) as f64 / (middle(last)? - middle(first)?))
}
