//! What is printed, read back: by a parser that is not ours, by a strict table of commands, and by a scanner's software.

mod chance;
mod escpresso;
mod paper;
mod printer;
mod sample;
mod shown;
