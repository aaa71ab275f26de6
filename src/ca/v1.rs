//! The ACME of early 2015 (draft-barnes-acme-01 to -04, as Boulder first spoke it): `--acme-v1`.
//!
//! Wire forms. What is written here is all there is; members that are not named are ignored.
//!
//! **Requests** are a JWS in flattened JSON (`protected`, `payload`, `signature`), as in RFC 8555, but
//! the protected header has `alg`, `jwk` and `nonce` only: the key itself names the account (no `kid`,
//! no `url`). Any `Content-Type` will do. A payload may have `resource`, which then must be the
//! resource's name: `new-reg`, `reg`, `new-authz`, `challenge`, `new-cert`, `revoke-cert`.
//!
//! **Answers** of these resources all carry `Replay-Nonce`, errors too. The first nonce comes with
//! `HEAD` of any `new-*` resource (200, no body) or from RFC 8555's newNonce. Errors are problem
//! documents whose `type` is `urn:acme:error:` and RFC 8555's word (`badNonce`, `malformed`,
//! `unauthorized`, ...). `GET /directory` lists `new-reg`, `new-authz`, `new-cert` and `revoke-cert`
//! beside RFC 8555's resources.
//!
//! | request | payload | answer |
//! |-|-|-|
//! | `POST /acme/new-reg` | `contact`: list of `mailto:` URLs, `agreement`: URL of the terms; both optional | 201, the registration; `Location: …/acme/reg/ID`, `Link: <…/acme/new-authz>;rel="next"`, `Link: <…/terms>;rel="terms-of-service"`. A key that is registered: 409 `malformed` with its `Location` |
//! | `POST /acme/reg/ID` | the same, to change it; `{}` to read it | 202, the registration, the same two `Link`s |
//! | `POST /acme/new-authz` | `identifier`: `{"type":"dns","value":NAME}` | 201, the authorization; `Location: …/acme/authz/ID`, `Link: <…/acme/new-cert>;rel="next"` |
//! | `POST /acme/authz/ID/N` | answers challenge number N, see below | 202, the challenge; `Link: <…/acme/authz/ID>;rel="up"` |
//! | `GET /acme/authz/ID` | none: anybody may poll | 200, the authorization; `Link: <…/acme/new-cert>;rel="next"` |
//! | `POST /acme/new-cert` | `csr`: DER in base64url. The key needs a valid authorization for each name | 201, the certificate in DER (`application/pkix-cert`); `Location: …/acme/cert/SERIAL`, `Link: <…/acme/issuer-cert>;rel="up"` |
//! | `GET /acme/cert/SERIAL` | none; SERIAL in hex | 200, as above without `Location` |
//! | `GET /acme/issuer-cert` | none | 200, the issuer's certificate in DER |
//! | `POST /acme/revoke-cert` | `certificate`: DER in base64url; signed by the registered key it was issued to, or by its own key | 200, no body. Revoked already: 409 `malformed` |
//!
//! A registration is `{"id", "key": JWK thumbprint in base64url, "contact", "agreement"}`. An authorization
//! is `{"identifier": {"type", "value"}, "status": "pending"|"valid"|"invalid", "expires",
//! "challenges": [..], "combinations": [[0],[1]]}`: one valid challenge is enough, one invalid one ends
//! it. Challenges come in this order, each with `type`, `status`, `uri` (`…/acme/authz/ID/N`) and,
//! when invalid, `error`:
//!
//! - 0, `simpleHttps`: has `token`. The client serves it at
//!   `https://NAME/.well-known/acme-challenge/PATH` and answers `{"type":"simpleHttps","path":PATH}`,
//!   where PATH is 1 to 128 characters of base64url; `token`, if sent too, must be the same. The CA
//!   connects to the TLS port with SNI NAME and without ALPN, takes any certificate, sends
//!   `GET /.well-known/acme-challenge/PATH` with `Host: NAME`, and wants status 200 with a body that
//!   is the token (whitespace at its end is ignored).
//! - 1, `dvsni`: has `r` (32 bytes in base64url) and `nonce` (16 bytes in lower-case hex). The client
//!   answers `{"type":"dvsni","s":S}`, S being 32 bytes in base64url. With Z = lower-case hex of
//!   SHA-256(r || s), both decoded, the CA connects to NAME's address at the TLS port with SNI
//!   `<nonce>.acme.invalid` and without ALPN, and wants a certificate that has the SAN
//!   `<Z>.acme.invalid`.
//!
//! `type` in an answer may be left out; if sent, it must be the challenge's.
