//! A chain in progress: a fiber in its context, which can be stopped at any moment.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use crate::attacker::context::{ChainContext, within};
use crate::attacker::fiber::Fiber;

/// How the scheduler reaches an attacker that waits for something else.
#[derive(Debug, Default)]
pub struct Bell {
    waker: RefCell<Option<Waker>>,
    stop: Cell<bool>,
}

impl Bell {
    /// Has the attacker look at its orders.
    pub fn ring(&self) {
        if let Some(waker) = self.waker.borrow().as_ref() {
            waker.wake_by_ref();
        }
    }

    /// Ends what the attacker does, now.
    pub fn stop(&self) {
        self.stop.set(true);
        self.ring();
    }

    /// Whether [`Bell::stop`] was called.
    pub fn is_stopped(&self) -> bool {
        self.stop.get()
    }

    /// Remembers whom to wake.
    pub fn attend(&self, cx: &Context<'_>) {
        let mut waker = self.waker.borrow_mut();
        match waker.as_mut() {
            Some(known) => known.clone_from(cx.waker()),
            None => *waker = Some(cx.waker().clone()),
        }
    }
}

/// A chain in progress; a future of its result.
pub struct RunningChain<T: 'static> {
    /// Declared before the context: a dropped fiber still needs it.
    fiber: Fiber<T>,
    context: Rc<ChainContext>,
    bell: Rc<Bell>,
}

impl<T: 'static> RunningChain<T> {
    /// Runs `fiber` in `context` until it ends or `bell` stops it.
    pub fn new(fiber: Fiber<T>, context: Rc<ChainContext>, bell: Rc<Bell>) -> Self {
        Self { fiber, context, bell }
    }
}

impl<T: 'static> Future for RunningChain<T> {
    type Output = std::thread::Result<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.bell.attend(cx);
        let this = &mut *self;
        within(&this.context, || {
            if this.bell.is_stopped()
                && let Some(result) = this.fiber.cancel()
            {
                return Poll::Ready(result);
            }
            Pin::new(&mut this.fiber).poll(cx)
        })
    }
}

impl<T: 'static> Drop for RunningChain<T> {
    fn drop(&mut self) {
        let fiber = &mut self.fiber;
        within(&self.context, || drop(fiber.cancel()));
    }
}
