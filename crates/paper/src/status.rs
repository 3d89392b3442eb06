//! What a printer says of itself when it is asked (`DLE EOT`, `GS r`), if it says anything.

const DLE: u8 = 0x10;
const EOT: u8 = 0x04;
const GS: u8 = 0x1d;

/// The questions that are answered at once, one byte each: printer, cause of being offline, error, paper.
pub const ASK: [u8; 12] = [DLE, EOT, 1, DLE, EOT, 2, DLE, EOT, 3, DLE, EOT, 4];
/// How many bytes answer [`ASK`].
pub const ANSWERS: usize = 4;
/// The question that is answered when everything before it is on paper.
pub const ASK_DONE: [u8; 3] = [GS, b'r', 1];

/// What is wrong with a printer, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trouble {
    /// The cover is open.
    CoverOpen,
    /// The roll has ended.
    NoPaper,
    /// The knife is stuck.
    Knife,
    /// Another fault, or somebody holds the feed button.
    Fault,
}

/// What the four answers come to: nothing wrong, something wrong, or `Err` for bytes that are no answers.
///
/// # Errors
/// Garbage: the printer does not know the question.
pub fn read(answers: &[u8]) -> Result<Option<Trouble>, Garbage> {
    let &[printer, offline, error, paper] = answers else {
        return Err(Garbage);
    };
    // Every answer has bits 1 and 4 set, bits 0 and 7 clear.
    if answers
        .iter()
        .any(|answer| answer & 0b1001_0011 != 0b0001_0010)
    {
        return Err(Garbage);
    }
    let trouble = if offline & 0b0000_0100 != 0 {
        Some(Trouble::CoverOpen)
    } else if paper & 0b0110_0000 != 0 || offline & 0b0010_0000 != 0 {
        Some(Trouble::NoPaper)
    } else if error & 0b0000_1000 != 0 {
        Some(Trouble::Knife)
    } else if printer & 0b0000_1000 != 0 || error & 0b0110_0100 != 0 || offline & 0b0100_0000 != 0 {
        Some(Trouble::Fault)
    } else {
        None
    };
    Ok(trouble)
}

/// Whether a byte can be the answer to [`ASK_DONE`].
#[must_use]
pub const fn is_done(answer: u8) -> bool {
    answer & 0b1001_0000 == 0
}

/// The bytes are no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Garbage;
