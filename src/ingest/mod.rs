//! Turns what organisations have about their roles into something the model can hold: pages in Markdown, HTML and plain text, and
//! competency matrices. Enter at [`batch`]. A page becomes an [`outline`], its headings [`sections`], their text a [`draft`], and that a
//! [`graph`], each step a pure function of the one before.

mod around;
pub mod batch;
pub mod bytes;
pub mod compare;
pub mod coverage;
pub mod draft;
pub mod findings;
pub mod grades;
pub mod graph;
pub mod headings;
mod html;
pub mod inherit;
mod ladder;
mod lists;
mod markdown;
pub mod matrix;
pub mod mentions;
pub mod mint;
mod naming;
pub mod outline;
mod phrases;
mod promote;
mod requirements;
pub mod roles;
mod scale;
mod scopes;
pub mod sections;
pub mod shared;
pub mod table;
mod text;
pub mod titles;
pub mod wording;
