//! Keeping, reading and removing in a store that fails at any step.

use super::*;
use async_trait::async_trait;
use object_store::memory::InMemory;
use object_store::{
    CopyOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, PutMultipartOptions,
    PutOptions, PutPayload, PutResult, UploadPart,
};
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use tempfile::TempDir;
use tributary_domain::AccountId;
use uuid::Uuid;

const INDEX_TEXT: &str = "part 10 320 180 avc1\nsegment 0 10 90 2000 0 k- 40\n\
                          segment 0 100 100 2000 0 k- 60\n";

/// Small enough that a file is sent in pieces.
const PIECE: usize = 64;

/// Fails from a certain question on.
#[derive(Debug, Default)]
struct Failing {
    objects: InMemory,
    patience: Arc<Patience>,
}

#[derive(Debug, Default)]
struct Patience {
    answers: AtomicUsize,
    asked: AtomicUsize,
}

impl Patience {
    fn ask(&self) -> Result<(), Error> {
        if self.asked.fetch_add(1, SeqCst) < self.answers.load(SeqCst) {
            return Ok(());
        }
        Err(Error::Generic {
            store: "test",
            source: "it is away".into(),
        })
    }
}

impl Failing {
    fn bucket(prefix: &str, answers: usize) -> (Arc<Self>, Bucket) {
        let store = Arc::new(Self::default());
        store.answers(answers);
        let mut bucket = Bucket::over(Arc::clone(&store) as _, prefix);
        bucket.piece_bytes = PIECE;
        (store, bucket)
    }

    fn ask(&self) -> Result<(), Error> {
        self.patience.ask()
    }

    /// From now on it answers so many questions.
    fn answers(&self, answers: usize) {
        self.patience.asked.store(0, SeqCst);
        self.patience.answers.store(answers, SeqCst);
    }

    fn asked(&self) -> usize {
        self.patience.asked.load(SeqCst)
    }
}

#[derive(Debug)]
struct FailingUpload {
    upload: Box<dyn MultipartUpload>,
    patience: Arc<Patience>,
}

#[async_trait]
impl MultipartUpload for FailingUpload {
    fn put_part(&mut self, piece: PutPayload) -> UploadPart {
        match self.patience.ask() {
            Ok(()) => self.upload.put_part(piece),
            Err(error) => Box::pin(async { Err(error) }),
        }
    }

    async fn complete(&mut self) -> Result<PutResult, Error> {
        self.patience.ask()?;
        self.upload.complete().await
    }

    async fn abort(&mut self) -> Result<(), Error> {
        self.upload.abort().await
    }
}

impl fmt::Display for Failing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("failing")
    }
}

#[async_trait]
impl ObjectStore for Failing {
    async fn put_opts(
        &self,
        key: &Key,
        payload: PutPayload,
        options: PutOptions,
    ) -> Result<PutResult, Error> {
        self.ask()?;
        self.objects.put_opts(key, payload, options).await
    }

    async fn put_multipart_opts(
        &self,
        key: &Key,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>, Error> {
        self.ask()?;
        Ok(Box::new(FailingUpload {
            upload: self.objects.put_multipart_opts(key, options).await?,
            patience: Arc::clone(&self.patience),
        }))
    }

    async fn get_opts(&self, key: &Key, options: GetOptions) -> Result<GetResult, Error> {
        self.ask()?;
        self.objects.get_opts(key, options).await
    }

    fn delete_stream(
        &self,
        keys: BoxStream<'static, Result<Key, Error>>,
    ) -> BoxStream<'static, Result<Key, Error>> {
        match self.ask() {
            Ok(()) => self.objects.delete_stream(keys),
            Err(error) => stream::once(async { Err(error) }).boxed(),
        }
    }

    fn list(&self, prefix: Option<&Key>) -> BoxStream<'static, Result<ObjectMeta, Error>> {
        match self.ask() {
            Ok(()) => self.objects.list(prefix),
            Err(error) => stream::once(async { Err(error) }).boxed(),
        }
    }

    async fn list_with_delimiter(&self, prefix: Option<&Key>) -> Result<ListResult, Error> {
        self.ask()?;
        self.objects.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Key, to: &Key, options: CopyOptions) -> Result<(), Error> {
        self.objects.copy_opts(from, to, options).await
    }
}

fn place(channel: u128, recording: u128) -> Place {
    Place {
        channel: AccountId(Uuid::from_u128(channel)).into(),
        recording: RecordingId(Uuid::from_u128(recording)),
    }
}

/// A folder with a recording, whose files are longer than what of them is complete.
fn recording() -> (TempDir, Contents) {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("part-0.mp4"), vec![7; 300]).unwrap();
    std::fs::write(folder.path().join("video.flv"), vec![8; 61]).unwrap();
    std::fs::write(folder.path().join(INDEX), INDEX_TEXT).unwrap();
    let contents = Contents::read(folder.path()).unwrap();
    (folder, contents)
}

async fn read(bucket: &Bucket, place: Place, file: &str, range: Range<u64>) -> Vec<u8> {
    let pieces = bucket.read(place, file, range).await.unwrap();
    let pieces: Vec<Bytes> = pieces.try_collect().await.unwrap();
    pieces.concat()
}

/// The sizes of all objects, by their keys.
async fn sizes(store: &Failing) -> Vec<(String, u64)> {
    let listed: Vec<_> = store.objects.list(None).try_collect().await.unwrap();
    let mut sizes: Vec<_> = listed
        .into_iter()
        .map(|object| (object.location.to_string(), object.size))
        .collect();
    sizes.sort();
    sizes
}

#[tokio::test]
async fn a_recording_that_was_cut_off_at_any_step_is_none_until_it_is_gone_on_with() {
    let (folder, contents) = recording();
    let place = place(1, 2);
    for answers in 0_usize.. {
        let (store, bucket) = Failing::bucket("a/b", answers);
        let kept = bucket.keep(place, folder.path(), &contents).await;
        let is_all = kept.is_ok();
        store.answers(usize::MAX);
        if !is_all {
            let missing = bucket.contents(place).await;
            assert!(matches!(missing, Err(Error::NotFound { .. })), "{answers}");
            bucket.keep(place, folder.path(), &contents).await.unwrap();
        }
        let found = bucket.contents(place).await.unwrap();
        assert_eq!(*found, Contents::parse(INDEX_TEXT));
        let below = format!("a/b/{}/{}", place.channel, place.recording);
        let expected = [
            ("index", INDEX_TEXT.len()),
            ("part-0.mp4", 200),
            ("video.flv", 60),
        ];
        let expected = expected.map(|(file, bytes)| (format!("{below}/{file}"), bytes as u64));
        assert_eq!(sizes(&store).await, expected, "{answers}");
        assert_eq!(read(&bucket, place, "part-0.mp4", 190..200).await, [7; 10]);
        if is_all {
            assert!(
                answers > 5,
                "each file was asked for, written and looked at"
            );
            return;
        }
    }
}

#[tokio::test]
async fn what_is_there_already_is_not_sent_again() {
    let (folder, contents) = recording();
    let (store, bucket) = Failing::bucket("", usize::MAX);
    bucket
        .keep(place(1, 1), folder.path(), &contents)
        .await
        .unwrap();
    let first = store.asked();
    store.answers(usize::MAX);
    bucket
        .keep(place(1, 1), folder.path(), &contents)
        .await
        .unwrap();
    // A file of four pieces, one of one, and the index; then a look at each file, and the index.
    assert_eq!((first, store.asked()), (8 + 3 + 1, 3));
}

#[tokio::test]
async fn what_is_removed_is_gone_and_nothing_else_whatever_fails_on_the_way() {
    let (folder, contents) = recording();
    let [first, second, other] = [place(1, 1), place(1, 2), place(2, 1)];
    for answers in 0_usize.. {
        let (store, bucket) = Failing::bucket("a", usize::MAX);
        for place in [first, second, other] {
            bucket.keep(place, folder.path(), &contents).await.unwrap();
            bucket.contents(place).await.unwrap();
        }
        store
            .objects
            .put(&Key::from("a/else"), "?".into())
            .await
            .unwrap();
        let mut places = bucket.places().await.unwrap();
        places.sort_by_key(|place| (place.channel, place.recording));
        assert_eq!(places, [first, second, other]);
        store.answers(answers);
        let removed = bucket.remove(first).await;
        store.answers(usize::MAX);
        let is_all = removed.is_ok();
        if !is_all {
            bucket.remove(first).await.unwrap();
        }
        assert!(bucket.contents(first).await.is_err(), "{answers}");
        assert!(bucket.contents(second).await.is_ok(), "{answers}");
        bucket.remove_channel(first.channel).await.unwrap();
        assert!(bucket.contents(second).await.is_err(), "{answers}");
        assert!(bucket.contents(other).await.is_ok(), "{answers}");
        assert_eq!(sizes(&store).await.len(), 4, "{answers}");
        // What is not there is removed, too.
        bucket.remove(first).await.unwrap();
        if is_all {
            return;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_that_falls_silent_is_waited_for_no_longer() {
    let some = stream::iter([Ok(Bytes::from_static(b"a"))]).chain(stream::pending());
    let pieces: Vec<_> = patient(some.boxed()).collect().await;
    assert_eq!(pieces.len(), 2);
    assert!(pieces[0].is_ok() && pieces[1].is_err());
}
