//! Pages of an answer: `limit` and `offset` of a URL, the rows they name, and the URLs of the pages beside.
//! Without `limit` an answer is whole. Rows are totally ordered, so pages neither overlap nor leave out.

use axum::http::StatusCode;

use super::cache::canonical;
use super::problem::Problem;
use crate::catalogue::answer::Answer;

/// The most rows of a page.
pub const MOST_ROWS: usize = 1000;
/// The most rows that can be left out before a page.
pub const MOST_OFFSET: usize = 2_147_483_647;

/// Which rows are asked for.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    limit: Option<usize>,
    offset: usize,
}

/// The pages beside one, as URL paths.
#[derive(Debug, Default)]
pub struct Beside {
    pub first: Option<String>,
    pub prev: Option<String>,
    pub next: Option<String>,
}

impl Page {
    /// Takes `limit` and `offset` out of the arguments.
    ///
    /// # Errors
    /// 400, when one is no number of its range or is given twice.
    pub fn taken(arguments: &mut Vec<(String, String)>) -> Result<Self, Problem> {
        let limit = number(arguments, "limit", 1, MOST_ROWS)?;
        Ok(Self { limit, offset: number(arguments, "offset", 0, MOST_OFFSET)?.unwrap_or(0) })
    }

    /// Leaves the page's rows in an answer.
    pub fn cut(self, answer: &mut Answer) {
        let rows = std::mem::take(&mut answer.rows);
        answer.rows = rows.into_iter().skip(self.offset).take(self.limit.unwrap_or(usize::MAX)).collect();
        answer.before = self.offset;
    }

    /// The pages beside this one of an answer of so many rows; `arguments` are all the others of the URL.
    pub fn beside(self, path: &str, arguments: &[(String, String)], rows: usize) -> Beside {
        let Some(limit) = self.limit else { return Beside::default() };
        let said: Vec<(String, String)> = arguments.iter().filter(|(_, value)| !value.trim().is_empty()).cloned().collect();
        let at = |offset: usize, limit: usize| {
            let mut pairs = said.clone();
            pairs.push(("limit".to_owned(), limit.to_string()));
            if offset > 0 {
                pairs.push(("offset".to_owned(), offset.to_string()));
            }
            format!("{path}?{}", canonical(&pairs))
        };
        // From behind the end, one goes back to the last rows; a first page that would overlap is shorter.
        let here = self.offset.min(rows);
        Beside {
            first: Some(at(0, limit)),
            prev: (here > 0).then(|| at(here.saturating_sub(limit), limit.min(here))),
            next: (here + limit < rows).then(|| at(here + limit, limit)),
        }
    }
}

impl Beside {
    /// The value of a `Link` header (RFC 8288).
    pub fn header(&self) -> Option<String> {
        let links = [("first", &self.first), ("prev", &self.prev), ("next", &self.next)];
        let shown: Vec<String> =
            links.iter().filter_map(|(rel, url)| Some(format!("<{}>; rel=\"{rel}\"", url.as_ref()?))).collect();
        (!shown.is_empty()).then(|| shown.join(", "))
    }
}

/// Takes a parameter that is a whole number out of the arguments.
///
/// # Errors
/// 400, when it is not, or is given twice.
pub fn number(
    arguments: &mut Vec<(String, String)>,
    name: &'static str,
    least: usize,
    most: usize,
) -> Result<Option<usize>, Problem> {
    let given: Vec<(String, String)> = arguments.extract_if(.., |(given, _)| given == name).collect();
    let refused = |what: String| {
        let problem = Problem::new(StatusCode::BAD_REQUEST, "bad-number", what);
        problem.hint(format!("Give {name} once, as a whole number from {least} to {most}, or leave it out."))
    };
    match given.as_slice() {
        [] => Ok(None),
        [(_, value)] => {
            let digits = value.bytes().all(|byte| byte.is_ascii_digit());
            let number = value.parse().ok().filter(|number| digits && (least..=most).contains(number));
            number.map(Some).ok_or_else(|| refused(format!("{name}=`{value}` is no number from {least} to {most}.")))
        }
        several => Err(refused(format!("`{name}` is given {} times.", several.len()))),
    }
}
