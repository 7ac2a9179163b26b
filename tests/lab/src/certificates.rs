//! An authority of the lab's own, the certificate that it gave its origins, and a client that trusts it alone.

use std::fmt::Write;
use std::sync::Arc;

use anyhow::Context;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::PrivateKeyDer;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use sha2::{Digest, Sha256};

/// Both ends of the lab's TLS.
#[derive(Clone, Debug)]
pub struct Tls {
    /// For the origins.
    pub server: Arc<ServerConfig>,
    /// For the clients.
    pub client: Arc<ClientConfig>,
    /// The SHA-256 digest of the certificate, as links pin it.
    pub pin: String,
    /// The same certificate and its key, for servers that read them from files.
    pub(crate) certificate_pem: String,
    pub(crate) key_pem: String,
}

impl Tls {
    /// A new authority, and a certificate for these names.
    pub fn new(names: &[&str]) -> anyhow::Result<Self> {
        let authority_key = KeyPair::generate()?;
        let mut authority = CertificateParams::new(Vec::new())?;
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let root = authority.self_signed(&authority_key)?;
        let key = KeyPair::generate()?;
        let issuer = Issuer::new(authority, authority_key);
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        let leaf = CertificateParams::new(names)?.signed_by(&key, &issuer)?;

        let pin = Sha256::digest(leaf.der()).iter().fold(String::new(), |mut pin, byte| {
            // Writing to a string cannot fail.
            let _ = write!(pin, "{byte:02x}");
            pin
        });
        let provider: Arc<CryptoProvider> = Arc::new(rustls::crypto::ring::default_provider());
        let private = PrivateKeyDer::try_from(key.serialize_der()).map_err(anyhow::Error::msg)?;
        let mut server = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![leaf.der().clone()], private)
            .context("the lab's own certificate")?;
        // Every handshake a whole one, so that each costs the same.
        server.send_tls13_tickets = 0;
        let mut roots = RootCertStore::empty();
        roots.add(root.der().clone())?;
        let mut client = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        client.resumption = rustls::client::Resumption::disabled();
        let (certificate_pem, key_pem) = (leaf.pem(), key.serialize_pem());
        Ok(Self { server: Arc::new(server), client: Arc::new(client), pin, certificate_pem, key_pem })
    }
}
