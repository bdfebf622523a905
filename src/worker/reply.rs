//! What a fork says about its job, as frames: a tag, a length, and the rest. An answer that is short is one frame.

use std::io::{self, Write};

use bytes::{Buf, Bytes, BytesMut};

use super::Refusal;

/// Bytes sent at once.
const CHUNK: usize = 64 * 1024;

/// The most bytes of a frame: a chunk with its media type, or a refusal that repeats what it refuses.
const MOST_FRAME_BYTES: usize = 1 << 20;

/// One thing that a fork says.
#[derive(Debug)]
pub enum Reply {
    /// The answer begins with these bytes.
    Begin { media_type: String, bytes: Bytes },
    /// It goes on.
    More(Bytes),
    /// It was all; whether the fork takes another job.
    End { stays: bool },
    /// The answer, whole.
    Whole { media_type: String, bytes: Bytes, stays: bool },
    /// There is none.
    Refused { why: Refusal, stays: bool },
    /// What began cannot be finished.
    Broken(String),
}

const BEGIN: u8 = b'B';
const MORE: u8 = b'M';
const END: u8 = b'E';
const WHOLE: u8 = b'W';
const REFUSED: u8 = b'R';
const BROKEN: u8 = b'X';

const HEAD: usize = 5;

impl Reply {
    /// Takes the first reply out of what has arrived; none while it is incomplete.
    ///
    /// # Errors
    /// When the bytes are no reply.
    pub fn take(from: &mut BytesMut) -> io::Result<Option<Self>> {
        let Some(head) = from.get(..HEAD) else { return Ok(None) };
        let (tag, length) = (head[0], u32::from_le_bytes([head[1], head[2], head[3], head[4]]) as usize);
        if length > MOST_FRAME_BYTES {
            return Err(garbled());
        }
        if from.len() < HEAD + length {
            from.reserve(HEAD + length - from.len());
            return Ok(None);
        }
        let mut rest = from.split_to(HEAD + length).freeze();
        rest.advance(HEAD);
        Self::parse(tag, rest).ok_or_else(garbled).map(Some)
    }

    fn parse(tag: u8, mut rest: Bytes) -> Option<Self> {
        Some(match tag {
            MORE => Self::More(rest),
            BEGIN => Self::Begin { media_type: media_type(&mut rest)?, bytes: rest },
            END => Self::End { stays: stays(&mut rest)? },
            WHOLE => {
                let stays = stays(&mut rest)?;
                Self::Whole { stays, media_type: media_type(&mut rest)?, bytes: rest }
            }
            REFUSED => Self::Refused { stays: stays(&mut rest)?, why: serde_json::from_slice(&rest).ok()? },
            BROKEN => Self::Broken(String::from_utf8(rest.into()).ok()?),
            _ => return None,
        })
    }
}

fn garbled() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "a worker's reply is garbled")
}

fn stays(rest: &mut Bytes) -> Option<bool> {
    rest.try_get_u8().ok().map(|byte| byte == 1)
}

fn media_type(rest: &mut Bytes) -> Option<String> {
    let length = usize::from(rest.try_get_u8().ok()?);
    let name = (rest.len() >= length).then(|| rest.split_to(length))?;
    String::from_utf8(name.into()).ok()
}

/// What an answer is written into.
pub struct Out<W: Write> {
    to: W,
    media_type: String,
    buffer: Vec<u8>,
    begun: bool,
}

impl<W: Write> Out<W> {
    pub fn new(to: W) -> Self {
        Self { to, media_type: String::new(), buffer: Vec::new(), begun: false }
    }

    /// Says what is going to be written; before anything is.
    pub fn set_media_type(&mut self, media_type: &str) {
        media_type.clone_into(&mut self.media_type);
    }

    /// Whether the other side knows of an answer.
    pub fn has_begun(&self) -> bool {
        self.begun
    }

    pub fn finish(mut self, stays: bool) -> io::Result<()> {
        let stays = [u8::from(stays)];
        if !self.begun {
            let (length, media_type) = self.named();
            return frame(&mut self.to, WHOLE, &[&stays, &[length], media_type.as_bytes(), &self.buffer]);
        }
        frame(&mut self.to, MORE, &[&self.buffer])?;
        frame(&mut self.to, END, &[&stays])
    }

    pub fn refuse(mut self, why: &Refusal, stays: bool) -> io::Result<()> {
        frame(&mut self.to, REFUSED, &[&[u8::from(stays)], &serde_json::to_vec(why)?])
    }

    pub fn break_off(mut self, why: &str) -> io::Result<()> {
        frame(&mut self.to, BROKEN, &[why.as_bytes()])
    }

    fn named(&self) -> (u8, String) {
        // Media types are ours, and short.
        (u8::try_from(self.media_type.len()).unwrap_or(0), self.media_type.clone())
    }

    fn send(&mut self) -> io::Result<()> {
        if self.begun {
            frame(&mut self.to, MORE, &[&self.buffer])?;
        } else {
            let (length, media_type) = self.named();
            frame(&mut self.to, BEGIN, &[&[length], media_type.as_bytes(), &self.buffer])?;
        }
        self.begun = true;
        self.buffer.clear();
        Ok(())
    }
}

impl<W: Write> Write for Out<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // No more than a chunk, however long a value is: the other side holds one at a time.
        let taken = bytes.len().min(CHUNK - self.buffer.len());
        self.buffer.extend_from_slice(&bytes[..taken]);
        if self.buffer.len() == CHUNK {
            self.send()?;
        }
        Ok(taken)
    }

    /// Serializers flush when they please; what is written is sent when there is enough of it, and at the end.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// In one write, so that a short answer is one trip.
fn frame(to: &mut impl Write, tag: u8, parts: &[&[u8]]) -> io::Result<()> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let length = u32::try_from(length).map_err(|_| garbled())?;
    let mut bytes = Vec::with_capacity(HEAD + length as usize);
    bytes.push(tag);
    bytes.extend_from_slice(&length.to_le_bytes());
    parts.iter().for_each(|part| bytes.extend_from_slice(part));
    to.write_all(&bytes)
}
