//! Folders of files held in memory: the bundled ones, or ones of the user's. Enter at [`Files`].
//! What the files say is for others to read; when they find a slip there, it is a [`Problem`] with its place.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use include_dir::{Dir, include_dir};
use oxigraph::io::RdfFormat;
use sha2::{Digest, Sha256};

static DATA: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/data");
static ONTOLOGY: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/ontology");
static QUERIES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/queries");

/// A folder's files, held in memory: path below the folder, with `/`, to content.
#[derive(Clone, Debug, Default)]
pub struct Files {
    /// What to call the folder in messages.
    pub root: String,
    pub content: BTreeMap<String, Vec<u8>>,
}

/// What is wrong at a place of a file, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub file: String,
    pub line: Option<u64>,
    pub message: String,
}

/// Why a folder cannot be read at all.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    #[error("cannot read {path}: {source}")]
    Unreadable { path: String, source: std::io::Error },
    #[error("{path} is no folder: name the folder that holds the Turtle files")]
    NotAFolder { path: String },
}

impl Files {
    /// The bundled data.
    pub fn bundled_data() -> Self {
        bundled("data", &DATA)
    }

    /// The bundled ontology with alignments, shapes, rules, checks and examples.
    pub fn bundled_ontology() -> Self {
        bundled("ontology", &ONTOLOGY)
    }

    /// The bundled questions.
    pub fn bundled_queries() -> Self {
        bundled("queries", &QUERIES)
    }

    /// All files below a folder, hidden ones left out.
    ///
    /// # Errors
    /// When the folder or one of its files cannot be read.
    pub fn read(root: &Path) -> Result<Self, FilesError> {
        if !root.is_dir() {
            return Err(FilesError::NotAFolder { path: root.display().to_string() });
        }
        let mut files = Self { root: root.display().to_string(), content: BTreeMap::new() };
        files.read_below(root, "")?;
        Ok(files)
    }

    fn read_below(&mut self, folder: &Path, prefix: &str) -> Result<(), FilesError> {
        let unreadable = |path: &Path| {
            let path = path.display().to_string();
            move |source| FilesError::Unreadable { path, source }
        };
        for entry in std::fs::read_dir(folder).map_err(unreadable(folder))? {
            let entry = entry.map_err(unreadable(folder))?;
            let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
            if name.starts_with('.') {
                continue;
            }
            let below = format!("{prefix}{name}");
            if path.is_dir() {
                self.read_below(&path, &format!("{below}/"))?;
            } else {
                let content = std::fs::read(&path).map_err(unreadable(&path))?;
                self.content.insert(below, content);
            }
        }
        Ok(())
    }

    /// The files directly or deeper below a folder of this one whose name ends so.
    pub fn below<'a>(&'a self, folder: &'a str, ending: &'a str) -> impl Iterator<Item = (&'a str, &'a [u8])> {
        self.content
            .iter()
            .filter(move |(path, _)| path.starts_with(folder) && path.ends_with(ending))
            .map(|(path, content)| (path.as_str(), content.as_slice()))
    }

    /// A file's path as messages show it.
    pub fn shown(&self, path: &str) -> String {
        format!("{}/{path}", self.root)
    }
}

/// A digest of all RDF and query files: the same files give the same version, in whatever order they are read.
pub fn version(folders: &[&Files]) -> String {
    let mut hash = Sha256::new();
    let counts = |path: &str| path.ends_with(".rq") || rdf_format(path).is_some();
    for (path, content) in folders.iter().flat_map(|files| &files.content).filter(|(path, _)| counts(path)) {
        for part in [path.as_bytes(), content.as_slice()] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
    }
    format!("{:x}", hash.finalize())
}

/// The syntax that a file's ending tells; a `.txt` is somebody's note, though N-Triples may be called that too.
pub fn rdf_format(path: &str) -> Option<RdfFormat> {
    let ending = path.rsplit_once('.')?.1;
    RdfFormat::from_extension(ending).filter(|format| !matches!(format, RdfFormat::N3) && ending != "txt")
}

fn bundled(root: &str, dir: &Dir<'_>) -> Files {
    fn collect(dir: &Dir<'_>, content: &mut BTreeMap<String, Vec<u8>>) {
        for file in dir.files() {
            content.insert(file.path().to_string_lossy().replace('\\', "/"), file.contents().to_vec());
        }
        dir.dirs().for_each(|dir| collect(dir, content));
    }
    let mut files = Files { root: root.to_owned(), content: BTreeMap::new() };
    collect(dir, &mut files.content);
    files
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.file, self.message),
            None => write!(f, "{}: {}", self.file, self.message),
        }
    }
}
