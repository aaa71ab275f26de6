//! DNS as validations ask it: of one server, without a cache, within a bounded time.

use std::{
    net::{IpAddr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures_util::future::join;
use hickory_proto::rr::{Name, RData, RecordType, rdata::CAA};
use hickory_resolver::{
    Resolver as HickoryResolver, TokioResolver,
    config::{ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts},
    net::{NetError, runtime::TokioRuntimeProvider},
};

use super::problem::{ErrorType, Problem};

/// One try of a query.
const TIMEOUT: Duration = Duration::from_secs(2);
/// How often a query without an answer is repeated.
const RETRIES: usize = 1;
/// More than validations can have under way, so that none is told to wait.
const MAX_QUERIES: usize = 1 << 20;

/// Looks names up, or takes every name for one machine.
pub(super) struct Resolver {
    server: Option<TokioResolver>,
    /// Where every name leads; `None` asks the server.
    fixed_address: Option<IpAddr>,
    /// Whether the server has to be asked all the same.
    names_differ: Arc<AtomicBool>,
}

impl Resolver {
    /// Asks `server` for TXT and CAA records, and for addresses unless `fixed_address` is given.
    ///
    /// # Errors
    /// If the system grants no sockets.
    pub(super) fn new(
        server: Option<SocketAddr>,
        fixed_address: Option<IpAddr>,
        names_differ: &Arc<AtomicBool>,
    ) -> Result<Self, NetError> {
        let names_differ = Arc::clone(names_differ);
        Ok(Self { server: server.map(client).transpose()?, fixed_address, names_differ })
    }

    /// Whether anything but addresses can be looked up.
    pub(super) fn has_server(&self) -> bool {
        self.server.is_some()
    }

    /// Whether names lead where DNS says, and may be issued for as DNS says.
    pub(super) fn looks_up_addresses(&self) -> bool {
        self.fixed().is_none() && self.has_server()
    }

    /// The addresses of `host` (a name or an IP address) in the order to try them: IPv6 first.
    pub(super) async fn addresses(&self, host: &str) -> Result<Vec<IpAddr>, Problem> {
        if let Ok(ip) = host.parse() {
            return Ok(vec![ip]);
        }
        if let Some(ip) = self.fixed() {
            return Ok(vec![ip]);
        }
        let server = self.required()?;
        let ipv6 = records(server, host, RecordType::AAAA, address);
        let ipv4 = records(server, host, RecordType::A, address);
        match join(ipv6, ipv4).await {
            (Ok(ipv6), Ok(ipv4)) if ipv6.is_empty() && ipv4.is_empty() => {
                Err(dns_problem(format!("{host} has neither AAAA nor A records")))
            }
            (Ok(ipv6), Ok(ipv4)) => Ok([ipv6, ipv4].concat()),
            // One kind that cannot be had must not hide the other.
            (Ok(found), Err(_)) | (Err(_), Ok(found)) if !found.is_empty() => Ok(found),
            (Err(problem), _) | (_, Err(problem)) => Err(problem),
        }
    }

    /// The TXT records of `name`, each with its strings joined; none if there is no such name.
    pub(super) async fn txt(&self, name: &str) -> Result<Vec<Vec<u8>>, Problem> {
        let txt = |data: &RData| match data {
            RData::TXT(txt) => Some(txt.txt_data.concat()),
            _ => None,
        };
        records(self.required()?, name, RecordType::TXT, txt).await
    }

    /// The CAA records of `name` itself, not of names above it.
    pub(super) async fn caa(&self, name: &str) -> Result<Vec<CAA>, Problem> {
        let caa = |data: &RData| match data {
            RData::CAA(caa) => Some(caa.clone()),
            _ => None,
        };
        records(self.required()?, name, RecordType::CAA, caa).await
    }

    /// Where every name leads, unless names have to be looked up.
    fn fixed(&self) -> Option<IpAddr> {
        let ask = self.has_server() && self.names_differ.load(Ordering::Relaxed);
        self.fixed_address.filter(|_| !ask)
    }

    fn required(&self) -> Result<&TokioResolver, Problem> {
        self.server.as_ref().ok_or_else(|| dns_problem("this CA has no DNS server".to_owned()))
    }
}

fn client(server: SocketAddr) -> Result<TokioResolver, NetError> {
    let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut connection| {
        connection.port = server.port();
        connection
    });
    let server = NameServerConfig::new(server.ip(), true, connections.into());
    let config = ResolverConfig::from_name_servers(vec![server]);
    let mut options = ResolverOpts::default();
    options.timeout = TIMEOUT;
    options.attempts = RETRIES;
    options.cache_size = 0;
    options.use_hosts_file = ResolveHosts::Never;
    options.max_active_requests = MAX_QUERIES;
    // Finding an unpredictable port itself costs more, and gains nothing against a test's server.
    options.os_port_selection = true;
    HickoryResolver::builder_with_config(config, TokioRuntimeProvider::default())
        .with_options(options)
        .build()
}

/// What `pick` takes of the records of `record_type`; none if the server says that there are none.
async fn records<T>(
    server: &TokioResolver,
    name: &str,
    record_type: RecordType,
    pick: impl Fn(&RData) -> Option<T>,
) -> Result<Vec<T>, Problem> {
    let failed = |why: &dyn std::fmt::Display| {
        dns_problem(format!("looking up {record_type} records of {name}: {why}"))
    };
    let mut query = Name::from_ascii(name).map_err(|error| failed(&error))?;
    query.set_fqdn(true);
    match server.lookup(query, record_type).await {
        Ok(found) => Ok(found.answers().iter().filter_map(|record| pick(&record.data)).collect()),
        Err(error) if error.is_no_records_found() => Ok(Vec::new()),
        Err(error) => Err(failed(&error)),
    }
}

fn address(data: &RData) -> Option<IpAddr> {
    match data {
        RData::A(ip) => Some(ip.0.into()),
        RData::AAAA(ip) => Some(ip.0.into()),
        _ => None,
    }
}

fn dns_problem(detail: String) -> Problem {
    Problem::new(ErrorType::Dns, detail)
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    const LOCALHOST: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    #[tokio::test]
    async fn without_a_server_every_name_is_here() {
        let resolver =
            Resolver::new(None, Some(LOCALHOST), &Arc::default()).expect("nothing can fail");
        assert!(!resolver.has_server() && !resolver.looks_up_addresses());
        let addresses = |host: &'static str| resolver.addresses(host);
        assert_eq!(addresses("a.com").await, Ok(vec![LOCALHOST]));
        assert_eq!(addresses("192.0.2.1").await, Ok(vec![Ipv4Addr::new(192, 0, 2, 1).into()]));
        assert_eq!(addresses("::1").await, Ok(vec!["::1".parse().expect("an address")]));
        let problem = resolver.txt("a.com").await.expect_err("nobody to ask");
        assert_eq!(problem.error_type, ErrorType::Dns);
    }

    #[tokio::test]
    async fn a_server_can_be_for_txt_alone_until_names_differ() {
        // Nobody listens at port 9; the address must not be asked for there.
        let nowhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 9));
        let names_differ = Arc::default();
        let resolver = Resolver::new(Some(nowhere), Some(LOCALHOST), &names_differ);
        let resolver = resolver.expect("sockets");
        assert!(resolver.has_server() && !resolver.looks_up_addresses());
        assert_eq!(resolver.addresses("a.com").await, Ok(vec![LOCALHOST]));
        names_differ.store(true, Ordering::Relaxed);
        assert!(resolver.looks_up_addresses());
        assert!(resolver.addresses("a.com").await.is_err());
    }
}
