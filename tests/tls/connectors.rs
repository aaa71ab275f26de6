//! The third seed's handshakes with its four targets: nginx, Apache and `HAProxy` as they are, and
//! `coyote backend` in F5's place.

use std::process::Command;

use crate::common::coyote::{Coyote, Running, coyote};
use crate::common::ports::free_port;
use crate::common::scratch::own_script;
use crate::fixture::{Pki, until_it_listens};

/// 100 a minute from the tenth second on: so many by the sixteenth.
const HANDSHAKES: u64 = 10;

fn apache(pki: &Pki) -> (Running, u16) {
    let (folder, port) = (pki.scratch.folder().display(), free_port());
    let modules = ["mpm_event", "authz_core", "socache_shmcb", "ssl"];
    let load =
        |name: &str| format!("LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n");
    let load = modules.map(load).concat();
    let conf = format!(
        "ServerRoot {folder}\nServerName localhost\n{load}Listen 127.0.0.1:{port}\n\
         PidFile {folder}/apache.pid\nDefaultRuntimeDir {folder}\nErrorLog /dev/stderr\n\
         DocumentRoot {folder}\nSSLEngine on\nSSLCertificateFile {folder}/good.pem\n\
         SSLCertificateKeyFile {folder}/good.key\n"
    );
    let conf = pki.scratch.write("apache.conf", &conf);
    let mut command = Command::new("apache2");
    command.args(["-D", "FOREGROUND", "-f"]).arg(conf);
    let running = Coyote::from(command).start();
    until_it_listens(port);
    (running, port)
}

fn haproxy(pki: &Pki) -> (Running, u16) {
    let port = free_port();
    let read =
        |name: &str| std::fs::read_to_string(pki.scratch.path(name)).expect("written before");
    let both = pki.scratch.write("both.pem", &(read("good.pem") + &read("good.key")));
    let conf = format!(
        "defaults\n mode http\n timeout client 10s\n timeout server 10s\n timeout connect 10s\n\
         frontend tls\n bind 127.0.0.1:{port} ssl crt {}\n http-request return status 200\n",
        both.display()
    );
    let conf = pki.scratch.write("haproxy.conf", &conf);
    let mut command = Command::new("haproxy");
    command.arg("-db").arg("-f").arg(conf);
    let running = Coyote::from(command).start();
    until_it_listens(port);
    (running, port)
}

#[test]
fn every_target_is_told_apart() {
    let pki = Pki::new();
    let (_nginx, [nginx]) = pki.nginx([""]);
    let ((_apache, apache), (_haproxy, haproxy)) = (apache(&pki), haproxy(&pki));
    let mut f5 = coyote("backend f5 0 --tls").start();
    let f5_at = f5.first_line();
    let path = pki.scratch.path("summary.json");
    let addresses = format!(
        "-e NGINX=127.0.0.1:{nginx} -e APACHE=127.0.0.1:{apache} -e HAPROXY=127.0.0.1:{haproxy} -e F5={f5_at}"
    );
    let output = coyote("plan --duration 16s --insecure --summary")
        .arg(&path)
        .words(&addresses)
        .script(&own_script("seeds/certctl_connectors.rhai"))
        .run()
        .exits(0);
    let summary = pki.scratch.summary("summary.json");
    summary.nothing_failed();
    for target in ["nginx", "apache", "haproxy", "f5"] {
        let count = summary.count(&format!("/tags/target_type/{target}/count"));
        assert_eq!(count, HANDSHAKES, "{target}: {}", output.stdout);
        assert!(summary.number(&format!("/tags/target_type/{target}/p95")) > 0.0);
    }
    assert_eq!(summary.list("/thresholds").len(), 9, "{}", output.stdout);
}
