//! Fewer pixels: each new one is the mean of what it covers, to the part of a pixel. Integers only, so that every machine
//! makes the same file of the same picture.
use crate::exif::Orientation;

/// A picture of three bytes for each pixel, on white.
pub(crate) struct Rgb {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) bytes: Vec<u8>,
}

/// Makes a picture fit into a square, on white where one can see through it. Small ones stay as they are.
pub(crate) fn fit(
    bytes: &[u8],
    channels: usize,
    (width, height): (usize, usize),
    most: usize,
) -> Rgb {
    let longest = width.max(height);
    let scaled = |side: usize| {
        if longest <= most {
            side
        } else {
            // The nearest whole number; a long, thin picture keeps a pixel of its short side.
            ((side * most + longest / 2) / longest).max(1)
        }
    };
    let (columns, rows) = (scaled(width), scaled(height));
    let across = Cover::of(width, columns);
    let down = Cover::of(height, rows);
    // Each old pixel is `columns` x `rows` parts, each new one `width` x `height` parts.
    let parts = width as u64 * height as u64;
    let mut rgb = Vec::with_capacity(columns * rows * 3);
    let mut sums = vec![0_u64; columns * 3];
    let mut line = vec![0_u64; columns * 3];
    let mut filled = 0;
    for (row, pixels) in bytes.chunks_exact(width * channels).enumerate() {
        line.fill(0);
        for (column, pixel) in pixels.chunks_exact(channels).enumerate() {
            let colour = on_white(pixel);
            across.spread(column, |new, weight| {
                for (sum, value) in line[new * 3..new * 3 + 3].iter_mut().zip(colour) {
                    *sum += weight * u64::from(value);
                }
            });
        }
        down.spread(row, |new, weight| {
            if new > filled {
                finish(&mut sums, parts, &mut rgb);
                filled = new;
            }
            for (sum, part) in sums.iter_mut().zip(&line) {
                *sum += weight * part;
            }
        });
    }
    finish(&mut sums, parts, &mut rgb);
    Rgb {
        width: columns,
        height: rows,
        bytes: rgb,
    }
}

fn finish(sums: &mut [u64], parts: u64, rgb: &mut Vec<u8>) {
    let mean = |sum: &u64| u8::try_from((sum + parts / 2) / parts).unwrap_or(u8::MAX);
    rgb.extend(sums.iter().map(mean));
    sums.fill(0);
}

/// Which new pixels an old one is part of, along one side.
struct Cover {
    old: u64,
    new: u64,
}

impl Cover {
    fn of(old: usize, new: usize) -> Self {
        Self {
            old: old as u64,
            new: new as u64,
        }
    }

    /// Hands out the parts of an old pixel, of which there are `new`, to one or two new ones, each of `old` parts.
    #[inline]
    fn spread(&self, place: usize, mut give: impl FnMut(usize, u64)) {
        let from = place as u64 * self.new;
        let first = from / self.old;
        let left = ((first + 1) * self.old - from).min(self.new);
        let index = |new: u64| usize::try_from(new).unwrap_or(usize::MAX);
        give(index(first), left);
        if left < self.new {
            give(index(first + 1), self.new - left);
        }
    }
}

#[inline]
fn on_white(pixel: &[u8]) -> [u8; 3] {
    let over = |value: u8, alpha: u8| {
        let (value, alpha) = (u32::from(value), u32::from(alpha));
        u8::try_from((value * alpha + 255 * (255 - alpha) + 127) / 255).unwrap_or(u8::MAX)
    };
    match *pixel {
        [red, green, blue] => [red, green, blue],
        [red, green, blue, alpha] => [over(red, alpha), over(green, alpha), over(blue, alpha)],
        [grey, alpha] => [over(grey, alpha); 3],
        [grey, ..] => [grey; 3],
        [] => [255; 3],
    }
}

/// Turns a picture upright.
pub(crate) fn turn(picture: Rgb, orientation: Orientation) -> Rgb {
    if orientation == Orientation::default() {
        return picture;
    }
    let Rgb {
        width,
        height,
        bytes,
    } = picture;
    let (columns, rows) = if orientation.is_transposed {
        (height, width)
    } else {
        (width, height)
    };
    let mut turned = Vec::with_capacity(bytes.len());
    for y in 0..rows {
        for x in 0..columns {
            let x = if orientation.is_mirrored {
                columns - 1 - x
            } else {
                x
            };
            let y = if orientation.is_upside_down {
                rows - 1 - y
            } else {
                y
            };
            let (x, y) = if orientation.is_transposed {
                (y, x)
            } else {
                (x, y)
            };
            let at = (y * width + x) * 3;
            turned.extend_from_slice(&bytes[at..at + 3]);
        }
    }
    Rgb {
        width: columns,
        height: rows,
        bytes: turned,
    }
}
