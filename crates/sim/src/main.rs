//! The model checker and the simulations as a command: `sim model [--large]`, `sim allocation`.

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let sound = match arguments.as_slice() {
        ["model"] => sim::model::report::run(false),
        ["model", "--large"] => sim::model::report::run(true),
        ["allocation"] => {
            sim::allocation::run();
            true
        }
        ["seeds", rest @ ..] => {
            let Some(asked) = sim::protocol::report::Asked::read(rest) else {
                eprintln!(
                    "sim seeds [--seeds N] [--from S] [--mutant NAME] [--mutants] [--trace] [--system]"
                );
                return ExitCode::FAILURE;
            };
            let threads = std::thread::available_parallelism().map_or(1, usize::from);
            #[cfg(feature = "system")]
            if asked.system {
                return code(sim::system::report::report(&asked, threads));
            }
            sim::protocol::report::report(&asked, threads)
        }
        _ => {
            eprintln!("sim model [--large] | sim allocation | sim seeds …");
            return ExitCode::FAILURE;
        }
    };
    code(sound)
}

const fn code(sound: bool) -> ExitCode {
    if sound {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
