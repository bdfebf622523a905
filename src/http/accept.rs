//! Chooses a format by the `Accept` header: the best q-value wins, the server's order breaks ties.

use axum::http::{HeaderMap, StatusCode, header};

use super::problem::Problem;

/// The first of the offered media types that the client likes best.
///
/// # Errors
/// 406 with the list, when none is acceptable.
pub fn choose(headers: &HeaderMap, offered: &[&'static str]) -> Result<&'static str, Problem> {
    let ranges: Vec<(String, f32)> = headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(range)
        .filter(|(name, _)| !name.is_empty())
        .collect();
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

fn range(text: &str) -> (String, f32) {
    let mut parts = text.split(';').map(str::trim);
    let name = parts.next().unwrap_or_default().to_ascii_lowercase();
    let quality = parts.find_map(|part| part.strip_prefix("q=")?.trim().parse().ok()).unwrap_or(1.0);
    (name, quality)
}

/// The q-value of the most specific range that covers a media type.
fn quality(media_type: &str, ranges: &[(String, f32)]) -> f32 {
    let main = media_type.split('/').next().unwrap_or_default();
    let of = |wanted: &str| ranges.iter().find(|(name, _)| name == wanted).map(|(_, quality)| *quality);
    of(media_type).or_else(|| of(&format!("{main}/*"))).or_else(|| of("*/*")).unwrap_or(0.0)
}
