//! Dots on paper: one bit each, rows of whole bytes, black is 1, as print heads want them.

/// The most rows that one document is drawn on: 4 m of paper.
pub(crate) const MAX_ROWS: usize = 32_000;

/// A picture of black and white dots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bitmap {
    width: usize,
    rows: Vec<u8>,
}

impl Bitmap {
    /// An empty picture of that width, without a row.
    #[must_use]
    pub const fn new(width: usize) -> Self {
        Self {
            width,
            rows: Vec::new(),
        }
    }

    /// A white picture.
    #[must_use]
    pub fn white(width: usize, height: usize) -> Self {
        let mut bitmap = Self::new(width);
        bitmap.add_rows(height);
        bitmap
    }

    /// Dots in a row.
    #[must_use]
    pub const fn width(&self) -> usize {
        self.width
    }

    /// Rows.
    #[must_use]
    pub const fn height(&self) -> usize {
        match self.rows.len().checked_div(self.row_bytes()) {
            Some(height) => height,
            None => 0,
        }
    }

    /// Bytes of a row; the bits past the width are white.
    #[must_use]
    pub const fn row_bytes(&self) -> usize {
        self.width.div_ceil(8)
    }

    /// All rows, the leftmost dot in the highest bit.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.rows
    }

    /// Whether a dot is black; what is outside is white.
    #[must_use]
    pub fn is_black(&self, x: usize, y: usize) -> bool {
        x < self.width
            && self
                .rows
                .get(y * self.row_bytes() + x / 8)
                .is_some_and(|byte| byte & (0x80 >> (x % 8)) != 0)
    }

    /// Makes a dot black; outside nothing happens.
    pub fn blacken(&mut self, x: usize, y: usize) {
        let at = y * self.row_bytes() + x / 8;
        if x < self.width
            && let Some(byte) = self.rows.get_mut(at)
        {
            *byte |= 0x80 >> (x % 8);
        }
    }

    /// Adds white rows at the end, up to the most that a document may have.
    pub(crate) fn add_rows(&mut self, rows: usize) {
        let height = self.height().saturating_add(rows).min(MAX_ROWS);
        self.rows.resize(height * self.row_bytes(), 0);
    }

    /// Draws another picture over this one, its upper left corner at `(left, top)`.
    pub(crate) fn draw(&mut self, other: &Self, left: usize, top: usize) {
        for y in 0..other.height() {
            for x in (0..other.width).filter(|x| other.is_black(*x, y)) {
                self.blacken(left + x, top + y);
            }
        }
    }
}
