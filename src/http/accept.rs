//! What a client would rather have (RFC 9110, section 12). Enter at [`choose`] for a format, at [`preferences`] for other lists.
//! The best weight wins, the server's order breaks ties.

use axum::http::{HeaderMap, HeaderName, StatusCode, header};

use super::problem::Problem;

/// The first of the offered media types that the client likes best.
///
/// # Errors
/// 406 with the list, when none is acceptable.
pub fn choose(headers: &HeaderMap, offered: &[&'static str]) -> Result<&'static str, Problem> {
    let ranges = preferences(headers, &header::ACCEPT);
    if ranges.is_empty() {
        return offered.first().copied().ok_or_else(|| none(offered));
    }
    let mut best: Option<(&'static str, f32)> = None;
    for media_type in offered {
        let quality = quality(media_type, &ranges);
        if quality > 0.0 && best.is_none_or(|(_, so_far)| quality > so_far) {
            best = Some((media_type, quality));
        }
    }
    best.map(|(media_type, _)| media_type).ok_or_else(|| none(offered))
}

fn none(offered: &[&str]) -> Problem {
    Problem::new(StatusCode::NOT_ACCEPTABLE, "not-acceptable", "No format of this answer is in the Accept header.")
        .hint(format!("Ask for one of {}.", offered.join(", ")))
}

/// The members of a list, in lower case, each with its weight from 0 to 1. Other parameters are passed over, and so is a weight that is none.
pub fn preferences(headers: &HeaderMap, list: &HeaderName) -> Vec<(String, f32)> {
    let lines = headers.get_all(list).iter().filter_map(|line| line.to_str().ok());
    let members = lines.flat_map(|line| unquoted(line, ',')).map(|member| {
        let mut parts = unquoted(member, ';').map(str::trim);
        let name = parts.next().unwrap_or_default().to_ascii_lowercase();
        (name, parts.find_map(weight).unwrap_or(1.0))
    });
    members.filter(|(name, _)| !name.is_empty()).collect()
}

fn weight(parameter: &str) -> Option<f32> {
    let (name, value) = parameter.split_once('=')?;
    let weight: f32 = value.parse().ok().filter(|_| name.eq_ignore_ascii_case("q"))?;
    weight.is_finite().then_some(weight.clamp(0.0, 1.0))
}

/// Parts between separators; a separator in quotes is none.
fn unquoted(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let (mut in_quotes, mut escaped) = (false, false);
    text.split(move |c| {
        let separates = c == separator && !in_quotes;
        in_quotes ^= c == '"' && !escaped;
        escaped = c == '\\' && in_quotes && !escaped;
        separates
    })
}

/// The weight of the most specific range that covers a media type.
fn quality(media_type: &str, ranges: &[(String, f32)]) -> f32 {
    let main = media_type.split('/').next().unwrap_or_default();
    let of = |wanted: &str| ranges.iter().find(|(name, _)| name == wanted).map(|(_, quality)| *quality);
    of(media_type).or_else(|| of(&format!("{main}/*"))).or_else(|| of("*/*")).unwrap_or(0.0)
}
