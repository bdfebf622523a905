//! An explanation as a tree for people: conclusions above what they rest on, and below it all where the stated ones are from.
//! Enter at [`write`].

use std::io::{self, Write};

use oxigraph::model::{GraphName, NamedNode, Term};

use super::{About, Evidence, Explanation, Reason, Step, say};
use crate::knowledge::Generation;
use crate::store::text;
use crate::words;

/// Writes an explanation, no line longer than `width` where words allow.
///
/// # Errors
/// When the writer fails.
pub fn write(generation: &Generation, explanation: &Explanation, width: usize, out: &mut impl Write) -> io::Result<()> {
    let mut writing = Writing { generation, width, out, sources: Vec::new() };
    writing.head(explanation)?;
    let several = explanation.proofs.len() > 1;
    for (number, proof) in explanation.proofs.iter().enumerate() {
        if several {
            writeln!(writing.out, "\nProof {} of {}:", number + 1, explanation.proofs.len())?;
        }
        let is_derived = |claim: &Step| matches!(claim.reason, Reason::Derived { .. });
        for (at, claim) in proof.claims.iter().enumerate() {
            // What has a tree stands apart.
            let apart = match at {
                0 => !several && matches!(explanation.about, About::Row(_)),
                _ => is_derived(claim) || is_derived(&proof.claims[at - 1]),
            };
            if apart {
                writeln!(writing.out)?;
            }
            writing.step(claim, "", "")?;
        }
        for (number, absence) in proof.absent.iter().enumerate() {
            let says = say::patterns(&absence.patterns, &generation.names);
            if number == 0 {
                writeln!(writing.out)?;
            }
            writing.line(&format!("It rests on an absence: nothing says that {says}."), "", "  ")?;
        }
    }
    writing.sources()
}

struct Writing<'a, W: Write> {
    generation: &'a Generation,
    width: usize,
    out: &'a mut W,
    /// Where stated triples are from, in the order met.
    sources: Vec<String>,
}

impl<W: Write> Writing<'_, W> {
    fn head(&mut self, explanation: &Explanation) -> io::Result<()> {
        let About::Row(row) = &explanation.about else {
            return Ok(());
        };
        let names = &self.generation.names;
        let question = self.generation.catalogue.get(&row.question);
        let shown = |column: &String| question.is_none_or(|question| question.shows.contains(column));
        let policy = row.policy.as_ref().map(|policy| format!(" (policy: {policy})")).unwrap_or_default();
        let arguments: String = row.arguments.iter().map(|(name, value)| format!(" {name}={value}")).collect();
        self.line(&format!("Row {} of {}{arguments}{policy}:", row.number, row.question), "", "  ")?;
        for (column, cell) in row.columns.iter().zip(&row.cells).filter(|(column, _)| shown(column)) {
            if let Some(cell) = cell {
                let name = column.strip_suffix("Label").unwrap_or(column);
                let value = if let Term::NamedNode(node) = cell { names.label(node.as_str()) } else { text(cell) };
                self.line(&format!("{name}: {value}"), "  ", "    ")?;
            }
        }
        Ok(())
    }

    /// A step behind `first`; what belongs to it stands behind `rest`.
    fn step(&mut self, step: &Step, first: &str, rest: &str) -> io::Result<()> {
        let says = say::triple(&step.triple, &self.generation.names);
        match &step.reason {
            Reason::Stated { graphs, source, evidence } => {
                let mark = self.mark(graphs, source.as_ref(), evidence);
                self.line(&format!("{says} {mark}"), first, rest)
            }
            Reason::Derived { rule, because, premises } => {
                self.line(&says, first, rest)?;
                let bar = format!("{rest}│ ");
                self.line(&format!("because {because}"), &bar, &bar)?;
                self.line(&format!("by the rule {rule}"), &bar, &bar)?;
                for (number, premise) in premises.iter().enumerate() {
                    let last = number + 1 == premises.len();
                    let (first, below) = if last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
                    self.step(premise, &format!("{rest}{first}"), &format!("{rest}{below}"))?;
                }
                Ok(())
            }
        }
    }

    fn line(&mut self, text: &str, first: &str, rest: &str) -> io::Result<()> {
        let options = textwrap::Options::new(self.width).break_words(false).initial_indent(first).subsequent_indent(rest);
        textwrap::wrap(text, options).iter().try_for_each(|line| writeln!(self.out, "{}", line.trim_end()))
    }

    /// The numbers under which the list below says where a stated triple is from.
    fn mark(&mut self, graphs: &[GraphName], source: Option<&NamedNode>, evidence: &[Evidence]) -> String {
        let from: Vec<String> = match evidence {
            [] => graphs.iter().map(|graph| self.graph(graph, source)).collect(),
            evidence => evidence.iter().map(|evidence| self.place(evidence)).collect(),
        };
        let number = |from: String| {
            let known = self.sources.iter().position(|known| *known == from);
            let at = known.unwrap_or_else(|| {
                self.sources.push(from);
                self.sources.len() - 1
            });
            format!("[{}]", at + 1)
        };
        from.into_iter().map(number).collect::<Vec<_>>().join(" ")
    }

    fn place(&self, evidence: &Evidence) -> String {
        let names = &self.generation.names;
        let Evidence { document, section, position, block, digest, .. } = evidence;
        let digest = if digest.is_empty() { "no digest yet".to_owned() } else { format!("sha256 {digest}") };
        format!("{}: {section}, {} {position}\n{digest}", names.label(document.as_str()), names.label(block.as_str()))
    }

    fn graph(&self, graph: &GraphName, source: Option<&NamedNode>) -> String {
        let GraphName::NamedNode(graph) = graph else { return "stated in the unnamed graph".to_owned() };
        let of = source.map(|source| format!(" ({})", self.generation.names.label(source.as_str()))).unwrap_or_default();
        format!("stated in {}{of}", words::shorten(graph.as_str()))
    }

    fn sources(&mut self) -> io::Result<()> {
        writeln!(self.out)?;
        for (number, source) in std::mem::take(&mut self.sources).iter().enumerate() {
            let mut indent = format!("[{}] ", number + 1);
            for line in source.lines() {
                let below = " ".repeat(indent.len());
                self.line(line, &indent, &below)?;
                indent = below;
            }
        }
        Ok(())
    }
}
