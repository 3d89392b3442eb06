//! What a shop prints on thermal paper: receipts, tickets, reports and labels, from typed data to the bytes that a
//! printer understands.
//!
//! No I/O, no clock: the same document gives the same bytes on every machine. Text is drawn here, with fonts of our own,
//! because the code pages of printers know neither Vietnamese nor Thai reliably; symbols are drawn by the printer.

mod bitmap;
mod document;
mod escpos;
mod format;
mod label;
mod logo;
mod receipt;
mod report;
mod returns;
mod slip;
pub mod status;
mod symbol;
mod text;
mod ticket;
mod words;

pub use bitmap::Bitmap;
pub use document::{Align, Document, Kick, Part, Size, Style, Width};
pub use escpos::{BAND_ROWS, encode};
pub use format::Locale;
pub use label::{ItemLabel, ShelfLabel};
pub use logo::{LogoError, MAX_LOGO_BYTES, logo};
pub use receipt::{Discount, Header, Receipt, ReceiptLine, Tender};
pub use report::{DrawerFigures, Report, ReportKind, Sold};
pub use returns::{ReturnReceipt, ReturnReceiptLine};
pub use slip::CashSlip;
pub use symbol::{Barcode, MAX_QR_BYTES, Qr};
pub use text::Typesetter;
pub use ticket::{Containers, Ticket, TicketKind, TicketLine, Weighing};
pub use words::Language;
