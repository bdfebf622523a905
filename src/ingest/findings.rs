//! What the owner of a page should know of how it was read: what contradicts itself, is not there, is not known. Enter at [`add`], once
//! all else of the draft is there.

use std::collections::BTreeMap;

use super::draft::Draft;
use super::grades::{Conflict, Place};
use super::outline::Left;
use super::sections::Page;

/// What the owner of the page should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub sort: Sort,
    pub line: usize,
    pub section: String,
    pub what: String,
}

/// The sorts of finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sort {
    /// What a level takes over from is not on the page.
    UnresolvedInheritance,
    UnknownSection,
    /// A competency that the taxonomy does not have.
    Candidate,
    Conflict,
    /// Something that may have held content could not be read.
    Unread,
}

impl Finding {
    /// One at a block.
    pub fn at(page: &Page, sort: Sort, block: usize, what: String) -> Self {
        let placed = &page.blocks[block];
        Self { sort, line: placed.element.line, section: page.sections[placed.section].path.clone(), what }
    }

    fn in_section(page: &Page, sort: Sort, section: usize, what: String) -> Self {
        let section = &page.sections[section];
        Self { sort, line: section.line, section: section.path.clone(), what }
    }
}

/// Adds what the draft as a whole shows, and puts all findings in order.
pub fn add(draft: &mut Draft, conflicts: &[Conflict], left: &[Left]) {
    let page = &draft.page;
    let mut found: Vec<Finding> = Vec::new();
    found.extend(conflicts.iter().map(|conflict| match conflict.place {
        Place::Block(at) => Finding::at(page, Sort::Conflict, at, conflict.what.clone()),
        Place::Heading(section) => Finding::in_section(page, Sort::Conflict, section, conflict.what.clone()),
    }));
    for (at, section) in
        page.sections.iter().enumerate().skip(1).filter(|(_, section)| section.reason == "no known kind of section")
    {
        let what = format!("“{}” is no section that is known; its items are taken by their wording", section.heading);
        found.push(Finding::in_section(page, Sort::UnknownSection, at, what));
    }
    for left in left.iter().filter(|left| left.content) {
        let what = format!("{}: {}", left.what, left.reason);
        found.push(Finding { sort: Sort::Unread, line: left.line, section: String::new(), what });
    }
    let mut candidates: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for statement in &draft.statements {
        for mention in statement.mentions.iter().filter(|mention| mention.thing.iri.is_none()) {
            candidates.entry(&mention.thing.label).or_insert((0, statement.block)).0 += 1;
        }
    }
    for (label, (count, block)) in candidates {
        let what = if count == 1 { label.to_owned() } else { format!("{label} ({count} times)") };
        found.push(Finding::at(page, Sort::Candidate, block, what));
    }
    draft.findings.extend(found);
    draft.findings.sort_by_key(|finding| (finding.sort, finding.line));
}
