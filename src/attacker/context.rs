//! What a host function can reach: the chain it is called from, that chain's attacker, their shard.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;

use http::HeaderMap;
use rand::SeedableRng;
use rand::rngs::SmallRng;
use rhai::{Dynamic, EvalAltResult, Map};

use crate::attacker::fiber::Ended;
use crate::audit::run_audit::RunAudit;
use crate::challenge::publications::Publications;
use crate::challenge::store::Store as ChallengeStore;
use crate::db::database::Database;
use crate::net::client::{Client, ClientOptions};
use crate::net::configs::{Configs as TlsConfigs, Sessions};
use crate::net::error::NetError;
use crate::plan::expectation::Answer;
use crate::plan::settings::Settings;
use crate::record::event::{Event, NoteEvent, Origin, RequestEvent};
use crate::record::outlet::Outlets;
use crate::record::recorder::Recorder;
use crate::record::sample::{Place, RequestSample};
use crate::sink::exchange::Exchange;
use crate::store::claims::{Claims, OwnClaims};
use crate::store::state::State;

/// Called with every exchange of `once`.
pub type Observer = Box<dyn Fn(&Exchange)>;

/// What the attackers of one shard share.
pub struct ShardContext {
    /// What the command line says about requests.
    pub settings: Arc<Settings>,
    /// The pool that attackers share unless `--connections` says otherwise.
    pub client: Client,
    /// Under `--source-addrs` each of those addresses has its own.
    pub clients: RefCell<HashMap<IpAddr, Client>>,
    /// How to make further clients.
    pub client_options: ClientOptions,
    /// The CA's directory as it was when the run started.
    pub directory: Option<Map>,
    /// Where measurements go.
    pub recorder: RefCell<Recorder>,
    /// Sinks that attackers may have to wait for.
    pub outlets: Arc<Outlets>,
    /// Requests measured so far.
    pub rows: Cell<u64>,
    /// Challenges that are published right now.
    pub challenges: Arc<ChallengeStore>,
    /// The CA's database, if the run has one.
    pub database: Option<Database>,
    /// Names that chains have for themselves, on all shards.
    pub claims: Arc<Claims>,
    /// Data that attackers of all shards share.
    pub state: Arc<State>,
    /// Where clients note what the CA confirms to them, if that is wanted.
    pub audit: Option<Arc<RunAudit>>,
    /// Whom to show exchanges to.
    pub observer: Option<Observer>,
    /// TLS configurations of handshakes without a request.
    pub tls: RefCell<TlsConfigs>,
    /// Requests sent and not answered yet.
    pub in_flight: InFlight,
    /// Requests that were not answered when their chain was stopped, by endpoint.
    pub cut_off: RefCell<BTreeMap<String, u64>>,
}

impl ShardContext {
    /// The pool of all attackers of this shard whose connections come from `source`.
    ///
    /// # Errors
    /// When the HTTP stack refuses.
    pub fn client_from(&self, source: IpAddr) -> Result<Client, NetError> {
        if let Some(client) = self.clients.borrow().get(&source) {
            return Ok(client.clone());
        }
        let client = Client::new(&self.client_options, Some(source))?;
        self.clients.borrow_mut().insert(source, client.clone());
        Ok(client)
    }
}

/// Counts what has begun and not ended.
#[derive(Debug, Default)]
pub struct InFlight(Cell<u32>);

impl InFlight {
    /// Counts one more until the guard is dropped.
    pub fn enter(&self) -> InFlightGuard<'_> {
        self.0.set(self.0.get() + 1);
        InFlightGuard(self)
    }

    /// How many there are now.
    pub fn get(&self) -> u32 {
        self.0.get()
    }
}

/// One thing that has begun.
#[derive(Debug)]
pub struct InFlightGuard<'a>(&'a InFlight);

impl Drop for InFlightGuard<'_> {
    fn drop(&mut self) {
        self.0.0.set(self.0.0.get() - 1);
    }
}

/// One simulated user's own state; it survives its chains.
pub struct Attacker {
    /// 0 for the first of the run; those of later scenarios follow.
    pub id: u32,
    /// `attacker::get` and `set`.
    pub state: RefCell<Map>,
    /// Sent with every request: the User-Agent and those of `-H`.
    pub headers: Arc<HeaderMap>,
    /// Its own connections, under `--connections attacker`, or those of its source address.
    pub client: Option<Client>,
    /// TLS sessions that handshakes without a request can resume.
    pub sessions: RefCell<Sessions>,
}

impl Attacker {
    /// A new one, which has done nothing yet.
    pub fn new(id: u32, headers: Arc<HeaderMap>) -> Self {
        Self { id, state: RefCell::default(), headers, client: None, sessions: RefCell::default() }
    }
}

/// One run of one chain.
pub struct ChainContext {
    /// The shard it runs on.
    pub shard: Rc<ShardContext>,
    /// Whose chain it is.
    pub attacker: Rc<Attacker>,
    /// Where its measurements belong.
    pub place: Place,
    /// The attacker's first chain is 0.
    pub number: u64,
    /// Where its connections come from, under `--source-addrs`.
    pub source: Option<IpAddr>,
    /// The folder that `file` reads from.
    pub folder: Rc<std::path::Path>,
    /// Its own connections, under `--connections chain`.
    pub client: Option<Client>,
    /// Random numbers, repeatable by seed, attacker and chain number.
    pub rng: RefCell<SmallRng>,
    /// What it has published, which ends with it.
    pub published: Publications,
    /// What it has claimed, which ends with it.
    pub claimed: OwnClaims,
    /// The last answer that was not what its request expected, of those that threw.
    pub unexpected: RefCell<Option<Answer>>,
    /// What its script may note about requests.
    pub columns: Rc<[String]>,
    /// The row of the first request that can still be noted about.
    pub open_rows: Cell<u64>,
}

thread_local! {
    static CURRENT: RefCell<Option<Rc<ChainContext>>> = const { RefCell::new(None) };
}

impl ChainContext {
    /// The context of a chain that is about to start; `client` if it has connections of its own.
    pub fn new(
        shard: &Rc<ShardContext>,
        attacker: &Rc<Attacker>,
        place: Place,
        number: u64,
        folder: &Rc<std::path::Path>,
        columns: &Rc<[String]>,
        client: Option<Client>,
    ) -> Rc<Self> {
        let seed = chain_seed(shard.settings.seed, attacker.id, number);
        Rc::new(Self {
            shard: Rc::clone(shard),
            attacker: Rc::clone(attacker),
            place,
            number,
            source: shard.settings.source_of(attacker.id, number),
            folder: Rc::clone(folder),
            client,
            rng: RefCell::new(SmallRng::seed_from_u64(seed)),
            published: Publications::default(),
            claimed: OwnClaims::default(),
            unexpected: RefCell::default(),
            columns: Rc::clone(columns),
            open_rows: Cell::new(shard.rows.get()),
        })
    }

    /// The connections that this chain's requests use.
    pub fn client(&self) -> &Client {
        self.client.as_ref().or(self.attacker.client.as_ref()).unwrap_or(&self.shard.client)
    }

    /// Whose events these are.
    pub fn origin(&self) -> Origin {
        Origin { attacker: self.attacker.id, place: self.place }
    }

    /// The script is about to send: what it noted about requests until now is final. Waits while a
    /// sink that must get everything has no room; the CA waits no less for it, so nobody else has to.
    pub async fn next_request(&self) {
        self.open_rows.set(self.shard.rows.get());
        self.shard.outlets.room().await;
    }

    /// A request of this chain ended. Returns its row, which [`ChainContext::note`] wants.
    pub fn measured(&self, sample: &RequestSample<'_>) -> u64 {
        let row = self.shard.rows.get();
        self.shard.rows.set(row + 1);
        let mut recorder = self.shard.recorder.borrow_mut();
        recorder.request(self.place, sample);
        if let Some(tap) = recorder.tap() {
            let event = RequestEvent::new(self.origin(), row, self.open_rows.get(), sample);
            tap.take(Event::Request(event));
        }
        row
    }

    /// Notes `value` in `column` about the request in `row`; false if that is past.
    pub fn note(&self, row: u64, column: &str, value: &str) -> bool {
        if row < self.open_rows.get() {
            return false;
        }
        if let Some(tap) = self.shard.recorder.borrow_mut().tap() {
            let (column, value) = (column.into(), value.into());
            tap.take(Event::Note(NoteEvent { origin: self.origin(), row, column, value }));
        }
        true
    }

    /// Challenges that are published right now.
    pub fn challenges(&self) -> &Arc<ChallengeStore> {
        &self.shard.challenges
    }
}

/// Mixes run seed, attacker and chain number so that neighbours share nothing (`SplitMix64`).
pub fn chain_seed(seed: u64, attacker: u32, number: u64) -> u64 {
    let mut mixed = seed ^ u64::from(attacker).rotate_left(40) ^ number.wrapping_mul(0x9E37_79B9);
    mixed = mixed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

/// The chain whose script is running on this thread.
///
/// # Errors
/// [`Ended::NotInChain`], which scripts cannot catch, where there is none (`options()`).
pub fn current() -> Result<Rc<ChainContext>, Box<EvalAltResult>> {
    CURRENT.with_borrow(Clone::clone).ok_or_else(|| {
        let ended = Dynamic::from(Ended::NotInChain);
        EvalAltResult::ErrorTerminated(ended, rhai::Position::NONE).into()
    })
}

/// Runs `f` with `context` as the current chain's.
pub fn within<T>(context: &Rc<ChainContext>, f: impl FnOnce() -> T) -> T {
    let outer = CURRENT.replace(Some(Rc::clone(context)));
    let result = f();
    CURRENT.set(outer);
    result
}
