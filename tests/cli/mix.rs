//! Several scripts in one run, and what `--seed` repeats.

use crate::common::coyote::coyote;
use crate::common::scratch::Scratch;
use crate::common::server::{Server, text};

/// A script that is picked `weight` times as often as others and says so to `server`.
fn weighted(scratch: &Scratch, server: &Server, name: &str, weight: u32) -> std::path::PathBuf {
    let text = format!(
        "fn options() {{ #{{ weight: {weight} }} }}\n\
         fn chain() {{ http::get(`{}/${{rand::domain()}}`); }}\n",
        server.url(&format!("/{name}"))
    );
    scratch.write(&format!("{name}.rhai"), &text)
}

#[test]
fn scripts_are_picked_by_weight() {
    let (scratch, server) = (Scratch::new(), Server::start(|_| text("hello")));
    let (often, seldom) =
        (weighted(&scratch, &server, "often", 3), weighted(&scratch, &server, "seldom", 1));
    let never = weighted(&scratch, &server, "never", 0);
    let path = scratch.path("summary.json");
    let command = coyote("hammer 4 --iterations 1000 --summary").arg(&path);
    command.script(&often).script(&seldom).script(&never).run().exits(0);
    let summary = scratch.summary("summary.json");
    let (often, seldom) =
        (summary.count("/chains/often/count"), summary.count("/chains/seldom/count"));
    assert_eq!(often + seldom, 1000);
    // 750 of 1,000; five standard deviations are 68.
    assert!((682..=818).contains(&often), "{often} of 1,000");
}

#[test]
fn a_seed_repeats_picks_and_names() {
    let (scratch, server) = (Scratch::new(), Server::start(|_| text("hello")));
    let (one, two) = (weighted(&scratch, &server, "one", 1), weighted(&scratch, &server, "two", 1));
    let paths_with = |seed: u32| -> Vec<String> {
        let before = server.requests().len();
        let line = format!("hammer 1 --iterations 40 --seed {seed}");
        coyote(&line).script(&one).script(&two).run().exits(0);
        server.requests().drain(before..).map(|request| request.path).collect()
    };
    let first = paths_with(7);
    assert_eq!(first.len(), 40);
    let picked = |name: &str| first.iter().filter(|path| path.starts_with(name)).count();
    assert!(picked("/one/") > 5 && picked("/two/") > 5, "both are picked: {first:?}");
    assert_eq!(first, paths_with(7));
    assert_ne!(first, paths_with(8));
}

#[test]
fn domains_are_fresh_and_below_their_base() {
    let (scratch, server) = (Scratch::new(), Server::start(|_| text("hello")));
    let script = weighted(&scratch, &server, "any", 1);
    coyote("hammer 4 --iterations 100 --domain-base qa.example").script(&script).run().exits(0);
    let mut names: Vec<String> =
        server.requests().into_iter().map(|request| request.path).collect();
    assert!(names.iter().all(|name| name.ends_with(".qa.example")), "{names:?}");
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 100);
}
