//! Stackful coroutines: a chain's script runs on a stack of its own, so that a host function can
//! wait for a future as if it blocked, while the shard's thread goes on with other attackers.
//!
//! The host function pins its future on the coroutine's stack and suspends with a pointer to a
//! closure that polls it; the task that drives the [`Fiber`] calls that closure on the thread's own
//! stack (so deep futures cost no coroutine stack) and resumes when the future is ready.
//!
//! This is the only file with `unsafe`. Its invariants:
//! 1. A [`PollPtr`] points into the suspended frame of [`wait`], which does not return before it is
//!    resumed; the driver forgets the pointer before it resumes.
//! 2. [`CURRENT`] points to the boxed [`Frame`] of the fiber being resumed, and only while it runs.
//! 3. A fiber is never dropped while suspended: `Drop` cancels it, which ends it.
#![allow(unsafe_code)]

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::{Pin, pin};
use std::ptr::NonNull;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use corosensei::stack::{DefaultStack, Stack};
use corosensei::{Coroutine, CoroutineResult, Yielder};

/// Address space per stack. Chains touch some 20 KB of it, and only what is touched is memory. The
/// rest is there because Rhai drops, copies, compares and prints nested data recursively, past every
/// limit but that of sizes. Each level has to be made by an operation that walks all others, so a
/// chain's CPU limit ends it at some ten thousand levels; comparing, the costliest, needs 2 KB each.
pub const STACK_BYTES: usize = 256 * 1024 * 1024;
/// A script ends with an error when less stack than this is left: host functions need some.
const STACK_RESERVE_BYTES: usize = 128 * 1024;
/// A script that ran this long without waiting lets the shard's other attackers go on.
const SLICE: Duration = Duration::from_millis(2);

/// Why a script was ended from outside. Scripts cannot catch it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The run is being stopped.
    Stopped,
    /// The script recursed until its stack was nearly full.
    StackFull,
    /// The chain used more CPU time than its limit allows.
    CpuBudget,
    /// A waiting function was called where nothing can wait, such as in `options()`.
    NotInChain,
}

type PollFn<'a> = dyn FnMut(&mut Context<'_>) -> Poll<()> + 'a;

/// What a suspended fiber waits for (invariant 1).
#[derive(Clone, Copy)]
struct PollPtr(NonNull<PollFn<'static>>);

/// Why a suspended fiber goes on.
enum Resume {
    Ready,
    Stop,
    Panicked(Box<dyn Any + Send>),
}

/// The part of a fiber that its own script reaches through [`CURRENT`].
struct Frame {
    yielder: Cell<Option<NonNull<Yielder<Resume, PollPtr>>>>,
    stack_floor: usize,
    stopping: Cell<bool>,
    /// Why the script was told to end. It stays told: Rhai's `sort` swallows errors of its closure.
    ended: Cell<Option<Ended>>,
    slice_start: Cell<Option<Instant>>,
    cpu_used: Cell<Duration>,
    cpu_budget: Cell<Duration>,
}

thread_local! {
    static CURRENT: Cell<Option<NonNull<Frame>>> = const { Cell::new(None) };
    static DEADLINE: Cell<Option<Instant>> = const { Cell::new(None) };
}

fn with_frame<T>(f: impl FnOnce(&Frame) -> T) -> Option<T> {
    // SAFETY: invariant 2, and the reference does not outlive this call.
    CURRENT.get().map(|frame| f(unsafe { frame.as_ref() }))
}

/// Waits for `future` without blocking the shard.
///
/// # Errors
/// [`Ended::Stopped`] when the run is stopped meanwhile (the future is dropped),
/// [`Ended::NotInChain`] outside a fiber.
pub fn wait<F: Future>(future: F) -> Result<F::Output, Ended> {
    let frame = CURRENT.get().ok_or(Ended::NotInChain)?;
    // SAFETY: invariant 2; the frame is boxed and outlives the coroutine that runs this.
    let frame = unsafe { frame.as_ref() };
    if frame.stopping.get() {
        return Err(tell_to_end(Ended::Stopped));
    }
    if let Some(reason) = frame.ended.get() {
        return Err(reason);
    }
    let yielder = frame.yielder.get().ok_or(Ended::NotInChain)?;
    let mut future = pin!(future);
    let mut output = None;
    let mut poll = |cx: &mut Context<'_>| match future.as_mut().poll(cx) {
        Poll::Ready(value) => {
            output = Some(value);
            Poll::Ready(())
        }
        Poll::Pending => Poll::Pending,
    };
    let erased: NonNull<PollFn<'_>> = NonNull::from(&mut poll as &mut PollFn<'_>);
    // SAFETY: only the lifetime is erased; invariant 1 keeps the pointee alive while it is used.
    // The yielder belongs to the coroutine that is running right now.
    let resumed = unsafe {
        let erased = std::mem::transmute::<NonNull<PollFn<'_>>, NonNull<PollFn<'static>>>(erased);
        yielder.as_ref().suspend(PollPtr(erased))
    };
    match (resumed, output) {
        (Resume::Ready, Some(value)) => Ok(value),
        (Resume::Panicked(payload), _) => resume_unwind(payload),
        (Resume::Stop | Resume::Ready, _) => Err(tell_to_end(Ended::Stopped)),
    }
}

/// Runs slow, CPU-bound work on a thread beside the shards and waits for it.
///
/// # Errors
/// As [`wait`]. The work itself runs to its end even when the chain is stopped.
pub fn offload<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Ended> {
    if CURRENT.get().is_none() {
        return Ok(work());
    }
    match wait(async { tokio::task::spawn_blocking(work).await })? {
        Ok(value) => Ok(value),
        Err(error) => match error.try_into_panic() {
            Ok(payload) => resume_unwind(payload),
            Err(_) => Err(Ended::Stopped),
        },
    }
}

/// From now on the running script may not compute for longer than `time` in all, if it might before.
pub fn compute_at_most(time: Duration) {
    with_frame(|frame| frame.cpu_budget.set(frame.cpu_budget.get().min(time)));
}

/// Why the running script was told to end, if it was.
pub fn told_to_end() -> Option<Ended> {
    with_frame(|frame| frame.ended.get()).flatten()
}

fn tell_to_end(reason: Ended) -> Ended {
    with_frame(|frame| frame.ended.set(Some(frame.ended.get().unwrap_or(reason))));
    reason
}

/// Called from the script engine at every operation: may it go on, and is there enough stack to?
#[inline]
pub fn check_stack() -> Result<(), Ended> {
    let here = 0_u8;
    let address = std::ptr::from_ref(&here) as usize;
    match with_frame(|frame| (frame.ended.get(), address < frame.stack_floor)) {
        Some((Some(reason), _)) => Err(reason),
        Some((None, true)) => Err(tell_to_end(Ended::StackFull)),
        _ => Ok(()),
    }
}

/// Called from the script engine every few thousand operations: stops, ends or pauses a script
/// that computes without ever waiting.
pub fn check_slice() -> Result<(), Ended> {
    let verdict = with_frame(|frame| {
        if frame.stopping.get() {
            return Err(Ended::Stopped);
        }
        let now = Instant::now();
        let Some(start) = frame.slice_start.get() else {
            frame.slice_start.set(Some(now));
            return Ok(false);
        };
        let slice = now - start;
        if slice < SLICE {
            return Ok(false);
        }
        frame.cpu_used.set(frame.cpu_used.get() + slice);
        if frame.cpu_used.get() > frame.cpu_budget.get() {
            return Err(Ended::CpuBudget);
        }
        Ok(true)
    });
    match verdict {
        // A bare wake-up of this task would starve timers and sockets; `yield_now` lets them run.
        Some(Ok(true)) => wait(tokio::task::yield_now()),
        Some(Err(reason)) => Err(tell_to_end(reason)),
        None if DEADLINE.get().is_some_and(|deadline| Instant::now() > deadline) => {
            Err(Ended::CpuBudget)
        }
        _ => Ok(()),
    }
}

/// Runs `f`, which may run scripts outside any fiber, for at most `time`: `options()` has to end too.
pub fn limited<T>(time: Duration, f: impl FnOnce() -> T) -> T {
    DEADLINE.set(Some(Instant::now() + time));
    let result = f();
    DEADLINE.set(None);
    result
}

fn new_stack() -> std::io::Result<DefaultStack> {
    let stack = DefaultStack::new(STACK_BYTES)?;
    let (floor, top) = (stack.limit().get(), stack.base().get());
    // SAFETY: the range is this stack's own mapping, page-aligned, and the advice changes nothing that
    // a program can read. Without it, one touched page could make two megabytes resident.
    unsafe { libc::madvise(floor as *mut libc::c_void, top - floor, libc::MADV_NOHUGEPAGE) };
    Ok(stack)
}

/// The free stacks of a shard, last in first out so that warm ones are used again.
#[derive(Default)]
pub struct StackPool {
    free: RefCell<Vec<DefaultStack>>,
    live: Cell<usize>,
}

impl StackPool {
    /// Free stacks kept; each keeps the memory its last script touched.
    const MAX_FREE: usize = 128;

    fn take(&self) -> std::io::Result<DefaultStack> {
        let stack = match self.free.borrow_mut().pop() {
            Some(stack) => stack,
            None => new_stack()?,
        };
        self.live.set(self.live.get() + 1);
        Ok(stack)
    }

    fn give_back(&self, stack: DefaultStack) {
        self.live.set(self.live.get() - 1);
        let mut free = self.free.borrow_mut();
        if free.len() < Self::MAX_FREE {
            free.push(stack);
        }
    }

    /// Stacks in use by fibers right now.
    pub fn live(&self) -> usize {
        self.live.get()
    }
}

/// A script run on a stack of its own; a future of the script's result.
pub struct Fiber<T: 'static> {
    coroutine: Option<Coroutine<Resume, PollPtr, std::thread::Result<T>>>,
    frame: Box<Frame>,
    waiting_for: Option<PollPtr>,
    pool: Rc<StackPool>,
}

impl<T: 'static> Fiber<T> {
    /// Prepares `body` to run on a stack from `pool`, for at most `cpu_budget` of computing.
    ///
    /// # Errors
    /// When the system grants no further stack (`vm.max_map_count`, memory).
    pub fn new(
        pool: &Rc<StackPool>,
        cpu_budget: Duration,
        body: impl FnOnce() -> T + 'static,
    ) -> std::io::Result<Self> {
        let stack = pool.take()?;
        let frame = Box::new(Frame {
            yielder: Cell::new(None),
            stack_floor: stack.limit().get() + STACK_RESERVE_BYTES,
            stopping: Cell::new(false),
            ended: Cell::new(None),
            slice_start: Cell::new(None),
            cpu_used: Cell::new(Duration::ZERO),
            cpu_budget: Cell::new(cpu_budget),
        });
        let coroutine = Coroutine::with_stack(stack, move |yielder, _first: Resume| {
            with_frame(|frame| frame.yielder.set(Some(NonNull::from(yielder))));
            // A panic ends this chain only; it must not unwind into the driver.
            catch_unwind(AssertUnwindSafe(body))
        });
        Ok(Self { coroutine: Some(coroutine), frame, waiting_for: None, pool: Rc::clone(pool) })
    }

    /// Ends the script now: every waiting call and the next check fail with [`Ended::Stopped`].
    /// `None` when it had ended before.
    pub fn cancel(&mut self) -> Option<std::thread::Result<T>> {
        self.frame.stopping.set(true);
        while self.coroutine.is_some() {
            // Once `stopping` is set nothing suspends again, so the first turn ends it.
            if let Some(result) = self.resume(Resume::Stop) {
                return Some(result);
            }
        }
        None
    }

    /// Runs the script until it waits or ends.
    fn resume(&mut self, why: Resume) -> Option<std::thread::Result<T>> {
        let coroutine = self.coroutine.as_mut()?;
        self.waiting_for = None;
        self.frame.slice_start.set(None);
        let outer = CURRENT.replace(Some(NonNull::from(&*self.frame)));
        let result = coroutine.resume(why);
        CURRENT.set(outer);
        match result {
            CoroutineResult::Yield(poll) => {
                self.waiting_for = Some(poll);
                None
            }
            CoroutineResult::Return(value) => {
                if let Some(done) = self.coroutine.take() {
                    self.pool.give_back(done.into_stack());
                }
                Some(value)
            }
        }
    }
}

impl<T: 'static> Future for Fiber<T> {
    type Output = std::thread::Result<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        loop {
            let why = match self.waiting_for {
                None => Resume::Ready,
                // SAFETY: invariant 1: the fiber is suspended, so the closure's frame is alive, and
                // `&mut self` makes this the only use of it.
                Some(PollPtr(mut poll)) => {
                    match catch_unwind(AssertUnwindSafe(|| unsafe { poll.as_mut()(cx) })) {
                        Ok(Poll::Pending) => return Poll::Pending,
                        Ok(Poll::Ready(())) => Resume::Ready,
                        Err(payload) => Resume::Panicked(payload),
                    }
                }
            };
            if let Some(result) = self.resume(why) {
                return Poll::Ready(result);
            }
        }
    }
}

impl<T: 'static> Drop for Fiber<T> {
    fn drop(&mut self) {
        drop(self.cancel());
    }
}
