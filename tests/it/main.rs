//! All integration tests: one binary, so that it links once.

mod answers;
mod ask;
mod catalogue;
mod commands;
mod explain;
mod gap;
mod guard;
mod hostile;
mod http;
mod layers;
mod linked;
mod logs;
mod mcp;
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
