//! A logo as dots: a PNG of bounded size, made as wide as the paper at most, and grey as a pattern of dots.
use std::io::Cursor;

use png::{ColorType, Decoder, Limits, Transformations};

use crate::Bitmap;

/// The largest file that is taken.
pub const MAX_LOGO_BYTES: usize = 512 * 1024;
/// The most pixels that are decoded.
const MAX_PIXELS: u64 = 4_000_000;
/// Rows of dots that a logo takes at most: 6 cm.
const MAX_HEIGHT: usize = 480;

/// Why a file cannot be a logo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LogoError {
    /// The file is too large.
    #[error("a logo has at most {MAX_LOGO_BYTES} bytes")]
    TooLarge,
    /// Too many pixels.
    #[error("a logo has at most {MAX_PIXELS} pixels")]
    TooManyPixels,
    /// It is no PNG, or a broken one.
    #[error("this is not a PNG")]
    NotPng,
}

/// Decodes a PNG and makes it at most `width` dots wide.
///
/// # Errors
/// A file that is no picture, or more than anybody prints.
pub fn logo(png: &[u8], width: usize) -> Result<Bitmap, LogoError> {
    if png.len() > MAX_LOGO_BYTES {
        return Err(LogoError::TooLarge);
    }
    let limits = Limits {
        bytes: 64 * 1024 * 1024,
    };
    let mut decoder = Decoder::new_with_limits(Cursor::new(png), limits);
    decoder.set_transformations(Transformations::normalize_to_color8());
    let header = decoder.read_header_info().map_err(|_| LogoError::NotPng)?;
    let (columns, rows) = (header.width, header.height);
    if u64::from(columns) * u64::from(rows) > MAX_PIXELS {
        return Err(LogoError::TooManyPixels);
    }
    let mut reader = decoder.read_info().map_err(|_| LogoError::NotPng)?;
    let size = reader.output_buffer_size().ok_or(LogoError::NotPng)?;
    let mut buffer = vec![0; size];
    let frame = reader
        .next_frame(&mut buffer)
        .map_err(|_| LogoError::NotPng)?;
    let channels = match frame.color_type {
        ColorType::Grayscale => 1,
        ColorType::GrayscaleAlpha => 2,
        ColorType::Rgb => 3,
        ColorType::Rgba => 4,
        ColorType::Indexed => return Err(LogoError::NotPng),
    };
    let grey: Vec<u8> = buffer[..frame.buffer_size()]
        .chunks_exact(channels)
        .map(grey)
        .collect();
    let of = |number: u32| usize::try_from(number).map_err(|_| LogoError::TooManyPixels);
    Ok(dither(&shrink(&grey, of(columns)?, of(rows)?, width)))
}

/// How light one pixel is on white paper.
fn grey(pixel: &[u8]) -> u8 {
    let (light, alpha) = match *pixel {
        [light] => (u32::from(light), 255),
        [light, alpha] => (u32::from(light), u32::from(alpha)),
        [red, green, blue, ref alpha @ ..] => {
            let light =
                (u32::from(red) * 299 + u32::from(green) * 587 + u32::from(blue) * 114) / 1000;
            (light, alpha.first().map_or(255, |alpha| u32::from(*alpha)))
        }
        [] => (255, 255),
    };
    u8::try_from((light * alpha + 255 * (255 - alpha)) / 255).unwrap_or(u8::MAX)
}

/// A grey picture.
struct Grey {
    width: usize,
    rows: Vec<u8>,
}

/// Makes a picture fit, each new pixel the mean of those that it stands for. Small ones stay as they are.
fn shrink(grey: &[u8], columns: usize, rows: usize, width: usize) -> Grey {
    // New pixels by old ones, as a fraction that keeps the shape.
    let (part, whole) = if columns * MAX_HEIGHT >= rows * width {
        (width.min(columns), columns)
    } else {
        (MAX_HEIGHT.min(rows), rows)
    };
    let scaled = |length: usize| (length * part / whole.max(1)).max(1);
    let (new_columns, new_rows) = (scaled(columns), scaled(rows));
    let span = |at: usize, new: usize, old: usize| {
        let from = at * old / new;
        from..((at + 1) * old / new).max(from + 1).min(old)
    };
    let mut shrunk = Vec::with_capacity(new_columns * new_rows);
    for y in 0..new_rows {
        for x in 0..new_columns {
            let (mut sum, mut count) = (0_u64, 0_u64);
            for row in span(y, new_rows, rows) {
                for column in span(x, new_columns, columns) {
                    sum += u64::from(grey[row * columns + column]);
                    count += 1;
                }
            }
            shrunk.push(u8::try_from(sum / count.max(1)).unwrap_or(u8::MAX));
        }
    }
    Grey {
        width: new_columns,
        rows: shrunk,
    }
}

/// Floyd and Steinberg's way: what a dot is too dark or too light is taken from its neighbours.
fn dither(grey: &Grey) -> Bitmap {
    let width = grey.width;
    let height = grey.rows.len().checked_div(width).unwrap_or_default();
    let mut light: Vec<i32> = grey.rows.iter().map(|light| i32::from(*light)).collect();
    let mut bitmap = Bitmap::white(width, height);
    for y in 0..height {
        for x in 0..width {
            let at = y * width + x;
            let is_black = light[at] < 128;
            if is_black {
                bitmap.blacken(x, y);
            }
            let error = light[at] - if is_black { 0 } else { 255 };
            let mut pass = |at: usize, sixteenths: i32| {
                if let Some(light) = light.get_mut(at) {
                    *light += error * sixteenths / 16;
                }
            };
            if x + 1 < width {
                pass(at + 1, 7);
                pass(at + width + 1, 1);
            }
            if x > 0 {
                pass(at + width - 1, 3);
            }
            pass(at + width, 5);
        }
    }
    bitmap
}
