//! What stands around a heading, by which it is told what it is: the sections below and beside it, and what their titles say.
//! `scopes` asks, and decides.

use super::grades;
use super::headings::{Part, Sense, bare};
use super::sections::{Named, Page, Scope};
use super::titles::{Title, without_remarks};

/// Whether a heading stands directly below a container, or below a heading that only groups what is there.
pub fn stands_directly(page: &Page, section: usize, container: usize, empty: bool) -> bool {
    let parent = page.parent(section);
    let groups = |parent: usize| {
        page.parent(parent) == Some(container)
            && page.blocks_of(parent).next().is_none()
            && page.children(parent).any(|child| has_part(page, child, Part::Grade))
    };
    parent == Some(container) || (empty && parent.is_none_or(|parent| parent < container)) || parent.is_some_and(groups)
}

/// Sections within which a title may open a level.
pub fn titles_allowed(part: Part) -> bool {
    matches!(part, Part::Introduction | Part::Responsibilities | Part::Requirements | Part::Performance)
}

/// Whether a title is that of the level it stands below, so that it opens none.
pub fn is_step_of(page: &Page, text: &str, scope: Scope) -> bool {
    matches!(scope, Scope::Level(at) if page.levels[at].title == text)
}

/// A few words, each of the greater ones with a capital: not "Areas of expertise for leveling".
pub fn title_like(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().filter(|word| word.len() > 3).collect();
    words.len() <= 8 && words.iter().all(|word| word.starts_with(|c: char| !c.is_lowercase()))
}

/// Whether a section of this kind stands below a heading, or beside it and before the next title.
pub fn has_part(page: &Page, section: usize, part: Part) -> bool {
    let is = |at: usize| matches!(&page.sections[at].sense, Sense::Part { part: own, .. } if *own == part);
    if page.children(section).any(is) {
        return true;
    }
    let depth = page.depth(section);
    let beside = (section + 1..page.sections.len()).take_while(|at| {
        page.depth(*at) > depth || (page.depth(*at) == depth && matches!(page.sections[*at].sense, Sense::Part { .. }))
    });
    beside.filter(|at| page.depth(*at) == depth).any(|at| is_bare_part(page, at, part))
}

/// Whether a heading names a kind of section and nothing else.
pub fn is_bare_part(page: &Page, section: usize, part: Part) -> bool {
    matches!(&page.sections[section].sense, Sense::Part { part: own, of, .. } if *own == part && of.is_empty())
}

/// Whether several levels stand before a heading, at its depth and below the same one.
pub fn stands_beside_levels(page: &Page, section: usize) -> bool {
    let beside = |level: &&Named| {
        level.section.is_some_and(|at| page.parent(at) == page.parent(section) && page.depth(at) == page.depth(section))
    };
    page.levels.iter().filter(beside).count() >= 2
}

pub fn below_a_level_directly(page: &Page, section: usize) -> bool {
    let Some(parent) = page.parent(section).filter(|parent| page.sections[*parent].opens) else { return false };
    page.parent(parent).is_none_or(|above| !matches!(page.sections[above].sense, Sense::Part { .. }))
}

/// Whether the last level has some sections of its own but not this one, though others have.
pub fn lacks_its(page: &Page, scope: Scope, part: Part) -> bool {
    let has = |scope: Scope| page.sections.iter().any(|section| section.scope == scope && section.part == Some(part));
    let others = (0..page.levels.len()).filter(|at| Scope::Level(*at) != scope).collect::<Vec<_>>();
    let having = others.iter().filter(|at| has(Scope::Level(**at))).count();
    let started = page.sections.iter().any(|section| section.scope == scope && section.part == Some(Part::Responsibilities));
    matches!(part, Part::Responsibilities | Part::Requirements)
        && started
        && !has(scope)
        && having > 1
        && having * 4 >= others.len() * 3
}

/// Whether performance indicators stand beside most of the levels, and so belong to them.
pub fn each_level_has_its_own(page: &Page) -> bool {
    let of = page.sections.iter().filter(|section| matches!(section.sense, Sense::Part { part: Part::Performance, .. })).count();
    of > 1
}

/// Whether several titles that tell a step stand directly below a heading that tells none itself; the title of the page may.
pub fn holds_steps(page: &Page, section: usize) -> bool {
    let title = |section: usize| {
        let text = titled(page, section);
        (page.sections[section].sense == Sense::Title && title_like(&text)).then(|| Title::read(&text, &page.titles.initials))
    };
    let own = title(section).map(|own| own.steps).unwrap_or_default();
    let tells = |child: usize| title(child).is_some_and(|title| title.is_on_a_ladder() && !title.steps.is_subset(&own));
    (own.is_empty() || section == 1) && page.children(section).filter(|child| tells(*child)).count() >= 2
}

/// Whether the first heading is the title of the page: the only one of the first order, or above the levels.
pub fn is_the_pages_title(page: &Page, section: usize) -> bool {
    let outermost = page.sections.iter().skip(1).filter(|section| section.depth_is_outermost()).count();
    let alone = outermost == 1 && page.sections.len() > 2;
    let title = matches!(page.sections[section].sense, Sense::Title | Sense::Clause);
    let named = title || bare(&page.sections[section].heading) == page.title;
    section == 1 && page.depth(section) == 10 && ((alone && named) || (title && holds_steps(page, section)))
}

/// The title in a heading, without its grade and remarks.
pub fn titled(page: &Page, section: usize) -> String {
    let (text, _) = grades::without_grade(&bare(&page.sections[section].heading));
    without_remarks(&text).trim().to_owned()
}
