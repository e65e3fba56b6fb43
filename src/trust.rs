//! Whom this server believes to be who they say they are, when it asks others.

use anyhow::bail;
use std::sync::Arc;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};

/// TLS with the certificates that the system trusts.
///
/// # Errors
/// When it trusts none.
pub fn trusting_the_system() -> anyhow::Result<ClientConfig> {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    let (added, _unusable) = roots.add_parsable_certificates(found.certs);
    if added == 0 {
        bail!("the system trusts no certificates: install ca-certificates");
    }
    let provider = Arc::new(crypto::ring::default_provider());
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth())
}
