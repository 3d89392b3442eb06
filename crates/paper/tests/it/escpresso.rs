//! Somebody else's reading of ESC/POS; `tests/third-party/README.md` says whose.
#![expect(
    clippy::pedantic,
    clippy::all,
    dead_code,
    unused_assignments,
    reason = "kept as it came"
)]

use anyhow::Result;
use codepage_437::{BorrowFromCp437, CP437_CONTROL};
use encoding_rs::Encoding;

include!("../third-party/escpresso/renderer.txt");

/// What it finds in the bytes.
pub fn read(bytes: &[u8]) -> Vec<String> {
    let mut renderer = EscPosRenderer::new(false);
    renderer.process_data(bytes).expect("escpresso reads it");
    assert!(renderer.buffer.is_empty(), "bytes that it waits to go on");
    let mut found: Vec<String> = Vec::new();
    let mut rows = 0;
    for element in renderer.take_elements() {
        if let ReceiptElement::RasterImage { width, height, .. } = element {
            rows += height;
            let text = format!("raster of {width} x {rows}");
            match found.last_mut() {
                Some(last) if rows > height => *last = text,
                _ => found.push(text),
            }
            continue;
        }
        rows = 0;
        found.push(match element {
            ReceiptElement::Text { content, .. } => format!("text {content:?}"),
            ReceiptElement::QrCode {
                data,
                size,
                alignment,
                ..
            } => {
                format!("QR {data:?} of {size} dots, {alignment:?}")
            }
            ReceiptElement::PaperCut { cut_type } => cut_type,
            ReceiptElement::CashDrawer {
                pin,
                on_time,
                off_time,
            } => {
                format!("drawer at pin {pin}, {on_time} on, {off_time} off")
            }
            other => format!("{other:?}"),
        });
    }
    found
}

/// The dots of all rasters, one below the other.
pub fn dots(bytes: &[u8]) -> Vec<u8> {
    let mut renderer = EscPosRenderer::new(false);
    renderer.process_data(bytes).expect("escpresso reads it");
    renderer
        .take_elements()
        .into_iter()
        .filter_map(|element| match element {
            ReceiptElement::RasterImage { data, .. } => Some(data),
            _ => None,
        })
        .flatten()
        .collect()
}
