//! Files of checkpoints: read with everything that is wrong with them, or only to their newest line.

use super::{Checkpoint, LINE_BYTES_MAX, NoCheckpoint, PublicKey};
use crate::chain::{GENESIS, Hash};
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use tributary_domain::Position;

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It cannot be read, or its signature does not fit.
    #[error("{0}")]
    Line(#[from] NoCheckpoint),
    /// Somebody else signed it.
    #[error("it is signed with another key, {found}: it is forged, or of another installation")]
    OtherKey {
        /// Whose.
        found: String,
    },
    /// It names another line before it than there is.
    #[error("it does not follow the line before it: lines between them were removed")]
    LinesRemoved,
    /// It names a line before it, and there is none.
    #[error(
        "it follows a line that is not here: the lines before it were removed, or stand in an \
         earlier file that was not given"
    )]
    BeginningRemoved,
    /// It goes back.
    #[error("it states position {found} after {before}")]
    GoesBack {
        /// What it states.
        found: Position,
        /// What the line before it states.
        before: Position,
    },
}

/// Where something is wrong, and what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file.
    pub file: PathBuf,
    /// The line, from 1 up.
    pub line: u64,
    /// What is wrong with it.
    pub fault: Fault,
}

/// The lines of one or several files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lines {
    /// Those that were signed as they stand, by position.
    pub checkpoints: Vec<Checkpoint>,
    /// What is wrong with the others, or with their order.
    pub problems: Vec<Problem>,
}

/// Reads files. Each has a chain of lines of its own, which may go on from the end of another one of
/// them. With a key, lines of any other one are wrong.
///
/// # Errors
/// When a file cannot be read.
pub fn read(files: &[PathBuf], key: Option<PublicKey>) -> io::Result<Lines> {
    let mut lines = Lines::default();
    let mut begins = Vec::new();
    let mut ends = vec![GENESIS];
    for file in files {
        if let Some((first, last)) = read_file(file, key, &mut lines)? {
            begins.push((file, first));
            ends.push(last);
        }
    }
    for (file, (line, previous)) in begins {
        if !ends.contains(&previous) {
            lines.problems.push(Problem {
                file: file.clone(),
                line,
                fault: Fault::BeginningRemoved,
            });
        }
    }
    lines
        .checkpoints
        .sort_by_key(|checkpoint| checkpoint.position);
    Ok(lines)
}

/// Reads one file; returns the first good line's number and what it follows, and the last one's hash.
fn read_file(
    file: &Path,
    key: Option<PublicKey>,
    lines: &mut Lines,
) -> io::Result<Option<((u64, Hash), Hash)>> {
    let mut reader = BufReader::new(File::open(file)?);
    let mut first = None;
    let mut before: Option<Checkpoint> = None;
    let mut after_fault = false;
    let mut bytes = Vec::new();
    for number in 1.. {
        bytes.clear();
        let limit = u64::try_from(LINE_BYTES_MAX).unwrap_or(u64::MAX);
        let length = reader.by_ref().take(limit).read_until(b'\n', &mut bytes)?;
        if length == 0 || (!bytes.ends_with(b"\n") && length < LINE_BYTES_MAX) {
            // A line without its end was being written when the machine stopped: it states nothing.
            break;
        }
        let text = String::from_utf8_lossy(&bytes);
        let problem = |fault: Fault| Problem {
            file: file.to_owned(),
            line: number,
            fault,
        };
        let read = Checkpoint::read(text.trim_end_matches('\n'))
            .map_err(Fault::from)
            .and_then(|checkpoint| match key {
                Some(key) if key != checkpoint.key => {
                    let found = checkpoint.key.to_string();
                    Err(Fault::OtherKey { found })
                }
                _ => Ok(checkpoint),
            });
        let checkpoint = match read {
            Ok(checkpoint) => checkpoint,
            Err(fault) => {
                lines.problems.push(problem(fault));
                after_fault = true;
                continue;
            }
        };
        match &before {
            None => {
                // What stands before the first good line was told already.
                let follows = if after_fault {
                    GENESIS
                } else {
                    checkpoint.previous
                };
                first.get_or_insert((number, follows));
            }
            Some(_) if after_fault => {}
            Some(before) if before.line != checkpoint.previous => {
                lines.problems.push(problem(Fault::LinesRemoved));
            }
            Some(before) if before.position > checkpoint.position => {
                lines.problems.push(problem(Fault::GoesBack {
                    found: checkpoint.position,
                    before: before.position,
                }));
            }
            Some(_) => {}
        }
        after_fault = false;
        before = Some(checkpoint.clone());
        lines.checkpoints.push(checkpoint);
    }
    Ok(first.zip(before.map(|before| before.line)))
}

/// The newest whole line of a file, and how many bytes whole lines have; `None` for a file that is not
/// there or has no whole line. Reads the file's end only.
///
/// # Errors
/// When the file cannot be read.
pub fn newest(file: &Path) -> io::Result<Option<(String, u64)>> {
    let mut open = match File::open(file) {
        Ok(open) => open,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let length = open.metadata()?.len();
    // A whole line, and perhaps a torn one behind it.
    let look = u64::try_from(2 * LINE_BYTES_MAX)
        .unwrap_or(u64::MAX)
        .min(length);
    open.seek(SeekFrom::Start(length - look))?;
    let mut bytes = Vec::new();
    open.take(look).read_to_end(&mut bytes)?;
    let Some(end) = bytes.iter().rposition(|byte| *byte == b'\n') else {
        return Ok(None);
    };
    let torn = u64::try_from(bytes.len() - end - 1).unwrap_or(0);
    let begin = bytes[..end]
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |at| at + 1);
    let line = String::from_utf8_lossy(&bytes[begin..end]).into_owned();
    Ok(Some((line, length - torn)))
}
