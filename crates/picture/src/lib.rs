//! Pictures of products: what somebody uploads becomes two small JPEGs, upright, on white, with nothing in them but the
//! picture. Pure: bytes in, bytes out, so that every file that somebody may send can be tried.
use std::io::Cursor;

use image_webp::WebPDecoder;
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use png::{Limits, Transformations};
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

mod exif;
mod shrink;
#[cfg(test)]
mod tests;

use exif::Orientation;

/// The largest file that is taken.
pub const MOST_BYTES: usize = 12 << 20;
/// The most pixels that are decoded: more than cameras of phones make unless they are told to.
pub const MOST_PIXELS: u64 = 40_000_000;
/// The longest side of the smaller one: a tile of the till, sharp on a dense screen.
pub const SMALL: usize = 192;
/// The longest side of the larger one: a page about the product.
pub const LARGE: usize = 1024;
/// What encoders call quality: above it files grow and nobody sees why.
const QUALITY: u8 = 82;
/// What a decoder may allocate beside the pixels.
const MOST_MEMORY: usize = 64 << 20;
/// Passes over a progressive JPEG: cameras and editors make about ten.
const MOST_SCANS: usize = 64;

/// Why a file cannot be a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// More bytes than are taken.
    #[error("a picture has at most {MOST_BYTES} bytes")]
    TooLarge,
    /// More pixels than are decoded.
    #[error("a picture has at most {MOST_PIXELS} pixels, not {width} x {height}")]
    TooManyPixels {
        /// As the file says.
        width: u64,
        /// As the file says.
        height: u64,
    },
    /// Its first bytes are of no kind that is read, or it moves.
    #[error("a picture is a JPEG, a PNG or a WebP that does not move")]
    Kind,
    /// It begins like a picture and does not go on like one.
    #[error("this picture is damaged")]
    Damaged,
}

/// One of the JPEGs that are kept of a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendition {
    /// Pixels from left to right.
    pub width: usize,
    /// Pixels from top to bottom.
    pub height: usize,
    /// The file.
    pub jpeg: Vec<u8>,
}

/// What is kept of a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renditions {
    /// Each side at most [`SMALL`].
    pub small: Rendition,
    /// Each side at most [`LARGE`].
    pub large: Rendition,
}

/// Pixels as they come out of a file: from the top left, `channels` bytes each.
struct Pixels {
    width: usize,
    height: usize,
    /// 1: grey, 2: grey and alpha, 3: colours, 4: colours and alpha.
    channels: usize,
    bytes: Vec<u8>,
    orientation: Orientation,
}

/// What is kept of a file. Small pictures are not made larger.
///
/// Takes up to about ten bytes of memory for each pixel of the file, and up to seconds: callers bound how many run at once.
///
/// # Errors
/// A file that is too large, no picture, or a damaged one. Sizes are looked at before anything is decoded.
pub fn renditions(file: &[u8]) -> Result<Renditions, PictureError> {
    if file.len() > MOST_BYTES {
        return Err(PictureError::TooLarge);
    }
    let pixels = match *file {
        [0xff, 0xd8, 0xff, ..] => jpeg(file)?,
        [0x89, b'P', b'N', b'G', ..] => png(file)?,
        [
            b'R',
            b'I',
            b'F',
            b'F',
            _,
            _,
            _,
            _,
            b'W',
            b'E',
            b'B',
            b'P',
            ..,
        ] => webp(file)?,
        _ => return Err(PictureError::Kind),
    };
    let large = shrink::fit(
        &pixels.bytes,
        pixels.channels,
        (pixels.width, pixels.height),
        LARGE,
    );
    let large = shrink::turn(large, pixels.orientation);
    drop(pixels.bytes);
    let small = shrink::fit(&large.bytes, 3, (large.width, large.height), SMALL);
    Ok(Renditions {
        small: encode(&small)?,
        large: encode(&large)?,
    })
}

fn check_size(width: u64, height: u64) -> Result<(), PictureError> {
    match width.checked_mul(height) {
        Some(0) => Err(PictureError::Damaged),
        Some(pixels) if pixels <= MOST_PIXELS => Ok(()),
        _ => Err(PictureError::TooManyPixels { width, height }),
    }
}

fn jpeg(file: &[u8]) -> Result<Pixels, PictureError> {
    let options = DecoderOptions::default()
        .set_max_width(usize::from(u16::MAX))
        .set_max_height(usize::from(u16::MAX))
        .jpeg_set_max_scans(MOST_SCANS)
        .jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(file), options);
    decoder
        .decode_headers()
        .map_err(|_| PictureError::Damaged)?;
    let (width, height) = decoder.dimensions().ok_or(PictureError::Damaged)?;
    check_size(width as u64, height as u64)?;
    if is_in_parts(file) {
        return Err(PictureError::Kind);
    }
    let bytes = decoder.decode().map_err(|_| PictureError::Damaged)?;
    let orientation = decoder.exif().map(|exif| exif::orientation(exif));
    let pixels = Pixels {
        width,
        height,
        channels: 3,
        bytes,
        orientation: orientation.unwrap_or_default(),
    };
    pixels.whole()
}

/// Whether the colours of a plain JPEG come one after the other: allowed, rare, and the decoder would show other colours.
fn is_in_parts(file: &[u8]) -> bool {
    let mut rest = file.get(2..).unwrap_or_default();
    let mut colours = 0;
    loop {
        rest = match rest {
            // Filling between segments.
            [0xff, 0xff, ..] => &rest[1..],
            [0xff, marker, high, low, content @ ..] => {
                let length = usize::from(u16::from_be_bytes([*high, *low]));
                match marker {
                    0xc0 | 0xc1 => colours = content.get(5).copied().unwrap_or_default(),
                    0xda => return content.first().is_some_and(|first| *first < colours),
                    _ => {}
                }
                rest.get(length.saturating_add(2)..).unwrap_or_default()
            }
            _ => return false,
        };
    }
}

fn png(file: &[u8]) -> Result<Pixels, PictureError> {
    let limits = Limits { bytes: MOST_MEMORY };
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(file), limits);
    decoder.set_transformations(Transformations::normalize_to_color8());
    let header = decoder
        .read_header_info()
        .map_err(|_| PictureError::Damaged)?;
    let (width, height) = (header.width, header.height);
    check_size(u64::from(width), u64::from(height))?;
    let mut reader = decoder.read_info().map_err(|_| PictureError::Damaged)?;
    let size = reader.output_buffer_size().ok_or(PictureError::Damaged)?;
    let mut bytes = vec![0; size];
    let frame = reader
        .next_frame(&mut bytes)
        .map_err(|_| PictureError::Damaged)?;
    bytes.truncate(frame.buffer_size());
    let exif = reader.info().exif_metadata.as_deref();
    let pixels = Pixels {
        width: frame.width as usize,
        height: frame.height as usize,
        channels: frame.color_type.samples(),
        bytes,
        orientation: exif.map(exif::orientation).unwrap_or_default(),
    };
    pixels.whole()
}

fn webp(file: &[u8]) -> Result<Pixels, PictureError> {
    let mut decoder = WebPDecoder::new(Cursor::new(file)).map_err(|_| PictureError::Damaged)?;
    decoder.set_memory_limit(MOST_MEMORY);
    let (width, height) = decoder.dimensions();
    check_size(u64::from(width), u64::from(height))?;
    if decoder.is_animated() {
        return Err(PictureError::Kind);
    }
    if frame_of_webp(file).is_some_and(|frame| frame != (width, height)) {
        return Err(PictureError::Damaged);
    }
    let size = decoder.output_buffer_size().ok_or(PictureError::Damaged)?;
    let mut bytes = vec![0; size];
    decoder
        .read_image(&mut bytes)
        .map_err(|_| PictureError::Damaged)?;
    let channels = if decoder.has_alpha() { 4 } else { 3 };
    let exif = decoder.exif_metadata().ok().flatten();
    let pixels = Pixels {
        width: width as usize,
        height: height as usize,
        channels,
        bytes,
        orientation: exif
            .map(|exif| exif::orientation(&exif))
            .unwrap_or_default(),
    };
    pixels.whole()
}

/// The size that the frame itself says: the decoder makes room for it before it compares it with that of the whole.
fn frame_of_webp(file: &[u8]) -> Option<(u32, u32)> {
    let mut rest = file.get(12..)?;
    loop {
        let (head, content) = rest.split_at_checked(8)?;
        let length = u32::from_le_bytes(head[4..].try_into().ok()?) as usize;
        if &head[..4] == b"VP8 " {
            let side = |at: usize| {
                let bytes = content.get(at..at + 2)?.try_into().ok()?;
                Some(u32::from(u16::from_le_bytes(bytes) & 0x3fff))
            };
            return Some((side(6)?, side(8)?));
        }
        // Chunks begin at even places.
        rest = content.get(length.checked_add(length % 2)?..)?;
    }
}

impl Pixels {
    /// Refuses what a decoder did not fill: every pixel is read afterwards.
    fn whole(self) -> Result<Self, PictureError> {
        let expected = self.width * self.height * self.channels;
        if self.bytes.len() == expected && (1..=4).contains(&self.channels) {
            Ok(self)
        } else {
            Err(PictureError::Damaged)
        }
    }
}

fn encode(picture: &shrink::Rgb) -> Result<Rendition, PictureError> {
    let side = |side: usize| u16::try_from(side).map_err(|_| PictureError::Damaged);
    let mut jpeg = Vec::new();
    let mut encoder = Encoder::new(&mut jpeg, QUALITY);
    encoder.set_sampling_factor(SamplingFactor::F_2_2);

    encoder
        .encode(
            &picture.bytes,
            side(picture.width)?,
            side(picture.height)?,
            ColorType::Rgb,
        )
        .map_err(|_| PictureError::Damaged)?;
    Ok(Rendition {
        width: picture.width,
        height: picture.height,
        jpeg,
    })
}
