//! What RTMP is carried over.

use std::io;
use std::path::Path;
use std::sync::Arc;

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::{self, PemObject as _};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{self, ServerConfig};

/// What RTMP is carried over.
#[derive(Clone, Default)]
pub enum Transport {
    /// Bare TCP: `rtmp://`.
    #[default]
    Plain,
    /// TLS 1.2 or 1.3: `rtmps://`.
    Tls(Tls),
}

/// A server's certificate and key.
#[derive(Clone)]
pub struct Tls {
    pub(super) acceptor: TlsAcceptor,
}

/// Why a certificate or key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The certificates.
    #[error("the certificate cannot be read: {0}; it must be a PEM file, the server's own first")]
    Certificate(#[source] pem::Error),
    /// There are none.
    #[error("the certificate's file has no certificate; it must be a PEM file")]
    NoCertificate,
    /// The key.
    #[error("the key cannot be read: {0}; it must be a PEM file without a password")]
    Key(#[source] pem::Error),
    /// Both together.
    #[error("certificate and key cannot be used together: {0}")]
    Together(#[source] rustls::Error),
}

impl Tls {
    /// Reads a chain of certificates, the server's own first, and its key from PEM files.
    ///
    /// # Errors
    /// When they cannot be read or do not belong together.
    pub fn from_files(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let chain = CertificateDer::pem_file_iter(certificate)
            .and_then(Iterator::collect)
            .map_err(TlsError::Certificate)?;
        let key = PrivateKeyDer::from_pem_file(key).map_err(TlsError::Key)?;
        Self::new(chain, key)
    }

    /// The same from what was read.
    ///
    /// # Errors
    /// When they do not belong together.
    pub fn new(
        chain: Vec<CertificateDer<'static>>,
        key: PrivateKeyDer<'static>,
    ) -> Result<Self, TlsError> {
        if chain.is_empty() {
            return Err(TlsError::NoCertificate);
        }
        let provider = Arc::new(ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
            .map_err(TlsError::Together)?;
        Ok(Self {
            acceptor: TlsAcceptor::from(Arc::new(config)),
        })
    }
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tls").finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Transport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Plain => "Plain",
            Self::Tls(_) => "Tls",
        })
    }
}

/// What went wrong before the first byte of RTMP.
pub(super) fn timed_out() -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, "no TLS handshake in time")
}
