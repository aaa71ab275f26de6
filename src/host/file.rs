//! `file`: reading files that lie beside the script.

use std::path::{Component, Path};

use rhai::plugin::*;
use rhai::{Blob, ImmutableString};

use crate::attacker::context::current;
use crate::error::{ErrorKind, HostError};
use crate::host::convert::{ScriptResult, at, throw};

/// Reads files below the script's own folder. Nothing can be written.
#[export_module]
mod api {
    use crate::host::convert::ScriptResult;
    use rhai::{Blob, ImmutableString};

    /// The text of a file. `path` is relative to the script's folder.
    ///
    /// Errors: `file` when it is outside that folder, unreadable or not UTF-8.
    ///
    /// # Example
    /// ```rhai
    /// try { let text = file::text("fixtures/root.pem"); } catch (err) { check::that("why", err.kind == "file"); }
    /// ```
    #[rhai_fn(return_raw)]
    pub fn text(ctx: NativeCallContext, path: &str) -> ScriptResult<ImmutableString> {
        super::at(&ctx, super::text(path))
    }

    /// The bytes of a file, as a blob.
    ///
    /// Errors: `file`, as `file::text`.
    ///
    /// # Example
    /// ```rhai
    /// try { let der = file::bytes("fixtures/csr.der"); } catch (err) { check::that("why", err.kind == "file"); }
    /// ```
    #[rhai_fn(return_raw)]
    pub fn bytes(ctx: NativeCallContext, path: &str) -> ScriptResult<Blob> {
        super::at(&ctx, super::bytes(path))
    }
}

fn text(path: &str) -> ScriptResult<ImmutableString> {
    String::from_utf8(bytes(path)?)
        .map(Into::into)
        .map_err(|_| throw(HostError::new(ErrorKind::File, format!("{path} is not UTF-8 text"))))
}

fn bytes(path: &str) -> ScriptResult<Blob> {
    read_below(&current()?.folder, path).map_err(throw)
}

/// Reads `path` below `folder`; neither `..` nor a link leads out of it.
fn read_below(folder: &Path, path: &str) -> Result<Vec<u8>, HostError> {
    let failed = |reason: String| HostError::new(ErrorKind::File, reason);
    let inside = Path::new(path)
        .components()
        .all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    let outside = || failed(format!("{path} is outside the script's folder {}", folder.display()));
    if !inside {
        return Err(outside());
    }
    let cannot = |error: std::io::Error| failed(format!("cannot read {path}: {error}"));
    let root = folder.canonicalize().map_err(cannot)?;
    let real = folder.join(path).canonicalize().map_err(cannot)?;
    if !real.starts_with(root) {
        return Err(outside());
    }
    std::fs::read(real).map_err(cannot)
}

/// The module, for the registry.
pub fn module() -> rhai::Module {
    rhai::exported_module!(api)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_below_the_folder_are_read() {
        let outer = tempfile::tempdir().expect("a temporary folder");
        let folder = outer.path().join("scripts");
        std::fs::create_dir(&folder).expect("a folder");
        std::fs::write(outer.path().join("secret"), "s").expect("a file");
        std::fs::write(folder.join("data"), "d").expect("a file");
        std::os::unix::fs::symlink(outer.path().join("secret"), folder.join("link"))
            .expect("a link");
        assert_eq!(read_below(&folder, "data"), Ok(b"d".to_vec()));
        for path in ["../secret", "/etc/hostname", "link", "missing"] {
            let error = read_below(&folder, path).expect_err(path);
            assert_eq!(error.kind, ErrorKind::File, "{path}");
        }
    }
}
