//! RTMP over TLS.

use super::Given;
use anyhow::bail;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Where encoders publish over TLS, and as whom the server speaks there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rtmps {
    /// Where it listens.
    pub addr: SocketAddr,
    /// The file of the certificate and those between it and a known authority.
    pub certificate: PathBuf,
    /// The file of its key.
    pub key: PathBuf,
}

impl Rtmps {
    /// # Errors
    /// When one of the three settings is there without the others.
    pub(super) fn complete(given: &Given) -> anyhow::Result<Option<Self>> {
        match (
            given.rtmps_addr,
            &given.tls_certificate_file,
            &given.tls_key_file,
        ) {
            (Some(addr), Some(certificate), Some(key)) => Ok(Some(Self {
                addr,
                certificate: certificate.clone(),
                key: key.clone(),
            })),
            (None, None, None) => Ok(None),
            _ => bail!(
                "rtmps_addr, tls_certificate_file and tls_key_file belong together: set all three \
                 or none"
            ),
        }
    }
}
