//! `#[derive(Settings)]`: what the flags, the settings file and their help know of a struct of settings.
//!
//! It is for the `p2p` crate alone. Each field is a setting: its name, its documentation and its type are all
//! that is written. `#[setting(..)]` adds the rest:
//!
//! - `heading = ".."`: starts a group, which lasts until the next heading;
//! - `flag = ".."`: a flag other than the field's name;
//! - `example = ".."`: an example other than that of the type;
//! - `skip`: only programs can set it.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, Data, DeriveInput, Expr, ExprLit, Field, Fields, Ident, Lit, LitStr, Meta};

use super::errors::Errors;

pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    let mut errors = Errors::default();
    let fields = match &input.data {
        Data::Struct(data) if matches!(data.fields, Fields::Named(_)) => {
            settings(&data.fields, &mut errors)
        }
        _ => {
            errors.on(&input.ident, "settings are a struct with named fields");
            Vec::new()
        }
    };
    if !errors.is_empty() {
        return errors.into_tokens();
    }
    let rows = fields.iter().map(Setting::row);
    let names: Vec<&Ident> = fields.iter().map(|field| &field.name).collect();
    let count = fields.len();
    let name = &input.ident;
    // Evaluated where it expands: without a command line nothing of this is needed.
    quote! {
        #[cfg(feature = "cli")]
        const _: () = {
            use crate::server::setting::value::Value;
            use crate::server::setting::{Row, Settings};

            impl Settings for #name {
                fn rows() -> &'static [Row] {
                    static ROWS: [Row; #count] = [#(#rows),*];
                    &ROWS
                }

                fn values(&self) -> Vec<&dyn Value> {
                    vec![#(&self.#names),*]
                }

                fn values_mut(&mut self) -> Vec<&mut dyn Value> {
                    vec![#(&mut self.#names),*]
                }
            }
        };
    }
}

/// A field that is a setting.
struct Setting {
    name: Ident,
    flag: String,
    heading: String,
    example: Option<String>,
    docs: String,
}

impl Setting {
    fn row(&self) -> TokenStream {
        let field = self.name.to_string();
        let example = match &self.example {
            Some(example) => quote!(Some(#example)),
            None => quote!(None),
        };
        let Self {
            flag,
            heading,
            docs,
            ..
        } = self;
        quote!(Row { field: #field, flag: #flag, heading: #heading, example: #example, docs: #docs })
    }
}

fn settings(fields: &Fields, errors: &mut Errors) -> Vec<Setting> {
    let mut heading = None;
    let mut settings = Vec::new();
    for field in fields {
        let options = options(field, errors);
        heading = options.heading.or(heading);
        let (Some(name), false) = (&field.ident, options.skip) else {
            continue;
        };
        let docs = docs(&field.attrs);
        if docs.is_empty() {
            errors.on(
                name,
                "a setting needs a documentation comment: it is what --help shows",
            );
        }
        let Some(heading) = &heading else {
            errors.on(name, "the first setting needs #[setting(heading = \"..\")]");
            continue;
        };
        let flag = options.flag.unwrap_or_else(|| name.to_string());
        settings.push(Setting {
            name: name.clone(),
            flag: flag.replace('_', "-"),
            heading: heading.clone(),
            example: options.example,
            docs,
        });
    }
    settings
}

/// What `#[setting(..)]` says of a field.
#[derive(Default)]
struct Options {
    heading: Option<String>,
    flag: Option<String>,
    example: Option<String>,
    skip: bool,
}

fn options(field: &Field, errors: &mut Errors) -> Options {
    let mut options = Options::default();
    for attribute in field
        .attrs
        .iter()
        .filter(|it| it.path().is_ident("setting"))
    {
        let parsed = attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("skip") {
                options.skip = true;
                return Ok(());
            }
            let option = if meta.path.is_ident("heading") {
                &mut options.heading
            } else if meta.path.is_ident("flag") {
                &mut options.flag
            } else if meta.path.is_ident("example") {
                &mut options.example
            } else {
                return Err(meta.error("expected `heading`, `flag`, `example` or `skip`"));
            };
            *option = Some(meta.value()?.parse::<LitStr>()?.value());
            Ok(())
        });
        if let Err(error) = parsed {
            errors.add(error);
        }
    }
    options
}

/// The lines of the documentation comment.
fn docs(attributes: &[Attribute]) -> String {
    let lines = attributes
        .iter()
        .filter_map(|attribute| match &attribute.meta {
            Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
                Expr::Lit(ExprLit {
                    lit: Lit::Str(text),
                    ..
                }) => Some(text.value().trim().to_owned()),
                _ => None,
            },
            _ => None,
        });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(input: TokenStream) -> String {
        derive(&syn::parse2(input).unwrap()).to_string()
    }

    #[test]
    fn a_field_is_a_row_under_the_last_heading() {
        let text = expanded(quote! {
            struct Config {
                /// The maximum.
                ///
                /// Default: 50.
                #[setting(heading = "Peers", flag = "most", example = "7")]
                max_peers: usize,
                #[setting(skip)]
                rule: Rule,
                /// Dial nobody.
                no_dial: bool,
            }
        });
        let rows = quote! {
            Row { field: "max_peers", flag: "most", heading: "Peers", example: Some("7"), docs: "The maximum.\n\nDefault: 50." },
            Row { field: "no_dial", flag: "no-dial", heading: "Peers", example: None, docs: "Dial nobody." }
        };
        assert!(text.contains(&rows.to_string()), "{text}");
        assert!(
            text.contains("vec ! [& self . max_peers , & self . no_dial]"),
            "{text}"
        );
    }

    #[test]
    fn all_mistakes_are_reported() {
        let text = expanded(quote! {
            struct Config {
                /// Before any heading.
                first: usize,
                #[setting(heading = "Peers")]
                undocumented: usize,
                /// A key that is none.
                #[setting(name = "x")]
                third: usize,
            }
        });
        for part in [
            "needs #[setting(heading",
            "needs a documentation comment",
            "expected `heading`",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert!(!text.contains("impl"), "{text}");
        assert!(
            expanded(quote!(
                enum Config {}
            ))
            .contains("a struct with named fields")
        );
    }
}
