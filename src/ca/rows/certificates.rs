//! `serials`, `precertificates` and `certificates`, which say much the same.

use aws_lc_rs::digest::{SHA256, digest};
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use x509_parser::{
    extensions::GeneralName,
    prelude::{FromDer, X509Certificate},
};

use super::{
    cells::{BadCell, Cells},
    sheets::Sheets,
    table::{Index, Table},
    value::Value,
};
use crate::ca::{clock::Moment, identifier::Identifier, issuer::Serial, model::Certificate};

pub(super) static SERIALS: Table = Table {
    name: "serials",
    id: "bigint(20)",
    columns: &[
        ("registrationID", "bigint(20) NOT NULL"),
        ("serial", "varchar(255) NOT NULL"),
        ("created", "datetime NOT NULL"),
        ("expires", "datetime NOT NULL"),
    ],
    indexes: &[
        Index { name: "serial", columns: "serial", unique: true },
        Index { name: "regId_serials_idx", columns: "registrationID", unique: false },
    ],
    contradict: None,
};

pub(super) static PRECERTIFICATES: Table = Table {
    name: "precertificates",
    id: "bigint(20)",
    columns: &[
        ("registrationID", "bigint(20) NOT NULL"),
        ("serial", "varchar(255) NOT NULL"),
        ("der", "mediumblob NOT NULL"),
        ("issued", "datetime NOT NULL"),
        ("expires", "datetime NOT NULL"),
    ],
    indexes: &[
        Index { name: "regId_precertificates_idx", columns: "registrationID", unique: false },
        Index { name: "issued_precertificates_idx", columns: "issued", unique: false },
        Index { name: "serial", columns: "serial", unique: false },
    ],
    contradict: None,
};

pub(super) static CERTIFICATES: Table = Table {
    name: "certificates",
    id: "bigint(20)",
    columns: &[
        ("registrationID", "bigint(20) NOT NULL"),
        ("serial", "varchar(255) NOT NULL"),
        ("digest", "varchar(255) NOT NULL"),
        ("der", "mediumblob NOT NULL"),
        ("issued", "datetime NOT NULL"),
        ("expires", "datetime NOT NULL"),
    ],
    indexes: &[
        Index { name: "regId_certificates_idx", columns: "registrationID", unique: false },
        Index { name: "issued_idx", columns: "issued", unique: false },
        Index { name: "serial", columns: "serial", unique: false },
    ],
    // Somebody else's: no account has this id.
    contradict: Some(|values| values[0] = Value::Int(0)),
};

pub(super) fn put(sheets: &mut Sheets<'_>, certificate: &Certificate) {
    let account = || Value::id(certificate.account);
    let serial = || Value::text(certificate.serial.to_string());
    let der = || Value::Blob(certificate.der.clone());
    let issued = || Value::Time(certificate.issued);
    let expires = || Value::Time(certificate.dates.1);
    let fingerprint = BASE64_URL_SAFE_NO_PAD.encode(digest(&SHA256, &certificate.der));
    let id = certificate.id;
    sheets.put(&SERIALS, id, [account(), serial(), issued(), expires()]);
    sheets.put(&PRECERTIFICATES, id, [account(), serial(), der(), issued(), expires()]);
    let digest = Value::text(fingerprint);
    sheets.put(&CERTIFICATES, id, [account(), serial(), digest, der(), issued(), expires()]);
}

/// A row of [`CERTIFICATES`]; what has become of the certificate is told elsewhere.
pub(super) fn read(row: &[Value]) -> Result<Certificate, BadCell> {
    let mut cells = Cells(row);
    let (id, account) = (cells.id()?, cells.id()?);
    cells.skip(2)?;
    let (der, issued) = (cells.blob()?, cells.time()?);
    let bad = || format!("certificate {id} is none that this CA has signed");
    let (_, x509) = X509Certificate::from_der(der).map_err(|_| bad())?;
    let date = |time: x509_parser::time::ASN1Time| Moment::from_datetime(time.to_datetime());
    Ok(Certificate {
        id,
        serial: Serial::from_slice(x509.raw_serial()).ok_or_else(bad)?,
        account,
        issued,
        identifiers: identifiers(&x509).into(),
        der: der.into(),
        dates: (date(x509.validity().not_before), date(x509.validity().not_after)),
        revocation: None,
        replaced_by: None,
    })
}

fn identifiers(x509: &X509Certificate<'_>) -> Vec<Identifier> {
    let Ok(Some(names)) = x509.subject_alternative_name() else { return Vec::new() };
    let identifier = |name: &GeneralName<'_>| match name {
        GeneralName::DNSName(name) => Some(Identifier::Dns((*name).to_owned())),
        GeneralName::IPAddress(bytes) => match bytes.len() {
            4 => <[u8; 4]>::try_from(*bytes).ok().map(|bytes| Identifier::Ip(bytes.into())),
            _ => <[u8; 16]>::try_from(*bytes).ok().map(|bytes| Identifier::Ip(bytes.into())),
        },
        _ => None,
    };
    names.value.general_names.iter().filter_map(identifier).collect()
}
