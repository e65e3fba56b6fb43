//! Where recordings are: a folder for each channel, and in it one for each recording.

use std::io;
use std::path::{Path, PathBuf};
use tributary_domain::{ChannelId, RecordingId};

/// See the [module](self).
#[derive(Debug, Clone)]
pub struct Folders(PathBuf);

impl Folders {
    /// In this folder, which need not be there yet.
    pub const fn new(folder: PathBuf) -> Self {
        Self(folder)
    }

    /// A recording's own.
    pub fn of(&self, channel: ChannelId, recording: RecordingId) -> PathBuf {
        self.of_channel(channel).join(recording.to_string())
    }

    fn of_channel(&self, channel: ChannelId) -> PathBuf {
        self.0.join(channel.to_string())
    }

    /// Every recording that has a folder.
    ///
    /// # Errors
    /// When they cannot be listed.
    pub fn recordings(&self) -> io::Result<Vec<RecordingId>> {
        let mut all = vec![];
        for channel in names(&self.0)? {
            // What is not called so is not ours.
            if channel.parse::<ChannelId>().is_ok() {
                let found = names(&self.0.join(channel))?;
                let found = found
                    .iter()
                    .filter_map(|name| name.parse::<RecordingId>().ok());
                all.extend(found);
            }
        }
        Ok(all)
    }

    /// Removes a recording's files, if there are any.
    ///
    /// # Errors
    /// When they cannot be removed.
    pub fn remove(&self, channel: ChannelId, recording: RecordingId) -> io::Result<()> {
        remove(&self.of(channel, recording))
    }

    /// Removes the files of all recordings of a channel.
    ///
    /// # Errors
    /// When they cannot be removed.
    pub fn remove_channel(&self, channel: ChannelId) -> io::Result<()> {
        remove(&self.of_channel(channel))
    }
}

/// What is in a folder, which need not be there.
fn names(folder: &Path) -> io::Result<Vec<String>> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(vec![]),
        entries => entries?,
    };
    let names = entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
    names.collect()
}

fn remove(folder: &Path) -> io::Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;
    use tributary_domain::AccountId;
    use uuid::Uuid;

    #[test]
    fn what_is_removed_is_gone_and_nothing_else() {
        let folder = TempDir::new().unwrap();
        let folders = Folders::new(folder.path().into());
        let channel = |number: u128| ChannelId::from(AccountId(Uuid::from_u128(number)));
        let recording = |number: u128| RecordingId(Uuid::from_u128(number));
        let all = [(1, 1), (1, 2), (2, 1)].map(|(of, number)| (channel(of), recording(number)));
        for (of, number) in all {
            std::fs::create_dir_all(folders.of(of, number)).unwrap();
        }
        let left = || all.map(|(of, number)| folders.of(of, number).exists());
        folders.remove(channel(1), recording(1)).unwrap();
        assert_eq!(left(), [false, true, true]);
        folders.remove_channel(channel(1)).unwrap();
        assert_eq!(left(), [false, false, true]);
        // Twice is as good as once.
        folders.remove_channel(channel(1)).unwrap();
        folders.remove(channel(1), recording(1)).unwrap();
    }
}
