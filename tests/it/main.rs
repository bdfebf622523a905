//! All integration tests: one binary, so that it links once.

mod answers;
mod catalogue;
mod commands;
mod guard;
mod http;
mod ingest;
mod labels;
mod layers;
mod linked;
mod logs;
mod metrics;
mod page;
mod peers;
mod readme;
mod reload;
mod rules;
mod shapes;
mod shutdown;
mod support;
mod threats;
mod vocabulary;
mod w3c;
