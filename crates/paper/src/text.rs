//! Text as dots: shaped, broken into lines and drawn with fonts that are compiled in, so that every machine prints the same.
use cosmic_text::{
    Attrs, Buffer, Family, FontSystem, LayoutRun, Metrics, Shaping, SwashCache, SwashContent,
    Weight, Wrap, fontdb,
};
use icu_segmenter::{LineSegmenter, LineSegmenterBorrowed, options::LineBreakOptions};

use crate::{Align, Bitmap, Size, Style};

const FONTS: [&[u8]; 4] = [
    include_bytes!("../fonts/NotoSans-Regular.ttf"),
    include_bytes!("../fonts/NotoSans-Bold.ttf"),
    include_bytes!("../fonts/NotoSansThai-Regular.ttf"),
    include_bytes!("../fonts/NotoSansThai-Bold.ttf"),
];
/// A paragraph of more letters is not what anybody prints.
const MAX_LETTERS: usize = 2_000;
/// How much ink of 255 makes a dot black. Below the half, because paper shows thin strokes too faint.
const INK: u8 = 110;
/// A place where a line may end although nothing is seen there.
const BREAK: char = '\u{200b}';

/// Sets text. Making one reads the fonts; keep it.
pub struct Typesetter {
    fonts: FontSystem,
    glyphs: SwashCache,
    words: LineSegmenterBorrowed<'static>,
}

impl Default for Typesetter {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Typesetter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Typesetter")
    }
}

/// Letters, and from one line to the next, in dots. Thai stands marks upon marks, so lines are far apart.
const fn metrics(size: Size) -> (u16, u16) {
    match size {
        Size::Small => (20, 28),
        Size::Normal => (24, 34),
        Size::Large => (36, 50),
        Size::Huge => (64, 84),
    }
}

impl Typesetter {
    /// A typesetter with the fonts of the program and no others.
    #[must_use]
    pub fn new() -> Self {
        let mut fonts = fontdb::Database::new();
        for font in FONTS {
            fonts.load_font_data(font.to_vec());
        }
        fonts.set_sans_serif_family("Noto Sans");
        Self {
            fonts: FontSystem::new_with_locale_and_db("en".to_owned(), fonts),
            glyphs: SwashCache::new(),
            words: LineSegmenter::new_lstm(LineBreakOptions::default()),
        }
    }

    /// A paragraph, broken into lines of `width` dots.
    pub(crate) fn paragraph(
        &mut self,
        text: &str,
        style: Style,
        align: Align,
        width: usize,
    ) -> Bitmap {
        let buffer = self.shape(text, style, Some(width));
        let (_, line) = metrics(style.size);
        let mut picture = Bitmap::new(width);
        for run in buffer.layout_runs() {
            let top = i64::try_from(picture.height()).unwrap_or(i64::MAX);
            picture.add_rows(usize::from(line));
            let free = width.saturating_sub(dots(run.line_w));
            let left = match align {
                Align::Left => 0,
                Align::Middle => free / 2,
                Align::Right => free,
            };
            let left = i64::try_from(left).unwrap_or_default();
            // From the top of this line: what the one before it was moved by is not of interest.
            let baseline = baseline(&run);
            for glyph in run.glyphs {
                let placed = glyph.physical((0.0, baseline), 1.0);
                let image = self.glyphs.get_image(&mut self.fonts, placed.cache_key);
                let Some(image) = image else { continue };
                if image.content != SwashContent::Mask || image.placement.width == 0 {
                    continue;
                }
                let x = left + i64::from(placed.x) + i64::from(image.placement.left);
                let y = top + i64::from(placed.y) - i64::from(image.placement.top);
                stamp(&mut picture, &image.data, image.placement.width, (x, y));
            }
        }
        picture
    }

    /// How wide a text is on one line.
    pub(crate) fn width(&mut self, text: &str, style: Style) -> usize {
        let buffer = self.shape(text, style, None);
        let widths = buffer.layout_runs().map(|run| dots(run.line_w));
        widths.max().unwrap_or_default()
    }

    fn shape(&mut self, text: &str, style: Style, width: Option<usize>) -> Buffer {
        let text = self.with_breaks(&printable(text));
        let (letters, line) = metrics(style.size);
        let mut buffer = Buffer::new(
            &mut self.fonts,
            Metrics::new(f32::from(letters), f32::from(line)),
        );
        let width = width.map(|dots| f32::from(u16::try_from(dots).unwrap_or(u16::MAX)));
        buffer.set_wrap(if width.is_some() {
            Wrap::WordOrGlyph
        } else {
            Wrap::None
        });
        buffer.set_size(width, None);
        let weight = if style.is_bold {
            Weight::BOLD
        } else {
            Weight::NORMAL
        };
        let attributes = Attrs::new().family(Family::SansSerif).weight(weight);
        buffer.set_text(&text, &attributes, Shaping::Advanced, None);
        buffer.shape_until_scroll(&mut self.fonts, false);
        buffer
    }

    /// Thai has no spaces between words: what a dictionary would say is put in as breaks that nobody sees.
    fn with_breaks(&self, text: &str) -> String {
        if !text.chars().any(is_unspaced) {
            return text.to_owned();
        }
        let mut broken = String::with_capacity(text.len() * 2);
        let mut from = 0;
        for at in self.words.segment_str(text) {
            let (before, after) = (&text[from..at], &text[at..]);
            broken.push_str(before);
            if before.chars().next_back().is_some_and(is_unspaced)
                && after.chars().next().is_some_and(is_unspaced)
            {
                broken.push(BREAK);
            }
            from = at;
        }
        broken
    }
}

/// Thai and Lao letters.
const fn is_unspaced(letter: char) -> bool {
    matches!(letter, '\u{e00}'..='\u{eff}')
}

/// Without what a printer or a line would not survive: control letters are spaces, save the end of a line.
fn printable(text: &str) -> String {
    let letters = text.chars().take(MAX_LETTERS);
    letters
        .map(|letter| match letter {
            '\n' | '\u{2028}' | '\u{2029}' => '\n',
            letter if letter.is_control() => ' ',
            letter => letter,
        })
        .collect()
}

/// Draws one glyph of which `ink` says how black each dot is; what would be outside of the picture is cut off.
fn stamp(picture: &mut Bitmap, ink: &[u8], width: u32, origin: (i64, i64)) {
    let width = usize::try_from(width).unwrap_or(usize::MAX);
    for (y, row) in (origin.1..).zip(ink.chunks(width)) {
        for (x, _) in (origin.0..).zip(row).filter(|(_, ink)| **ink >= INK) {
            let (Ok(x), Ok(y)) = (usize::try_from(x), usize::try_from(y)) else {
                continue;
            };
            picture.blacken(x, y);
        }
    }
}

/// Where the letters of a line stand, from its own top.
#[expect(
    clippy::float_arithmetic,
    reason = "shaping counts in fractions of dots"
)]
fn baseline(line: &LayoutRun<'_>) -> f32 {
    line.line_y - line.line_top
}

/// A width as whole dots, rounded up.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a saturating cast: a width is never below zero"
)]
fn dots(width: f32) -> usize {
    width.ceil() as usize
}
