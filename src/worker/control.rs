//! What front end and worker process say to each other beside the jobs: twelve bytes a message, on a socket that can hand sockets over.

use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
};

/// One message. Forks have numbers that are never used again, which process ids are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message {
    /// To the worker: make a fork of this number.
    Fork { number: u32 },
    /// To the worker: end it, whatever it does.
    Kill { number: u32 },
    /// To the worker: so many bytes follow, an RDF patch to apply. Forks made before know nothing of it.
    Patch { bytes: u32 },
    /// From the worker: here it is; the socket to it comes along.
    Forked { number: u32, process: u32 },
    /// From the worker: it has ended, with the signal that ended it, if one did.
    Ended { number: u32, signal: u32 },
}

const BYTES: usize = 12;

impl Message {
    fn to_bytes(self) -> [u8; BYTES] {
        let words = match self {
            Self::Fork { number } => [1, number, 0],
            Self::Kill { number } => [2, number, 0],
            Self::Forked { number, process } => [3, number, process],
            Self::Ended { number, signal } => [4, number, signal],
            Self::Patch { bytes } => [5, bytes, 0],
        };
        let mut bytes = [0; BYTES];
        bytes.chunks_exact_mut(4).zip(words).for_each(|(place, word)| place.copy_from_slice(&word.to_le_bytes()));
        bytes
    }

    fn from_bytes(bytes: [u8; BYTES]) -> Option<Self> {
        let word = |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
        let number = word(4);
        Some(match word(0) {
            1 => Self::Fork { number },
            2 => Self::Kill { number },
            3 => Self::Forked { number, process: word(8) },
            4 => Self::Ended { number, signal: word(8) },
            5 => Self::Patch { bytes: number },
            _ => return None,
        })
    }
}

/// Sends a message, and a socket with it.
///
/// # Errors
/// When the other side is gone.
pub fn send(to: impl AsFd, message: Message, socket: Option<&UnixStream>) -> io::Result<()> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut beside = SendAncillaryBuffer::new(&mut space);
    let descriptors = socket.map(AsFd::as_fd);
    if let Some(descriptor) = &descriptors {
        beside.push(SendAncillaryMessage::ScmRights(std::slice::from_ref(descriptor)));
    }
    let sent = sendmsg(to, &[IoSlice::new(&message.to_bytes())], &mut beside, SendFlags::NOSIGNAL)?;
    if sent == BYTES { Ok(()) } else { Err(io::ErrorKind::WriteZero.into()) }
}

/// The next message and the socket that came with it; none when the other side is gone.
///
/// # Errors
/// When the socket fails or what came is no message.
pub fn receive(from: impl AsFd) -> io::Result<Option<(Message, Option<OwnedFd>)>> {
    let mut bytes = [0; BYTES];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut beside = RecvAncillaryBuffer::new(&mut space);
    let received = loop {
        match recvmsg(&from, &mut [IoSliceMut::new(&mut bytes)], &mut beside, RecvFlags::CMSG_CLOEXEC) {
            Err(rustix::io::Errno::INTR) => {}
            other => break other?.bytes,
        }
    };
    if received == 0 {
        return Ok(None);
    }
    let socket = beside.drain().find_map(|message| match message {
        RecvAncillaryMessage::ScmRights(mut descriptors) => descriptors.next(),
        _ => None,
    });
    // Twelve bytes are sent at once and stay together on a local socket.
    let message = if received == BYTES { Message::from_bytes(bytes) } else { None };
    message.map(|message| Some((message, socket))).ok_or_else(|| io::ErrorKind::InvalidData.into())
}
