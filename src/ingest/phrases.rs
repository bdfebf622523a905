//! The words, literals and names that a graph is written with. Nothing to enter at: each is a small function of what was read.

use oxigraph::model::Literal;
use oxigraph::model::vocab::xsd;

use super::draft::Statement;
use super::headings::Part;
use super::roles;
use super::sections::Scope;
use super::wording::{Modality, Quantity};

/// The longest label; the quotation has the whole text.
const LABEL: usize = 180;

/// A text as a label.
pub fn label(text: &str) -> Literal {
    let Some((cut, _)) = text.char_indices().nth(LABEL) else { return english(text) };
    let end = text[..cut].rfind(' ').unwrap_or(cut);
    english(&format!("{} …", text[..end].trim_end()))
}

pub fn english(text: &str) -> Literal {
    Literal::new_language_tagged_literal_unchecked(text, "en")
}

pub fn number(value: impl ToString) -> Literal {
    Literal::new_typed_literal(value.to_string(), xsd::INTEGER)
}

pub fn one_of(statement: &Statement, group: usize) -> String {
    let members = statement.mentions.iter().filter(|mention| mention.group == group).map(|mention| mention.thing.label.as_str());
    format!("One of {}", members.collect::<Vec<_>>().join(", "))
}

pub fn quantity_label(quantity: &Quantity) -> String {
    let unit = if quantity.unit == "percent" { "%" } else { quantity.unit };
    match (&quantity.minimum, &quantity.maximum) {
        (Some(least), Some(most)) if least == most => format!("{least} {unit}"),
        (Some(least), Some(most)) => format!("{least} to {most} {unit}"),
        (Some(least), None) => format!("at least {least} {unit}"),
        (None, Some(most)) => format!("at most {most} {unit}"),
        (None, None) => unit.to_owned(),
    }
}

pub fn modality(modality: Modality) -> &'static str {
    match modality {
        Modality::Required => "required",
        Modality::Preferred => "preferred",
        Modality::Optional => "optional",
    }
}

pub fn grade_literal(grade: &str) -> Literal {
    if grade.chars().all(|c| c.is_ascii_digit()) {
        number(grade)
    } else if grade.parse::<f64>().is_ok() {
        Literal::new_typed_literal(grade, xsd::DECIMAL)
    } else {
        Literal::new_simple_literal(grade)
    }
}

pub fn section_kind(part: Option<Part>, scope: Scope, reason: &str) -> &'static str {
    match part {
        Some(Part::Introduction) => "introduction",
        Some(Part::Responsibilities) => "responsibilities",
        Some(Part::Requirements | Part::Preferred | Part::Optional) => "requirements",
        Some(Part::Expectations) => "expectations",
        Some(Part::Performance) => "performance-indicators",
        Some(Part::Hiring) => "hiring",
        Some(Part::Career) => "career",
        Some(Part::Grade) => "grade-section",
        Some(Part::Organization) => "organization-section",
        Some(Part::Initiative) => "initiative-overview",
        Some(Part::Links) => "other-section",
        None if reason == "no known kind of section" => "other-section",
        None => match scope {
            Scope::Role => "introduction",
            Scope::Level(_) => "level-description",
            Scope::Specialty(_) => "specialty-description",
        },
    }
}

/// What a level is called within its family: "Senior" of "Senior Security Engineer".
pub fn level_name(title: &str, family: &str) -> String {
    let lower = title.to_lowercase();
    match lower.find(&family.to_lowercase()) {
        Some(at) if lower.is_char_boundary(at + family.len()) && title.len() > family.len() => {
            let rest = format!("{} {}", &title[..at], title.get(at + family.len()..).unwrap_or_default());
            let rest = rest.split_whitespace().collect::<Vec<_>>().join(" ");
            let rest = rest.trim_matches(|c: char| !c.is_alphanumeric() && c != ')').trim_matches(['(', ')']).to_owned();
            if rest.is_empty() { title.to_owned() } else { rest }
        }
        _ => title.to_owned(),
    }
}

/// A title that tells its job: "Senior" alone is "Senior Recruiter".
pub fn full_title(title: &str, family: &str) -> String {
    let bare = roles::without_steps(title).is_empty()
        || ["manager", "senior manager", "director", "senior director"].contains(&title.to_lowercase().as_str());
    if bare { format!("{title} {family}") } else { title.to_owned() }
}
