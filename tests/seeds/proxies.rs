//! Real reverse proxies, reconfigured while they run.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use crate::common::coyote::{Coyote, Running};
use crate::common::ports::free_port;
use crate::common::scratch::Scratch;
use crate::stand_in::Backend;

/// Longer than any test of them takes.
const PATIENCE: Duration = Duration::from_secs(240);

/// A proxy that leads to backends, and stops all of its processes when dropped.
pub(crate) struct Proxy {
    scratch: Scratch,
    port: u16,
    running: Option<Running>,
    config: fn(&Scratch, u16, &[&Backend]) -> String,
    reload: &'static str,
}

impl Proxy {
    /// An `HAProxy` that can be asked to change by its socket, too.
    pub(crate) fn haproxy(backends: &[&Backend]) -> Self {
        Self::start("haproxy -W -f", haproxy_config, "USR2", backends)
    }

    pub(crate) fn nginx(backends: &[&Backend]) -> Self {
        Self::start("nginx -e stderr -c", nginx_config, "HUP", backends)
    }

    fn start(
        line: &str,
        config: fn(&Scratch, u16, &[&Backend]) -> String,
        reload: &'static str,
        backends: &[&Backend],
    ) -> Self {
        let (scratch, port) = (Scratch::new(), free_port());
        let file = scratch.write("proxy.conf", &config(&scratch, port, backends));
        let mut words = line.split(' ');
        let mut command = Command::new(words.next().expect("a program"));
        command.args(words).arg(file);
        let running = Some(Coyote::from(command).within(PATIENCE).start());
        let proxy = Self { scratch, port, running, config, reload };
        let deadline = Instant::now() + Duration::from_secs(20);
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < deadline, "{line} does not listen");
            thread::sleep(Duration::from_millis(10));
        }
        proxy
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    /// Writes another configuration and has it read.
    pub(crate) fn reload(&self, backends: &[&Backend]) {
        self.scratch.write("proxy.conf", &(self.config)(&self.scratch, self.port, backends));
        self.running.as_ref().expect("it runs").signal(self.reload);
    }

    /// What `HAProxy`'s socket answers to `command`.
    pub(crate) fn tell(&self, command: &str) -> String {
        let socket = UnixStream::connect(self.scratch.path("admin")).expect("it listens");
        let mut answer = String::new();
        writeln!(&socket, "{command}").expect("it reads");
        (&socket).read_to_string(&mut answer).expect("it answers");
        answer
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // Its workers would outlive a master that is killed.
        if let Some(running) = self.running.take() {
            running.terminate();
            running.finish();
        }
    }
}

fn haproxy_config(scratch: &Scratch, port: u16, backends: &[&Backend]) -> String {
    let server = |(at, backend): (usize, &&Backend)| format!("    server s{at} {}\n", backend.addr);
    let servers = backends.iter().enumerate().map(server).collect::<Vec<_>>().concat();
    format!(
        "global\n    stats socket {} level admin\n    hard-stop-after 5s\n\
         defaults\n    mode http\n    timeout connect 2s\n    timeout client 30s\n    timeout server 30s\n\
         frontend front\n    bind 127.0.0.1:{port}\n    default_backend apps\n\
         backend apps\n    balance roundrobin\n{servers}",
        scratch.path("admin").display()
    )
}

fn nginx_config(scratch: &Scratch, port: u16, backends: &[&Backend]) -> String {
    let server = |backend: &&Backend| format!("server {};\n", backend.addr);
    let servers = backends.iter().map(server).collect::<Vec<_>>().concat();
    let kinds = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    let folder = scratch.folder().display();
    let place = |kind| format!("{kind}_temp_path {folder}/{kind};\n");
    let folders = kinds.map(place).concat();
    format!(
        "daemon off;\npid {folder}/pid;\nworker_processes 2;\nevents {{ worker_connections 256; }}\n\
         http {{\naccess_log off;\nkeepalive_requests 10000000;\n{folders}\
         upstream apps {{\n{servers}keepalive 16;\n}}\n\
         server {{\nlisten 127.0.0.1:{port};\nlocation / {{\nproxy_pass http://apps;\n\
         proxy_http_version 1.1;\nproxy_set_header Connection \"\";\n}}\n}}\n}}\n"
    )
}
