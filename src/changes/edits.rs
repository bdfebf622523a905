//! What can be done to the graph in words: a statement said of something else. Enter at [`moved`]; [`check`] tells whether a patch can be
//! made. What comes of it is the work of [`super::what_if`].

use oxigraph::model::Quad;

use super::ChangeError;
use crate::catalogue::answer::explained;
use crate::knowledge::Generation;
use crate::patch::Patch;
use crate::words;

/// Says a statement of something else: of the job family, of a level, or of a specialty.
///
/// # Errors
/// When a name is unknown or ambiguous, or the statement is said of that already.
pub fn moved(generation: &Generation, statement: &str, scope: &str) -> Result<Patch, ChangeError> {
    let thing = |part: &'static str, text: &str, classes: &[&str]| {
        let classes: Vec<String> = classes.iter().map(|class| (*class).to_owned()).collect();
        generation.names.resolve(text, &classes).map_err(|why| {
            let expected: Vec<String> = classes.iter().map(|class| words::shorten(class)).collect();
            ChangeError::Name { part, text: text.to_owned(), why: explained(&why, &expected.join(" or ")) }
        })
    };
    let statement = thing("statement", statement, &[words::STATEMENT.as_str()])?;
    let scope = thing("scope", scope, &[words::JOB_FAMILY.as_str(), words::TARGET.as_str()])?;
    let said = generation.store.matching(Some(statement.as_ref().into()), Some(words::APPLIES_TO), None);
    let deleted: Vec<Quad> = said.collect::<Result<_, _>>()?;
    let added: Vec<Quad> = deleted.iter().map(|quad| Quad { object: scope.clone().into(), ..quad.clone() }).collect();
    if added == deleted {
        let label = |iri: &str| generation.names.label(iri);
        let (statement, scope) = (label(statement.as_str()), label(scope.as_str()));
        return Err(ChangeError::NoMove { statement, scope });
    }
    Ok(Patch { deleted, added })
}

/// Tells whether the changes can be made.
///
/// # Errors
/// When a quad to delete is not stated, or one to add stands where only rules write.
pub(super) fn check(patch: &Patch, generation: &Generation) -> Result<(), ChangeError> {
    let is_made =
        |quad: &Quad| generation.rules.fill(&quad.graph_name) || quad.graph_name == crate::store::named(words::EXAMPLES);
    if let Some(quad) = patch.added.iter().chain(&patch.deleted).find(|quad| is_made(quad)) {
        return Err(ChangeError::Made { quad: quad.to_string() });
    }
    for quad in &patch.deleted {
        if !generation.store.contains(quad)? {
            let (subject, predicate) = (quad.subject.as_ref(), quad.predicate.as_ref());
            let elsewhere: Vec<String> = generation
                .store
                .matching(Some(subject), Some(predicate), None)
                .take(3)
                .map(|quad| Ok(quad?.to_string()))
                .collect::<Result<_, crate::store::StoreError>>()?;
            let hint = if elsewhere.is_empty() { String::new() } else { format!("; there is: {}", elsewhere.join(" | ")) };
            return Err(ChangeError::Absent { quad: quad.to_string(), hint });
        }
    }
    Ok(())
}

/// Makes the changes.
pub(super) fn apply(patch: &Patch, quads: &mut Vec<Quad>) {
    quads.retain(|quad| !patch.deleted.contains(quad));
    for quad in &patch.added {
        if !quads.contains(quad) {
            quads.push(quad.clone());
        }
    }
}
