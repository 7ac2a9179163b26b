//! TLS to a proxy. The certificate is always verified: against the system's roots, or against one pinned digest.

use std::sync::{Arc, LazyLock};

use paperwing_link::{Host, Tls};
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{DnsName, ServerName};
use rustls::{CertificateError, ClientConfig, Error};
use rustls_platform_verifier::Verifier;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::pinned::Pinned;
use super::progress::Progress;
use crate::outcome::{Cause, Certificate, Failure, Garbage, Local, Stage};

static PROVIDER: LazyLock<Arc<CryptoProvider>> = LazyLock::new(|| Arc::new(rustls::crypto::ring::default_provider()));

/// The configuration for proxies without a pin or an ALPN of their own: reading the system's roots takes time and memory,
/// so it is done once, and only when a first proxy asks for it.
static SYSTEM_ROOTS: LazyLock<Result<Arc<ClientConfig>, Error>> = LazyLock::new(|| {
    let verifier = Verifier::new(Arc::clone(&PROVIDER))?;
    config(Arc::new(verifier), &[]).map(Arc::new)
});

/// Performs the handshake with the name that the link asks for, the proxy's host where it asks for none.
pub(super) async fn handshake(
    tcp: TcpStream,
    host: &Host,
    tls: &Tls,
    progress: &Progress,
) -> Result<TlsStream<TcpStream>, Failure> {
    progress.enter(Stage::Tls);
    secure(tcp, host, tls).await
}

/// The same over any stream.
pub(crate) async fn secure<S>(stream: S, host: &Host, tls: &Tls) -> Result<TlsStream<S>, Failure>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let failed = |error: &Error| Failure::new(Stage::Tls, cause(error));
    let config = client_config(tls).map_err(|error| failed(&error))?;
    let name = server_name(tls.sni.as_ref().unwrap_or(host))?;
    TlsConnector::from(config).connect(name, stream).await.map_err(|error| {
        match error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
            Some(inner) => failed(inner),
            None => Failure::from_io(Stage::Tls, &error),
        }
    })
}

fn client_config(tls: &Tls) -> Result<Arc<ClientConfig>, Error> {
    match tls.pin {
        Some(pin) => config(Arc::new(Pinned::new(pin, &PROVIDER)), &tls.alpn).map(Arc::new),
        None if tls.alpn.is_empty() => SYSTEM_ROOTS.clone(),
        None => {
            let mut with_alpn = ClientConfig::clone(SYSTEM_ROOTS.as_ref().map_err(Error::clone)?);
            with_alpn.alpn_protocols = tls.alpn.iter().map(|protocol| protocol.clone().into_bytes()).collect();
            Ok(Arc::new(with_alpn))
        }
    }
}

fn config(verifier: Arc<dyn ServerCertVerifier>, alpn: &[String]) -> Result<ClientConfig, Error> {
    let mut config = ClientConfig::builder_with_provider(Arc::clone(&PROVIDER))
        .with_safe_default_protocol_versions()?
        // "Dangerous" is any verifier that rustls did not make; ours only ever ask for more.
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    config.alpn_protocols = alpn.iter().map(|protocol| protocol.clone().into_bytes()).collect();
    Ok(config)
}

fn server_name(host: &Host) -> Result<ServerName<'static>, Failure> {
    match host {
        Host::Ip(ip) => Ok(ServerName::IpAddress((*ip).into())),
        Host::Name(name) => DnsName::try_from(name.clone())
            .map(ServerName::DnsName)
            .map_err(|_| Failure::new(Stage::Tls, Cause::Certificate(Certificate::WrongName))),
    }
}

fn cause(error: &Error) -> Cause {
    match error {
        Error::InvalidCertificate(problem) => Cause::Certificate(match problem {
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. } => Certificate::Expired,
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                Certificate::WrongName
            }
            CertificateError::UnknownIssuer => Certificate::UnknownIssuer,
            CertificateError::ApplicationVerificationFailure => Certificate::NotPinned,
            _ => Certificate::Invalid,
        }),
        Error::AlertReceived(_) | Error::PeerIncompatible(_) => Cause::TlsRefused,
        // Roots that cannot be read, no randomness: this computer's own trouble.
        Error::General(_) | Error::Other(_) | Error::FailedToGetRandomBytes | Error::FailedToGetCurrentTime => {
            Cause::Local(Local::OutOfResources)
        }
        _ => Cause::Garbage(Garbage::Other),
    }
}
