//! The `competency` program: reads the command line, does as told, ends with a code that means something.

use std::process::ExitCode;

fn main() -> ExitCode {
    competency_graph::cli::main()
}
