//! `rand`: random values that `--seed` repeats.

use rand::Rng;
use rand::seq::IndexedRandom;
use rhai::plugin::*;
use rhai::{Array, Blob, Dynamic, ImmutableString};

use crate::attacker::context::current;
use crate::error::HostError;
use crate::host::convert::{ScriptResult, at, throw};
use crate::host::view::View;

/// Random values. They repeat by `--seed`, attacker and chain number; keys and nonces do not.
#[export_module]
mod api {
    use crate::host::convert::ScriptResult;
    use crate::host::view::View;
    use rhai::{Array, Blob, Dynamic, ImmutableString};

    /// An integer from `low` to `high`, both included.
    ///
    /// Errors: `argument` when `low` exceeds `high`.
    ///
    /// # Example
    /// ```rhai
    /// let n = rand::int(1, 6);
    /// check::that("a die", n >= 1 && n <= 6);
    /// ```
    #[rhai_fn(return_raw)]
    pub fn int(ctx: NativeCallContext, low: i64, high: i64) -> ScriptResult<i64> {
        super::at(&ctx, super::int(low, high))
    }

    /// A float from 0 (included) to 1 (excluded).
    ///
    /// # Example
    /// ```rhai
    /// let share = rand::float();
    /// check::that("a share", share >= 0.0 && share < 1.0);
    /// ```
    #[rhai_fn(return_raw)]
    pub fn float(ctx: NativeCallContext) -> ScriptResult<f64> {
        super::at(&ctx, super::float())
    }

    /// True with the given probability, 0 to 1.
    ///
    /// Errors: `argument` when it is outside that range or no number.
    ///
    /// # Example
    /// ```rhai
    /// check::that("always", rand::chance(1) && !rand::chance(0.0));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn chance(ctx: NativeCallContext, probability: Dynamic) -> ScriptResult<bool> {
        super::at(&ctx, super::chance(&probability))
    }

    /// One element of `list`.
    ///
    /// Errors: `argument` when it is empty.
    ///
    /// # Example
    /// ```rhai
    /// let kind = rand::pick(["P-256", "RSA-2048"]);
    /// ```
    #[rhai_fn(return_raw)]
    pub fn pick(ctx: NativeCallContext, list: Array) -> ScriptResult<Dynamic> {
        super::at(&ctx, super::pick(list))
    }

    /// See the overload for arrays.
    #[rhai_fn(name = "pick", return_raw)]
    pub fn pick_of_view(ctx: NativeCallContext, list: View) -> ScriptResult<Dynamic> {
        super::at(&ctx, super::pick_of_view(&list))
    }

    /// `count` random bytes, as a blob.
    ///
    /// Errors: `argument` when `count` is negative or over 16 MiB.
    ///
    /// # Example
    /// ```rhai
    /// check::that("length", rand::bytes(16).len() == 16);
    /// ```
    #[rhai_fn(return_raw)]
    pub fn bytes(ctx: NativeCallContext, count: i64) -> ScriptResult<Blob> {
        super::at(&ctx, super::bytes(count))
    }

    /// `length` lower-case letters and digits, beginning with a letter.
    ///
    /// Errors: `argument`, as `rand::bytes`.
    ///
    /// # Example
    /// ```rhai
    /// check::that("length", rand::word(12).len() == 12);
    /// ```
    #[rhai_fn(return_raw)]
    pub fn word(ctx: NativeCallContext, length: i64) -> ScriptResult<ImmutableString> {
        super::at(&ctx, super::word(length))
    }

    /// A fresh registered name below `--domain-base`, such as `k3x9q0v7h2mw5c81.com`: 16 characters,
    /// so that billions of them hold no two alike.
    ///
    /// # Example
    /// ```rhai
    /// check::that("below the base", rand::domain().ends_with("." + env::domain_base()));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn domain(ctx: NativeCallContext) -> ScriptResult<ImmutableString> {
        super::at(&ctx, super::domain())
    }
}

const LETTERS: &[u8; 26] = b"abcdefghijklmnopqrstuvwxyz";
const WORD: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
const DOMAIN_LABEL_LENGTH: usize = 16;
const MAX_BYTES: i64 = 16 * 1024 * 1024;

fn int(low: i64, high: i64) -> ScriptResult<i64> {
    if low > high {
        return Err(throw(HostError::argument(format!("rand::int: {low} exceeds {high}"))));
    }
    Ok(current()?.rng.borrow_mut().random_range(low..=high))
}

fn float() -> ScriptResult<f64> {
    Ok(current()?.rng.borrow_mut().random())
}

fn chance(probability: &Dynamic) -> ScriptResult<bool> {
    let number = probability.as_float().or_else(|_| probability.as_int().map(|whole| whole as f64));
    match number {
        Ok(number) if (0.0..=1.0).contains(&number) => {
            Ok(current()?.rng.borrow_mut().random_bool(number))
        }
        _ => {
            let message = format!("rand::chance: want 0 to 1, got {probability}");
            Err(throw(HostError::argument(message)))
        }
    }
}

#[allow(clippy::needless_pass_by_value)] // an Array is how a script passes a list
fn pick(list: Array) -> ScriptResult<Dynamic> {
    let chain = current()?;
    let picked = list.choose(&mut *chain.rng.borrow_mut()).cloned();
    picked.ok_or_else(|| throw(HostError::argument("rand::pick: the list is empty")))
}

fn pick_of_view(list: &View) -> ScriptResult<Dynamic> {
    if list.is_empty() {
        return Err(throw(HostError::argument("rand::pick: the list is empty")));
    }
    list.at(int(0, list.len() as i64 - 1)?)
}

fn bytes(count: i64) -> ScriptResult<Blob> {
    let mut bytes = vec![0; checked("bytes", count)?];
    current()?.rng.borrow_mut().fill(bytes.as_mut_slice());
    Ok(bytes)
}

fn word(length: i64) -> ScriptResult<ImmutableString> {
    let length = checked("word", length)?;
    let chain = current()?;
    let mut text = String::with_capacity(length);
    push_word(&mut text, length, &mut *chain.rng.borrow_mut());
    Ok(text.into())
}

fn domain() -> ScriptResult<ImmutableString> {
    let chain = current()?;
    let base = &chain.shard.settings.domain_base;
    let mut text = String::with_capacity(DOMAIN_LABEL_LENGTH + 1 + base.len());
    push_word(&mut text, DOMAIN_LABEL_LENGTH, &mut *chain.rng.borrow_mut());
    text.push('.');
    text.push_str(base);
    Ok(text.into())
}

fn push_word(text: &mut String, length: usize, rng: &mut impl Rng) {
    for at in 0..length {
        let letters: &[u8] = if at == 0 { LETTERS } else { WORD };
        text.push(letters[rng.random_range(0..letters.len())] as char);
    }
}

fn checked(function: &str, count: i64) -> ScriptResult<usize> {
    if (0..=MAX_BYTES).contains(&count) {
        return Ok(count as usize);
    }
    let told = format!("rand::{function}: want 0 to {MAX_BYTES}, got {count}");
    Err(throw(HostError::argument(told)))
}

/// The module, for the registry.
pub fn module() -> rhai::Module {
    rhai::exported_module!(api)
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::SmallRng;

    use super::*;

    #[test]
    fn words_repeat_by_seed_and_begin_with_a_letter() {
        let word = |seed| {
            let mut text = String::new();
            push_word(&mut text, 16, &mut SmallRng::seed_from_u64(seed));
            text
        };
        assert_eq!(word(1), word(1));
        assert_ne!(word(1), word(2));
        assert!(word(3).starts_with(|c: char| c.is_ascii_lowercase()));
        assert_eq!(word(4).len(), 16);
    }
}
