//! A printer for who has none: listens, answers as a real one, and writes what would be on paper as pictures.
//!
//! `cargo run -p paper --example printer -- FOLDER [well|no-paper|cover-open|mute|garbage|slow] [PORT]`
use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    thread,
    time::Duration,
};

#[path = "../tests/it/printer.rs"]
#[expect(dead_code, reason = "the tests use the rest")]
mod printer;

/// What network printers listen at.
const PORT: u16 = 9100;
/// Dots of the widest paper that is shown.
const WIDTH: usize = 576;

fn main() -> std::io::Result<()> {
    let mut words = std::env::args().skip(1);
    let folder = words.next().unwrap_or_else(|| ".".to_owned());
    let mood = words.next().unwrap_or_else(|| "well".to_owned());
    let port = words
        .next()
        .and_then(|port| port.parse().ok())
        .unwrap_or(PORT);
    let listener = TcpListener::bind(("127.0.0.1", port))?;
    println!("A printer at {}, {mood}", listener.local_addr()?);
    for (number, stream) in (1..).zip(listener.incoming()) {
        let bytes = take(stream?, &mood)?;
        if !bytes.is_empty() {
            show(&bytes, Path::new(&folder), number)?;
        }
    }
    Ok(())
}

/// What comes on one connection, without the questions, which are answered.
fn take(mut stream: TcpStream, mood: &str) -> std::io::Result<Vec<u8>> {
    let mut paper = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        if mood == "slow" {
            thread::sleep(Duration::from_secs(1));
        }
        let read = stream.read(&mut chunk)?;
        let bytes = &chunk[..read];
        if read == 0 {
            return Ok(paper);
        }
        if bytes.len() == 12 && bytes.starts_with(&[0x10, 4]) {
            match mood {
                "mute" => {}
                "garbage" => stream.write_all(b"????")?,
                "no-paper" => stream.write_all(&[0x12, 0x12, 0x12, 0x72])?,
                "cover-open" => stream.write_all(&[0x12, 0x16, 0x12, 0x12])?,
                _ => stream.write_all(&[0x12; 4])?,
            }
            continue;
        }
        let document = bytes.strip_suffix(&[0x1d, b'r', 1]);
        paper.extend_from_slice(document.unwrap_or(bytes));
        if document.is_some() {
            stream.write_all(&[0])?;
        }
    }
}

fn show(bytes: &[u8], folder: &Path, number: u32) -> std::io::Result<()> {
    match printer::read(bytes) {
        Ok(commands) => {
            let file = folder.join(format!("paper-{number}.png"));
            std::fs::write(&file, printer::Picture::of(&commands, WIDTH).png())?;
            print!(
                "{} bytes, {}:\n{}",
                bytes.len(),
                file.display(),
                printer::told(&commands)
            );
        }
        Err(error) => println!("{} bytes that no printer understands: {error}", bytes.len()),
    }
    Ok(())
}
