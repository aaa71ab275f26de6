//! A list of values from which any can be taken as quickly as the last.

use std::collections::HashMap;

use super::encoded::Encoded;

/// Values in no promised order, each as often as it was pushed.
#[derive(Debug, Default)]
pub(super) struct List {
    items: Vec<Encoded>,
    /// Where each value is.
    places: HashMap<Encoded, Vec<u32>, ahash::RandomState>,
}

impl List {
    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    pub(super) fn items(&self) -> &[Encoded] {
        &self.items
    }

    pub(super) fn push(&mut self, item: Encoded) {
        self.places.entry(item.clone()).or_default().push(self.items.len() as u32);
        self.items.push(item);
    }

    pub(super) fn contains(&self, item: &Encoded) -> bool {
        self.places.contains_key(item)
    }

    /// Where `item` was put last.
    pub(super) fn place_of(&self, item: &Encoded) -> Option<usize> {
        self.places.get(item)?.last().map(|place| *place as usize)
    }

    /// Takes the value at `place` out; the last one takes its place.
    pub(super) fn take(&mut self, place: usize) -> Option<Encoded> {
        let last = self.items.len().checked_sub(1)?;
        if place > last {
            return None;
        }
        let item = self.items.swap_remove(place);
        self.forget(&item, place);
        if place != last {
            let moved = self.items[place].clone();
            self.forget(&moved, last);
            self.places.entry(moved).or_default().push(place as u32);
        }
        Some(item)
    }

    fn forget(&mut self, item: &Encoded, place: usize) {
        let Some(places) = self.places.get_mut(item) else { return };
        // The last ones are asked for most.
        if let Some(at) = places.iter().rposition(|known| *known as usize == place) {
            places.swap_remove(at);
        }
        if places.is_empty() {
            self.places.remove(item);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::data::Plain;

    fn encoded(value: i64) -> Encoded {
        Encoded::of(&Plain::Int(value))
    }

    #[test]
    fn any_can_be_taken() {
        let mut list = List::default();
        for value in [5, 6, 5, 7] {
            list.push(encoded(value));
        }
        assert_eq!(list.place_of(&encoded(5)), Some(2));
        assert_eq!(list.take(2), Some(encoded(5)));
        assert!(list.contains(&encoded(5)));
        assert_eq!(list.take(0), Some(encoded(5)));
        assert!(!list.contains(&encoded(5)));
        assert_eq!(list.take(2), None);
        assert_eq!(list.len(), 2);
        for value in [6, 7] {
            let place = list.place_of(&encoded(value)).expect("it is there");
            assert_eq!(list.take(place), Some(encoded(value)));
        }
        assert_eq!((list.len(), list.take(0)), (0, None));
    }

    /// The index agrees with the list after any number of changes.
    #[test]
    fn places_follow_the_items() {
        use rand::{Rng, SeedableRng};
        let mut rng = rand::rngs::SmallRng::seed_from_u64(5);
        let mut list = List::default();
        for _ in 0..5_000 {
            if rng.random_bool(0.5) || list.len() == 0 {
                list.push(encoded(rng.random_range(0..20)));
            } else {
                list.take(rng.random_range(0..list.len()));
            }
            let known: usize = list.places.values().map(Vec::len).sum();
            assert_eq!(known, list.len());
            for (item, places) in &list.places {
                assert!(places.iter().all(|place| list.items[*place as usize] == *item));
            }
        }
    }
}
