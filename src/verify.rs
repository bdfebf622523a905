//! Holds the data against the page it was read from: is every item of the page accounted for, and does every piece of
//! evidence still say what the page says? Enter at [`verify`]; [`fill`] writes digests into Turtle.
//! A place (section, kind of block, position) identifies an item of the page, the digest verifies it.

use std::collections::{BTreeMap, BTreeSet};

use oxigraph::model::{GraphName, NamedNode, NamedNodeRef, NamedOrBlankNode, Quad, Term};

use crate::ingest::outline::{Block, BlockKind};
use crate::store::{Store, StoreError, text};
use crate::words;

/// Separates the headings of a section path.
const ARROW: &str = " › ";

/// Where a block stands: the section's heading path, the kind of block, and its number among those of the section.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub section: String,
    pub kind: BlockKind,
    pub position: u32,
}

/// What the data says of one place.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// Empty until filled.
    pub digest: String,
    /// The statements, facts and omissions read from there.
    pub things: Vec<NamedNode>,
    /// What the first of them says.
    pub label: String,
    /// Why the place states no fact of the model, where it does not.
    pub omitted: Option<String>,
}

/// What came of comparing page and data.
#[derive(Debug, Default)]
pub struct Report {
    pub items: usize,
    pub paragraphs: usize,
    pub headings: usize,
    /// Paragraphs that state no fact, with the reason.
    pub boilerplate: Vec<(Place, String)>,
    pub problems: Vec<Discrepancy>,
}

/// One thing on which page and data differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Discrepancy {
    /// The page's block at a known place reads otherwise than when it was read.
    Changed { place: Place, line: usize, says: String, text: String },
    /// The page has a block that the data does not account for.
    Unknown { place: Place, line: usize, text: String },
    /// The data rests on a block that the page does not have.
    Missing { place: Place, says: String },
    /// A heading reads otherwise; what stands below it is as it was.
    Heading { section: String, line: Option<usize>, text: String },
    /// Blocks that read as they did, but stand elsewhere.
    Moved { from: String, to: String, count: usize },
    /// Two pieces of evidence of one place disagree.
    Conflict { place: Place },
}

/// A page's blocks at their places, and the headings between them.
struct Placed {
    blocks: Vec<(Place, Block)>,
    opened: BTreeSet<String>,
}

/// What the data knows of one document.
pub struct Known {
    places: BTreeMap<Place, Evidence>,
    sections: BTreeSet<String>,
    conflicts: Vec<Place>,
}

/// Reads all evidence that the data takes from a document.
///
/// # Errors
/// When the store fails.
pub fn known(store: &Store, document: &NamedNode) -> Result<Known, StoreError> {
    let quads = store.quads(None)?;
    let mut about: BTreeMap<String, Vec<&Quad>> = BTreeMap::new();
    for quad in &quads {
        about.entry(quad.subject.to_string()).or_default().push(quad);
    }
    let mut known = Known { places: BTreeMap::new(), sections: BTreeSet::new(), conflicts: Vec::new() };
    let from_here = |quad: &&Quad| quad.predicate == words::SOURCE_DOCUMENT && quad.object == Term::from(document.clone());
    for quad in quads.iter().filter(from_here) {
        let (Some(thing), NamedOrBlankNode::NamedNode(subject)) = (about.get(&quad.subject.to_string()), &quad.subject) else {
            continue;
        };
        known.add(subject, thing);
    }
    let empty = about.get(&document.to_string()).into_iter().flatten();
    known.sections.extend(empty.filter(|quad| quad.predicate == words::SECTION).map(|quad| text(&quad.object)));
    Ok(known)
}

/// The documents that the data says it was read from.
///
/// # Errors
/// When the store fails.
pub fn documents(store: &Store) -> Result<Vec<NamedNode>, StoreError> {
    let quads = store.quads(None)?;
    let mut documents: Vec<NamedNode> = quads
        .into_iter()
        .filter(|quad| quad.predicate == words::SOURCE_DOCUMENT)
        .filter_map(|quad| NamedNode::try_from(quad.object).ok())
        .collect();
    documents.sort();
    documents.dedup();
    Ok(documents)
}

impl Known {
    fn add(&mut self, thing: &NamedNode, said: &[&Quad]) {
        let value =
            |predicate: NamedNodeRef<'_>| said.iter().find(|quad| quad.predicate == predicate).map(|quad| text(&quad.object));
        let (Some(section), Some(position)) = (value(words::SECTION), value(words::POSITION)) else { return };
        let Ok(position) = position.parse() else { return };
        let item = value(words::BLOCK_KIND).is_some_and(|kind| kind == words::LIST_ITEM.as_str());
        let kind = if item { BlockKind::Item } else { BlockKind::Paragraph };
        let place = Place { section, kind, position };
        let digest = value(words::SOURCE_DIGEST).unwrap_or_default();
        self.sections.insert(place.section.clone());
        let evidence =
            self.places.entry(place.clone()).or_insert_with(|| Evidence { digest: digest.clone(), ..Evidence::default() });
        if evidence.digest != digest && !self.conflicts.contains(&place) {
            self.conflicts.push(place);
        }
        evidence.things.push(thing.clone());
        if let Some(label) = value(words::other::PREF_LABEL).filter(|_| evidence.label.is_empty()) {
            evidence.label = label;
        }
        evidence.omitted = evidence.omitted.take().or_else(|| value(words::REASON));
    }

    /// Every heading path that some evidence stands below, and those above them.
    fn paths(&self) -> BTreeSet<Vec<&str>> {
        let paths = self.sections.iter().map(|section| section.split(ARROW).collect::<Vec<_>>());
        paths.flat_map(|path| (1..=path.len()).map(move |depth| path[..depth].to_vec())).collect()
    }

    /// How many places it knows.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether nothing was read from the document.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }
}

/// Compares a page, read into blocks, with what the data knows of it.
pub fn verify(known: &Known, page: Vec<Block>) -> Report {
    let placed = place(known, page);
    let mut report = Report { headings: placed.opened.len(), ..Report::default() };
    report.problems.extend(known.conflicts.iter().cloned().map(|place| Discrepancy::Conflict { place }));
    let mut unused: BTreeMap<&Place, &Evidence> = known.places.iter().collect();
    let mut left: Vec<&(Place, Block)> = Vec::new();
    for entry in &placed.blocks {
        match unused.get(&entry.0).filter(|evidence| evidence.digest == entry.1.digest()) {
            Some(evidence) => {
                report.count(&entry.0, evidence);
                unused.remove(&entry.0);
            }
            None => left.push(entry),
        }
    }
    moved(&placed, &mut left, &mut unused, &mut report);
    for (place, block) in left {
        let (line, text) = (block.line, block.text.clone());
        report.problems.push(match unused.remove(place) {
            Some(evidence) => Discrepancy::Changed { place: place.clone(), line, says: evidence.label.clone(), text },
            None => Discrepancy::Unknown { place: place.clone(), line, text },
        });
    }
    let missing =
        unused.into_iter().map(|(place, evidence)| Discrepancy::Missing { place: place.clone(), says: evidence.label.clone() });
    report.problems.extend(missing);
    report
}

/// Takes out what reads as it did but stands elsewhere: below a heading that was reworded, or at another position.
fn moved(placed: &Placed, left: &mut Vec<&(Place, Block)>, unused: &mut BTreeMap<&Place, &Evidence>, report: &mut Report) {
    let mut moves: BTreeMap<(String, String), Vec<usize>> = BTreeMap::new();
    left.retain(|(place, block)| {
        let digest = block.digest();
        let same = |(candidate, evidence): &(&&Place, &&Evidence)| candidate.kind == place.kind && evidence.digest == digest;
        let nearest = |(candidate, _): &(&&Place, &&Evidence)| {
            (candidate.section != place.section, candidate.position.abs_diff(place.position))
        };
        let Some((from, evidence)) = unused.iter().filter(same).min_by_key(nearest).map(|(from, evidence)| (*from, *evidence))
        else {
            return true;
        };
        report.count(place, evidence);
        unused.remove(from);
        moves.entry((from.section.clone(), place.section.clone())).or_default().push(block.line);
        false
    });
    let mut reworded: BTreeSet<String> = BTreeSet::new();
    for ((from, to), lines) in moves {
        if placed.opened.contains(&from) {
            report.problems.push(Discrepancy::Moved { from, to, count: lines.len() });
        } else if reworded.insert(from.clone()) {
            // The block just before the first of them is what the heading reads now.
            let first = lines.into_iter().min().unwrap_or_default();
            let heading = left.iter().rposition(|(_, block)| block.line < first);
            let block = heading.map(|at| &left.remove(at).1);
            let text = block.map(|block| block.text.clone()).unwrap_or_default();
            report.problems.push(Discrepancy::Heading { section: from, line: block.map(|block| block.line), text });
        }
    }
}

impl Report {
    fn count(&mut self, place: &Place, evidence: &Evidence) {
        match (&evidence.omitted, place.kind) {
            (Some(reason), _) => self.boilerplate.push((place.clone(), reason.clone())),
            (None, BlockKind::Item) => self.items += 1,
            (None, BlockKind::Paragraph | BlockKind::Row) => self.paragraphs += 1,
        }
    }

    /// Whether page and data agree.
    pub fn agrees(&self) -> bool {
        self.problems.is_empty()
    }
}

/// Gives each block its place. A block is a heading where it reads like the last part of a section path not yet opened.
fn place(known: &Known, page: Vec<Block>) -> Placed {
    let paths = known.paths();
    let mut placed = Placed { blocks: Vec::new(), opened: BTreeSet::new() };
    let mut current: Vec<&str> = Vec::new();
    let mut counts: BTreeMap<(String, BlockKind), u32> = BTreeMap::new();
    for (index, block) in page.iter().enumerate() {
        let heading = block.text.trim_end_matches(':').trim();
        let next = page.get(index + 1);
        let score = |path: &&Vec<&str>| {
            let common = path.iter().zip(&current).take_while(|(a, b)| a == b).count();
            (next.is_some_and(|next| known.starts_with(path, next)), common)
        };
        let fits = |path: &&Vec<&str>| path.last() == Some(&heading) && !placed.opened.contains(&path.join(ARROW));
        if let Some(path) = paths.iter().filter(fits).max_by_key(score) {
            current.clone_from(path);
            placed.opened.insert(path.join(ARROW));
            continue;
        }
        let section = current.join(ARROW);
        let position = counts.entry((section.clone(), block.kind)).or_default();
        *position += 1;
        placed.blocks.push((Place { section, kind: block.kind, position: *position }, block.clone()));
    }
    placed
}

impl Known {
    /// Whether a section begins with this block. Five sections may be headed "Job Grade": what follows tells them apart.
    fn starts_with(&self, path: &[&str], block: &Block) -> bool {
        let first = Place { section: path.join(ARROW), kind: block.kind, position: 1 };
        self.places.get(&first).is_some_and(|evidence| evidence.digest == block.digest())
    }
}

/// The text of a Turtle file with every `cg:sourceDigest` set to what the page says at its place, and how many changed.
/// Layout and comments stay.
///
/// # Errors
/// When the text is not Turtle; the message has line and column.
pub fn fill(turtle: &str, page: Vec<Block>, known: &Known) -> Result<(String, usize), oxigraph::io::RdfSyntaxError> {
    let digests: BTreeMap<Place, String> =
        place(known, page).blocks.into_iter().map(|(place, block)| (place, block.digest())).collect();
    let of_thing: BTreeMap<&str, &String> = known
        .places
        .iter()
        .filter_map(|(place, evidence)| Some((evidence, digests.get(place)?)))
        .flat_map(|(evidence, digest)| evidence.things.iter().map(move |thing| (thing.as_str(), digest)))
        .collect();
    let mut filled = String::with_capacity(turtle.len());
    let (mut rest, mut changed) = (turtle, 0);
    let things = things_with_digests(turtle)?;
    for thing in &things {
        let Some((before, old, after)) = next_digest(rest) else { break };
        let new = thing.as_deref().and_then(|thing| of_thing.get(thing)).map_or(old, |digest| digest.as_str());
        changed += usize::from(new != old);
        filled.push_str(before);
        filled.push_str(new);
        rest = after;
    }
    filled.push_str(rest);
    Ok((filled, changed))
}

/// The thing that each written digest belongs to, in the order of the text. Quads carry no position, so the
/// digests are numbered in a copy of the text, and the copy is parsed.
fn things_with_digests(turtle: &str) -> Result<Vec<Option<String>>, oxigraph::io::RdfSyntaxError> {
    let (mut numbered, mut rest, mut count) = (String::new(), turtle, 0);
    while let Some((before, _, after)) = next_digest(rest) {
        numbered.push_str(before);
        numbered.push_str(&count.to_string());
        rest = after;
        count += 1;
    }
    numbered.push_str(rest);
    let mut things = vec![None; count];
    let parser =
        oxigraph::io::RdfParser::from_format(oxigraph::io::RdfFormat::Turtle).with_default_graph(GraphName::DefaultGraph);
    for quad in parser.for_slice(numbered.as_bytes()) {
        let quad = quad?;
        let (NamedOrBlankNode::NamedNode(thing), Ok(number)) = (&quad.subject, text(&quad.object).parse::<usize>()) else {
            continue;
        };
        if quad.predicate == words::SOURCE_DIGEST && number < count {
            things[number] = Some(thing.as_str().to_owned());
        }
    }
    Ok(things)
}

/// Splits a text around the next written digest: what stands before its first character, the digest, what stands behind it.
fn next_digest(turtle: &str) -> Option<(&str, &str, &str)> {
    const NAME: &str = "cg:sourceDigest";
    let mut from = 0;
    loop {
        let after_name = from + turtle[from..].find(NAME)? + NAME.len();
        let gap = turtle[after_name..].len() - turtle[after_name..].trim_start().len();
        let open = after_name + gap;
        if turtle[open..].starts_with('"') {
            let close = open + 1 + turtle[open + 1..].find('"')?;
            return Some((&turtle[..=open], &turtle[open + 1..close], &turtle[close..]));
        }
        from = after_name;
    }
}
