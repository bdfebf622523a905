//! A competency knowledge graph you can question, and that proves its answers.
//!
//! The way in is [`knowledge::Knowledge`]: it loads ontology and data, runs the rules to a fixpoint and publishes an immutable
//! [`knowledge::Generation`], which answers the questions of the catalogue and any SPARQL query.
//!
//! ```no_run
//! use competency_graph::knowledge::{Generation, Origin};
//!
//! let generation = Generation::build(&Origin::default())?;
//! let arguments = [("competency".to_owned(), "OAuth".to_owned())];
//! let answer = generation.ask("levels-requiring", &arguments)?;
//! assert_eq!(answer.rows.len(), 5);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Modules stand in layers, and a layer imports only from those above it: see ARCHITECTURE.md.

#[cfg(not(unix))]
compile_error!("queries from outside run in processes that fork, which needs a Unix system such as Linux or macOS");

pub mod patch;
pub mod words;

pub mod files;
pub mod ingest;
pub mod rq;
pub mod store;

pub mod access;
pub mod catalogue;
pub mod describe;
pub mod export;
pub mod history;
pub mod infer;
pub mod load;
pub mod profile;
pub mod validate;
pub mod verify;
pub mod worker;

pub mod ask;

pub mod ingestion;
pub mod knowledge;

pub mod changes;
pub mod explain;
pub mod pool;

pub mod mcp;

pub mod http;

pub mod cli;
