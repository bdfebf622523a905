//! Decides which headings are levels and which are specialties, and to whom each section belongs. Enter at [`assign`].
//! Every decision leaves its reason with the section.

use super::around::{
    below_a_level_directly, each_level_has_its_own, has_part, holds_steps, is_bare_part, is_step_of, is_the_pages_title,
    lacks_its, stands_beside_levels, stands_directly, title_like, titled, titles_allowed,
};
use super::grades;
use super::headings::{Part, Sense, bare};
use super::roles;
use super::sections::{Named, Page, Scope};
use super::titles::Title;

/// What is being walked through: below a heading such as "Levels", titles are levels.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Free,
    Levels { at: usize, depth: u32, empty: bool, child: Option<u32> },
    Specialties { depth: u32, empty: bool, child: Option<u32> },
}

struct Walk {
    mode: Mode,
    role: Title,
    /// The level or specialty whose heading came last, and how deep that stands.
    last: Option<(Scope, usize, u32)>,
}

/// Gives each section its part and its scope, and finds the levels and the specialties.
pub fn assign(page: &mut Page) {
    let mut walk = Walk { mode: Mode::Free, role: page.role_title(), last: None };
    for section in 1..page.sections.len() {
        walk.leave(page, section);
        let inherited = page.parent(section).map(|parent| (page.sections[parent].scope, page.sections[parent].part));
        let (scope, part) = inherited.unwrap_or_default();
        if is_the_pages_title(page, section) {
            set(page, section, Some(Part::Introduction), scope, "the title of the page");
            continue;
        }
        match page.sections[section].sense.clone() {
            Sense::Levels => walk.container(page, section, true, "its heading says that levels stand below it"),
            Sense::Specialties => walk.container(page, section, false, "its heading says that specialties stand below it"),
            Sense::Column => walk.column(page, section, part),
            Sense::Theme => set(page, section, part, scope, "what a row or a column of a table about levels is about"),
            Sense::Part { part: own, of, weak } if !walk.is_a_title(page, section, own, &of, weak) => {
                walk.part(page, section, own, &of, weak, scope, part);
            }
            _ => walk.title(page, section, scope, part),
        }
    }
    grades::levels_named_with_a_grade(page);
    the_role_itself(page);
    page.place();
}

impl Walk {
    /// A heading further out than a container, or another one beside it, ends the container.
    fn leave(&mut self, page: &Page, section: usize) {
        let depth = page.depth(section);
        match self.mode {
            Mode::Levels { depth: outer, empty, child, .. } | Mode::Specialties { depth: outer, empty, child } => {
                let title = matches!(page.sections[section].sense, Sense::Title | Sense::Clause);
                let within = depth > outer
                    || (empty && (title || child.is_some_and(|child| depth > child)) && child.is_none_or(|child| depth >= child))
                    || (empty
                        && matches!(
                            page.sections[section].sense,
                            Sense::Part { part: Part::Responsibilities | Part::Requirements | Part::Grade, .. }
                        ));
                if !within {
                    self.mode = Mode::Free;
                }
            }
            Mode::Free => {}
        }
    }

    fn container(&mut self, page: &mut Page, section: usize, levels: bool, reason: &'static str) {
        let depth = page.depth(section);
        let empty = page.children(section).next().is_none();
        page.sections[section].reason = reason;
        self.mode = if levels {
            Mode::Levels { at: section, depth, empty, child: None }
        } else {
            Mode::Specialties { depth, empty, child: None }
        };
        self.last = None;
    }

    /// Whether a heading that ends like a section is the title of a specialty or a level all the same: "Customer Experience".
    fn is_a_title(&self, page: &Page, section: usize, part: Part, of: &str, weak: bool) -> bool {
        let direct = match self.mode {
            Mode::Levels { child, .. } | Mode::Specialties { child, .. } => {
                child.is_none_or(|child| page.depth(section) <= child)
            }
            Mode::Free => false,
        };
        weak && !of.is_empty() && (direct || part == Part::Introduction)
    }

    #[allow(clippy::too_many_arguments)]
    fn part(&mut self, page: &mut Page, section: usize, part: Part, of: &str, weak: bool, scope: Scope, above: Option<Part>) {
        let strong_above = above.is_some_and(|above| above != Part::Introduction && above != Part::Grade);
        if weak && strong_above {
            let (scope, reason) = (scope, "a topic of the section it stands in");
            return set(page, section, above, scope, reason);
        }
        let whole = matches!(
            part,
            Part::Hiring | Part::Career | Part::Organization | Part::Links | Part::Initiative | Part::Introduction
        );
        let (scope, reason) = if whole {
            (if part == Part::Introduction { scope } else { Scope::Role }, "its heading names this kind of section")
        } else if of.is_empty() {
            self.unprefixed(page, section, part, scope)
        } else {
            self.prefixed(page, section, part, of, scope)
        };
        set(page, section, Some(part), scope, reason);
        if whole && self.last.is_some_and(|(_, _, last)| last >= page.depth(section)) {
            self.last = None;
        }
    }

    /// A bare "Requirements" belongs to what it stands in, or to the level whose heading stands beside it, just before.
    fn unprefixed(&mut self, page: &mut Page, section: usize, part: Part, scope: Scope) -> (Scope, &'static str) {
        let beside = self
            .last
            .is_some_and(|(_, heading, depth)| depth == page.depth(section) && page.parent(heading) == page.parent(section));
        if scope != Scope::Role && !beside {
            return (scope, "it stands below the heading of its level or specialty");
        }
        if let Some((last, heading, depth)) = self.last {
            if part == Part::Performance && !each_level_has_its_own(page) {
                return (Scope::Role, "it stands below no level and no specialty");
            }
            if depth == page.depth(section) || part == Part::Performance {
                page.move_below(section, heading);
                return (last, "it follows the heading of its level or specialty at the same depth");
            }
            if depth > page.depth(section) && lacks_its(page, last, part) {
                page.move_below(section, heading);
                return (last, "the level before it has no such section of its own, and its other sections have");
            }
        }
        (Scope::Role, "it stands below no level and no specialty")
    }

    fn prefixed(&mut self, page: &mut Page, section: usize, part: Part, of: &str, scope: Scope) -> (Scope, &'static str) {
        let title = Title::read(of, &page.titles.initials);
        let own = match scope {
            Scope::Level(at) => title.likeness(&Title::read(&page.levels[at].title, &page.titles.initials)) >= 70,
            Scope::Specialty(_) => true,
            Scope::Role => false,
        };
        if own || (part == Part::Grade && scope != Scope::Role) {
            return (scope, "its heading names the level or specialty it stands below");
        }
        let found = page.titles.find(of);
        let is_role = title.core == self.role.core && title.steps == self.role.steps
            || (title.steps.is_empty()
                && title.core.len() >= 2
                && title.core.len() <= self.role.core.len()
                && title.is_of(&self.role));
        if let Some(at) = specialty(page, of) {
            return (Scope::Specialty(at), "its heading names the specialty");
        }
        if is_role && (found.is_empty() || scope != Scope::Role) && !below_a_level_directly(page, section) {
            return (Scope::Role, "its heading names the job itself");
        }
        if let [at, ..] = found.as_slice() {
            if self.last.is_some_and(|(last, _, depth)| last == Scope::Level(*at) && depth == page.depth(section))
                && let Some((_, heading, _)) = self.last
            {
                page.move_below(section, heading);
            }
            return (Scope::Level(*at), "its heading names the level");
        }
        if scope != Scope::Role {
            return (scope, "it stands below the heading of its level or specialty");
        }
        let direct = matches!(self.mode, Mode::Levels { child, .. } if child.is_none_or(|child| child == page.depth(section)));
        let bare_step = title.core.is_empty() && !title.steps.is_empty();
        if bare_step || (direct && (part == Part::Grade || title.tells_a_step(&self.role))) {
            let name = if bare_step { format!("{} {}", of, page.role) } else { of.to_owned() };
            let at = self.level(page, section, &name, "a section names this level, which has no heading of its own", false);
            return (Scope::Level(at), "its heading names the level");
        }
        if let Some((last @ Scope::Specialty(_), _, depth)) = self.last
            && depth <= page.depth(section)
        {
            return (last, "it follows the heading of its specialty");
        }
        (Scope::Role, "it stands below no level and no specialty")
    }

    fn title(&mut self, page: &mut Page, section: usize, scope: Scope, part: Option<Part>) {
        let depth = page.depth(section);
        let text = titled(page, section);
        let title = Title::read(&text, &page.titles.initials);
        let graded = has_part(page, section, Part::Grade)
            || grades::states_a_grade(page, section)
            || grades::without_grade(&page.sections[section].heading).1.is_some();
        let parted = [Part::Responsibilities, Part::Requirements].iter().any(|part| has_part(page, section, *part));
        let clause = page.sections[section].sense == Sense::Clause;
        let job = title.is_of(&self.role) && !title.core.is_empty();
        if self.mode == Mode::Free && scope == Scope::Role && part.is_none_or(titles_allowed) && holds_steps(page, section) {
            return self.container(page, section, true, "several titles that tell a step stand below it");
        }
        let like_a_level = !clause && (title.tells_a_step(&self.role) || job);
        // A section about the job grade directly below a title says that it is a level, whatever it is called.
        let holds_its_grade = !clause
            && !matches!(self.mode, Mode::Specialties { .. })
            && scope == Scope::Role
            && title_like(&text)
            && page.children(section).any(|child| is_bare_part(page, child, Part::Grade));
        let like_a_level = like_a_level || holds_its_grade;
        if like_a_level && graded && !is_step_of(page, &text, scope) {
            let in_levels = matches!(self.mode, Mode::Levels { .. });
            let reason = if in_levels { "a title below the heading of the levels, with a grade" } else { "a title with a grade" };
            self.note_child(depth);
            self.level(page, section, &text, reason, true);
            return;
        }
        match self.mode {
            Mode::Levels { at, child, depth: outer, empty }
                if scope == Scope::Role
                    && child.is_none_or(|child| child == depth)
                    && stands_directly(page, section, at, empty) =>
            {
                let group = page.children(section).any(|child| {
                    let below = &page.sections[child];
                    below.sense == Sense::Title && has_part(page, child, Part::Grade)
                });
                let says = like_a_level || parted || (page.blocks_of(section).next().is_some() && !clause && title_like(&text));
                if says && !group {
                    self.mode = Mode::Levels { at, child: Some(depth), depth: outer, empty };
                    self.level(page, section, &text, "a title below the heading of the levels", true);
                    return;
                }
            }
            Mode::Specialties { child, .. } if scope == Scope::Role && !clause && child.is_none_or(|child| child == depth) => {
                self.note_child(depth);
                self.specialty(page, section, &text);
                return;
            }
            Mode::Free if scope == Scope::Role => {
                let allowed = part.is_none_or(titles_allowed);
                let tells = like_a_level && title.tells_a_step(&self.role);
                if allowed && page.is_one_of_several_steps(section) {
                    let name = format!("{text} {}", page.role);
                    self.level(page, section, &name, "one of several headings that tell a step and nothing else", true);
                    return;
                }
                let reason = if allowed && like_a_level && !title.steps.is_empty() && (parted || job) {
                    Some("a title that tells a step of the job's ladder")
                } else if tells && parted && depth > 10 {
                    Some("a title with responsibilities and requirements of its own")
                } else if allowed && tells && stands_beside_levels(page, section) {
                    Some("a title that tells a step, beside the levels")
                } else {
                    None
                };
                if let Some(reason) = reason {
                    self.level(page, section, &text, reason, true);
                    return;
                }
            }
            _ => {}
        }
        let holds_others =
            page.parent(section).filter(|parent| page.sections[*parent].opens && page.blocks_of(*parent).next().is_none());
        if let (Some(_), Scope::Specialty(_), false) = (holds_others, scope, clause) {
            return self.specialty(page, section, &text);
        }
        if section == 1 && part.is_none() && job {
            return set(page, section, Some(Part::Introduction), scope, "the title of the page");
        }
        let reason = if part.is_some() { "a topic of the section it stands in" } else { "no known kind of section" };
        let part = part.filter(|part| *part != Part::Grade);
        set(page, section, part, scope, reason);
        if self.last.is_some_and(|(_, _, last)| last >= depth) {
            self.last = None;
        }
    }

    fn note_child(&mut self, depth: u32) {
        if let Mode::Levels { child, .. } | Mode::Specialties { child, .. } = &mut self.mode {
            child.get_or_insert(depth);
        }
    }

    fn level(&mut self, page: &mut Page, section: usize, title: &str, reason: &'static str, heading: bool) -> usize {
        let known = page.titles.find(title).into_iter().find(|at| page.levels[*at].reason == OF_A_TABLE);
        let at = known.unwrap_or(page.levels.len());
        let line = page.sections[section].line;
        if known.is_none() {
            page.levels.push(Named { title: title.to_owned(), section: heading.then_some(section), line, reason });
            page.titles.add(at, title);
        }
        if heading {
            set(page, section, page.parent(section).and_then(|parent| page.sections[parent].part), Scope::Level(at), reason);
            page.sections[section].opens = true;
            self.last = Some((Scope::Level(at), section, page.depth(section)));
        }
        at
    }

    /// A level that is a column or a row of a table: one that is there already, or a new one.
    fn column(&mut self, page: &mut Page, section: usize, part: Option<Part>) {
        let text = titled(page, section);
        let known = page.titles.find(&text);
        let at = known.first().copied().unwrap_or_else(|| {
            let bare = Title::read(&text, &page.titles.initials).core.is_empty() && !page.role.is_empty();
            let title = if bare { in_the_job(&text, &page.role) } else { text };
            self.level(page, section, &title, OF_A_TABLE, false)
        });
        set(page, section, part, Scope::Level(at), OF_A_TABLE);
        page.sections[section].opens = true;
    }

    fn specialty(&mut self, page: &mut Page, section: usize, title: &str) {
        let reason = "a title below the heading of the specialties";
        let title = title.trim_end_matches("Description").trim_end_matches("description").trim();
        let at = page.specialties.len();
        let line = page.sections[section].line;
        page.specialties.push(Named { title: title.to_owned(), section: Some(section), line, reason });
        set(page, section, None, Scope::Specialty(at), reason);
        page.sections[section].opens = true;
        self.last = Some((Scope::Specialty(at), section, page.depth(section)));
    }
}

/// Why a level was taken for one that a table is about.
const OF_A_TABLE: &str = "a level that a table is about";

/// A step as the title of a level of the job, a remark in brackets behind it: "Junior (L1)".
fn in_the_job(step: &str, role: &str) -> String {
    match step.split_once(" (") {
        Some((step, remark)) => format!("{step} {role} ({remark}"),
        None => format!("{step} {role}"),
    }
}

fn set(page: &mut Page, section: usize, part: Option<Part>, scope: Scope, reason: &'static str) {
    let section = &mut page.sections[section];
    (section.part, section.scope, section.reason) = (part, scope, reason);
}

fn specialty(page: &Page, of: &str) -> Option<usize> {
    let fold = |text: &str| text.to_lowercase().replace(|c: char| !c.is_alphanumeric(), "");
    let of = fold(of);
    page.specialties.iter().rposition(|specialty| {
        let whole = fold(&specialty.title);
        let short = specialty.title.split(" - ").next().map(fold).unwrap_or_default();
        of == whole || of == short || (of.len() > 5 && (whole.starts_with(&of) || of.starts_with(&whole)))
    })
}

/// A page that names no level describes one: the job, or the step that its own title tells.
fn the_role_itself(page: &mut Page) {
    let heading = page
        .sections
        .iter()
        .skip(1)
        .find(|section| matches!(section.sense, Sense::Title) && section.path.is_empty() && section.depth_is_outermost());
    let own = [page.title.clone(), heading.map(|section| bare(&section.heading)).unwrap_or_default()];
    if !page.levels.is_empty() {
        return;
    }
    let step = own.iter().find(|text| !Title::read(text, &page.titles.initials).steps.is_empty());
    let title = step.cloned().unwrap_or_else(|| page.role.clone());
    let title = roles::role_of(&title);
    if step.is_some() {
        page.role = roles::without_steps(&title);
    }
    let reason = "the page names no levels, so the job is its only one";
    page.titles.add(0, &title);
    page.levels.push(Named { title, section: None, line: 1, reason });
}
