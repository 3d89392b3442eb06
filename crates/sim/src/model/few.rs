//! A few things in a row, kept inside a state without an allocation.

use std::hash::{Hash, Hasher};
use std::ops::Deref;

/// At most `N` items. The bounds of a configuration keep every list of the model this short.
#[derive(Debug, Clone, Copy)]
pub struct Few<T, const N: usize> {
    len: u8,
    items: [T; N],
}

impl<T: Copy + Default, const N: usize> Few<T, N> {
    /// Adds an item at the end.
    pub fn push(&mut self, item: T) {
        let at = usize::from(self.len);
        assert!(
            at < N,
            "the bounds of this configuration need longer lists than {N}"
        );
        self.items[at] = item;
        self.len += 1;
    }

    /// Keeps the first `len` items.
    pub fn truncate(&mut self, len: u8) {
        while self.len > len {
            self.len -= 1;
            self.items[usize::from(self.len)] = T::default();
        }
    }

    /// How many there are.
    pub const fn count(&self) -> u8 {
        self.len
    }
}

impl<T: Copy + Default + Ord, const N: usize> Few<T, N> {
    /// Adds an item at its place in a sorted list, unless it is there.
    pub fn insert(&mut self, item: T) {
        if let Err(at) = self.binary_search(&item) {
            self.push(item);
            self.items[at..usize::from(self.len)].rotate_right(1);
        }
    }
}

impl<T: Copy + Default, const N: usize> Default for Few<T, N> {
    fn default() -> Self {
        Self {
            len: 0,
            items: [T::default(); N],
        }
    }
}

impl<T: Copy + Default, const N: usize> FromIterator<T> for Few<T, N> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        let mut few = Self::default();
        for item in items {
            few.push(item);
        }
        few
    }
}

impl<T, const N: usize> Deref for Few<T, N> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.items[..usize::from(self.len)]
    }
}

impl<T: PartialEq, const N: usize> PartialEq for Few<T, N> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T: Eq, const N: usize> Eq for Few<T, N> {}

impl<T: PartialOrd, const N: usize> PartialOrd for Few<T, N> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        (**self).partial_cmp(&**other)
    }
}

impl<T: Ord, const N: usize> Ord for Few<T, N> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (**self).cmp(&**other)
    }
}

impl<T: Hash, const N: usize> Hash for Few<T, N> {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        (**self).hash(hasher);
    }
}
