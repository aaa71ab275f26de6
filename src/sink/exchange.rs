//! temp
use crate::record::sample::Timings;
use std::net::SocketAddr;
/// x
#[derive(Debug)]
#[allow(missing_docs)]
pub struct Exchange { pub method: String, pub url: String, pub request_headers: Vec<(String,String)>, pub request_body: Vec<u8>, pub status: Option<u16>, pub version: String, pub response_headers: Vec<(String,String)>, pub response_body: Vec<u8>, pub error: Option<String>, pub timings: Timings, pub reused: bool, pub local_port: u16, pub remote: Option<SocketAddr>, pub endpoint: String }
