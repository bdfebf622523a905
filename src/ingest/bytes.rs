//! Turns the bytes of a file into text, or says what is wrong with them and where. Enter at [`text`].
//! Nothing is guessed: text that is no UTF-8 is refused unless it says what it is.

use encoding_rs::Encoding;

use super::outline::plain;

/// The largest page that is read. Handbook pages have some ten thousand bytes.
pub const LARGEST: usize = 10 * 1024 * 1024;

/// Why the bytes of a file are no page.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BytesError {
    #[error("is empty: there is nothing to read")]
    Empty,
    #[error("has {megabytes} MB, and a page has at most {most} MB: split it, or leave out what is no role page", most = LARGEST / 1024 / 1024)]
    TooLarge { megabytes: usize },
    #[error("is a binary file (a zero byte at position {position}): save it as Markdown, HTML, plain text, CSV or XLSX")]
    Binary { position: usize },
    #[error(
        "byte 0x{byte:02x} in column {column} is not UTF-8{guess}: save the file as UTF-8, or name its encoding with --encoding"
    )]
    NotUtf8 { line: usize, column: usize, byte: u8, guess: &'static str },
    #[error("there is no encoding called `{name}`: use a name such as windows-1252, iso-8859-1 or utf-16le")]
    UnknownEncoding { name: String },
}

impl BytesError {
    /// The line concerned, where there is one.
    pub fn line(&self) -> Option<u64> {
        match self {
            Self::NotUtf8 { line, .. } => u64::try_from(*line).ok(),
            _ => None,
        }
    }
}

/// Reads bytes as text. `encoding` is what the user says it is; HTML may say so itself.
///
/// # Errors
/// When there is nothing, too much, something binary, or text in another encoding.
pub fn text(bytes: &[u8], encoding: Option<&str>, is_html: bool) -> Result<String, BytesError> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(BytesError::Empty);
    }
    if bytes.len() > LARGEST {
        return Err(BytesError::TooLarge { megabytes: bytes.len() / 1024 / 1024 });
    }
    let marked = Encoding::for_bom(bytes).map(|(encoding, _)| encoding);
    let named = encoding
        .map(|name| Encoding::for_label(name.as_bytes()).ok_or_else(|| BytesError::UnknownEncoding { name: name.to_owned() }))
        .transpose()?;
    let declared = || declared(bytes).filter(|_| is_html);
    if let Some(encoding) = named.or(marked).or_else(declared).filter(|encoding| *encoding != encoding_rs::UTF_8) {
        return Ok(encoding.decode(bytes).0.into_owned());
    }
    if let Some(position) = bytes.iter().position(|byte| *byte == 0) {
        return Err(BytesError::Binary { position });
    }
    let text = std::str::from_utf8(bytes).map_err(|error| not_utf8(bytes, error.valid_up_to()))?;
    let text = text.trim_start_matches('\u{feff}');
    if plain(text).is_empty() { Err(BytesError::Empty) } else { Ok(text.to_owned()) }
}

fn not_utf8(bytes: &[u8], at: usize) -> BytesError {
    let before = &bytes[..at];
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let column = String::from_utf8_lossy(&before[start..]).chars().count() + 1;
    let controls = bytes.iter().filter(|byte| **byte < 9).count();
    // Quotation marks and dashes of windows-1252 stand where UTF-8 has only the second bytes of letters.
    let guess = if controls == 0 { " and looks like windows-1252" } else { "" };
    BytesError::NotUtf8 { line, column, byte: bytes[at], guess }
}

/// The encoding that an HTML page declares near its beginning.
fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(2048)]).to_lowercase();
    let at = head.find("charset=")? + "charset=".len();
    let label: String = head[at..]
        .trim_start_matches(['"', '\''])
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c))
        .collect();
    Encoding::for_label(label.as_bytes())
}
