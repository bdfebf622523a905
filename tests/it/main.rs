//! All integration tests: one binary, so that it links once.

mod answers;
mod catalogue;
mod commands;
mod http;
mod layers;
mod page;
mod readme;
mod reload;
mod rules;
mod shapes;
mod support;
mod vocabulary;
