//! Gives every heading of a page its meaning: which levels and specialties there are, which section belongs to which of them and
//! what for; and every block its place. Enter at [`Page::read`]. What the blocks say is `understand`'s work.

use std::collections::BTreeMap;

use super::headings::{Part, Sense, bare, sense};
use super::ladder;
use super::outline::{BlockKind, Element, Kind, Outline, plain};
use super::promote::{BOLD, TOPIC, WORDED, promote};
use super::roles;
use super::titles::{self, Initials, Title, Titles};

/// What a section or a statement is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    #[default]
    Role,
    Level(usize),
    Specialty(usize),
}

/// One heading with what stands directly below it.
#[derive(Clone, Debug)]
pub struct Section {
    pub heading: String,
    /// The headings from the outermost to this one, joined by " › ".
    pub path: String,
    pub line: usize,
    pub anchors: Vec<String>,
    pub sense: Sense,
    pub part: Option<Part>,
    pub scope: Scope,
    /// Why it was taken for what it is.
    pub reason: &'static str,
    parent: Option<usize>,
    depth: u32,
    /// Whether a level or a specialty begins here.
    pub opens: bool,
}

/// One block at its place.
#[derive(Clone, Debug)]
pub struct Placed {
    pub section: usize,
    pub kind: BlockKind,
    /// Its number among the blocks of its kind in the section, from 1.
    pub position: u32,
    pub element: Element,
}

/// A level or a specialty as the page names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    pub title: String,
    pub section: Option<usize>,
    pub line: usize,
    /// Why it was taken for one.
    pub reason: &'static str,
}

/// A page, its headings understood.
#[derive(Clone, Debug, Default)]
pub struct Page {
    pub title: String,
    pub sections: Vec<Section>,
    pub blocks: Vec<Placed>,
    pub levels: Vec<Named>,
    pub specialties: Vec<Named>,
    pub titles: Titles,
    /// The job, as its title tells it.
    pub role: String,
}

/// Separates the headings of a section path.
pub const ARROW: &str = " › ";

impl Page {
    /// Understands the headings of a page; `name` is what to call a page that says no title.
    pub fn read(mut outline: Outline, name: &str) -> Self {
        promote(&mut outline);
        ladder::unfold(&mut outline);
        let first = outline.elements.iter().find(|element| matches!(element.kind, Kind::Heading { .. }));
        let opens_with_heading = outline.elements.first().is_some_and(|element| matches!(element.kind, Kind::Heading { .. }));
        let outermost = first.filter(|first| {
            matches!(first.kind, Kind::Heading { depth: 1, .. })
                || (opens_with_heading && matches!(first.kind, Kind::Heading { depth: WORDED, .. }))
        });
        let says_more = |text: &String| match sense(text) {
            Sense::Title | Sense::Levels => true,
            // "Engineering Career Path" is about more than a section is.
            Sense::Part { of, .. } => !of.is_empty(),
            _ => false,
        };
        let heading = outermost.map(|element| bare(&element.text)).filter(says_more);
        let title = outline.title.clone().or(heading).unwrap_or_else(|| name.to_owned());
        let mut page = Self { role: roles::role_of(&title), title, ..Self::default() };
        page.collect_initials(&outline);
        page.build(outline);
        super::scopes::assign(&mut page);
        page
    }

    fn collect_initials(&mut self, outline: &Outline) {
        let mut found = Initials::new();
        for element in outline.elements.iter().filter(|element| matches!(element.kind, Kind::Heading { .. })) {
            titles::initials(&element.text, &mut found);
        }
        titles::initials(&self.title, &mut found);
        titles::initials_of(&self.role, &mut found);
        self.titles.initials = found;
    }

    /// The job as a title.
    pub fn role_title(&self) -> Title {
        Title::read(&self.role, &self.titles.initials)
    }

    /// The section that a section stands in.
    pub fn parent(&self, section: usize) -> Option<usize> {
        self.sections[section].parent
    }

    /// The sections directly below one.
    pub fn children(&self, section: usize) -> impl Iterator<Item = usize> {
        (section + 1..self.sections.len()).filter(move |child| self.sections[*child].parent == Some(section))
    }

    /// How deep a section stands; only comparisons mean something.
    pub fn depth(&self, section: usize) -> u32 {
        self.sections[section].depth
    }

    /// Whether a heading tells a step of the page's own job beside others that do: "Level I" and "Level II".
    pub fn is_one_of_several_steps(&self, section: usize) -> bool {
        let is_step = |section: usize| {
            let title = Title::read(&titles::without_remarks(&bare(&self.sections[section].heading)), &self.titles.initials);
            title.core.is_empty() && title.steps.len() == 1
        };
        let beside = |other: &usize| {
            *other != section && self.depth(*other) == self.depth(section) && self.parent(*other) == self.parent(section)
        };
        is_step(section) && (0..self.sections.len()).filter(beside).any(is_step)
    }

    /// The blocks directly in a section.
    pub fn blocks_of(&self, section: usize) -> impl Iterator<Item = &Placed> {
        self.blocks.iter().filter(move |block| block.section == section)
    }

    /// Puts a section below another than its depth says.
    pub fn move_below(&mut self, section: usize, parent: usize) {
        self.sections[section].parent = Some(parent);
    }

    fn build(&mut self, mut outline: Outline) {
        // A picture alone leaves a paragraph without words.
        outline.elements.retain(|element| !element.text.is_empty());
        self.sections.push(Section {
            heading: self.title.clone(),
            path: self.title.clone(),
            line: 1,
            anchors: Vec::new(),
            sense: Sense::Title,
            part: Some(Part::Introduction),
            scope: Scope::Role,
            reason: "what stands before the first heading",
            parent: None,
            depth: 0,
            opens: false,
        });
        let mut stack: Vec<usize> = Vec::new();
        let mut text_page = TextPage::default();
        for element in outline.elements {
            let of_a_table = match element.kind {
                Kind::Heading { depth, .. } => ladder::is_made(depth),
                ref kind => *kind == Kind::Cell,
            };
            // What follows a table does not stand below its last row.
            while !of_a_table && stack.last().is_some_and(|at| self.sections[*at].sense.is_of_a_table()) {
                stack.pop();
            }
            match &element.kind {
                Kind::Heading { depth, anchors } => {
                    let sense = ladder::sense(*depth, &element.text).unwrap_or_else(|| sense(&element.text));
                    let marked = stack
                        .iter()
                        .rev()
                        .find(|at| self.sections[**at].depth.is_multiple_of(10))
                        .map(|at| self.sections[*at].depth);
                    let depth = match *depth {
                        WORDED if outline.title.is_none() && marked.is_none_or(|_| text_page.seen) => {
                            text_page.depth(self, &element.text, &sense)
                        }
                        WORDED => self.worded(&stack, &sense),
                        BOLD => marked.unwrap_or(10) + 5,
                        depth if depth >= TOPIC => 100_000 + u32::from(depth),
                        depth => u32::from(depth) * 10,
                    };
                    while stack.last().is_some_and(|at| self.sections[*at].depth >= depth) {
                        stack.pop();
                    }
                    let (anchors, line) = (anchors.clone(), element.line);
                    stack.push(self.section(&element.text, sense, depth, stack.last().copied(), anchors, line));
                }
                kind => {
                    // An item further out than the items of a topic ends the topic.
                    let ends = |depth: u32| match kind {
                        Kind::Item { depth: item } => depth >= 100_000 + u32::from(TOPIC) + u32::from(*item),
                        _ => depth >= 100_000,
                    };
                    while stack.last().is_some_and(|at| ends(self.sections[*at].depth)) {
                        stack.pop();
                    }
                    let section = stack.last().copied().unwrap_or(0);
                    self.blocks.push(Placed { section, kind: kind.of_block(), position: 0, element });
                }
            }
        }
    }

    fn section(
        &mut self,
        text: &str,
        sense: Sense,
        depth: u32,
        parent: Option<usize>,
        mut anchors: Vec<String>,
        line: usize,
    ) -> usize {
        anchors.push(slug(text));
        let section = Section {
            heading: plain(text.trim_end_matches(':')),
            path: String::new(),
            line,
            anchors,
            sense,
            part: None,
            scope: Scope::Role,
            reason: "",
            parent,
            depth,
            opens: false,
        };
        self.sections.push(section);
        self.sections.len() - 1
    }

    /// A heading found by its wording stands below the level or specialty, or beside the marked heading it follows.
    fn worded(&self, stack: &[usize], sense: &Sense) -> u32 {
        let above = stack.iter().rev().map(|at| &self.sections[*at]).find(|section| section.depth.is_multiple_of(10));
        match (above, sense) {
            (Some(above), Sense::Part { .. }) if matches!(above.sense, Sense::Part { .. }) => above.depth,
            (Some(above), _) => above.depth + 5,
            (None, _) => 20,
        }
    }

    /// Writes the paths and counts the blocks of each.
    pub fn place(&mut self) {
        let opens_with_title = self.sections.get(1).is_some_and(|first| first.heading == self.title && first.parent.is_none());
        for index in 1..self.sections.len() {
            let parent = self.sections[index].parent.map(|parent| self.sections[parent].path.clone());
            let heading = self.sections[index].heading.clone();
            self.sections[index].path = parent.map_or_else(|| heading.clone(), |parent| format!("{parent}{ARROW}{heading}"));
        }
        if opens_with_title {
            self.sections[0].path = self.sections[1].path.clone();
        }
        let mut counts: BTreeMap<(String, BlockKind), u32> = BTreeMap::new();
        for block in &mut self.blocks {
            let count = counts.entry((self.sections[block.section].path.clone(), block.kind)).or_default();
            *count += 1;
            block.position = *count;
        }
    }
}

impl Section {
    /// Whether it stands in no other section and is a heading of the first order.
    pub fn depth_is_outermost(&self) -> bool {
        self.parent.is_none() && self.depth <= 10
    }
}

/// Depths in a page that marks none: containers, what they contain, and its parts.
#[derive(Default)]
struct TextPage {
    seen: bool,
    top: Top,
    inside: bool,
    part: Option<Part>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Top {
    #[default]
    None,
    Levels,
    Specialties,
    Other,
}

impl TextPage {
    fn depth(&mut self, page: &Page, text: &str, sense: &Sense) -> u32 {
        let first = !std::mem::replace(&mut self.seen, true);
        let open = |this: &mut Self, top: Top| {
            (this.top, this.inside) = (top, false);
            20
        };
        match sense {
            Sense::Levels => open(self, Top::Levels),
            Sense::Specialties => open(self, Top::Specialties),
            Sense::Part {
                part:
                    Part::Responsibilities | Part::Requirements | Part::Preferred | Part::Optional | Part::Grade | Part::Expectations,
                of,
                ..
            } => {
                if self.inside {
                    40
                } else if self.top == Top::Other && !of.is_empty() {
                    30
                } else {
                    open(self, Top::None)
                }
            }
            // A second heading of the same sort stands below the first: "Top 10 reasons to work here" below "About us".
            Sense::Part { part, .. } if self.top == Top::Other && self.part == Some(*part) => 30,
            Sense::Part { part, .. } => {
                self.part = Some(*part);
                let top = if *part == Part::Introduction { Top::None } else { Top::Other };
                open(self, top)
            }
            Sense::Title | Sense::Clause | Sense::Column | Sense::Theme => match self.top {
                _ if first => 20,
                Top::Specialties => {
                    self.inside = true;
                    30
                }
                Top::Levels if Title::read(text, &page.titles.initials).is_of(&page.role_title()) => {
                    self.inside = true;
                    30
                }
                Top::Levels | Top::None => open(self, Top::Other),
                Top::Other => 30,
            },
        }
    }
}

/// A heading as the anchor that renderers make of it.
pub fn slug(text: &str) -> String {
    let kept = text.chars().filter(|c| c.is_alphanumeric() || *c == ' ' || *c == '-' || *c == '_');
    kept.collect::<String>().trim().to_lowercase().replace(' ', "-")
}
