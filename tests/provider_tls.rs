//! HTTPS to a payment provider: who is not trusted is told nothing, not even the key.

use crate::support::server::{Engine, Site};
use crate::support::stripe::StandIn;
use rcgen::{BasicConstraints, Certificate, CertificateParams, IsCa, Issuer, KeyPair};
use serde_json::json;
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// An authority that signs certificates.
struct Authority {
    certificate: Certificate,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Self {
        let mut own = CertificateParams::new(vec![]).unwrap();
        own.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        Self {
            certificate: own.self_signed(&key).unwrap(),
            issuer: Issuer::new(own, key),
        }
    }

    /// A server whose certificate this authority signed.
    fn vouches_for(&self, certificate: &CertificateParams) -> TlsAcceptor {
        let key = KeyPair::generate().unwrap();
        let signed = certificate.signed_by(&key, &self.issuer).unwrap();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let server = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![signed.der().clone()], key)
            .unwrap();
        TlsAcceptor::from(Arc::new(server))
    }
}

fn named(name: &str) -> CertificateParams {
    CertificateParams::new(vec![name.to_owned()]).unwrap()
}

/// Begins to pay in at a server that trusts an authority, through a provider that shows a certificate: the code of
/// the refusal, if there was one, and how often the provider was asked.
async fn asked(trusted: Option<&Authority>, provider: TlsAcceptor) -> (Option<String>, usize) {
    let site = Site::new(Engine::Sqlite).await;
    let (stand_in, site) = StandIn::start_tls(site, provider).await;
    let site = match trusted {
        Some(authority) => {
            let file = site.folder.path().join("trusted.pem");
            std::fs::write(&file, authority.certificate.pem()).unwrap();
            site.set("SSL_CERT_FILE", file.to_str().unwrap())
        }
        None => site,
    };
    let server = site.start().await;
    let eve = server.api().register("eve").await;
    let input = json!({
        "provider": "stripe", "amount": "10.00", "currency": "USD", "clientMutationId": "p",
    });
    let begun = eve.mutate("beginTopUp", input, "reference").await;
    let code = begun["errors"][0]["code"].as_str().map(str::to_owned);
    assert_eq!(begun["reference"].is_string(), code.is_none(), "{begun}");
    assert!(server.stop().await, "{}", site.log());
    (code, stand_in.requests().len())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_is_asked_whose_certificate_is_good() {
    let authority = Authority::new();
    let provider = authority.vouches_for(&named("localhost"));
    assert_eq!(asked(Some(&authority), provider).await, (None, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_is_told_anything() {
    let refused = (Some("PROVIDER_UNAVAILABLE".to_owned()), 0);
    let (authority, other) = (Authority::new(), Authority::new());
    let unknown = other.vouches_for(&named("localhost"));
    assert_eq!(asked(Some(&authority), unknown).await, refused, "not ours");
    let untrusted = authority.vouches_for(&named("localhost"));
    assert_eq!(asked(None, untrusted).await, refused, "the system's own");
    let elsewhere = authority.vouches_for(&named("api.example.com"));
    assert_eq!(asked(Some(&authority), elsewhere).await, refused, "a name");
    let mut over = named("localhost");
    over.not_before = rcgen::date_time_ymd(2020, 1, 1);
    over.not_after = rcgen::date_time_ymd(2021, 1, 1);
    let over = authority.vouches_for(&over);
    assert_eq!(asked(Some(&authority), over).await, refused, "expired");
}
