//! The shape of the API: what `coyote api --format json` prints and the other formats render.

use serde::Serialize;

/// Everything a script may call that is not part of Rhai itself.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Api {
    /// Bare functions first, then host modules, then the stdlib, each by name.
    pub modules: Vec<ApiModule>,
}

/// Where a module comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// Functions called by their bare name; the module's name is empty.
    Bare,
    /// Written in Rust, always there.
    Host,
    /// Written in Rhai, to be imported.
    Stdlib,
}

/// One module.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ApiModule {
    /// What stands before `::`.
    pub name: String,
    /// Where it comes from.
    pub origin: Origin,
    /// Markdown.
    pub doc: String,
    /// Names of constants.
    pub constants: Vec<String>,
    /// Functions by name.
    pub functions: Vec<ApiFunction>,
    /// Types whose values its functions return.
    pub types: Vec<ApiType>,
}

/// A function with all its overloads, or a method with all of its.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ApiFunction {
    /// What stands before `(`.
    pub name: String,
    /// By number of parameters.
    pub signatures: Vec<Signature>,
    /// Markdown, examples included; that of the fullest overload.
    pub doc: String,
}

/// One overload. A method's value is not among its parameters.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Signature {
    /// In order.
    pub params: Vec<ApiParam>,
    /// `None` when nothing is returned, or when a script does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub returns: Option<String>,
}

/// One parameter.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ApiParam {
    /// Its name.
    pub name: String,
    /// Its type as scripts name it; `None` for functions written in Rhai.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub type_name: Option<String>,
}

/// A type that scripts hold but cannot make themselves.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ApiType {
    /// As `type_of` says it.
    pub name: String,
    /// Markdown.
    pub doc: String,
    /// Data: `value.name`.
    pub properties: Vec<ApiProperty>,
    /// Work: `value.name(..)`.
    pub methods: Vec<ApiFunction>,
}

/// `value.name`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ApiProperty {
    /// Its name.
    pub name: String,
    /// Its type as scripts name it.
    #[serde(rename = "type")]
    pub type_name: String,
    /// Whether scripts may assign it.
    pub writable: bool,
    /// Markdown.
    pub doc: String,
}

impl Api {
    /// Indented JSON.
    pub fn json(&self) -> String {
        serde_json::to_string_pretty(self).expect("strings, lists and booleans become JSON")
    }
}

impl std::fmt::Display for Signature {
    /// `(url: string, options: map) -> Response`
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let param = |param: &ApiParam| match &param.type_name {
            Some(type_name) => format!("{}: {type_name}", param.name),
            None => param.name.clone(),
        };
        let params: Vec<String> = self.params.iter().map(param).collect();
        write!(f, "({})", params.join(", "))?;
        self.returns.as_ref().map_or(Ok(()), |returns| write!(f, " -> {returns}"))
    }
}
