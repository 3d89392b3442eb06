//! A document as a roll of paper: parts from top to bottom, each as wide as the paper at most.
use crate::{Bitmap, symbol::Barcode, symbol::Qr};

/// How wide a printer prints, in dots. Always a whole number of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Width(u16);

impl Width {
    /// Paper of 58 mm: 48 mm are printed, 8 dots each.
    pub const MM58: Self = Self(384);
    /// Paper of 80 mm: 72 mm are printed.
    pub const MM80: Self = Self(576);
    /// What a print head can be expected to have.
    const RANGE: std::ops::RangeInclusive<u16> = 256..=832;

    /// A width of so many dots: between 256 and 832, in steps of 8.
    #[must_use]
    pub fn of_dots(dots: u16) -> Option<Self> {
        (Self::RANGE.contains(&dots) && dots.is_multiple_of(8)).then_some(Self(dots))
    }

    /// Dots in a line.
    #[must_use]
    pub const fn dots(self) -> usize {
        self.0 as usize
    }
}

/// How large letters are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Size {
    /// For what few people read.
    Small,
    /// 3 mm.
    #[default]
    Normal,
    /// For totals.
    Large,
    /// For prices on shelves.
    Huge,
}

/// How letters look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Style {
    /// How large.
    pub size: Size,
    /// In bold.
    pub is_bold: bool,
}

impl Style {
    /// Normal letters.
    pub const PLAIN: Self = Self {
        size: Size::Normal,
        is_bold: false,
    };
    /// Small letters.
    pub const SMALL: Self = Self {
        size: Size::Small,
        is_bold: false,
    };
    /// Normal letters in bold.
    pub const BOLD: Self = Self {
        size: Size::Normal,
        is_bold: true,
    };
    /// Large letters in bold.
    pub const LARGE: Self = Self {
        size: Size::Large,
        is_bold: true,
    };
    /// The largest letters, in bold.
    pub const HUGE: Self = Self {
        size: Size::Huge,
        is_bold: true,
    };
}

/// Where a line stands on the paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Align {
    /// At the left edge.
    #[default]
    Left,
    /// In the middle.
    Middle,
    /// At the right edge.
    Right,
}

/// The pulse that opens a drawer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kick {
    /// Pin 5 of the socket, for a second drawer, in place of pin 2.
    pub is_second: bool,
    /// Milliseconds of current, up to 510.
    pub on_ms: u16,
    /// Milliseconds without before the next pulse, up to 510.
    pub off_ms: u16,
}

impl Default for Kick {
    /// What drawers of 12 and 24 V open by.
    fn default() -> Self {
        Self {
            is_second: false,
            on_ms: 50,
            off_ms: 500,
        }
    }
}

/// One part of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// A paragraph. Breaks between words, and within a word that is longer than the line.
    Text {
        /// What.
        text: String,
        /// How it looks.
        style: Style,
        /// Where it stands.
        align: Align,
    },
    /// A name and its figure: the figure stays whole at the right, the name breaks beside it.
    Columns {
        /// The name.
        left: String,
        /// The figure.
        right: String,
        /// How both look.
        style: Style,
    },
    /// Cells of equal width: the first at the left, the others at the right.
    Cells {
        /// From left to right.
        cells: Vec<String>,
        /// How they look.
        style: Style,
    },
    /// A line across the paper.
    Rule,
    /// So many empty rows of dots.
    Space(u16),
    /// A picture, in the middle. What is wider than the paper is cut off.
    Picture(Bitmap),
    /// A barcode, drawn by the printer, with its text below.
    Barcode(Barcode),
    /// A QR code, drawn by the printer.
    Qr(Qr),
    /// Opens the drawer.
    Kick(Kick),
    /// Moves the paper up to the knife, and cuts it where there is one.
    Cut {
        /// The printer has a knife.
        has_knife: bool,
    },
}

/// What one print comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// The paper.
    pub width: Width,
    /// From top to bottom.
    pub parts: Vec<Part>,
}

impl Document {
    /// An empty one.
    #[must_use]
    pub const fn new(width: Width) -> Self {
        Self {
            width,
            parts: Vec::new(),
        }
    }

    /// Adds a paragraph at the left.
    pub fn text(&mut self, text: impl Into<String>, style: Style) -> &mut Self {
        self.aligned(text, style, Align::Left)
    }

    /// Adds a paragraph in the middle.
    pub fn middle(&mut self, text: impl Into<String>, style: Style) -> &mut Self {
        self.aligned(text, style, Align::Middle)
    }

    /// Adds a name and its figure.
    pub fn columns(
        &mut self,
        left: impl Into<String>,
        right: impl Into<String>,
        style: Style,
    ) -> &mut Self {
        self.part(Part::Columns {
            left: left.into(),
            right: right.into(),
            style,
        })
    }

    /// Adds cells of equal width.
    pub fn cells<T: Into<String>>(
        &mut self,
        cells: impl IntoIterator<Item = T>,
        style: Style,
    ) -> &mut Self {
        self.part(Part::Cells {
            cells: cells.into_iter().map(Into::into).collect(),
            style,
        })
    }

    /// Adds a line across the paper.
    pub fn rule(&mut self) -> &mut Self {
        self.part(Part::Rule)
    }

    /// Adds empty rows.
    pub fn space(&mut self, rows: u16) -> &mut Self {
        self.part(Part::Space(rows))
    }

    /// Adds any part.
    pub fn part(&mut self, part: Part) -> &mut Self {
        self.parts.push(part);
        self
    }

    /// Ends it: the paper is moved up and cut.
    pub fn cut(&mut self, has_knife: bool) -> &mut Self {
        self.part(Part::Cut { has_knife })
    }

    fn aligned(&mut self, text: impl Into<String>, style: Style, align: Align) -> &mut Self {
        self.part(Part::Text {
            text: text.into(),
            style,
            align,
        })
    }
}
