use jpeg_encoder::{ColorType, Encoder};
use png::BitDepth;
use proptest::prelude::*;
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;

use super::{LARGE, MOST_BYTES, PictureError, Rendition, SMALL, renditions};

/// Red above on the left, green above on the right, blue below on the left, white below on the right.
fn quarters(width: usize, height: usize) -> Vec<u8> {
    let colour = |x: usize, y: usize| match (x < width / 2, y < height / 2) {
        (true, true) => [250, 10, 10],
        (false, true) => [10, 250, 10],
        (true, false) => [10, 10, 250],
        (false, false) => [250, 250, 250],
    };
    let all = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
    all.flat_map(|(x, y)| colour(x, y)).collect()
}

/// What a camera notes: how it was held, and where it was.
fn notes(orientation: u8) -> Vec<u8> {
    let mut notes = b"MM\0\x2a\0\0\0\x08\0\x02".to_vec();
    notes.extend([0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0]);
    notes.extend([0x88, 0x25, 0, 4, 0, 0, 0, 1, 0, 0, 0, 40]);
    notes.extend(*b"\0\0\0\0GPS 21.0278N 105.8342E");
    notes
}

fn jpeg(width: usize, height: usize, orientation: Option<u8>) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, 95);
    if let Some(orientation) = orientation {
        encoder.add_exif_metadata(&notes(orientation)).unwrap();
    }
    let side = |side: usize| u16::try_from(side).unwrap();
    let pixels = quarters(width, height);
    encoder
        .encode(&pixels, side(width), side(height), ColorType::Rgb)
        .unwrap();
    file
}

fn png(width: u32, height: u32, kind: png::ColorType, pixels: &[u8]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(kind);
    encoder.set_depth(BitDepth::Eight);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(pixels).unwrap();
    writer.finish().unwrap();
    file
}

/// A PNG of which only the beginning is there: what it says of its size is all that may be believed.
fn header_only(width: u32, height: u32) -> Vec<u8> {
    let mut file = png(1, 1, png::ColorType::Grayscale, &[0]);
    file[16..20].copy_from_slice(&width.to_be_bytes());
    file[20..24].copy_from_slice(&height.to_be_bytes());
    let sum = crc(&file[12..29]);
    file[29..33].copy_from_slice(&sum.to_be_bytes());
    file
}

fn crc(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 };
        }
    }
    !crc
}

/// The colours of the quarters of a rendition, by name, row by row.
fn seen(rendition: &Rendition) -> String {
    let pixels = JpegDecoder::new(ZCursor::new(&rendition.jpeg))
        .decode()
        .unwrap();
    let at = |x: usize, y: usize| {
        let place = (y * rendition.width + x) * 3;
        let name = |value: &u8| if *value > 128 { '1' } else { '0' };
        match pixels[place..place + 3]
            .iter()
            .map(name)
            .collect::<String>()
            .as_str()
        {
            "100" => 'R',
            "010" => 'G',
            "001" => 'B',
            "111" => 'W',
            _ => '?',
        }
    };
    let (left, right) = (rendition.width / 4, rendition.width * 3 / 4);
    let (top, bottom) = (rendition.height / 4, rendition.height * 3 / 4);
    let above: String = [at(left, top), at(right, top)].iter().collect();
    let below: String = [at(left, bottom), at(right, bottom)].iter().collect();
    let (width, height) = (rendition.width, rendition.height);
    format!("{width}x{height} {above}/{below}")
}

#[test]
fn a_picture_becomes_two_small_ones() {
    let kept = renditions(&jpeg(1600, 1200, None)).unwrap();
    assert_eq!(seen(&kept.large), "1024x768 RG/BW");
    assert_eq!(seen(&kept.small), "192x144 RG/BW");
    assert!(kept.small.jpeg.len() < 8_000, "{}", kept.small.jpeg.len());
    // Nothing is made larger.
    let kept = renditions(&jpeg(100, 40, None)).unwrap();
    assert_eq!(
        (seen(&kept.large), seen(&kept.small)),
        ("100x40 RG/BW".into(), "100x40 RG/BW".into())
    );
    let kept = renditions(&jpeg(4_000, 3, None)).unwrap();
    assert_eq!((kept.large.width, kept.large.height), (LARGE, 1));
    assert_eq!((kept.small.width, kept.small.height), (SMALL, 1));
}

#[test]
fn it_stands_upright_and_says_nothing_of_where_it_was_taken() {
    for (orientation, expected) in [
        (1, "80x40 RG/BW"),
        (2, "80x40 GR/WB"),
        (3, "80x40 WB/GR"),
        (4, "80x40 BW/RG"),
        (5, "40x80 RB/GW"),
        (6, "40x80 BR/WG"),
        (7, "40x80 WG/BR"),
        (8, "40x80 GW/RB"),
        (9, "80x40 RG/BW"),
    ] {
        let file = jpeg(80, 40, Some(orientation));
        assert!(file.windows(3).any(|part| part == b"GPS"));
        let kept = renditions(&file).unwrap();
        assert_eq!(seen(&kept.large), expected, "orientation {orientation}");
        for one in [&kept.large, &kept.small] {
            let has = |what: &[u8]| one.jpeg.windows(what.len()).any(|part| part == what);
            assert!(!has(b"GPS") && !has(b"Exif"));
        }
    }
}

#[test]
fn a_jpeg_whose_colours_come_one_after_the_other_is_not_shown_in_wrong_ones() {
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, 90);
    encoder.set_sampling_factor(jpeg_encoder::SamplingFactor::F_2_2);
    encoder.set_optimized_huffman_tables(true);
    encoder
        .encode(&quarters(64, 64), 64, 64, ColorType::Rgb)
        .unwrap();
    assert_eq!(renditions(&file), Err(PictureError::Kind));
    // Those of a progressive one may.
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, 90);
    encoder.set_progressive(true);
    encoder
        .encode(&quarters(64, 64), 64, 64, ColorType::Rgb)
        .unwrap();
    assert_eq!(seen(&renditions(&file).unwrap().small), "64x64 RG/BW");
}

#[test]
fn what_one_can_see_through_is_on_white() {
    let clear = [10, 10, 250, 0].repeat(64);
    let kept = renditions(&png(8, 8, png::ColorType::Rgba, &clear)).unwrap();
    assert_eq!(seen(&kept.small), "8x8 WW/WW");
    let grey = renditions(&png(
        8,
        8,
        png::ColorType::GrayscaleAlpha,
        &[0, 0].repeat(64),
    ))
    .unwrap();
    assert_eq!(seen(&grey.small), "8x8 WW/WW");
    let solid = renditions(&png(8, 8, png::ColorType::Rgb, &quarters(8, 8))).unwrap();
    assert_eq!(seen(&solid.small), "8x8 RG/BW");
}

#[test]
fn a_webp_is_read() {
    let mut file = Vec::new();
    image_webp::WebPEncoder::new(&mut file)
        .encode(&quarters(64, 64), 64, 64, image_webp::ColorType::Rgb8)
        .unwrap();
    assert_eq!(seen(&renditions(&file).unwrap().small), "64x64 RG/BW");
}

/// A lossy WebP of the same quarters as libwebp wrote it, and it inside a frame of another size.
#[test]
fn a_lossy_webp_is_read_and_its_frame_has_the_size_that_the_file_says() {
    let plain = include_bytes!("../tests/lossy.webp");
    assert_eq!(seen(&renditions(plain).unwrap().small), "32x32 RG/BW");
    let mut extended = b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0".to_vec();
    extended.extend([31, 0, 0, 31, 0, 0]);
    extended.extend(&plain[12..]);
    let length = u32::try_from(extended.len() - 8).unwrap();
    extended[4..8].copy_from_slice(&length.to_le_bytes());
    assert_eq!(seen(&renditions(&extended).unwrap().small), "32x32 RG/BW");
    // The frame says 16,383 x 16,383 now: 400 MB that nobody should make room for.
    let frame = extended
        .windows(4)
        .position(|part| part == b"VP8 ")
        .unwrap()
        + 8;
    extended[frame + 6..frame + 10].copy_from_slice(&[0xff, 0x3f, 0xff, 0x3f]);
    assert_eq!(renditions(&extended), Err(PictureError::Damaged));
}

#[test]
fn what_is_no_picture_is_refused_before_it_is_decoded() {
    let check = |file: &[u8], expected: PictureError| assert_eq!(renditions(file), Err(expected));
    check(b"", PictureError::Kind);
    check(
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        PictureError::Kind,
    );
    check(b"GIF89a\x01\0\x01\0", PictureError::Kind);
    check(b"%PDF-1.7", PictureError::Kind);
    check(&[0xff, 0xd8, 0xff, 0xe0], PictureError::Damaged);
    check(&vec![0xff; MOST_BYTES + 1], PictureError::TooLarge);
    let (width, height) = (50_000, 50_000);
    check(
        &header_only(50_000, 50_000),
        PictureError::TooManyPixels { width, height },
    );
    check(&header_only(0, 7), PictureError::Damaged);
    // It says that there are many pixels and has one.
    check(&header_only(6_000, 6_000), PictureError::Damaged);
    let mut large = jpeg(64, 64, None);
    let frame = large
        .windows(2)
        .position(|part| part == [0xff, 0xc0])
        .unwrap();
    large[frame + 5..frame + 9].copy_from_slice(&[0xff, 0xff, 0xff, 0xff]);
    let (width, height) = (65_535, 65_535);
    check(&large, PictureError::TooManyPixels { width, height });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn a_damaged_file_is_refused_or_read_but_never_a_panic(
        kind in 0..3_usize,
        changes in prop::collection::vec((0..1_000_usize, any::<u8>()), 1..12),
        end in 100..=1_000_usize,
    ) {
        let mut file = match kind {
            0 => jpeg(24, 16, Some(6)),
            1 => png(8, 8, png::ColorType::Rgb, &quarters(8, 8)),
            _ => include_bytes!("../tests/lossy.webp").to_vec(),
        };
        let place = |part: usize, length: usize| part * length / 1_000;
        for (part, value) in changes {
            let length = file.len();
            file[place(part, length)] = value;
        }
        file.truncate(place(end, file.len()));
        let _ = renditions(&file);
    }
}
