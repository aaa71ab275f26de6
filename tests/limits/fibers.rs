//! The coroutines that chains run on: panics, stops, and nothing left behind.

use std::cell::Cell;
use std::future::{pending, poll_fn};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use coyote::attacker::fiber::{Ended, Fiber, StackPool, wait};

const BUDGET: Duration = Duration::from_secs(10);

fn fiber<T: 'static>(pool: &Rc<StackPool>, body: impl FnOnce() -> T + 'static) -> Fiber<T> {
    Fiber::new(pool, BUDGET, body).expect("there is memory for a stack")
}

/// Polls it once.
fn poll<T: 'static>(fiber: &mut Fiber<T>) -> Poll<std::thread::Result<T>> {
    let fiber = std::pin::Pin::new(fiber);
    fiber.poll(&mut Context::from_waker(Waker::noop()))
}

/// Says when it is dropped.
struct Tell(Rc<Cell<u32>>);

impl Drop for Tell {
    fn drop(&mut self) {
        self.0.set(self.0.get() + 1);
    }
}

#[test]
fn a_panic_in_the_body_is_its_result_and_the_stack_comes_back() {
    let pool = Rc::new(StackPool::default());
    let mut panicking = fiber(&pool, || panic!("on purpose"));
    let Poll::Ready(Err(payload)) = poll::<()>(&mut panicking) else { panic!("it must panic") };
    assert_eq!(payload.downcast_ref::<&str>(), Some(&"on purpose"));
    assert_eq!(pool.live(), 0);
    // Others go on.
    assert!(matches!(poll(&mut fiber(&pool, || 7)), Poll::Ready(Ok(7))));
}

#[test]
fn a_panic_in_what_is_waited_for_unwinds_the_body() {
    let (pool, dropped) = (Rc::new(StackPool::default()), Rc::new(Cell::new(0)));
    let tell = Tell(Rc::clone(&dropped));
    let mut waiting = fiber(&pool, move || {
        let _tell = tell;
        wait(poll_fn(|_| -> Poll<()> { panic!("while polled") }))
    });
    let Poll::Ready(Err(payload)) = poll(&mut waiting) else { panic!("it must panic") };
    assert_eq!(payload.downcast_ref::<&str>(), Some(&"while polled"));
    assert_eq!((dropped.get(), pool.live()), (1, 0));
}

#[test]
fn cancelled_while_suspended_the_wait_fails_and_no_other_wait_begins() {
    let pool = Rc::new(StackPool::default());
    let mut waiting = fiber(&pool, || (wait(pending::<()>()), wait(async { 1 })));
    assert!(poll(&mut waiting).is_pending());
    assert_eq!(pool.live(), 1);
    let result = waiting.cancel().expect("it had not ended").expect("nothing panicked");
    assert_eq!(result, (Err(Ended::Stopped), Err(Ended::Stopped)));
    assert_eq!(pool.live(), 0);
    assert!(waiting.cancel().is_none(), "it has ended");
}

#[test]
fn cancelled_before_its_start_it_cannot_wait() {
    let pool = Rc::new(StackPool::default());
    let mut unstarted = fiber(&pool, || wait(pending::<()>()));
    let result = unstarted.cancel().expect("it had not ended").expect("nothing panicked");
    assert_eq!(result, Err(Ended::Stopped));
    assert_eq!(pool.live(), 0);
}

#[test]
fn dropped_while_suspended_its_destructors_run() {
    let (pool, dropped) = (Rc::new(StackPool::default()), Rc::new(Cell::new(0)));
    let (outer, inner) = (Tell(Rc::clone(&dropped)), Tell(Rc::clone(&dropped)));
    let mut waiting = fiber(&pool, move || {
        let _outer = outer;
        // The future that is waited for is dropped as well.
        wait(async move {
            let _inner = inner;
            pending::<()>().await;
        })
    });
    assert!(poll(&mut waiting).is_pending());
    assert_eq!(dropped.get(), 0);
    drop(waiting);
    assert_eq!((dropped.get(), pool.live()), (2, 0));
}

#[test]
fn outside_a_fiber_nothing_can_wait() {
    assert_eq!(wait(async { 1 }), Err(Ended::NotInChain));
}

#[test]
fn ten_thousand_suspended_fibers_end_within_a_second() {
    let (pool, dropped) = (Rc::new(StackPool::default()), Rc::new(Cell::new(0)));
    let mut fibers = Vec::new();
    for _ in 0..10_000 {
        let tell = Tell(Rc::clone(&dropped));
        let mut waiting = fiber(&pool, move || {
            let _tell = tell;
            wait(pending::<()>())
        });
        assert!(poll(&mut waiting).is_pending());
        fibers.push(waiting);
    }
    assert_eq!(pool.live(), 10_000);
    let start = Instant::now();
    for waiting in &mut fibers {
        let result = waiting.cancel().expect("it had not ended").expect("nothing panicked");
        assert_eq!(result, Err(Ended::Stopped));
    }
    let took = start.elapsed();
    assert!(took < Duration::from_secs(1), "it took {took:?}");
    assert_eq!((dropped.get(), pool.live()), (10_000, 0));
}
