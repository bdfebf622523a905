//! What the job of a page is called, and in which order its levels stand. Enter at [`role_of`], [`family`] and [`order`].

use std::collections::{BTreeMap, BTreeSet};

use super::grades::Grade;
use super::outline::plain;
use super::sections::Page;
use super::titles::{Title, Track};

/// The name of the job family: what the titles of most levels have in common, or else the page's own title.
pub fn family(page: &Page) -> String {
    let role = page.role_title();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let individual =
        page.levels.iter().filter(|level| Title::read(&level.title, &page.titles.initials).height(&role).0 == Track::Individual);
    for level in individual {
        let name = without_steps(&level.title);
        if !name.is_empty() {
            *counts.entry(name).or_default() += 1;
        }
    }
    let total: usize = counts.values().sum();
    let most = counts.iter().max_by_key(|(name, count)| (**count, std::cmp::Reverse(name.len())));
    let same_job = |name: &str| Title::read(name, &page.titles.initials).is_of(&role);
    match most {
        // A page about one step of a ladder names the job in that step's title.
        Some((name, _)) if page.levels.len() == 1 && *name != page.levels[0].title => name.clone(),
        Some((name, count))
            if *count * 2 > total && (total > 1 || same_job(name)) && (*count > 1 || name.split(' ').count() > 1) =>
        {
            name.clone()
        }
        _ => page.role.clone(),
    }
}

/// A title without the words that tell a step of the ladder.
pub fn without_steps(title: &str) -> String {
    let none = BTreeMap::new();
    let step = |word: &str| {
        let read = Title::read(word.trim_matches(|c: char| !c.is_alphanumeric()), &none);
        read.core.is_empty() && (!read.steps.is_empty() || word.eq_ignore_ascii_case("level"))
    };
    let kept: Vec<&str> = title.split_whitespace().filter(|word| !step(word)).collect();
    let kept = kept.join(" ");
    let open = kept.split(" (").next().unwrap_or_default();
    open.trim_matches(|c: char| !c.is_alphanumeric() && c != ')').to_owned()
}

/// The levels from the lowest to the highest. The page's order counts, unless a title or an inheritance tells otherwise: a level
/// stands above those it builds on, above the lower steps of its own track, and above those of a lower grade.
pub fn order(page: &Page, builds_on: &[(usize, usize)], grades: &[Grade]) -> Vec<usize> {
    let role = page.role_title();
    let heights: Vec<(Track, u32)> =
        page.levels.iter().map(|level| Title::read(&level.title, &page.titles.initials).height(&role)).collect();
    let grade = |level: usize| grades.iter().find(|grade| grade.level == level).and_then(|grade| grade.value.parse::<f64>().ok());
    let mut below: BTreeSet<(usize, usize)> = BTreeSet::new();
    for (upper, lower) in builds_on {
        // "Junior extends Intermediate" takes over from above, and does not stand there.
        let ((track, height), (other, lower_height)) = (heights[*upper], heights[*lower]);
        if track != other || height >= lower_height {
            below.insert((*lower, *upper));
        }
    }
    for (a, b) in (0..heights.len()).flat_map(|a| (0..heights.len()).map(move |b| (a, b))) {
        if let (Some(lower), Some(higher)) = (grade(a), grade(b))
            && lower < higher
            && !below.contains(&(b, a))
        {
            below.insert((a, b));
        }
    }
    for (a, (track, height)) in heights.iter().enumerate() {
        for (b, (other, higher)) in heights.iter().enumerate() {
            if track == other && height < higher && !below.contains(&(b, a)) {
                below.insert((a, b));
            }
        }
    }
    let mut left: Vec<usize> = (0..page.levels.len()).collect();
    left.sort_by_key(|level| page.levels[*level].line);
    let mut ordered = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let free = left.iter().position(|level| !left.iter().any(|other| below.contains(&(*other, *level))));
        // Two that claim to be above each other stand in the page's order.
        ordered.push(left.remove(free.unwrap_or(0)));
    }
    ordered
}

/// The job that a page's title names: "Backend Engineering Roles at Acme" is about backend engineering.
pub fn role_of(title: &str) -> String {
    let title = plain(title);
    let parts: Vec<&str> = title.split([':', '|', '–', '—']).flat_map(|part| part.split(" - ")).map(str::trim).collect();
    // "Engineering Levels - Software Engineer" says last what it is about.
    let (kind, named) = parts.split_first().map_or(("", parts.as_slice()), |(kind, rest)| (*kind, rest));
    let about = named
        .iter()
        .find(|part| !part.is_empty() && job_in(part) == **part)
        .filter(|_| GENERIC.contains(&last_word(kind).as_str()));
    let role = about.map_or_else(|| job_in(kind), |about| (*about).to_owned());
    if role.is_empty() { title.trim().to_owned() } else { role }
}

/// What pages about a job's ladder are called.
const GENERIC: &[&str] = &["levels", "ladder", "framework", "titles", "matrix", "description", "competencies", "expectations"];

fn last_word(text: &str) -> String {
    text.split_whitespace().next_back().unwrap_or_default().to_lowercase()
}

/// A title without what says that it is the title of a page about a job.
fn job_in(title: &str) -> String {
    const BEFORE: &[&str] = &["job description", "titles for", "levels for", "career ladder for", "career path for", "roles in"];
    const AFTER: &[&str] = &[
        " job family",
        " roles at ",
        " role at ",
        " roles & ",
        " roles and ",
        " job description",
        " job level",
        " roles",
        " career framework",
        " career ladder",
        " career path",
        " career track",
        " career progression",
        " career level",
        " progression",
        " competency",
        " competencies",
        " skills matrix",
        " levels",
        " level guide",
        " leveling",
        " levelling",
        " ladder",
        " titles",
    ];
    let lower = title.to_lowercase();
    let start = BEFORE.iter().filter(|words| lower.starts_with(**words)).map(|words| words.len()).max().unwrap_or_default();
    let rest = title.get(start..).unwrap_or(title).trim();
    let lower = rest.to_lowercase();
    let end = AFTER.iter().filter_map(|words| lower.find(words)).min().unwrap_or(rest.len());
    rest.get(..end).unwrap_or(rest).trim().to_owned()
}
