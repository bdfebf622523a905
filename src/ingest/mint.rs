//! Mints IRIs: from words that stay when a page is edited, so that the same thing has the same IRI the next time. Enter at [`Mint`].

use super::outline::digest;
use crate::words;

/// Where IRIs begin.
#[derive(Clone, Debug)]
pub struct Mint {
    base: String,
    organization: String,
}

impl Mint {
    /// `base` is the user's own space, or ours; an organisation's name stands between it and the rest.
    pub fn new(base: Option<&str>, organization: Option<&str>) -> Self {
        let mut base = base.unwrap_or(words::INSTANCES).to_owned();
        if !base.ends_with(['/', '#']) {
            base.push('/');
        }
        Self { base, organization: organization.map(|name| format!("{}/", segment(name))).unwrap_or_default() }
    }

    /// The beginning of all that is minted.
    pub fn base(&self) -> String {
        format!("{}{}", self.base, self.organization)
    }

    pub fn family(&self, name: &str) -> String {
        format!("{}{}", self.base(), segment(name))
    }

    /// The named graph of a document; `suffix` tells several of one family apart.
    pub fn graph(&self, family: &str, suffix: &str) -> String {
        let graphs = if self.base == words::INSTANCES { words::GRAPHS.to_owned() } else { format!("{}graph/", self.base) };
        let suffix = if suffix.is_empty() { String::new() } else { format!("/{suffix}") };
        format!("{graphs}{}{}{suffix}", self.organization, segment(family))
    }

    /// The path, below a data folder, of the file that a graph goes into.
    pub fn file(&self, graph: &str) -> String {
        let folder = if self.organization.is_empty() { "own/" } else { &self.organization };
        let all = self.graph("x", "");
        let below = all.strip_suffix('x').and_then(|all| graph.strip_prefix(all)).unwrap_or("document");
        format!("{folder}{below}.trig")
    }

    /// The graph of what documents share.
    pub fn shared_graph(&self) -> String {
        self.graph("shared", "")
    }

    pub fn position(&self, title: &str) -> String {
        format!("{}position/{}", self.base(), segment(title))
    }

    /// The scheme that candidates for the taxonomy stand in.
    pub fn scheme(&self) -> String {
        format!("{}candidate", self.base())
    }

    pub fn candidate(&self, label: &str) -> String {
        format!("{}candidate/{}", self.base(), segment(label))
    }

    /// The scheme of the skills that matrices bring.
    pub fn skills(&self) -> String {
        format!("{}skill", self.base())
    }

    pub fn competency(&self, label: &str) -> String {
        format!("{}/{}", self.skills(), segment(label))
    }

    /// The scheme of the degrees of proficiency that matrices bring.
    pub fn proficiencies(&self) -> String {
        format!("{}proficiency", self.base())
    }
}

/// The longest segment made of words; what is longer is told apart by its digest.
const LONGEST: usize = 64;

/// A text as a path segment.
pub fn segment(text: &str) -> String {
    let mut segment = String::new();
    for c in text.trim().chars() {
        match c {
            '+' => segment.push_str("-plus"),
            '#' => segment.push_str("-sharp"),
            '.' if segment.is_empty() => segment.push_str("dot-"),
            '\'' | '’' => {}
            '&' => segment.push_str("-and-"),
            c if c.is_alphanumeric() => segment.extend(c.to_lowercase()),
            _ => segment.push('-'),
        }
    }
    let joined: Vec<&str> = segment.split('-').filter(|part| !part.is_empty()).collect();
    let joined = joined.join("-");
    if joined.is_empty() {
        return digest(text)[..8].to_owned();
    }
    match joined.char_indices().nth(LONGEST) {
        None => joined,
        Some((cut, _)) => format!("{}-{}", joined[..cut].trim_end_matches('-'), &digest(&joined)[..8]),
    }
}

/// Words that an edit may add or take away without changing what is said.
pub const SMALL: &[&str] = &[
    "a", "an", "and", "any", "are", "as", "at", "be", "by", "for", "from", "have", "has", "in", "into", "is", "it", "its", "of",
    "on", "or", "our", "such", "that", "the", "their", "these", "this", "to", "with", "you", "your", "will", "who", "which",
    "we", "s",
];

/// The first words that carry a text, by which its IRI is called.
pub fn keywords(text: &str) -> String {
    let lower = text.to_lowercase();
    let words = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty() && !SMALL.contains(word));
    let words: Vec<&str> = words.take(6).collect();
    if words.is_empty() { segment(text) } else { segment(&words.join("-")) }
}
