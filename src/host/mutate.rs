//! `mutate`: requests malformed at random.

use rhai::plugin::*;
use rhai::{Array, Blob, Dynamic, Map};

use super::convert::{ScriptResult, bytes_of, throw, type_word};
use super::key::{key_error, work};
use crate::error::HostError;
use crate::mutate::{MAX_COUNT, MUTATORS, Mutated, Request, wire};
use crate::pki::key::PrivateKey;

/// Random malformations of signed requests, repeatable by their seed: what `bad::mutate` is made of.
///
/// A request is a map as `bad::request` makes it: `method`, `url`, `headers` (a map), `body` (a string or
/// blob: a JWS in flattened JSON, or nothing), and `key`, which signs again what is changed inside.
#[export_module]
mod api {
    /// `request` with `count` mutations (1 to 100) that follow from `seed` alone: they do not depend on
    /// nonces, keys or ids, so a request of the same kind is mutated in the same way.
    ///
    /// They change the protected header or the payload, which are then signed again, or what is sent
    /// after that: the JWS, the body, HTTP itself. Without `key` nothing is changed that had to be
    /// signed again. Returns the map with these changed or added:
    /// - `body`: a string, or a blob where it is no UTF-8.
    /// - `wire`: a blob, what to send with `http::raw` where HTTP itself is told wrong.
    /// - `mutations`: an array of strings, what was done; `mutate::list` has all there are.
    /// - `may_be_valid`: whether the CA may accept it all the same. `false`: no answer 2xx is right.
    ///
    /// Errors: `argument` for what is no request; `key` when the key cannot sign.
    ///
    /// # Example
    /// ```rhai
    /// let k = key::generate();
    /// let right = #{ method: "POST", url: "https://ca.example/new-order", key: k,
    ///     headers: #{ "Content-Type": "application/jose+json" }, body: jws::sign(k, #{ identifiers: [] }) };
    /// let wrong = mutate::request(right, 2, 17);
    /// check::that("two", wrong.mutations.len() == 2);
    /// check::that("the same again", mutate::request(right, 2, 17).mutations == wrong.mutations);
    /// ```
    #[rhai_fn(return_raw)]
    pub fn request(request: Map, count: i64, seed: i64) -> ScriptResult<Map> {
        super::request(request, count, seed)
    }

    /// The bytes of `request` as they go over a new connection: its `wire`, else HTTP/1.1.
    ///
    /// Errors: `argument` for what is no request.
    ///
    /// # Example
    /// ```rhai
    /// let bytes = mutate::wire(#{ method: "GET", url: "http://127.0.0.1/directory", headers: #{}, body: "" });
    /// check::that("HTTP", bytes.as_string().starts_with("GET /directory HTTP/1.1\r\n"));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn wire(request: Map) -> ScriptResult<Blob> {
        super::wire_of(&request)
    }

    /// Bytes as text that shows each of them: what is not printable ASCII as `\r`, `\n`, `\x00`.
    ///
    /// Errors: `argument` when it is neither string nor blob.
    ///
    /// # Example
    /// ```rhai
    /// check::that("escaped", mutate::escaped("a\r\n\u00e9") == "a\\r\\n\\xc3\\xa9");
    /// ```
    #[rhai_fn(return_raw)]
    pub fn escaped(bytes: Dynamic) -> ScriptResult<String> {
        super::escaped(&bytes)
    }

    /// All mutations there are: maps of `name` and `may_be_valid`, whether a CA may accept what comes out.
    ///
    /// # Example
    /// ```rhai
    /// let sure = mutate::list().filter(|it| !it.may_be_valid);
    /// check::that("told", sure.some(|it| it.name == "JWS: a bit of the signature"));
    /// ```
    pub fn list() -> Array {
        super::list()
    }
}

/// The module, for the registry.
pub fn module() -> Module {
    exported_module!(api)
}

fn request(mut map: Map, count: i64, seed: i64) -> ScriptResult<Map> {
    if !(1..=MAX_COUNT as i64).contains(&count) {
        let told = format!("mutate::request: want 1 to {MAX_COUNT} mutations, got {count}");
        return Err(throw(HostError::argument(told)));
    }
    let request = read(&map).map_err(throw)?;
    let key = map.get("key").and_then(|key| key.clone().try_cast::<PrivateKey>());
    let mut sign = key.map(|key| move |message: &[u8]| signature(&key, message));
    let sign = sign.as_mut().map(|sign| sign as &mut dyn FnMut(&[u8]) -> ScriptResult<Vec<u8>>);
    let mutated = crate::mutate::mutate(&request, count as usize, seed as u64, sign)?;
    write(&mut map, mutated);
    Ok(map)
}

/// Signs in place unless the key is slow, for only then the message has to be copied.
fn signature(key: &PrivateKey, message: &[u8]) -> ScriptResult<Vec<u8>> {
    let alg = key.kind().alg();
    if !key.kind().is_slow() {
        return key.sign(alg, message).map_err(key_error);
    }
    let (key, message) = (key.clone(), message.to_vec());
    work(key.kind(), move || key.sign(alg, &message))
}

fn wire_of(map: &Map) -> ScriptResult<Blob> {
    if let Some(given) = map.get("wire") {
        return bytes_of(given).map(|bytes| bytes.to_vec()).map_err(throw);
    }
    let request = read(map).map_err(throw)?;
    let no_server = || HostError::argument(format!("the URL `{}` names no server", request.url));
    wire(&request).ok_or_else(|| throw(no_server()))
}

fn escaped(bytes: &Dynamic) -> ScriptResult<String> {
    bytes_of(bytes).map(|bytes| bytes.escape_ascii().to_string()).map_err(throw)
}

fn list() -> Array {
    let one = |mutator: &crate::mutate::Mutator| {
        let name = mutator.describe().into();
        Map::from([("name".into(), name), ("may_be_valid".into(), mutator.may_be_valid().into())])
    };
    MUTATORS.iter().map(|mutator| Dynamic::from_map(one(mutator))).collect()
}

/// The request that a script means by `map`.
fn read(map: &Map) -> Result<Request, HostError> {
    let wrong = |member: &str, want: &str| {
        let got = map.get(member).map_or("none", type_word);
        HostError::argument(format!("mutate: want {want} as the request's `{member}`, got {got}"))
    };
    let text = |member: &str| {
        let found = map.get(member).and_then(|value| value.clone().into_string().ok());
        found.ok_or_else(|| wrong(member, "a string"))
    };
    let headers = map.get("headers").and_then(|headers| headers.read_lock::<Map>());
    let headers = headers.ok_or_else(|| wrong("headers", "a map"))?;
    let body = map.get("body").and_then(|body| Some(bytes_of(body).ok()?.to_vec()));
    Ok(Request {
        method: text("method")?,
        url: text("url")?,
        headers: headers
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_string()))
            .collect(),
        body: body.ok_or_else(|| wrong("body", "a string or blob"))?,
    })
}

/// What is left of `map` stays: `endpoint`, `key`.
fn write(map: &mut Map, mutated: Mutated) {
    let body = match String::from_utf8(mutated.request.body) {
        Ok(text) => text.into(),
        Err(error) => Dynamic::from_blob(error.into_bytes()),
    };
    let mutations: Array = mutated.mutations.into_iter().map(Dynamic::from).collect();
    map.insert("body".into(), body);
    map.insert("mutations".into(), mutations.into());
    map.insert("may_be_valid".into(), mutated.may_be_valid.into());
    match mutated.wire {
        Some(wire) => map.insert("wire".into(), Dynamic::from_blob(wire)),
        None => map.remove("wire"),
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::testing::{eval, host_error};
    use crate::host::{jws, key};

    const RIGHT: &str = r#"let k = key::generate();
        let right = #{ method: "POST", url: "http://127.0.0.1:1/x", key: k, endpoint: "x",
            headers: #{ "Content-Type": "application/jose+json" }, body: jws::sign(k, #{ a: [1] }) };"#;

    fn run<T: Clone + 'static>(script: &str) -> ScriptResult<T> {
        let modules: [(&str, fn() -> Module); 3] =
            [("mutate", module), ("key", key::module), ("jws", jws::module)];
        eval(&modules, &format!("{RIGHT} {script}"))
    }

    #[test]
    fn the_seed_says_what_is_done() {
        let script =
            "[mutate::request(right, 3, 5).mutations, mutate::request(right, 3, 5).mutations]";
        let pair = run::<Array>(script).expect("mutates");
        assert_eq!(pair[0].to_string(), pair[1].to_string());
        assert_eq!(pair[0].clone().cast::<Array>().len(), 3);
    }

    #[test]
    fn the_rest_of_the_map_stays() {
        assert!(run::<bool>("mutate::request(right, 1, 1).endpoint == \"x\"").expect("a map"));
    }

    #[test]
    fn what_is_no_request_is_told() {
        let told = |script| host_error(run::<Map>(script)).message;
        let message = told("mutate::request(right, 0, 1)");
        assert_eq!(message, "mutate::request: want 1 to 100 mutations, got 0");
        let message = told("right.body = 5; mutate::request(right, 1, 1)");
        assert_eq!(message, "mutate: want a string or blob as the request's `body`, got integer");
        let message = told("right.remove(\"headers\"); mutate::request(right, 1, 1)");
        assert_eq!(message, "mutate: want a map as the request's `headers`, got none");
    }
}
