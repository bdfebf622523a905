//! Turns role pages into something the model can hold. So far: reading a plain-text page into blocks.

pub mod outline;
