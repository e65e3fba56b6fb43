//! Recordings in a bucket of a service that speaks S3.
//!
//! A recording's objects are `<prefix>/<channel>/<recording>/<file>`, the files those of its folder. The index comes
//! last: a recording is in the bucket when its index is.

#[cfg(test)]
mod tests;
mod wire;

use crate::settings;
use anyhow::Context as _;
use axum::body::Bytes;
use futures::stream::{self, BoxStream, StreamExt as _, TryStreamExt as _};
use lru::LruCache;
use object_store::aws::AmazonS3Builder;
use object_store::path::Path as Key;
use object_store::{
    Error, GetOptions, ObjectStore, ObjectStoreExt as _, RetryConfig, WriteMultipart,
};
use std::num::NonZeroUsize;
use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, Take};
use tributary_domain::{ChannelId, RecordingId};
use tributary_media::recording::{Contents, INDEX, INDEX_BYTES_MAX};
use wire::Wire;

/// A file is sent in pieces of this size. S3 takes 10,000 pieces, so that a file may have 160 GB.
const PIECE_BYTES: usize = 16 * 1_024 * 1_024;

/// Pieces that are sent at once.
const PIECES_AT_ONCE: usize = 2;

/// Indexes that are remembered: those of recordings that are played are asked for again and again.
const INDEXES_MAX: NonZeroUsize = NonZeroUsize::new(32).unwrap();

/// How long a request is tried again by itself. Whoever asks has something to say about it after that.
const RETRY_WITHIN: Duration = Duration::from_secs(10);
const RETRIES_MAX: usize = 3;

/// How long a store may send nothing of what it was asked for.
const SILENCE_MAX: Duration = Duration::from_secs(30);

/// What is written, listed and removed at the start, to see that it can be.
const PROBE: &str = "probe";

/// A recording's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Place {
    /// Whose.
    pub channel: ChannelId,
    /// Which.
    pub recording: RecordingId,
}

/// See the [module](self). Cheap to clone.
#[derive(Clone)]
pub struct Bucket {
    objects: Arc<dyn ObjectStore>,
    prefix: Key,
    piece_bytes: usize,
    indexes: Arc<Mutex<LruCache<RecordingId, Arc<Contents>>>>,
}

impl Bucket {
    /// The one that is set up; asks nobody yet.
    ///
    /// # Errors
    /// When its key cannot be read, or nobody would be believed to be the service.
    pub fn open(settings: &settings::Bucket) -> anyhow::Result<Self> {
        let (id, secret) = settings.key()?;
        let retry = RetryConfig {
            max_retries: RETRIES_MAX,
            retry_timeout: RETRY_WITHIN,
            ..RetryConfig::default()
        };
        let objects = AmazonS3Builder::new()
            .with_http_connector(Wire::new()?)
            .with_bucket_name(&settings.name)
            .with_region(&settings.region)
            .with_endpoint(&settings.url)
            // Which addresses are plain is the settings' to say.
            .with_allow_http(true)
            .with_access_key_id(id)
            .with_secret_access_key(secret)
            .with_retry(retry)
            .build()
            .context("the bucket of recordings_bucket cannot be used")?;
        Ok(Self::over(Arc::new(objects), &settings.prefix))
    }

    pub(super) fn over(objects: Arc<dyn ObjectStore>, prefix: &str) -> Self {
        Self {
            objects,
            prefix: Key::from(prefix),
            piece_bytes: PIECE_BYTES,
            indexes: Arc::new(Mutex::new(LruCache::new(INDEXES_MAX))),
        }
    }

    /// Sees whether objects can be written, listed and removed. A service that is away is told of and no more:
    /// streams go on without it.
    ///
    /// # Errors
    /// When the service is there and refuses.
    pub async fn check(&self) -> anyhow::Result<()> {
        let Err(error) = self.probe().await else {
            return Ok(());
        };
        match error {
            Error::NotFound { .. }
            | Error::PermissionDenied { .. }
            | Error::Unauthenticated { .. } => {
                let why = "recordings_bucket cannot be used: objects in it must be written, listed, read and removed";
                Err(anyhow::Error::new(error).context(why))
            }
            error => {
                tracing::warn!(%error, "the recordings' bucket does not answer; recordings stay on the disk meanwhile");
                Ok(())
            }
        }
    }

    async fn probe(&self) -> Result<(), Error> {
        let probe = self.prefix.clone().join(PROBE);
        let objects = &self.objects;
        objects
            .put(&probe, Bytes::from_static(b"tributary").into())
            .await?;
        objects.list(Some(&self.prefix)).next().await.transpose()?;
        objects.get(&probe).await?;
        objects.delete(&probe).await
    }

    /// What a recording consists of, once it is here.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it is not here; others when the store does not answer.
    pub async fn contents(&self, place: Place) -> Result<Arc<Contents>, Error> {
        let known = self.indexes().get(&place.recording).cloned();
        if let Some(contents) = known {
            return Ok(contents);
        }
        let index = self.file(place, INDEX);
        // Not a range: there is none of an index without a line.
        let mut pieces = patient(self.objects.get(&index).await?.into_stream());
        let mut text = Vec::new();
        while (text.len() as u64) < INDEX_BYTES_MAX
            && let Some(piece) = pieces.next().await
        {
            text.extend_from_slice(&piece?);
        }
        let contents = Arc::new(Contents::parse(&String::from_utf8_lossy(&text)));
        self.indexes().put(place.recording, Arc::clone(&contents));
        Ok(contents)
    }

    /// A piece of one of its files, as it comes.
    ///
    /// # Errors
    /// As for [`Self::contents`]; so may each piece be one.
    pub async fn read(
        &self,
        place: Place,
        file: &str,
        range: Range<u64>,
    ) -> Result<BoxStream<'static, Result<Bytes, Error>>, Error> {
        let options = GetOptions {
            range: Some(range.into()),
            ..GetOptions::default()
        };
        let key = self.file(place, file);
        let found = self.objects.get_opts(&key, options).await?;
        Ok(patient(found.into_stream()))
    }

    /// Writes what is in a folder, its index last. Files that are here in their full length are left alone, so that
    /// what was cut off is gone on with.
    ///
    /// # Errors
    /// When a file cannot be read, or the store does not take it.
    pub async fn keep(
        &self,
        place: Place,
        folder: &Path,
        contents: &Contents,
    ) -> anyhow::Result<()> {
        let mut files: Vec<_> = (0..contents.parts.len())
            .filter_map(|number| contents.part(number))
            .collect();
        files.extend(contents.flv());
        for (path, bytes) in files {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            self.keep_file(&self.file(place, &name), &path, bytes)
                .await
                .with_context(|| format!("{name} was not kept"))?;
        }
        let index = tokio::fs::read(folder.join(INDEX)).await?;
        self.objects
            .put(&self.file(place, INDEX), index.into())
            .await?;
        Ok(())
    }

    async fn keep_file(&self, key: &Key, path: &Path, bytes: u64) -> anyhow::Result<()> {
        if self.size(key).await? == Some(bytes) {
            return Ok(());
        }
        let mut file = File::open(path).await?.take(bytes);
        let first = piece_of(&mut file, self.piece_bytes).await?;
        if first.len() as u64 == bytes {
            self.objects.put(key, first.into()).await?;
        } else {
            let upload = self.objects.put_multipart(key).await?;
            let mut upload = WriteMultipart::new_with_chunk_size(upload, self.piece_bytes);
            upload.put(first);
            if let Err(error) = send(&mut upload, &mut file, self.piece_bytes).await {
                // What came of it costs room there until it is given up.
                if let Err(error) = upload.abort().await {
                    tracing::debug!(%error, "pieces of a recording stay in its bucket");
                }
                return Err(error);
            }
            upload.finish().await?;
        }
        match self.size(key).await? {
            Some(kept) if kept == bytes => Ok(()),
            kept => anyhow::bail!("{} bytes are there of {bytes}", kept.unwrap_or(0)),
        }
    }

    async fn size(&self, key: &Key) -> Result<Option<u64>, Error> {
        match self.objects.head(key).await {
            Ok(object) => Ok(Some(object.size)),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Removes a recording: its index first, so that what is left of it is none.
    ///
    /// # Errors
    /// When the store does not answer. Some of it may be left then.
    pub async fn remove(&self, place: Place) -> Result<(), Error> {
        match self.objects.delete(&self.file(place, INDEX)).await {
            Err(Error::NotFound { .. }) | Ok(()) => {}
            Err(error) => return Err(error),
        }
        self.indexes().pop(&place.recording);
        self.remove_below(
            self.of_channel(place.channel)
                .join(place.recording.to_string()),
        )
        .await
    }

    /// Removes all recordings of a channel.
    ///
    /// # Errors
    /// As [`Self::remove`].
    pub async fn remove_channel(&self, channel: ChannelId) -> Result<(), Error> {
        self.indexes().clear();
        self.remove_below(self.of_channel(channel)).await
    }

    async fn remove_below(&self, key: Key) -> Result<(), Error> {
        let keys = self
            .objects
            .list(Some(&key))
            .map_ok(|object| object.location);
        let removed = self.objects.delete_stream(keys.boxed());
        removed
            .try_for_each(|_| async { Ok(()) })
            .await
            .or_else(|error| match error {
                // Somebody else was quicker.
                Error::NotFound { .. } => Ok(()),
                error => Err(error),
            })
    }

    /// Every recording of which something is here.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn places(&self) -> Result<Vec<Place>, Error> {
        let mut places = vec![];
        for channel in self.folders(&self.prefix).await? {
            for recording in self.folders(&channel).await? {
                let mut parts = recording.parts().rev();
                let mut next = || parts.next().map(|part| part.as_ref().to_owned());
                let (recording, channel) = (next(), next());
                // What is not called so is not ours.
                if let Some(Ok(recording)) = recording.map(|text| text.parse())
                    && let Some(Ok(channel)) = channel.map(|text| text.parse())
                {
                    places.push(Place { channel, recording });
                }
            }
        }
        Ok(places)
    }

    async fn folders(&self, key: &Key) -> Result<Vec<Key>, Error> {
        let listed = self.objects.list_with_delimiter(Some(key)).await?;
        Ok(listed.common_prefixes)
    }

    fn indexes(&self) -> MutexGuard<'_, LruCache<RecordingId, Arc<Contents>>> {
        self.indexes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn of_channel(&self, channel: ChannelId) -> Key {
        self.prefix.clone().join(channel.to_string())
    }

    fn file(&self, place: Place, name: &str) -> Key {
        let folder = self
            .of_channel(place.channel)
            .join(place.recording.to_string());
        folder.join(name)
    }
}

/// Sends the rest of a file, no more of it in memory than is on its way.
async fn send(
    upload: &mut WriteMultipart,
    file: &mut Take<File>,
    piece_bytes: usize,
) -> anyhow::Result<()> {
    loop {
        upload.wait_for_capacity(PIECES_AT_ONCE).await?;
        let piece = piece_of(file, piece_bytes).await?;
        if piece.is_empty() {
            return Ok(());
        }
        upload.put(piece);
    }
}

/// The next piece of a file; the last one is shorter.
async fn piece_of(file: &mut Take<File>, piece_bytes: usize) -> std::io::Result<Bytes> {
    let mut piece = Vec::new();
    let limit = file.limit().min(piece_bytes as u64);
    piece.reserve_exact(usize::try_from(limit).unwrap_or(piece_bytes));
    let mut of_it = file.take(piece_bytes as u64);
    of_it.read_to_end(&mut piece).await?;
    Ok(piece.into())
}

/// The same pieces, as long as they keep coming.
fn patient(
    pieces: BoxStream<'static, Result<Bytes, Error>>,
) -> BoxStream<'static, Result<Bytes, Error>> {
    let next = stream::unfold(Some(pieces), |pieces| async {
        let mut pieces = pieces?;
        match tokio::time::timeout(SILENCE_MAX, pieces.next()).await {
            Ok(piece) => Some((piece?, Some(pieces))),
            Err(late) => {
                let late = Error::Generic {
                    store: "S3",
                    source: late.into(),
                };
                Some((Err(late), None))
            }
        }
    });
    next.boxed()
}
