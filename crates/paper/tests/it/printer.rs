//! A printer on which nothing is printed: a strict table of the commands that we send, and the picture that they come to.
use std::{fmt::Write as _, process::Command as Process};

use barcoders::sym::{code128::Code128, ean13::EAN13};

/// One command, as a printer takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    Initialize,
    Align(u8),
    Raster { width: usize, rows: Vec<u8> },
    BarHeight(u8),
    BarWidth(u8),
    TextBelow(u8),
    TextFont(u8),
    Barcode { kind: u8, data: Vec<u8> },
    Symbol { function: u8, data: Vec<u8> },
    Kick { pin: u8, on: u8, off: u8 },
    Cut { feed: u8 },
    Feed(u8),
}

/// Walks through the bytes; anything else than what we mean to send is refused.
pub fn read(bytes: &[u8]) -> Result<Vec<Command>, String> {
    let mut rest = bytes;
    let mut commands = Vec::new();
    while !rest.is_empty() {
        commands.push(one(&mut rest)?);
    }
    Ok(commands)
}

fn take<'a>(rest: &mut &'a [u8], count: usize) -> Result<&'a [u8], String> {
    let (taken, left) = rest
        .split_at_checked(count)
        .ok_or("the bytes end within a command")?;
    *rest = left;
    Ok(taken)
}

fn byte(rest: &mut &[u8]) -> Result<u8, String> {
    take(rest, 1).map(|taken| taken[0])
}

fn word(rest: &mut &[u8]) -> Result<usize, String> {
    take(rest, 2).map(|taken| usize::from(taken[0]) + 256 * usize::from(taken[1]))
}

fn one(rest: &mut &[u8]) -> Result<Command, String> {
    let command = take(rest, 2)?;
    Ok(match command {
        b"\x1b@" => Command::Initialize,
        b"\x1ba" => Command::Align(byte(rest)?),
        b"\x1bd" => Command::Feed(byte(rest)?),
        b"\x1bp" => Command::Kick {
            pin: byte(rest)?,
            on: byte(rest)?,
            off: byte(rest)?,
        },
        b"\x1dh" => Command::BarHeight(byte(rest)?),
        b"\x1dw" => Command::BarWidth(byte(rest)?),
        b"\x1dH" => Command::TextBelow(byte(rest)?),
        b"\x1df" => Command::TextFont(byte(rest)?),
        b"\x1dv" => {
            if take(rest, 2)? != [b'0', 0] {
                return Err("a raster of another kind".to_owned());
            }
            let (row_bytes, rows) = (word(rest)?, word(rest)?);
            if rows == 0 || rows > paper::BAND_ROWS {
                return Err(format!("a band of {rows} rows"));
            }
            Command::Raster {
                width: row_bytes * 8,
                rows: take(rest, row_bytes * rows)?.to_vec(),
            }
        }
        b"\x1dk" => {
            let (kind, length) = (byte(rest)?, byte(rest)?);
            Command::Barcode {
                kind,
                data: take(rest, usize::from(length))?.to_vec(),
            }
        }
        b"\x1d(" => {
            if byte(rest)? != b'k' {
                return Err("an unknown GS (".to_owned());
            }
            let length = word(rest)?;
            let data = take(rest, length)?;
            let [49, function, data @ ..] = data else {
                return Err("no QR code".to_owned());
            };
            Command::Symbol {
                function: *function,
                data: data.to_vec(),
            }
        }
        b"\x1dV" => match byte(rest)? {
            66 => Command::Cut { feed: byte(rest)? },
            other => return Err(format!("a cut of kind {other}")),
        },
        other => return Err(format!("unknown command {other:02x?}")),
    })
}

/// Black and white, row by row; `true` is black.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    pub width: usize,
    pub dots: Vec<bool>,
}

/// White that a scanner wants around a symbol.
const QUIET_ROWS: usize = 24;

impl Picture {
    /// What is on the paper after these commands.
    pub fn of(commands: &[Command], width: usize) -> Self {
        let mut picture = Self {
            width,
            dots: Vec::new(),
        };
        let (mut bar, mut height, mut module, mut text) = (3, 80, 3, Vec::new());
        for command in commands {
            match command {
                Command::Raster {
                    width: raster,
                    rows,
                } => {
                    assert!(*raster <= width, "wider than the paper");
                    for row in rows.chunks(raster / 8) {
                        let dots =
                            (0..width).map(|x| x < *raster && row[x / 8] & (0x80 >> (x % 8)) != 0);
                        picture.dots.extend(dots);
                    }
                }
                Command::BarWidth(dots) => bar = usize::from(*dots),
                Command::BarHeight(dots) => height = usize::from(*dots),
                Command::Barcode { kind, data } => picture.bars(&modules(*kind, data), bar, height),
                Command::Symbol { function: 67, data } => module = usize::from(data[0]),
                Command::Symbol { function: 80, data } => text = data[1..].to_vec(),
                Command::Symbol { function: 81, .. } => picture.qr(&text, module),
                _ => {}
            }
        }
        picture
    }

    pub fn height(&self) -> usize {
        self.dots.len() / self.width
    }

    fn white(&mut self, rows: usize) {
        self.dots.resize(self.dots.len() + rows * self.width, false);
    }

    /// One row of modules in the middle, `of` dots each.
    fn row(&mut self, modules: &[bool], of: usize) {
        let left = (self.width - modules.len() * of) / 2;
        let dots = (0..self.width)
            .map(|x| x >= left && modules.get((x - left) / of).copied().unwrap_or(false));
        let dots: Vec<bool> = dots.collect();
        self.dots.extend(dots);
    }

    fn bars(&mut self, modules: &[bool], of: usize, height: usize) {
        self.white(QUIET_ROWS);
        (0..height).for_each(|_| self.row(modules, of));
        self.white(QUIET_ROWS);
    }

    fn qr(&mut self, text: &[u8], of: usize) {
        let code = qrcode::QrCode::with_error_correction_level(text, qrcode::EcLevel::M)
            .expect("a QR code");
        self.white(QUIET_ROWS);
        for row in code.to_colors().chunks(code.width()) {
            let row: Vec<bool> = row
                .iter()
                .map(|color| *color == qrcode::Color::Dark)
                .collect();
            (0..of).for_each(|_| self.row(&row, of));
        }
        self.white(QUIET_ROWS);
    }

    /// As a PNG, a bit for each dot.
    pub fn png(&self) -> Vec<u8> {
        let mut file = Vec::new();
        let size = |length: usize| u32::try_from(length).expect("a picture that fits");
        let mut encoder = png::Encoder::new(&mut file, size(self.width), size(self.height()));
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::One);
        let rows = self.dots.chunks(self.width).flat_map(|row| {
            row.chunks(8).map(|dots| {
                dots.iter().enumerate().fold(0, |byte, (at, is_black)| {
                    byte | (u8::from(!is_black) << (7 - at))
                })
            })
        });
        let rows: Vec<u8> = rows.collect();
        let mut writer = encoder.write_header().expect("a header");
        writer.write_image_data(&rows).expect("rows");
        writer.finish().expect("an end");
        file
    }
}

/// The bars of a barcode by somebody else's table.
fn modules(kind: u8, data: &[u8]) -> Vec<bool> {
    let text = String::from_utf8(data.to_vec()).expect("ASCII");
    let bars = match kind {
        67 => EAN13::new(&text[..12]).expect("EAN-13").encode(),
        73 => {
            let text = text.strip_prefix("{B").expect("set B").replace("{{", "{");
            Code128::new(format!("Ɓ{text}")).expect("Code 128").encode()
        }
        other => panic!("a barcode of kind {other}"),
    };
    bars.into_iter().map(|bar| bar == 1).collect()
}

/// What a scanner's software finds in a picture.
pub fn scan(picture: &Picture, format: &str) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("paper.png");
    std::fs::write(&file, picture.png()).expect("a file");
    let output = Process::new("ZXingReader")
        .args(["-format", format])
        .arg(&file)
        .output()
        .expect("ZXingReader of the package zxing-cpp-tools, which scripts/setup installs");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let text = said.lines().find_map(|line| line.strip_prefix("Text:"));
    let text = text.unwrap_or_else(|| panic!("no {format} is found: {said}"));
    text.trim().trim_matches('"').to_owned()
}

/// What the commands are, in a line each, rasters together.
pub fn told(commands: &[Command]) -> String {
    let mut text = String::new();
    let mut rows = 0;
    for command in commands {
        if let Command::Raster { width, rows: band } = command {
            rows += band.len() * 8 / width;
            continue;
        }
        if rows > 0 {
            writeln!(text, "raster of {rows} rows").expect("a line");
            rows = 0;
        }
        writeln!(text, "{command:?}").expect("a line");
    }
    if rows > 0 {
        writeln!(text, "raster of {rows} rows").expect("a line");
    }
    text
}
