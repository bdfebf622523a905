//! All integration tests: one binary, so that it links once.

mod answers;
mod catalogue;
mod commands;
mod http;
mod layers;
mod linked;
mod page;
mod peers;
mod readme;
mod reload;
mod rules;
mod shapes;
mod support;
mod vocabulary;
mod w3c;
