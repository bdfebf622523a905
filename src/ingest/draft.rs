//! What a page says, as far as it is understood: levels, specialties, statements, facts, and what was left out and why. Enter at
//! [`Draft::read`]: a pure function from a page and the known names. Minting IRIs is `graph`'s work.

use std::collections::{BTreeMap, BTreeSet};

use super::findings::{self, Finding, Sort};
use super::grades::{self, Place};
use super::headings::Part;
use super::inherit::{self, Reporting};
use super::ladder;
use super::mentions::{Lexicon, Manner, Mention, Thing};
use super::outline::{BlockKind, Kind, Outline};
use super::roles;
use super::sections::{Page, Placed, Scope};
use super::titles::Title;
use super::wording::{self, Modality, Quantity, StatementKind};

/// A page, understood.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    pub page: Page,
    /// Where the page says it is published.
    pub address: Option<String>,
    /// The name of the job family.
    pub family: String,
    /// From the lowest to the highest.
    pub levels: Vec<Level>,
    pub statements: Vec<Statement>,
    pub reports: Vec<Reports>,
    pub involved: Vec<Involved>,
    pub steps: Vec<HiringStep>,
    pub omissions: Vec<Omission>,
    pub findings: Vec<Finding>,
}

/// One level.
#[derive(Clone, Debug)]
pub struct Level {
    /// Its number on the page, by which scopes name it.
    pub number: usize,
    pub title: String,
    pub grade: Option<(String, Place)>,
    /// The levels it takes over from, and the blocks that say so.
    pub extends: Vec<(usize, usize)>,
    /// Those among what the page says it takes over from that stand above it.
    pub above: Vec<usize>,
    pub progression_of: Option<(usize, usize)>,
}

/// One list item that asks for or tells something.
#[derive(Clone, Debug)]
pub struct Statement {
    pub block: usize,
    pub scope: Scope,
    pub kind: StatementKind,
    pub reason: &'static str,
    pub modality: Modality,
    pub mentions: Vec<Mention>,
    pub quantities: Vec<Quantity>,
}

/// Whom the holders of something report to.
#[derive(Clone, Debug)]
pub struct Reports {
    pub block: usize,
    pub scope: Scope,
    pub manner: Reporting,
    pub to: Vec<String>,
}

/// A competency that prose names.
#[derive(Clone, Debug)]
pub struct Involved {
    pub block: usize,
    pub scope: Scope,
    pub thing: Thing,
}

/// One step of the hiring process.
#[derive(Clone, Debug)]
pub struct HiringStep {
    pub block: usize,
    pub with: Vec<String>,
    pub minutes: Vec<Quantity>,
}

/// A block that states nothing the model holds.
#[derive(Clone, Debug)]
pub struct Omission {
    pub block: usize,
    pub reason: &'static str,
}

impl Draft {
    /// Understands a page; `name` is what to call one that says no title.
    pub fn read(outline: Outline, name: &str, lexicon: &Lexicon) -> Self {
        let (address, left) = (outline.address.clone(), outline.left.clone());
        let page = Page::read(outline, name);
        let mut draft = Self { family: roles::family(&page), page, address, ..Self::default() };
        let (grades, conflicts) = grades::read(&draft.page);
        let inherited = draft.inheritance();
        draft.levels(&grades, &inherited);
        let own = draft.own_names();
        let facts = draft.blocks_with_facts();
        for block in 0..draft.page.blocks.len() {
            let takes_over = inherited.iter().any(|(at, said)| *at == block && (said.whole || draft.is_prose(block)));
            let graded = facts.contains(&block) && !takes_over;
            if (takes_over || draft.repeats_a_grade(block)) && !facts.contains(&block) {
                let reason = if takes_over {
                    "says that something is taken over, which is said elsewhere, holds anyway or is not there"
                } else {
                    "says a grade again"
                };
                draft.omissions.push(Omission { block, reason });
            }
            draft.block(block, takes_over || graded || draft.repeats_a_grade(block), lexicon, &own);
        }
        findings::add(&mut draft, &conflicts, &left);
        draft
    }

    fn inheritance(&self) -> Vec<(usize, inherit::Inheritance)> {
        let blocks = self.page.blocks.iter().enumerate();
        blocks.filter_map(|(at, block)| Some((at, inherit::inheritance(&self.page, block)?))).collect()
    }

    fn levels(&mut self, grades: &[grades::Grade], inherited: &[(usize, inherit::Inheritance)]) {
        let links: Vec<(usize, usize)> =
            inherited.iter().flat_map(|(_, said)| said.from.iter().map(|from| (said.level, *from))).collect();
        let order = roles::order(&self.page, &links, grades);
        let rank = |level: usize| order.iter().position(|other| *other == level);
        for number in order.iter().copied() {
            let named = &self.page.levels[number];
            let grade = grades.iter().find(|grade| grade.level == number).map(|grade| (grade.value.clone(), grade.place));
            let mut level =
                Level { number, title: named.title.clone(), grade, extends: Vec::new(), above: Vec::new(), progression_of: None };
            for (block, said) in inherited.iter().filter(|(_, said)| said.level == number) {
                for from in &said.from {
                    if rank(*from) >= rank(number) && !level.above.contains(from) {
                        level.above.push(*from);
                        let what = format!(
                            "{} is said to have what {} has, which stands above it: the model hands on upwards only",
                            named.title, self.page.levels[*from].title
                        );
                        self.findings.push(Finding::at(&self.page, Sort::Conflict, *block, what));
                    } else if said.extends && !level.extends.iter().any(|(known, _)| known == from) {
                        level.extends.push((*from, *block));
                    } else if !said.extends && level.progression_of.is_none() {
                        level.progression_of = Some((*from, *block));
                    }
                }
            }
            level.progression_of = level.progression_of.filter(|(from, _)| !level.extends.iter().any(|(known, _)| known == from));
            self.levels.push(level);
        }
        for (block, said) in inherited {
            for dangling in &said.dangling {
                let what =
                    format!("{} builds on “{dangling}”, which this page does not have", self.page.levels[said.level].title);
                self.findings.push(Finding::at(&self.page, Sort::UnresolvedInheritance, *block, what));
            }
        }
    }

    /// Names that the page is about, such as that of its organisation: people work at it, and things are its own.
    fn own_names(&self) -> Vec<String> {
        let mut counts: BTreeMap<String, (usize, usize)> = BTreeMap::new();
        for block in &self.page.blocks {
            let words: Vec<&str> = block.element.text.split(' ').collect();
            for (at, word) in words.iter().enumerate().filter(|(_, word)| word.starts_with(|c: char| c.is_uppercase())) {
                let bare = word.trim_matches(|c: char| !c.is_alphanumeric()).trim_end_matches("'s").trim_end_matches("’s");
                let owns = word.contains("'s")
                    || word.contains("’s")
                    || at.checked_sub(1).is_some_and(|before| ["at", "within"].contains(&words[before]));
                let (all, own) = counts.entry(bare.to_owned()).or_default();
                *all += 1;
                *own += usize::from(owns);
            }
        }
        counts
            .into_iter()
            .filter(|(name, (all, own))| name.len() > 2 && *all >= 3 && *own >= 1 && own * 12 >= *all)
            .map(|(name, _)| name)
            .collect()
    }

    /// The blocks that a grade or a relation between levels is taken from.
    fn blocks_with_facts(&self) -> BTreeSet<usize> {
        let rank = |number: usize| self.levels.iter().position(|level| level.number == number);
        let of = |level: &Level| {
            let grade = level
                .grade
                .iter()
                .filter_map(|(_, place)| if let Place::Block(at) = place { Some(*at) } else { None })
                .collect::<Vec<_>>();
            let links = level.extends.iter().chain(&level.progression_of).filter(|(from, _)| rank(*from) < rank(level.number));
            grade.into_iter().chain(links.map(|(_, block)| *block)).collect::<Vec<_>>()
        };
        self.levels.iter().flat_map(of).collect()
    }

    fn is_prose(&self, block: usize) -> bool {
        self.page.blocks[block].kind == BlockKind::Paragraph
    }

    fn repeats_a_grade(&self, block: usize) -> bool {
        let block = &self.page.blocks[block];
        self.page.sections[block.section].part == Some(Part::Grade) && grades::states(&block.element.text)
    }

    fn block(&mut self, at: usize, said: bool, lexicon: &Lexicon, own: &[String]) {
        let block = self.page.blocks[at].clone();
        let section = &self.page.sections[block.section];
        let (scope, part) = (section.scope, section.part);
        let reports = inherit::reporting(&block.element.text).filter(|_| block.kind != BlockKind::Row);
        let short = block.element.text.split_whitespace().count() <= 25;
        if let Some((manner, to)) = reports {
            let reports_only = block.kind == BlockKind::Paragraph || short;
            if said && reports_only {
                self.omissions.retain(|omission| omission.block != at);
            }
            self.reports.push(Reports { block: at, scope: self.reporter(&block, scope), manner, to });
            if reports_only {
                return;
            }
        }
        if said {
            return;
        }
        if let (Scope::Specialty(_), true) = (scope, inherit::takes_over(&block)) {
            return self
                .omissions
                .push(Omission { block: at, reason: "a specialty that builds on a level: its holders have a level anyway" });
        }
        let left = match (part, block.kind) {
            (Some(Part::Hiring), BlockKind::Item) => return self.hiring_step(at, &block),
            (Some(Part::Links), _) => Some("links, and no statement"),
            (Some(Part::Organization), _) => Some("what the organisation says of itself"),
            (Some(Part::Initiative), _) => Some("about an initiative, which is not read yet"),
            (Some(Part::Career), _) => Some("where the ladder leads: no statement about the holders"),
            (Some(Part::Hiring), _) => Some("about how people are hired, and no step of it"),
            // A list below the grade lost its heading.
            (Some(Part::Grade), BlockKind::Item) if scope != Scope::Role && ladder::is_prose(&block.element.text) => {
                return self.statement(at, &block, scope, None, lexicon, own);
            }
            (Some(Part::Grade), _) => Some("beside the grade, and no grade"),
            (Some(Part::Performance), _) => {
                Some("an indicator of performance: it tells what is measured, and states nothing of a holder")
            }
            (_, BlockKind::Paragraph) => return self.prose(at, &block, scope, lexicon, own),
            (_, BlockKind::Row) if block.element.kind == Kind::Cell => None,
            (_, BlockKind::Row) if matches!(&block.element.kind, Kind::Row { cells, .. } if !cells.iter().any(|cell| ladder::is_prose(cell))) => {
                Some("a row of a table that gives no grade")
            }
            _ if is_contents(&block) => Some("a table of contents"),
            (None | Some(Part::Introduction), BlockKind::Item) if is_a_link(&block) => Some("a link, and no statement"),
            _ => None,
        };
        match left {
            Some(reason) => self.omissions.push(Omission { block: at, reason }),
            None => self.statement(at, &block, scope, part, lexicon, own),
        }
    }

    /// Who reports: the level that the sentence names, or whom the section is about.
    fn reporter(&self, block: &Placed, scope: Scope) -> Scope {
        let subject = block
            .element
            .text
            .split(" report")
            .next()
            .unwrap_or_default()
            .trim_start_matches(['*', ' '])
            .trim_start_matches("The ");
        let subject = subject.trim_end_matches(" typically").trim_end_matches(" role").trim_end_matches(" will");
        match self.page.titles.find(subject).as_slice() {
            [level] if scope == Scope::Role && !subject.is_empty() => Scope::Level(*level),
            _ => scope,
        }
    }

    fn statement(&mut self, at: usize, block: &Placed, scope: Scope, part: Option<Part>, lexicon: &Lexicon, own: &[String]) {
        let text = &block.element.text;
        let section = &self.page.sections[block.section];
        let (kind, reason) = wording::statement_kind(said(block), part);
        let of_section = wording::force_of_section(part, &section.heading).or_else(|| self.introduced(at));
        let mut mentions = lexicon.mentions(text, own);
        if block.element.kind == Kind::Cell {
            lexicon.add_theme(&section.heading, kind, &mut mentions);
        }
        if mentions.is_empty() {
            mentions.push(lexicon.candidate(text, kind));
        }
        for mention in &mut mentions {
            mention.modality = mention.modality.max(of_section.unwrap_or(Modality::Required));
        }
        let modality = mentions.iter().map(|mention| mention.modality).min().unwrap_or(Modality::Required);
        let quantities = wording::quantities(text);
        self.statements.push(Statement { block: at, scope, kind, reason, modality, mentions, quantities });
    }

    /// The force that the paragraph above a list gives to its items: "Ideally you also have".
    fn introduced(&self, at: usize) -> Option<Modality> {
        let section = self.page.blocks[at].section;
        let before = self.page.blocks[..at]
            .iter()
            .rev()
            .take_while(|block| block.section == section)
            .find(|block| block.kind == BlockKind::Paragraph)?;
        let text = &before.element.text;
        let introduces = text.ends_with(':') && text.len() < 120;
        let modality = wording::force(text).into_iter().map(|(_, modality)| modality).max();
        modality.filter(|_| introduces)
    }

    fn prose(&mut self, at: usize, block: &Placed, scope: Scope, lexicon: &Lexicon, own: &[String]) {
        let mentions = lexicon.mentions(&block.element.text, own);
        let named: Vec<&Mention> =
            mentions.iter().filter(|mention| mention.manner != Manner::Example && mention.thing.iri.is_some()).collect();
        if named.is_empty() {
            let introduces = block.element.text.ends_with(':');
            let reason =
                if introduces { "introduces the list below it" } else { "prose that states no single point of the model" };
            self.omissions.push(Omission { block: at, reason });
        }
        for mention in named {
            self.involved.push(Involved { block: at, scope, thing: mention.thing.clone() });
        }
    }

    fn hiring_step(&mut self, at: usize, block: &Placed) {
        let minutes =
            wording::quantities(&block.element.text).into_iter().filter(|quantity| quantity.unit == "minute").take(1).collect();
        self.steps.push(HiringStep { block: at, with: interviewers(&block.element.text), minutes });
    }

    /// The title of a job as this page's words read it.
    pub fn title(&self, text: &str) -> Title {
        Title::read(text, &self.page.titles.initials)
    }
}

/// What a block says: of a row its longest cell, beside which the others name what it is about.
fn said(block: &Placed) -> &str {
    match &block.element.kind {
        Kind::Row { cells, .. } => cells.iter().max_by_key(|cell| cell.len()).map_or(&block.element.text, String::as_str),
        _ => &block.element.text,
    }
}

fn is_contents(block: &Placed) -> bool {
    is_a_link(block) && block.element.links[0].target.starts_with('#')
}

fn is_a_link(block: &Placed) -> bool {
    matches!(block.element.links.as_slice(), [link] if link.text == block.element.text)
}

/// Whom a candidate meets, as a hiring step names them.
fn interviewers(text: &str) -> Vec<String> {
    const POSTS: &[(&str, &str)] = &[
        ("hiring manager", "Hiring Manager"),
        ("recruiter", "Recruiter"),
        ("peer", "Peer"),
        ("director", "Director"),
        ("vp ", "VP"),
        ("vice president", "VP"),
        ("ceo", "CEO"),
        ("cto", "CTO"),
        ("cfo", "CFO"),
        ("ciso", "CISO"),
        ("chief executive", "CEO"),
        ("product manager", "Product Manager"),
        ("executive", "Executive"),
        ("team member", "Team member"),
    ];
    let lower = format!("{} ", text.to_lowercase());
    let mut found: Vec<String> =
        POSTS.iter().filter(|(word, _)| lower.contains(word)).map(|(_, post)| (*post).to_owned()).collect();
    found.dedup();
    found
}
