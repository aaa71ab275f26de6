//! What a row has in a column.

use std::{borrow::Cow, sync::Arc};

use crate::ca::clock::Moment;

/// A value as both databases take it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Null,
    Int(i64),
    Text(Cow<'static, str>),
    /// Shared: a certificate is in two tables.
    Blob(Arc<[u8]>),
    /// A DATETIME in UTC.
    Time(Moment),
}

impl Value {
    /// An id. None is so high that it would not fit.
    pub(super) fn id(id: u64) -> Self {
        Self::Int(id.cast_signed())
    }

    pub(super) fn text(text: impl Into<Cow<'static, str>>) -> Self {
        Self::Text(text.into())
    }

    pub(super) fn blob(bytes: impl Into<Arc<[u8]>>) -> Self {
        Self::Blob(bytes.into())
    }

    pub(super) fn flag(set: bool) -> Self {
        Self::Int(set.into())
    }

    /// What `some` has, or NULL.
    pub(super) fn or_null<T>(some: Option<T>, value: impl FnOnce(T) -> Self) -> Self {
        some.map_or(Self::Null, value)
    }
}
