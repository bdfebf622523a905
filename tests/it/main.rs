//! All integration tests: one binary, so that it links once.

mod answers;
mod catalogue;
mod commands;
mod guard;
mod http;
mod layers;
mod logs;
mod metrics;
mod page;
mod readme;
mod reload;
mod rules;
mod shapes;
mod shutdown;
mod support;
mod threats;
mod vocabulary;
