//! A script that computes without end leaves the shard to others every few milliseconds.

use std::time::Duration;

use crate::common::coyote::coyote;
use crate::common::scratch::Scratch;

#[test]
fn an_endless_loop_delays_others_little_and_ends_at_the_stop() {
    let scratch = Scratch::new();
    let text = "fn options() { #{ limits: #{ cpu_ms: 60000 } } }\n\
        fn chain() {\n\
            if attacker::id() == 0 { loop {} }\n\
            let start = time::elapsed_ms();\n\
            sleep(0.005);\n\
            metric::trend(\"late_ms\", time::elapsed_ms() - start - 5.0);\n\
        }\n";
    let script = scratch.write("loops.rhai", text);
    let output = coyote("hammer 3 --duration 3s --stop-timeout 200ms --shards 1 --summary")
        .arg(scratch.path("summary.json"))
        .script(&script)
        .run()
        .exits(0);
    // 3 s, then 0.2 s for chains to end, and a hard stop that takes at most 1 s.
    assert!(output.took < Duration::from_millis(4500), "it took {:?}", output.took);
    let output = output.shows(&["1 chain"]);
    assert!(output.stdout.contains("still running when the run was stopped"), "{}", output.stdout);
    let summary = scratch.summary("summary.json");
    assert!(summary.count("/metrics/late_ms/count") > 100);
    // The median and not the maximum: other programs on this machine delay it, too.
    let late_ms = summary.number("/metrics/late_ms/med");
    assert!(late_ms < 10.0, "half of the waits ended more than {late_ms} ms late");
}
