//! What coyote's script overhead is measured against: the same loop in plain Rust, with the same
//! HTTP client and nothing recorded.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::Outcome;

/// The role: URL, tasks, requests.
pub(crate) fn run(arguments: &[String]) -> Outcome<()> {
    let [url, tasks, requests] = arguments else {
        return Err("want URL TASKS REQUESTS".into());
    };
    let (tasks, requests): (usize, u64) = (tasks.parse()?, requests.parse()?);
    let shards = std::thread::available_parallelism()?.get();
    let taken = Arc::new(AtomicU64::new(0));
    let threads: Vec<_> = (0..shards)
        .map(|shard| {
            let (url, taken) = (url.clone(), Arc::clone(&taken));
            let own_tasks = tasks / shards + usize::from(shard < tasks % shards);
            std::thread::spawn(move || {
                shard_loop(&url, own_tasks, &taken, requests).map_err(|error| error.to_string())
            })
        })
        .collect();
    for thread in threads {
        thread.join().map_err(|_| "a shard panicked")??;
    }
    Ok(())
}

fn shard_loop(url: &str, tasks: usize, taken: &Arc<AtomicU64>, requests: u64) -> Outcome<()> {
    let client = client()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let tasks: Vec<_> = (0..tasks)
            .map(|_| {
                let (client, url, taken) = (client.clone(), url.to_owned(), Arc::clone(taken));
                tokio::spawn(async move {
                    while taken.fetch_add(1, Ordering::Relaxed) < requests {
                        client.get(&url).send().await?.error_for_status()?.bytes().await?;
                    }
                    Ok::<(), reqwest::Error>(())
                })
            })
            .collect();
        for task in tasks {
            task.await??;
        }
        Ok(())
    })
}

/// As coyote builds its own, less what coyote adds to time connections.
fn client() -> Outcome<reqwest::Client> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    let client = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .user_agent("plain/1")
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .no_proxy()
        .tcp_nodelay(true)
        .pool_max_idle_per_host(usize::MAX)
        .referer(false)
        .http1_only()
        .build()?;
    Ok(client)
}
