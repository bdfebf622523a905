//! Where the graph can be: in memory, in a durable store, and in engines elsewhere.

mod engine;
mod everywhere;
mod write;
