//! All integration tests: one binary, so that it links once.

mod answers;
mod layers;
mod page;
mod rules;
mod shapes;
mod vocabulary;
