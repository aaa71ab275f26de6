//! Where attackers of the open model wait for the clock: a chain starts when it is due, by whoever is free.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;
use std::time::Instant;

use crate::attacker::orders::Orders;
use crate::attacker::running::Bell;

/// A chain that is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Start {
    /// Which chain.
    pub chain: usize,
    /// When it should begin.
    pub scheduled: Instant,
}

/// One attacker's place.
#[derive(Debug)]
pub struct Seat {
    bell: Rc<Bell>,
    start: Cell<Option<Start>>,
    left: Cell<bool>,
}

/// The attackers of a shard that are free. The last to come is the first to go, so that few are in use
/// and their connections stay warm.
#[derive(Debug, Default)]
pub struct FreeSeats(RefCell<Vec<Rc<Seat>>>);

impl FreeSeats {
    /// Has a free attacker run a chain; false when none is free.
    pub fn deal(&self, start: Start) -> bool {
        loop {
            let Some(seat) = self.0.borrow_mut().pop() else { return false };
            if !seat.left.get() {
                seat.start.set(Some(start));
                seat.bell.ring();
                return true;
            }
        }
    }
}

impl Seat {
    /// The place of an attacker that listens to `bell`, and its first chain.
    pub fn new(bell: &Rc<Bell>, first: Start) -> Rc<Self> {
        Rc::new(Self {
            bell: Rc::clone(bell),
            start: Cell::new(Some(first)),
            left: Cell::new(false),
        })
    }

    /// Waits for the next chain; none when attacker `id` is no longer wanted. What was dealt is run
    /// even so: it was due before.
    pub async fn next(
        self: &Rc<Self>,
        id: u32,
        free: &FreeSeats,
        orders: &Cell<Orders>,
    ) -> Option<Start> {
        if let Some(start) = self.start.take() {
            return Some(start);
        }
        free.0.borrow_mut().push(Rc::clone(self));
        poll_fn(|cx| {
            self.bell.attend(cx);
            match self.start.take() {
                Some(start) => Poll::Ready(Some(start)),
                None if orders.get().wants(id) => Poll::Pending,
                None => {
                    self.left.set(true);
                    Poll::Ready(None)
                }
            }
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Waker};

    use super::*;
    use crate::attacker::orders::Phase;

    fn start(chain: usize) -> Start {
        Start { chain, scheduled: Instant::now() }
    }

    fn poll<T>(future: std::pin::Pin<&mut impl Future<Output = T>>) -> Poll<T> {
        future.poll(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn the_last_to_come_is_dealt_to_first_and_the_first_chain_needs_no_wait() {
        let free = FreeSeats::default();
        let orders = Cell::new(Orders { attackers: 9, ..Orders::NONE });
        let bell = Rc::new(Bell::default());
        let (one, two) = (Seat::new(&bell, start(0)), Seat::new(&bell, start(0)));
        for seat in [&one, &two] {
            assert!(poll(pin!(seat.next(0, &free, &orders))).is_ready());
        }
        assert!(!free.deal(start(1)), "nobody waits yet");
        let (mut first, mut second) =
            (pin!(one.next(0, &free, &orders)), pin!(two.next(1, &free, &orders)));
        assert!(poll(first.as_mut()).is_pending() && poll(second.as_mut()).is_pending());
        assert!(free.deal(start(2)));
        assert!(poll(first.as_mut()).is_pending());
        assert!(matches!(poll(second.as_mut()), Poll::Ready(Some(Start { chain: 2, .. }))));
    }

    #[test]
    fn who_has_left_is_dealt_nothing() {
        let free = FreeSeats::default();
        let orders = Cell::new(Orders { phase: Phase::Drain, ..Orders::NONE });
        let seat = Seat::new(&Rc::new(Bell::default()), start(0));
        assert!(matches!(poll(pin!(seat.next(0, &free, &orders))), Poll::Ready(Some(_))));
        assert_eq!(poll(pin!(seat.next(0, &free, &orders))), Poll::Ready(None));
        assert!(!free.deal(start(1)));
    }
}
