use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use tributary_media::server::{Limits, Tls, TlsError, Transport};

use crate::support::{Publisher, Server, Told, Viewer, soon};

fn certificate() -> rcgen::CertifiedKey<rcgen::KeyPair> {
    rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap()
}

/// The certificate and the key as files.
fn files(certified: &rcgen::CertifiedKey<rcgen::KeyPair>) -> [std::path::PathBuf; 2] {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    let name = format!("{}-{:?}", std::process::id(), std::thread::current().id());
    let paths = ["crt", "key"].map(|ending| folder.join(format!("{name}.{ending}")));
    std::fs::write(&paths[0], certified.cert.pem()).unwrap();
    std::fs::write(&paths[1], certified.signing_key.serialize_pem()).unwrap();
    paths
}

#[tokio::test]
async fn a_publisher_over_tls_is_a_publisher() {
    let certified = certificate();
    let [certificate, key] = files(&certified);
    let tls = Tls::from_files(&certificate, &key).unwrap();
    let server = Server::over(Transport::Tls(tls), Limits::default()).await;

    let mut roots = RootCertStore::empty();
    roots.add(certified.cert.der().clone()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let socket = TcpStream::connect(server.address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let socket = TlsConnector::from(Arc::new(config)).connect(name, socket);
    let mut publisher = Publisher::over(soon(socket).await.unwrap()).await;
    publisher.ask_for("show").await;
    assert_eq!(publisher.status().await.0, "NetStream.Publish.Start");
    publisher.headers().await;
    publisher.key_frame(0, 7, 100_000).await;
    let mut viewer = Viewer::new(&server.hub, "show");
    let file = viewer.until_tags(3).await;
    assert_eq!(file.tags[2].payload.len(), 100_005);
}

#[tokio::test]
async fn what_is_no_tls_is_closed_and_who_says_nothing_too() {
    let [certificate, key] = files(&certificate());
    let tls = Tls::from_files(&certificate, &key).unwrap();
    let limits = Limits {
        tls_timeout: Duration::from_millis(200),
        ..Limits::default()
    };
    let server = Server::over(Transport::Tls(tls), limits).await;
    let mut plain = TcpStream::connect(server.address).await.unwrap();
    plain.write_all(&[3; 2_000]).await.unwrap();
    let mut silent = TcpStream::connect(server.address).await.unwrap();
    for socket in [&mut plain, &mut silent] {
        let mut sink = Vec::new();
        // A reset is as good an end as any.
        let _end = soon(tokio::io::AsyncReadExt::read_to_end(socket, &mut sink)).await;
    }
    assert!(
        !server
            .end()
            .await
            .iter()
            .any(|told| matches!(told, Told::Asked(_)))
    );
}

#[test]
fn certificates_and_keys_that_cannot_be_used_are_refused_with_a_reason() {
    let [certificate, key] = files(&certificate());
    let nowhere = std::path::Path::new("nowhere.pem");
    assert!(matches!(
        Tls::from_files(nowhere, &key),
        Err(TlsError::Certificate(_))
    ));
    assert!(matches!(
        Tls::from_files(&key, &key),
        Err(TlsError::NoCertificate)
    ));
    assert!(matches!(
        Tls::from_files(&certificate, &certificate),
        Err(TlsError::Key(_))
    ));
    let other = rcgen::KeyPair::generate().unwrap().serialize_pem();
    std::fs::write(&key, other).unwrap();
    assert!(matches!(
        Tls::from_files(&certificate, &key),
        Err(TlsError::Together(_))
    ));
}
