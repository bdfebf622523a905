//! Publishes the newest good generation, and makes changes where the store takes them. Enter at [`Knowledge::open`].
//! When to look again is the callers' matter.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock, TryLockError};

use super::log::Log;
use super::writer::{self, Writer};
use super::{Change, CommitError, Engine, Generation, KnowledgeError, Origin, Outcome, engine};
use crate::history::{History, HistoryError};
use crate::store::remote::Remote;
use crate::store::{Store, StoreError};

/// The newest good generation, shared; and what takes changes of it, where something does.
pub struct Knowledge {
    origin: Origin,
    current: RwLock<Arc<Generation>>,
    durable: Option<Durable>,
    /// What changes an engine's data: a copy in memory to work changes out on, made when the first comes.
    copy: Mutex<Option<Writer>>,
    /// Whether an engine's data had its mark when that was last looked for.
    is_whole: AtomicBool,
    /// Told of each new generation before it is published.
    listener: OnceLock<Listener>,
}

type Listener = Box<dyn Fn(&Generation) + Send + Sync>;

/// What stands behind a durable store.
struct Durable {
    history: Arc<History>,
    writer: Mutex<Writer>,
    /// Versions that were asked for lately, the last one at the end.
    former: Mutex<Vec<Arc<Generation>>>,
}

/// So many former versions are kept at hand: each holds a whole graph.
const MOST_FORMER: usize = 3;

impl Knowledge {
    /// Makes the first generation.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn open(origin: Origin) -> Result<Self, KnowledgeError> {
        let Some(path) = &origin.store else {
            return Ok(Self::of(Arc::new(Generation::build(&origin)?), origin, None));
        };
        let history = Arc::new(History::open(path)?);
        let writer = Writer::open(Log::File(history.clone()), origin.system()?)?;
        let current = writer.current().clone();
        let durable = Durable { history, writer: Mutex::new(writer), former: Mutex::default() };
        Ok(Self::of(current, origin, Some(durable)))
    }

    fn of(current: Arc<Generation>, origin: Origin, durable: Option<Durable>) -> Self {
        Self {
            origin,
            current: RwLock::new(current),
            durable,
            copy: Mutex::default(),
            is_whole: AtomicBool::new(true),
            listener: OnceLock::new(),
        }
    }

    /// The generation to answer from; it stays as it is for as long as it is held.
    pub fn current(&self) -> Arc<Generation> {
        // A poisoned lock still guards a whole generation: replacing an Arc cannot stop half-way.
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The log, where the store is a durable one.
    pub fn history(&self) -> Option<&Arc<History>> {
        self.durable.as_ref().map(|durable| &durable.history)
    }

    /// Whether the data can be read: it cannot while somebody brings other data to the engine that holds it.
    pub fn is_whole(&self) -> bool {
        self.is_whole.load(Ordering::Relaxed)
    }

    /// Whether changes are taken.
    pub fn takes_changes(&self) -> bool {
        self.durable.is_some() || self.origin.engine.is_some()
    }

    /// The newest version, as changes are worked out on it: of an engine elsewhere a copy in memory.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn newest(&self) -> Result<Arc<Generation>, KnowledgeError> {
        let Some(engine) = &self.origin.engine else {
            self.reload()?;
            return Ok(self.current());
        };
        let mut copy = self.copy.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(self.copied(engine, &mut copy)?.0.current().clone())
    }

    /// The copy of an engine's data, made anew where others have changed that, and the engine as it is asked now.
    fn copied<'a>(&self, engine: &Engine, copy: &'a mut Option<Writer>) -> Result<(&'a mut Writer, Arc<Remote>), KnowledgeError> {
        let remote = engine::whole(&engine.remote())?;
        let version = engine::version(&Store::elsewhere(remote.clone()))?;
        let kept = copy.take().filter(|writer| version.as_ref() == Some(&writer.current().version));
        let writer = match kept {
            Some(writer) => writer,
            None => Writer::open(Log::Engine(remote.clone()), self.origin.system()?)?,
        };
        Ok((copy.insert(writer), remote))
    }

    /// A version by its name: the current one, or a former one, which is made anew.
    ///
    /// # Errors
    /// When there is no such version, or none but the current one.
    pub fn version(&self, name: &str) -> Result<Arc<Generation>, KnowledgeError> {
        let current = self.current();
        let Some(Durable { history, former, .. }) = &self.durable else {
            let is_current = name.len() >= 8 && current.version.starts_with(name);
            return if is_current { Ok(current) } else { Err(HistoryError::Unknown { name: name.to_owned() }.into()) };
        };
        let commit = history.find(name)?;
        if commit.digest == current.version {
            return Ok(current);
        }
        // Held while the version is made, so that it is made once.
        let mut former = former.lock().unwrap_or_else(PoisonError::into_inner);
        let at = former.iter().position(|generation| generation.version == commit.digest);
        let found = match at {
            Some(at) => former.remove(at),
            None => Arc::new(Generation { is_former: true, ..writer::former(history, commit)? }),
        };
        if former.len() >= MOST_FORMER {
            former.remove(0);
        }
        former.push(found.clone());
        Ok(found)
    }

    /// Makes a change and publishes what came of it; `change` is asked for once nobody else can come between, and sees the newest version.
    ///
    /// # Errors
    /// When it cannot or may not be made, and then nothing has changed; [`HistoryError::Fixed`] where the store takes none.
    pub fn commit<E: From<CommitError>>(&self, change: impl FnOnce(&Generation) -> Result<Change, E>) -> Result<Outcome, E> {
        if let Some(engine) = &self.origin.engine {
            return self.commit_elsewhere(engine, change);
        }
        let Some(durable) = &self.durable else { return Err(CommitError::from(HistoryError::Fixed).into()) };
        let mut writer = durable.writer.lock().unwrap_or_else(PoisonError::into_inner);
        self.follow(&mut writer).map_err(CommitError::from)?;
        let change = change(&writer.current().clone())?;
        let outcome = writer.commit(change)?;
        self.publish(writer.current());
        Ok(outcome)
    }

    fn commit_elsewhere<E: From<CommitError>>(
        &self,
        engine: &Engine,
        change: impl FnOnce(&Generation) -> Result<Change, E>,
    ) -> Result<Outcome, E> {
        let mut copy = self.copy.lock().unwrap_or_else(PoisonError::into_inner);
        let (writer, remote) = self.copied(engine, &mut copy).map_err(CommitError::from)?;
        let change = change(&writer.current().clone())?;
        let outcome = writer.commit(change)?;
        if outcome.commit.is_some() {
            let shown = engine::shown(&remote, writer.current()).map_err(CommitError::from)?;
            self.publish(&Arc::new(shown));
        }
        Ok(outcome)
    }

    fn follow(&self, writer: &mut Writer) -> Result<bool, KnowledgeError> {
        let mut is_new = false;
        while writer.follow()? {
            is_new = true;
            self.publish(writer.current());
        }
        Ok(is_new)
    }

    fn publish(&self, next: &Arc<Generation>) {
        if self.current().version == next.version {
            return;
        }
        if let Some(listener) = self.listener.get() {
            listener(next);
        }
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = next.clone();
    }

    /// Has somebody told of each new generation, before it is published and in their order. Only the first who asks is.
    pub fn listen(&self, listener: impl Fn(&Generation) + Send + Sync + 'static) {
        let _ = self.listener.set(Box::new(listener));
    }

    /// Makes a new generation from the files as they are now, or takes over what others have committed, and publishes it; a bad one changes
    /// nothing. Tells whether anything is new.
    ///
    /// # Errors
    /// When the files are not fit to publish.
    pub fn reload(&self) -> Result<bool, KnowledgeError> {
        if let Some(durable) = &self.durable {
            return self.follow(&mut durable.writer.lock().unwrap_or_else(PoisonError::into_inner));
        }
        // Whoever makes a change publishes it; what is read of an engine meanwhile would be older by the time it is read.
        let _turn = match self.copy.try_lock() {
            Err(TryLockError::WouldBlock) => return Ok(false),
            free => free,
        };
        // An engine's data is looked at whole only when its mark has changed.
        if let Some(remote) = self.current().store.remote() {
            let version = engine::version(&Store::elsewhere(remote.clone()))?;
            self.is_whole.store(version.is_some(), Ordering::Relaxed);
            if version.is_some_and(|version| version == self.current().version) {
                return Ok(false);
            }
        }
        let next = Arc::new(Generation::build(&self.origin)?);
        let is_new = next.version != self.current().version;
        self.publish(&next);
        Ok(is_new)
    }

    /// Makes ready for changes: the first would take as long as loading otherwise.
    ///
    /// # Errors
    /// When the store fails.
    pub fn prepare(&self) -> Result<(), StoreError> {
        let Some(durable) = &self.durable else { return Ok(()) };
        durable.writer.lock().unwrap_or_else(PoisonError::into_inner).prepare()
    }

    /// The folders to watch.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }
}
