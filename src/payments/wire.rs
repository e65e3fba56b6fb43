//! HTTPS to a provider: one request, one answer, both bounded.
//!
//! A few requests a minute need no pool and no redirects. hyper and rustls are below the server anyway; reqwest's
//! own TLS would bring another way of verifying certificates, and would have every other client of it in the
//! workspace ask for a provider of cryptography.

use crate::trust::trusting_the_system;
use anyhow::{Context as _, bail};
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{Method, Request, StatusCode, Uri, header};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;

/// How long an answer may take, from looking up the address on.
const ANSWER_WITHIN: Duration = Duration::from_secs(20);

/// The largest answer that is read.
const ANSWER_BYTES_MAX: usize = 1024 * 1024;

/// Where a provider is, and how it is spoken to.
pub struct Wire {
    host: String,
    port: u16,
    /// As the `Host` header has it.
    authority: String,
    /// What every path begins with.
    prefix: String,
    tls: Option<TlsConnector>,
}

/// An answer.
pub struct Answer {
    pub status: StatusCode,
    pub body: Bytes,
}

impl Wire {
    /// To `https://host[:port][/prefix]`; without TLS to this machine alone.
    ///
    /// # Errors
    /// What is wrong with the address, or why TLS cannot be spoken.
    pub fn new(url: &str) -> anyhow::Result<Self> {
        let uri: Uri = url.parse().context("it is no URL")?;
        let (Some(scheme), Some(authority), None) =
            (uri.scheme_str(), uri.authority(), uri.query())
        else {
            bail!("it must be https://<host>, without parameters");
        };
        if authority.as_str().contains('@') {
            bail!("it must hold no name and no password");
        }
        let host = authority.host().trim_matches(['[', ']']).to_owned();
        let is_here = host == "localhost" || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback());
        let (usual, tls) = match scheme {
            "https" => (
                443,
                Some(TlsConnector::from(Arc::new(trusting_the_system()?))),
            ),
            "http" if is_here => (80, None),
            _ => bail!("it must be https://…; http://… only for this machine"),
        };
        Ok(Self {
            host,
            port: authority.port_u16().unwrap_or(usual),
            authority: authority.as_str().to_owned(),
            prefix: uri.path().trim_end_matches('/').to_owned(),
            tls,
        })
    }

    /// Asks once.
    ///
    /// # Errors
    /// When no whole answer came in time. What was asked may have been done.
    pub async fn ask(
        &self,
        method: Method,
        path: &str,
        headers: &[(&'static str, String)],
        body: String,
    ) -> anyhow::Result<Answer> {
        let asking = async {
            let stream = TcpStream::connect((self.host.as_str(), self.port)).await?;
            stream.set_nodelay(true)?;
            let request = self.request(method, path, headers, body)?;
            match &self.tls {
                None => exchange(stream, request).await,
                Some(tls) => {
                    let name = ServerName::try_from(self.host.clone())?;
                    exchange(tls.connect(name, stream).await?, request).await
                }
            }
        };
        match tokio::time::timeout(ANSWER_WITHIN, asking).await {
            Ok(answer) => answer,
            Err(_) => bail!("no answer within {} s", ANSWER_WITHIN.as_secs()),
        }
    }

    fn request(
        &self,
        method: Method,
        path: &str,
        headers: &[(&'static str, String)],
        body: String,
    ) -> anyhow::Result<Request<Body>> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.prefix))
            .header(header::HOST, &self.authority)
            .header(header::USER_AGENT, "tributary");
        for (name, value) in headers {
            let mut value = axum::http::HeaderValue::try_from(value)?;
            // One of them is the key.
            value.set_sensitive(true);
            request = request.header(*name, value);
        }
        Ok(request.body(Body::from(body))?)
    }
}

async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    request: Request<Body>,
) -> anyhow::Result<Answer> {
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let connection = tokio::spawn(connection);
    let answer = async {
        let response = sender.send_request(request).await?;
        let (head, body) = response.into_parts();
        let body = to_bytes(Body::new(body), ANSWER_BYTES_MAX).await?;
        anyhow::Ok(Answer {
            status: head.status,
            body,
        })
    };
    let answer = answer.await;
    connection.abort();
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_never_leaves_this_machine_without_tls() {
        for url in [
            "http://api.example.com",
            "ftp://127.0.0.1",
            "https://key@api.example.com",
            "https://api.example.com?x=1",
            "api.example.com",
            "",
        ] {
            assert!(Wire::new(url).is_err(), "{url}");
        }
        let here = Wire::new("http://127.0.0.1:4711/stripe/").unwrap();
        assert_eq!((here.port, here.prefix.as_str()), (4_711, "/stripe"));
        assert!(here.tls.is_none());
        assert!(Wire::new("http://[::1]:1").is_ok());
    }
}
