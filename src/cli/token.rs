//! `competency token`: who may read and write over HTTP.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, Subcommand};

use super::Outcome;
use crate::access::{Access, Role};

/// Make, list and revoke the tokens by which people and programs write
#[derive(Args)]
#[command(after_help = "\
Examples:
  competency token --store kb.sqlite add ada --role editor    prints the token, once
  competency token --store kb.sqlite list
  competency token --store kb.sqlite revoke ada
  competency token --store kb.sqlite audit                    what was tried, newest first
  competency token --tokens tokens.sqlite add ada --role editor    for a graph in an engine elsewhere: in a file of their own")]
pub struct Arguments {
    #[command(flatten)]
    place: Place,
    #[command(subcommand)]
    action: Action,
}

#[derive(Args)]
struct Place {
    /// The file of a durable store, as `competency init` makes it
    #[arg(long, value_name = "FILE", env = "COMPETENCY_STORE", required_unless_present = "tokens")]
    store: Option<PathBuf>,
    /// A file for tokens alone, where the graph is in an engine elsewhere; it is made if it is not there
    #[arg(long, value_name = "FILE", env = "COMPETENCY_TOKENS")]
    tokens: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Action {
    /// Make a token, and print it: it is kept only as a digest
    Add {
        /// Who gets it
        name: String,
        /// reader, editor or admin
        #[arg(long)]
        role: Role,
    },
    /// List tokens with their roles
    List,
    /// Let a token open nothing any more
    Revoke { name: String },
    /// List what was tried, newest first
    Audit {
        /// At most so many entries
        #[arg(long, value_name = "COUNT", default_value_t = 50)]
        limit: usize,
    },
}

pub fn run(arguments: Arguments) -> Outcome {
    let access = match arguments.place {
        Place { tokens: Some(file), .. } => Access::create(&file)?,
        Place { store, .. } => Access::open(&store.context("--store or --tokens")?)?,
    };
    let mut out = io::stdout().lock();
    match arguments.action {
        Action::Add { name, role } => {
            writeln!(out, "{}", access.add(&name, role)?)?;
            writeln!(io::stderr(), "{name} may now act as {role} with this token, which is shown this once.")?;
        }
        Action::List => {
            for token in access.tokens()? {
                let revoked = token.revoked.map(|time| format!("  revoked {time}")).unwrap_or_default();
                writeln!(out, "{:<24} {:<7} made {}{revoked}", token.name, token.role, token.created)?;
            }
        }
        Action::Revoke { name } => {
            access.revoke(&name)?;
            writeln!(out, "{name}'s token opens nothing any more.")?;
        }
        Action::Audit { limit } => {
            for entry in access.trail(limit)? {
                let who = entry.who.unwrap_or_else(|| "nobody known".to_owned());
                let version = entry.version.map(|version| format!("  {}", &version[..12])).unwrap_or_default();
                writeln!(out, "{}  {}  {}  {}  {who}{version}", entry.time, entry.status, entry.action, entry.reason)?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}
