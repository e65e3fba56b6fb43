//! Files of lines, packed with Zstandard.

use crate::files;
use anyhow::{Context as _, ensure};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use tributary_domain::Position;
use tributary_domain::command::CommandId;
use tributary_store::checkpoint::{from_hex, to_hex};
use tributary_store::line::LINE_BYTES_MAX;
use tributary_store::reader::StoredCredential;
use tributary_store::storage::StoredReceipt;

/// How hard is packed: Zstandard's own default, which keeps up with reading.
const LEVEL: i32 = 3;

/// Writes a packed file.
pub struct Packer {
    path: PathBuf,
    encoder: zstd::Encoder<'static, File>,
}

impl Packer {
    /// Makes the file.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn create(path: PathBuf) -> anyhow::Result<Self> {
        let make = || -> std::io::Result<_> {
            let mut encoder = zstd::Encoder::new(files::create(&path)?, LEVEL)?;
            encoder.include_checksum(true)?;
            Ok(encoder)
        };
        let encoder = make().with_context(|| format!("{} cannot be made", path.display()))?;
        Ok(Self { path, encoder })
    }

    /// Adds whole lines.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn write(&mut self, lines: &[u8]) -> anyhow::Result<()> {
        let path = &self.path;
        self.encoder
            .write_all(lines)
            .with_context(|| format!("{} cannot be written", path.display()))
    }

    /// Adds a line.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write_line(&mut self, line: &impl Serialize) -> anyhow::Result<()> {
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        self.write(&text)
    }

    /// Makes all of it durable.
    ///
    /// # Errors
    /// When that cannot be.
    pub fn finish(self) -> anyhow::Result<()> {
        let path = self.path;
        let finish = self.encoder.finish().and_then(|file| file.sync_all());
        finish.with_context(|| format!("{} cannot be written", path.display()))
    }
}

/// Reads a packed file line by line.
pub struct Unpacker {
    path: PathBuf,
    reader: BufReader<zstd::Decoder<'static, BufReader<File>>>,
    line: u64,
    text: String,
}

impl Unpacker {
    /// Opens the file.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn open(path: PathBuf) -> anyhow::Result<Self> {
        let open = || zstd::Decoder::new(File::open(&path)?);
        let decoder = open().with_context(|| format!("{} cannot be read", path.display()))?;
        Ok(Self {
            path,
            reader: BufReader::new(decoder),
            line: 0,
            text: String::new(),
        })
    }

    /// Where it stands, for errors.
    pub fn place(&self) -> String {
        format!("{}, line {}", self.path.display(), self.line)
    }

    /// The next line; `None` at the end.
    ///
    /// # Errors
    /// When it cannot be read, or is longer than any that is written.
    pub fn next(&mut self) -> anyhow::Result<Option<&str>> {
        self.text.clear();
        self.line += 1;
        let limit = u64::try_from(LINE_BYTES_MAX).unwrap_or(u64::MAX);
        let length = self.reader.by_ref().take(limit).read_line(&mut self.text);
        let length = length.with_context(|| self.place())?;
        ensure!(
            length == 0 || self.text.ends_with('\n'),
            "{}: it was cut off, or is longer than {limit} bytes",
            self.place()
        );
        Ok((length > 0).then_some(self.text.as_str()))
    }

    /// The next line as what it stands for.
    ///
    /// # Errors
    /// When it is something else.
    pub fn next_of<T: for<'a> Deserialize<'a>>(&mut self) -> anyhow::Result<Option<T>> {
        let Some(text) = self.next()? else {
            return Ok(None);
        };
        let read = serde_json::from_str(text);
        read.with_context(|| self.place()).map(Some)
    }
}

/// A receipt as a line.
#[derive(Serialize, Deserialize)]
pub struct ReceiptLine {
    scope: String,
    command_id: String,
    body: String,
    first_position: Position,
    last_position: Position,
}

impl From<StoredReceipt> for ReceiptLine {
    fn from(receipt: StoredReceipt) -> Self {
        Self {
            scope: receipt.id.scope,
            command_id: receipt.id.id,
            body: to_hex(&receipt.id.body),
            first_position: receipt.first,
            last_position: receipt.last,
        }
    }
}

impl ReceiptLine {
    /// Reads it back.
    ///
    /// # Errors
    /// When its hash is none.
    pub fn receipt(self) -> anyhow::Result<StoredReceipt> {
        let body = from_hex(&self.body).context("the hash of a receipt's body is none")?;
        Ok(StoredReceipt {
            id: CommandId {
                scope: self.scope,
                id: self.command_id,
                body,
            },
            first: self.first_position,
            last: self.last_position,
        })
    }
}

/// A credential as a line.
#[derive(Serialize, Deserialize)]
pub struct CredentialLine {
    kind: String,
    subject: String,
    lookup: Option<String>,
    secret: String,
}

impl From<StoredCredential> for CredentialLine {
    fn from(credential: StoredCredential) -> Self {
        Self {
            kind: credential.kind,
            subject: credential.subject,
            lookup: credential.lookup.as_deref().map(to_hex),
            secret: to_hex(&credential.secret),
        }
    }
}

impl CredentialLine {
    /// Reads it back.
    ///
    /// # Errors
    /// When its bytes are none.
    pub fn credential(self) -> anyhow::Result<StoredCredential> {
        Ok(StoredCredential {
            kind: self.kind,
            subject: self.subject,
            lookup: self.lookup.as_deref().map(bytes).transpose()?,
            secret: bytes(&self.secret)?,
        })
    }
}

fn bytes(text: &str) -> anyhow::Result<Vec<u8>> {
    let digits = text.as_bytes();
    ensure!(
        digits.len().is_multiple_of(2) && text.is_ascii(),
        "the bytes of a credential are none"
    );
    digits
        .chunks_exact(2)
        .map(|pair| {
            let pair = std::str::from_utf8(pair)?;
            u8::from_str_radix(pair, 16).context("the bytes of a credential are none")
        })
        .collect()
}

/// Whether a folder is there and holds something.
pub fn holds_something(folder: &Path) -> std::io::Result<bool> {
    match std::fs::read_dir(folder) {
        Ok(mut entries) => Ok(entries.next().is_some()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}
