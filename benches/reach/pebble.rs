//! Let's Encrypt's test CA, from Debian's package `pebble`.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::Stdio;
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::json;
use tempfile::TempDir;

use crate::Outcome;
use crate::process::{Running, on_cores};

/// What Pebble gets to come up.
const START: Duration = Duration::from_secs(10);

/// A Pebble that knows every name as 127.0.0.1 and validates on a port of our choice.
pub(crate) struct Pebble {
    folder: TempDir,
    pub(crate) directory: String,
    pub(crate) http_port: u16,
    /// Pebble, and the DNS server it asks.
    _running: [Running; 2],
}

impl Pebble {
    /// Whether the package is installed.
    pub(crate) fn is_installed() -> bool {
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&path).any(|folder| folder.join("pebble-challtestsrv").is_file())
    }

    /// Starts one on `cores`. It has to be a single core: on more it can deadlock under load.
    pub(crate) fn start(cores: &str) -> Outcome<Self> {
        let folder = TempDir::new()?;
        let (port, http_port, dns, management) =
            (free_port()?, free_port()?, free_port()?, free_port()?);
        let certified = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()])?;
        let file = |name: &str| folder.path().join(name);
        fs::write(file("cert.pem"), certified.cert.pem())?;
        fs::write(file("key.pem"), certified.signing_key.serialize_pem())?;
        let config = json!({ "pebble": {
            "listenAddress": format!("127.0.0.1:{port}"),
            "managementListenAddress": format!("127.0.0.1:{management}"),
            "certificate": file("cert.pem"),
            "privateKey": file("key.pem"),
            "httpPort": http_port,
            "tlsPort": free_port()?,
        }});
        fs::write(file("config.json"), config.to_string())?;

        let dns = format!("127.0.0.1:{dns}");
        let mut names = on_cores(cores, "pebble-challtestsrv");
        names.args(["-defaultIPv4", "127.0.0.1", "-defaultIPv6", "", "-dns01", &dns]);
        names.args(["-http01", "", "-https01", "", "-tlsalpn01", ""]);
        names.args(["-management", &format!("127.0.0.1:{}", free_port()?)]).stdout(Stdio::null());
        let mut pebble = on_cores(cores, "pebble");
        pebble.arg("-config").arg(file("config.json")).args(["-dnsserver", &dns]);
        pebble.env("PEBBLE_VA_NOSLEEP", "1").stdout(Stdio::null());
        let running = [Running::spawn_unheard(&mut pebble)?, Running::spawn_unheard(&mut names)?];
        wait_for(port)?;
        let directory = format!("https://127.0.0.1:{port}/dir");
        Ok(Self { folder, directory, http_port, _running: running })
    }

    /// What its clients must trust.
    pub(crate) fn root(&self) -> PathBuf {
        self.folder.path().join("cert.pem")
    }
}

/// A port that is free now; nothing else on the machine is likely to take it the next moment.
pub(crate) fn free_port() -> Outcome<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

fn wait_for(port: u16) -> Outcome<()> {
    let started = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        if started.elapsed() > START {
            return Err("Pebble does not come up".into());
        }
        sleep(Duration::from_millis(20));
    }
    Ok(())
}
