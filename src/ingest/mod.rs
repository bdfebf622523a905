//! Turns what organisations have about their roles into something the model can hold: pages in Markdown, HTML and plain text.
//! A page becomes an [`outline`], its headings [`sections`].

pub mod draft;
pub mod grades;
pub mod headings;
pub mod html;
pub mod inherit;
pub mod markdown;
pub mod mentions;
pub mod outline;
mod promote;
pub mod roles;
mod scopes;
pub mod sections;
pub mod text;
pub mod titles;
pub mod wording;
