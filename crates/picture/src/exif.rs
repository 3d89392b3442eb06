//! How a camera was held: the one thing in its notes that the picture cannot do without. Nothing else is read.

/// What has to be done to the pixels of a file before they are upright.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Orientation {
    /// Rows become columns; before the others.
    pub(crate) is_transposed: bool,
    /// Left and right change places.
    pub(crate) is_mirrored: bool,
    /// Top and bottom change places.
    pub(crate) is_upside_down: bool,
}

impl Orientation {
    /// By the number that cameras write, 1 to 8; others say nothing.
    pub(crate) const fn of(number: u16) -> Self {
        let (is_transposed, is_mirrored, is_upside_down) = match number {
            2 => (false, true, false),
            3 => (false, true, true),
            4 => (false, false, true),
            5 => (true, false, false),
            6 => (true, true, false),
            7 => (true, true, true),
            8 => (true, false, true),
            _ => (false, false, false),
        };
        Self {
            is_transposed,
            is_mirrored,
            is_upside_down,
        }
    }
}

/// The tag of the orientation in the first directory.
const TAG: u16 = 0x0112;
/// Directories of cameras have some dozens of entries.
const MOST_ENTRIES: u16 = 512;

/// What the notes of a camera say; upright when they say nothing that can be read.
pub(crate) fn orientation(exif: &[u8]) -> Orientation {
    let notes = exif.strip_prefix(b"Exif\0\0").unwrap_or(exif);
    number(notes).map(Orientation::of).unwrap_or_default()
}

fn number(notes: &[u8]) -> Option<u16> {
    let is_big = match notes.get(..4)? {
        [b'M', b'M', 0, 42] => true,
        [b'I', b'I', 42, 0] => false,
        _ => return None,
    };
    let short = |at: usize| {
        let bytes = notes.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if is_big {
            u16::from_be_bytes(bytes)
        } else {
            u16::from_le_bytes(bytes)
        })
    };
    let bytes = notes.get(4..8)?.try_into().ok()?;
    let directory = if is_big {
        u32::from_be_bytes(bytes)
    } else {
        u32::from_le_bytes(bytes)
    };
    let directory = usize::try_from(directory).ok()?;
    let entries = short(directory)?.min(MOST_ENTRIES);
    (0..usize::from(entries))
        .map(|entry| directory + 2 + entry * 12)
        .find(|at| short(*at) == Some(TAG))
        .and_then(|at| short(at + 8))
}
