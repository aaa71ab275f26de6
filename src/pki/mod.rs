//! Keys, signing requests and certificates of the attacking side.

pub mod certificate;
pub mod certificate_path;
pub mod crl;
pub mod csr;
mod csr_content;
pub mod key;
mod key_format;
mod key_kind;
mod weak_rsa;
mod x509_signer;
