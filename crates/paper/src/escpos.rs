//! ESC/POS: a document as the bytes that thermal printers of nearly every make understand.
//!
//! Only commands that all of them have: `ESC @`, `ESC a`, `GS v 0`, `GS h`, `GS w`, `GS H`, `GS f`, `GS k`, `GS ( k`, `ESC d`, `ESC p`, `GS V`.
use crate::{
    Align, Barcode, Bitmap, Document, Kick, Part, Qr, Style, Typesetter, Width, bitmap::MAX_ROWS,
};

/// Rows that are sent at once: of the widest paper they fit the 4 KiB that the smallest printers can hold.
pub const BAND_ROWS: usize = 32;

const ESC: u8 = 0x1b;
const GS: u8 = 0x1d;
/// Dots that a barcode is high: 10 mm.
const BARCODE_ROWS: u8 = 80;
/// Rows that a rule takes, and where in them it is.
const RULE_ROWS: usize = 13;
const RULE_AT: std::ops::Range<usize> = 6..8;
/// Dots between a name and its figure, and between cells.
const GAP: usize = 12;
/// Lines of paper between the print head and the tear bar, for printers that do not know.
const LINES_TO_TEAR: u8 = 5;

/// The bytes of a document.
#[must_use]
pub fn encode(document: &Document, typesetter: &mut Typesetter) -> Vec<u8> {
    let mut press = Press {
        bytes: vec![ESC, b'@'],
        dots: Bitmap::new(document.width.dots()),
        width: document.width,
        typesetter,
        rows: 0,
    };
    for part in &document.parts {
        press.part(part);
    }
    press.flush();
    press.bytes
}

/// What has been encoded so far, and the dots that have not.
struct Press<'a> {
    bytes: Vec<u8>,
    dots: Bitmap,
    width: Width,
    typesetter: &'a mut Typesetter,
    /// Rows sent before those in `dots`.
    rows: usize,
}

impl Press<'_> {
    fn part(&mut self, part: &Part) {
        match part {
            Part::Text { text, style, align } => self.text(text, *style, *align),
            Part::Columns { left, right, style } => self.columns(left, right, *style),
            Part::Cells { cells, style } => self.cells(cells, *style),
            Part::Rule => self.rule(),
            Part::Space(rows) => self.dots.add_rows(usize::from(*rows)),
            Part::Picture(picture) => self.put(picture, self.left_of(picture)),
            Part::Barcode(barcode) => self.barcode(barcode),
            Part::Qr(qr) => self.qr(qr),
            Part::Kick(kick) => self.kick(*kick),
            Part::Cut { has_knife } => self.cut(*has_knife),
        }
    }

    /// Where a picture stands in the middle.
    fn left_of(&self, picture: &Bitmap) -> usize {
        self.width.dots().saturating_sub(picture.width()) / 2
    }

    fn put(&mut self, picture: &Bitmap, left: usize) {
        let top = self.dots.height();
        self.dots.add_rows(picture.height());
        self.dots.draw(picture, left, top);
    }

    fn text(&mut self, text: &str, style: Style, align: Align) {
        let picture = self
            .typesetter
            .paragraph(text, style, align, self.width.dots());
        self.put(&picture, 0);
    }

    fn columns(&mut self, left: &str, right: &str, style: Style) {
        let whole = self.width.dots();
        let figure = self.typesetter.width(right, style);
        // A figure that leaves no room stands on a line of its own.
        if figure + GAP + whole / 4 > whole {
            self.text(left, style, Align::Left);
            self.text(right, style, Align::Right);
            return;
        }
        let name = self
            .typesetter
            .paragraph(left, style, Align::Left, whole - figure - GAP);
        let figure = self.typesetter.paragraph(right, style, Align::Right, whole);
        let top = self.dots.height();
        self.dots.add_rows(name.height().max(figure.height()));
        self.dots.draw(&name, 0, top);
        self.dots.draw(&figure, 0, top);
    }

    fn cells(&mut self, cells: &[String], style: Style) {
        let Some(each) = self.width.dots().checked_div(cells.len()) else {
            return;
        };
        let top = self.dots.height();
        let mut height = 0;
        let mut drawn = Vec::with_capacity(cells.len());
        for (at, cell) in cells.iter().enumerate() {
            let align = if at == 0 { Align::Left } else { Align::Right };
            let inner = each.saturating_sub(GAP).max(1);
            let picture = self.typesetter.paragraph(cell, style, align, inner);
            height = height.max(picture.height());
            // The last one ends at the edge of the paper.
            let left = if at == 0 { 0 } else { (at + 1) * each - inner };
            drawn.push((picture, left));
        }
        self.dots.add_rows(height);
        for (picture, left) in drawn {
            self.dots.draw(&picture, left, top);
        }
    }

    fn rule(&mut self) {
        let top = self.dots.height();
        self.dots.add_rows(RULE_ROWS);
        for y in RULE_AT {
            for x in 0..self.width.dots() {
                self.dots.blacken(x, top + y);
            }
        }
    }

    /// Sends the dots, in bands.
    fn flush(&mut self) {
        let row_bytes = self.dots.row_bytes();
        let rows_left = MAX_ROWS.saturating_sub(self.rows);
        let rows = self.dots.height().min(rows_left);
        for band in self.dots.bytes()[..rows * row_bytes].chunks(BAND_ROWS * row_bytes) {
            self.bytes.extend([GS, b'v', b'0', 0]);
            self.bytes.extend(u16_le(row_bytes));
            self.bytes.extend(u16_le(band.len() / row_bytes));
            self.bytes.extend(band);
        }
        self.rows += rows;
        self.dots = Bitmap::new(self.width.dots());
    }

    fn barcode(&mut self, barcode: &Barcode) {
        // Bars of three dots read best; what does not fit so gets narrower ones.
        let bar = [3, 2, 1]
            .into_iter()
            .find(|bar| barcode.modules() * usize::from(*bar) <= self.width.dots());
        let Some(bar) = bar else {
            return self.text(barcode.text(), Style::PLAIN, Align::Middle);
        };
        self.flush();
        self.bytes.extend([ESC, b'a', 1]);
        self.bytes.extend([GS, b'h', BARCODE_ROWS, GS, b'w', bar]);
        // The text stands below, in the printer's first font.
        self.bytes.extend([GS, b'H', 2, GS, b'f', 0]);
        match barcode {
            Barcode::Ean13(digits) => {
                self.bytes.extend([GS, b'k', 67, 13]);
                self.bytes.extend(digits.as_bytes());
            }
            Barcode::Code128(text) => {
                // Set B; a brace stands for itself when it is doubled.
                let text = text.replace('{', "{{");
                self.bytes
                    .extend([GS, b'k', 73, byte(text.len() + 2), b'{', b'B']);
                self.bytes.extend(text.as_bytes());
            }
        }
        self.bytes.extend([ESC, b'a', 0]);
    }

    fn qr(&mut self, qr: &Qr) {
        let text = qr.text().as_bytes();
        let module = if text.len() <= 100 { 6 } else { 4 };
        self.flush();
        self.bytes.extend([ESC, b'a', 1]);
        // Model 2, the width of a module, error correction M, the text, print.
        self.bytes.extend([GS, b'(', b'k', 4, 0, 49, 65, 50, 0]);
        self.bytes.extend([GS, b'(', b'k', 3, 0, 49, 67, module]);
        self.bytes.extend([GS, b'(', b'k', 3, 0, 49, 69, 49]);
        self.bytes.extend([GS, b'(', b'k']);
        self.bytes.extend(u16_le(text.len() + 3));
        self.bytes.extend([49, 80, 48]);
        self.bytes.extend(text);
        self.bytes.extend([GS, b'(', b'k', 3, 0, 49, 81, 48]);
        self.bytes.extend([ESC, b'a', 0]);
    }

    fn kick(&mut self, kick: Kick) {
        self.flush();
        // Both times are said, in steps of 2 ms: a printer would take what follows for them.
        let steps = |ms: u16| byte(usize::from(ms / 2).max(1));
        let pin = u8::from(kick.is_second);
        self.bytes
            .extend([ESC, b'p', pin, steps(kick.on_ms), steps(kick.off_ms)]);
    }

    fn cut(&mut self, has_knife: bool) {
        self.flush();
        if has_knife {
            // Up to the knife, then a cut that leaves a bridge.
            self.bytes.extend([GS, b'V', 66, 0]);
        } else {
            self.bytes.extend([ESC, b'd', LINES_TO_TEAR]);
        }
    }
}

fn u16_le(number: usize) -> [u8; 2] {
    u16::try_from(number).unwrap_or(u16::MAX).to_le_bytes()
}

fn byte(number: usize) -> u8 {
    u8::try_from(number).unwrap_or(u8::MAX)
}
