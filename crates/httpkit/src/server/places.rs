//! Places that are few: so many in all, and so many for one.
use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
};

/// Hands out places until there is none left. Clones hand out the same ones.
#[derive(Debug)]
pub struct Places<K: Eq + Hash> {
    taken: Arc<Mutex<HashMap<K, usize>>>,
    most: usize,
    most_of_one: usize,
}

impl<K: Eq + Hash> Clone for Places<K> {
    fn clone(&self) -> Self {
        Self {
            taken: Arc::clone(&self.taken),
            ..*self
        }
    }
}

/// A place; given back when it is dropped.
#[derive(Debug)]
pub struct Place<K: Eq + Hash> {
    taken: Arc<Mutex<HashMap<K, usize>>>,
    whose: Option<K>,
}

impl<K: Eq + Hash + Clone> Places<K> {
    /// So many in all, and so many for one.
    #[must_use]
    pub fn new(most: usize, most_of_one: usize) -> Self {
        Self {
            taken: Arc::default(),
            most,
            most_of_one,
        }
    }

    /// A place for somebody, if there is one.
    #[must_use]
    pub fn enter(&self, who: &K) -> Option<Place<K>> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let all: usize = taken.values().sum();
        let of_one = taken.get(who).copied().unwrap_or(0);
        if all >= self.most || of_one >= self.most_of_one {
            return None;
        }
        taken.insert(who.clone(), of_one + 1);
        Some(Place {
            taken: Arc::clone(&self.taken),
            whose: Some(who.clone()),
        })
    }
}

impl<K: Eq + Hash> Drop for Place<K> {
    fn drop(&mut self) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(whose) = self.whose.take() else {
            return;
        };
        if let Some(count) = taken.get_mut(&whose) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&whose);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Places;

    #[test]
    fn places_are_given_back() {
        let places = Places::new(3, 2);
        let first = places.enter(&"ann");
        let second = places.enter(&"ann");
        assert!(first.is_some() && second.is_some());
        assert!(places.enter(&"ann").is_none(), "her third");
        let other = places.enter(&"binh");
        assert!(other.is_some());
        assert!(places.enter(&"chi").is_none(), "the fourth in all");
        drop(first);
        assert!(places.clone().enter(&"chi").is_some());
    }
}
