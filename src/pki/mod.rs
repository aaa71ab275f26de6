//! Keys and signing requests of the attacking side.

pub mod csr;
mod csr_content;
pub mod key;
mod key_format;
mod key_kind;
mod weak_rsa;
mod x509_signer;
