//! What the tests of the program share: the program itself, servers that behave or do not, scratch
//! folders.

// Each test binary uses its own part of this.
#![allow(dead_code)]

pub(crate) mod coyote;
pub(crate) mod mariadb;
pub(crate) mod misbehaviour;
pub(crate) mod openssl;
pub(crate) mod output;
pub(crate) mod ports;
pub(crate) mod scratch;
pub(crate) mod server;
pub(crate) mod summary;
