//! `coyote backend --routes`: a small programmable service.

use std::time::Duration;

use crate::common::coyote::coyote;
use crate::common::scratch::Scratch;
use crate::curl::{ask, curl};
use crate::stand_in::Backend;

const ROUTES: &str = r#"{
  "routes": [
    { "path": "/text", "body": "{id} says {n}" },
    {
      "method": "POST", "path": "/agents/*/jobs/*", "status": 201,
      "headers": { "Location": "/jobs/{2}", "X-Agent": "{1}" },
      "body": { "job": "{2}", "of": ["{1}"], "n": 5 }
    },
    { "method": "DELETE", "path": "/text", "status": 204 },
    { "path": "/slow", "latency": { "fixed_ms": 300 } },
    { "path": "/broken", "error_share": 1 },
    { "path": "/half", "error_share": 0.5 }
  ]
}"#;

#[test]
fn each_route_has_its_answer() {
    let scratch = Scratch::new();
    let backend = Backend::with_routes(&scratch, ROUTES);
    let url = |path: &str| backend.url(path);
    for n in 1..=2 {
        let answer = ask(&url("/text?page=2"));
        assert_eq!((answer.status, answer.body), (200, format!("stand-in says {n}")));
    }
    let answer = ask(&format!("-d x {}", url("/agents/a-1/jobs/7%22")));
    assert_eq!(answer.status, 201);
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!((answer.header("location"), answer.header("x-agent")), ("/jobs/7%22", "a-1"));
    assert_eq!(answer.body, r#"{"job":"7%22","n":5,"of":["a-1"]}"#);
    assert_eq!(ask(&format!("-X DELETE {}", url("/text"))).status, 204);
    assert_eq!((ask(&format!("-I {}", url("/text"))).status, ask(&url("/tex")).status), (200, 404));
    let answer = ask(&format!("-d x {}", url("/text")));
    assert_eq!((answer.status, answer.header("allow")), (405, "GET, DELETE"));
    // Whoever answers, and from where it was asked, is said all the same.
    assert_eq!(answer.header("backend-id"), "stand-in");
}

#[test]
fn routes_can_be_slow_and_fail() {
    let scratch = Scratch::new();
    let backend = Backend::with_routes(&scratch, ROUTES);
    assert!(ask(&backend.url("/slow")).took >= Duration::from_millis(300));
    let answer = ask(&backend.url("/broken"));
    assert_eq!((answer.status, answer.header("content-type")), (500, "application/json"));
    let many = vec![backend.url("/half"); 200].join(" ");
    let answers = curl(&many);
    let failed = answers.iter().filter(|answer| answer.status == 500).count();
    assert!(answers.len() == 200 && (50..150).contains(&failed), "{failed} of {}", answers.len());
}

#[test]
fn a_token_or_a_user_lets_in() {
    let scratch = Scratch::new();
    scratch.write("users", "key:secret\n");
    let backend = Backend::with_routes(
        &scratch,
        r#"{
          "auth": { "bearer": "t0ken" },
          "routes": [
            { "path": "/token" },
            { "path": "/user", "auth": { "basic": "users" } },
            { "path": "/open", "auth": {} }
          ]
        }"#,
    );
    let status =
        |options: &str, path: &str| ask(&format!("{options} {}", backend.url(path))).status;
    assert_eq!(status("--oauth2-bearer t0ken", "/token"), 200);
    assert_eq!(status("--oauth2-bearer other", "/token"), 401);
    assert_eq!(status("--oauth2-bearer t0ken", "/user"), 401);
    assert_eq!(status("-u key:secret", "/user"), 200);
    assert_eq!(status("-u key:other", "/user"), 401);
    assert_eq!(status("", "/open"), 200);
    let asks = |path: &str| ask(&backend.url(path)).header("www-authenticate").to_owned();
    assert!(asks("/token").starts_with("Bearer ") && asks("/user").starts_with("Basic "));
}

#[test]
fn who_asks_too_often_is_told_to_wait() {
    let scratch = Scratch::new();
    let backend = Backend::with_routes(
        &scratch,
        r#"{
          "rate_limits": [{ "key": "header:X-Key", "limit": "3/1h" }],
          "routes": [
            { "path": "/a" },
            { "path": "/soon", "rate_limits": [{ "key": "ip", "limit": "1/1s" }] },
            {
              "path": "/b",
              "rate_limits": [{
                "key": "user", "limit": "1/1h",
                "headers": { "Content-Type": "application/problem+json" },
                "body": { "type": "urn:ietf:params:acme:error:rateLimited" }
              }]
            }
          ]
        }"#,
    );
    let status = |key: &str| ask(&format!("-H X-Key:{key} {}", backend.url("/a"))).status;
    assert_eq!([status("1"), status("1"), status("1"), status("1")], [200, 200, 200, 429]);
    assert_eq!(status("2"), 200);
    let answer = ask(&format!("-H X-Key:1 {}", backend.url("/a")));
    assert_eq!(answer.body, r#"{"error":"too many requests"}"#);
    let wait: u64 = answer.header("retry-after").parse().expect("whole seconds");
    assert!((3_000..=3_600).contains(&wait), "{wait}");

    let soon = backend.url("/soon");
    let both = curl(&format!("-H X-Key:3 {soon} {soon}"));
    assert_eq!((both[0].status, both[1].status), (200, 429));
    assert_eq!(both[1].header("retry-after"), "1");
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!(ask(&format!("-H X-Key:3 {soon}")).status, 200);

    let by_user = |user: &str| ask(&format!("-u {user}:x -H X-Key:{user} {}", backend.url("/b")));
    assert_eq!((by_user("a").status, by_user("b").status), (200, 200));
    let answer = by_user("a");
    assert_eq!(answer.status, 429);
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert!(answer.body.contains("acme:error:rateLimited"));
}

#[test]
fn what_is_wrong_with_a_file_is_told_with_its_line() {
    let scratch = Scratch::new();
    let file = scratch.path("routes.json").display().to_string();
    let route = |rest: &str| format!("{{ \"routes\": [\n{{ \"path\": \"/\",\n{rest} }} ] }}");
    let latency = |rest: &str| route(&format!("\"latency\": {{ {rest} }}"));
    let limit = |key: &str, limit: &str| {
        route(&format!("\"rate_limits\": [{{ \"key\": \"{key}\", \"limit\": \"{limit}\" }}]"))
    };
    for (json, told) in [
        (route("\"statsu\": 200"), ":3: unknown key `statsu`; did you mean `status`?"),
        (route("\"status\": 99"), ":3: status: want 200 to 599, got 99"),
        (route("\"method\": \"get\""), ":3: `get` is no method"),
        (route("\"error_share\": 2"), ":3: error_share: want 0 to 1, got 2"),
        (latency("\"fixd_ms\": 2"), ":3: unknown key `fixd_ms`; did you mean `fixed_ms`?"),
        (latency("\"median_ms\": 2"), ":3: latency: write { \"fixed_ms\": 5 }"),
        (limit("host", "1/s"), ":3: key: want \"ip\", \"user\""),
        (limit("ip", "1"), ":3: limit: `1` is no limit; write 500/s or 100/1m"),
        (route("\"status\": \"ok\""), ":3: invalid type: string \"ok\""),
        ("{\n\"routes\": [".to_owned(), ":2: EOF"),
        ("{}".to_owned(), ":1: missing field `routes`"),
        ("{ \"routes\": [] }".to_owned(), ": it has no routes"),
        (route("\"body\": \"{idd}\""), ": route 1 (/): unknown placeholder `{idd}`; did you mean"),
        (route("\"body\": \"{1}\""), ": route 1 (/): `{1}`: the path has 0 segments"),
        (route("\"headers\": { \"a b\": \"\" }"), ": route 1 (/): `a b` is no header's name"),
    ] {
        scratch.write("routes.json", &json);
        let command = coyote("backend 0 0 --routes").arg(&file);
        command.run().exits(2).tells(&[&format!("{file}{told}")]);
    }
}

#[test]
fn files_that_cannot_be_read_are_told() {
    let scratch = Scratch::new();
    let missing = scratch.path("missing.json").display().to_string();
    let told = format!("cannot read {missing}: No such file");
    coyote("backend 0 0 --routes").arg(&missing).run().exits(2).tells(&[&told]);
    let json = r#"{ "auth": { "basic": "users" }, "routes": [{ "path": "/" }] }"#;
    let file = scratch.write("routes.json", json);
    let users = scratch.path("users");
    let told = format!("cannot read {}: No such file", users.display());
    coyote("backend 0 0 --routes").arg(&file).run().exits(2).tells(&[&told]);
    scratch.write("users", "a:b\nno pair\n");
    let told = format!("{}: line 2 has no colon; write user:password", users.display());
    coyote("backend 0 0 --routes").arg(&file).run().exits(2).tells(&[&told]);
}
