//! Rows while the CA runs: from opening the database to the last write.

use std::{
    fmt,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    thread::{self, JoinHandle},
    time::Duration,
};

use tempfile::TempDir;

use super::{
    Queue, Records, StoreError, StoreFault, StoreOptions,
    backend::{Backend, BackendError},
    coyote_ca,
    fault::Faults,
    load::{self, Own},
    mysql::Mysql,
    options::StorePlace,
    queue::End,
    reserved::BLOCK,
    sheets::Sheets,
    sqlite::{Durability, Sqlite},
    value::Value,
    writer::Writer,
};
use crate::{
    ca::{clock::Moment, issuer::Issuer, options::CaError, profiles::Profiles},
    db::{database::Flush, uri::DatabaseUri},
};

/// What a database that has failed gets to take the last rows.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);

/// The thread that writes, and where.
pub(in crate::ca) struct Rows {
    queue: Arc<Queue>,
    database: CaDatabase,
    end: End,
    thread: Mutex<Option<JoinHandle<Result<(), String>>>>,
    place: String,
    /// Deletes the temporary file, after everything else.
    _folder: Option<TempDir>,
}

/// How the CA's rows can be read.
#[derive(Clone)]
pub struct CaDatabase {
    /// Where they are.
    pub location: Location,
    /// Returns once all that clients were told before is there, or after this time.
    pub flush: Flush,
}

/// Where the CA's rows are.
#[derive(Debug, Clone)]
pub enum Location {
    /// In this SQLite file.
    Sqlite(PathBuf),
    /// In MySQL or MariaDB.
    Mysql(DatabaseUri),
}

impl fmt::Debug for CaDatabase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CaDatabase").field("location", &self.location).finish_non_exhaustive()
    }
}

/// A store that was opened and read.
pub(in crate::ca) struct Resumed {
    pub(in crate::ca) issuer: Arc<Issuer>,
    pub(in crate::ca) records: Records,
    pub(in crate::ca) queue: Arc<Queue>,
    pub(in crate::ca) rows: Rows,
}

/// Opens the store, reads what a CA before left there, and starts to write; `None` if there is to be
/// none.
///
/// # Errors
/// [`CaError::Store`] if it cannot be used, the others if no issuer can be made.
pub(in crate::ca) fn start(
    options: &StoreOptions,
    profiles: &Profiles,
) -> Result<Option<Resumed>, CaError> {
    let Some((mut backend, location, folder)) = open(&options.place)? else { return Ok(None) };
    backend.prepare()?;
    let own = Own::read(&mut *backend)?;
    let issuer = match &own.issuer {
        Some(pem) => Issuer::from_pem(pem).map_err(|error| StoreError::BadRow {
            place: backend.place(),
            table: coyote_ca::TABLE.name,
            why: format!("it should have the issuer's key and certificates: {error}"),
        })?,
        None => keep(&mut *backend, Issuer::new()?)?,
    };
    let records = load::records(&mut *backend, own, &issuer, profiles, Moment::now())?;
    let reserved = records.next_id + BLOCK;
    write(&mut *backend, |sheets| coyote_ca::put_reserved(sheets, reserved))?;
    let (issuer, queue) = (Arc::new(issuer), Arc::new(Queue::new(options.sync, reserved)));
    let end = match &folder {
        Some(_) => End::Discard,
        None => End::Within(STOP_TIMEOUT),
    };
    let rows = Rows {
        database: CaDatabase { location, flush: flush(&queue) },
        end,
        place: backend.place(),
        thread: Mutex::new(Some(spawn(backend, &queue, &issuer, &options.faults)?)),
        queue: Arc::clone(&queue),
        _folder: folder,
    };
    Ok(Some(Resumed { issuer, records, queue, rows }))
}

type Opened = (Box<dyn Backend>, Location, Option<TempDir>);

fn open(place: &StorePlace) -> Result<Option<Opened>, StoreError> {
    let (path, durability, folder) = match place {
        StorePlace::Nowhere => return Ok(None),
        StorePlace::Temporary => {
            let folder = tempfile::Builder::new().prefix("coyote-ca-").tempdir()?;
            (folder.path().join("ca.sqlite"), Durability::Thrown, Some(folder))
        }
        StorePlace::File(path) => (path.clone(), Durability::Kept, None),
        StorePlace::Mysql(uri) => {
            let unusable =
                |error: BackendError| StoreError::Unusable { place: uri.to_string(), why: error.0 };
            let backend = Mysql::open(uri).map_err(unusable)?;
            return Ok(Some((Box::new(backend), Location::Mysql(uri.clone()), None)));
        }
    };
    let backend = Sqlite::open(&path, durability).map_err(|error| StoreError::Unusable {
        place: path.display().to_string(),
        why: error.0,
    })?;
    Ok(Some((Box::new(backend), Location::Sqlite(path), folder)))
}

/// Writes the issuer down before anything is signed with it.
fn keep(backend: &mut dyn Backend, issuer: Issuer) -> Result<Issuer, StoreError> {
    let (id, kind) = coyote_ca::ISSUER;
    let values = [Value::text(kind), Value::blob(issuer.to_pem().into_bytes())];
    write(backend, |sheets| sheets.put(&coyote_ca::TABLE, id, values))?;
    Ok(issuer)
}

/// Writes what the CA must not begin without.
fn write(backend: &mut dyn Backend, fill: impl FnOnce(&mut Sheets<'_>)) -> Result<(), StoreError> {
    let mut no_faults = Faults::new(&[]);
    let mut sheets = Sheets::new(&mut no_faults);
    fill(&mut sheets);
    backend.write(&sheets.filled()).map_err(|error| backend.unusable(error))
}

fn flush(queue: &Arc<Queue>) -> Flush {
    let queue = Arc::clone(queue);
    // Who reads sees what is there: a database in trouble has told so already.
    Arc::new(move |patience| {
        let _ = queue.flush(patience);
    })
}

fn spawn(
    backend: Box<dyn Backend>,
    queue: &Arc<Queue>,
    issuer: &Arc<Issuer>,
    faults: &[StoreFault],
) -> Result<JoinHandle<Result<(), String>>, StoreError> {
    let (queue, issuer) = (Arc::clone(queue), Arc::clone(issuer));
    let writer = Writer { backend, queue, issuer, faults: Faults::new(faults) };
    Ok(thread::Builder::new().name("coyote-ca-rows".to_owned()).spawn(|| writer.run())?)
}

impl Rows {
    pub(in crate::ca) fn database(&self) -> &CaDatabase {
        &self.database
    }

    /// Writes what is left and ends the thread; later calls do nothing.
    ///
    /// # Errors
    /// [`StoreError::Unwritten`] if the database does not take it.
    pub(in crate::ca) fn close(&self) -> Result<(), StoreError> {
        self.queue.close(self.end);
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(thread) = thread else { return Ok(()) };
        let ended = thread.join().unwrap_or_else(|_| Err("its thread panicked".to_owned()));
        ended.map_err(|why| StoreError::Unwritten {
            place: self.place.clone(),
            count: self.queue.pending(),
            why,
        })
    }
}

impl Drop for Rows {
    fn drop(&mut self) {
        // Who wants to know what was not written has called it before.
        let _ = self.close();
    }
}
