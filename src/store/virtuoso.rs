//! Where Virtuoso differs from the standards.

use std::io::{self, BufRead, BufReader, Read};

/// What Virtuoso is told before queries of ours, which are written in an order that does: left to itself it plans the long ones until it runs
/// out of memory or time, or gives other rows.
pub const AS_WRITTEN: &str = "define sql:select-option \"order\" ";

/// How its results begin the name of a blank node, which no syntax of RDF has, and how they should. A quotation mark within a string has a
/// backslash before it, so that this is no part of one.
const NAME: (&[u8], &[u8]) = (b"\"bnode\", \"value\": \"nodeID://", b"\"bnode\", \"value\": \"");

/// Its results as JSON, with blank nodes named as RDF does.
pub struct Results<R> {
    from: BufReader<R>,
    /// A binding stands on a line of its own.
    line: Vec<u8>,
    read: usize,
}

impl<R: Read> Results<R> {
    pub fn new(from: R) -> Self {
        Self { from: BufReader::new(from), line: Vec::new(), read: 0 }
    }
}

impl<R: Read> Read for Results<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.read == self.line.len() {
            self.line.clear();
            self.read = 0;
            self.from.read_until(b'\n', &mut self.line)?;
            while let Some(at) = self.line.windows(NAME.0.len()).position(|bytes| bytes == NAME.0) {
                self.line.splice(at..at + NAME.0.len(), NAME.1.iter().copied());
            }
        }
        let count = buffer.len().min(self.line.len() - self.read);
        buffer[..count].copy_from_slice(&self.line[self.read..self.read + count]);
        self.read += count;
        Ok(count)
    }
}
