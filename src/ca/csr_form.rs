//! The form of a signing request around what its signature covers (RFC 2986 §4.2).
//!
//! `x509-parser` reads an object identifier whatever its tag says, so that a request with one bit turned over
//! there passed for a right one.

use rustls::pki_types::{AlgorithmIdentifier, alg_id};
use x509_parser::asn1_rs::{Any, Class, FromDer, Tag};

/// SHA-1 and older are not among them.
const SIGNATURES: [AlgorithmIdentifier; 9] = [
    alg_id::ECDSA_SHA256,
    alg_id::ECDSA_SHA384,
    alg_id::RSA_PKCS1_SHA256,
    alg_id::RSA_PKCS1_SHA384,
    alg_id::RSA_PKCS1_SHA512,
    alg_id::RSA_PSS_SHA256,
    alg_id::RSA_PSS_SHA384,
    alg_id::RSA_PSS_SHA512,
    alg_id::ED25519,
];
const NULL: [u8; 2] = [5, 0];

/// The request `der` in its parts, the first of which is signed.
pub(super) struct Form<'a> {
    algorithm: &'a [u8],
}

impl<'a> Form<'a> {
    /// Takes `der` apart, of which `signed` is the first part. `None` if it is not what it should be.
    pub(super) fn read(der: &'a [u8], signed: &[u8]) -> Option<Self> {
        let (all, nothing) = element(der, Tag::Sequence)?;
        let (algorithm, rest) = element(all.strip_prefix(signed)?, Tag::Sequence)?;
        let (signature, nothing_more) = element(rest, Tag::BitString)?;
        let is_whole =
            nothing.is_empty() && nothing_more.is_empty() && signature.first() == Some(&0);
        is_whole.then_some(Self { algorithm })
    }

    /// Whether it is signed with an algorithm that is known and not weak. RFC 4055 §2.1: the NULL that RSA
    /// has for parameters may be missing.
    pub(super) fn has_good_algorithm(&self) -> bool {
        SIGNATURES.iter().any(|known| {
            known.as_ref() == self.algorithm
                || known.as_ref().strip_suffix(&NULL) == Some(self.algorithm)
        })
    }
}

/// The content of the element that `der` begins with, and what follows it.
fn element(der: &[u8], tag: Tag) -> Option<(&[u8], &[u8])> {
    let (rest, any) = Any::from_der(der).ok()?;
    let header = &any.header;
    let is_constructed = tag == Tag::Sequence;
    let is_it = header.class() == Class::Universal
        && header.tag() == tag
        && header.constructed() == is_constructed;
    is_it.then_some((any.data, rest))
}
