//! `#[derive(Settings)]`: what the flags, the settings file and their help know of a struct of settings.
//!
//! Each field is a setting: its name, its documentation and its type. `#[setting(..)]` adds the rest, as the
//! documentation of the derive lists it.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{
    Attribute, Data, DeriveInput, Expr, ExprLit, ExprRange, Field, Fields, Ident, Lit, LitStr,
    Meta, Path, Type,
};

use super::errors::Errors;

pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    let mut errors = Errors::default();
    if !input.generics.params.is_empty() {
        errors.on(&input.generics, "settings have no parameters");
    }
    let fields = match &input.data {
        Data::Struct(data) if matches!(data.fields, Fields::Named(_)) => {
            settings(&data.fields, &mut errors)
        }
        _ => {
            errors.on(&input.ident, "settings are a struct with named fields");
            Vec::new()
        }
    };
    let p2p = crate_path(&input.attrs, &mut errors);
    if !errors.is_empty() {
        return errors.into_tokens();
    }
    let p2p = quote!(#p2p::settings);
    let rows = fields.iter().map(|field| field.row(&p2p));
    let sets = fields.iter().map(|field| field.set(&p2p));
    let shows = fields.iter().map(|field| field.show(&p2p));
    let count = fields.len();
    let name = &input.ident;
    quote! {
        impl #p2p::Settings for #name {
            fn rows(&self) -> &'static [#p2p::Row] {
                static ROWS: [#p2p::Row; #count] = [#(#rows),*];
                &ROWS
            }

            fn set(&mut self, flag: &str, text: &str) -> ::core::result::Result<(), #p2p::ValueError> {
                match flag {
                    #(#sets)*
                    _ => ::core::result::Result::Ok(()),
                }
            }

            fn show(&self, flag: &str) -> ::std::vec::Vec<::std::string::String> {
                match flag {
                    #(#shows)*
                    _ => ::std::vec::Vec::new(),
                }
            }
        }
    }
}

/// A field that is a setting.
struct Setting {
    name: Ident,
    flag: String,
    heading: String,
    docs: String,
    ty: Type,
    options: Options,
}

impl Setting {
    fn row(&self, p2p: &TokenStream) -> TokenStream {
        let field = self.name.to_string();
        let Self {
            flag,
            heading,
            docs,
            ..
        } = self;
        let example = match &self.options.example {
            Some(example) => quote!(::core::option::Option::Some(#example)),
            None => quote!(::core::option::Option::None),
        };
        let reader = self.reader(p2p);
        let form = match &self.options.value_name {
            Some(name) => quote!(#reader::FORM.named(#name)),
            None => quote!(#reader::FORM),
        };
        let check = match &self.options.range {
            Some(range) => {
                quote_spanned!(range.span()=> #p2p::check_range(&#reader::read(text)?, &(#range)))
            }
            None => quote!(#reader::read(text).map(|_| ())),
        };
        quote! {
            #p2p::Row {
                field: #field,
                flag: #flag,
                heading: #heading,
                example: #example,
                docs: #docs,
                form: #form,
                check: |text| #check,
            }
        }
    }

    fn set(&self, p2p: &TokenStream) -> TokenStream {
        let Self { name, flag, .. } = self;
        let reader = self.reader(p2p);
        quote_spanned!(self.ty.span()=> #flag => #reader::set(&mut self.#name, text),)
    }

    fn show(&self, p2p: &TokenStream) -> TokenStream {
        let Self { name, flag, .. } = self;
        let reader = self.reader(p2p);
        quote_spanned!(self.ty.span()=> #flag => #reader::show(&self.#name),)
    }

    /// What reads and shows the field.
    fn reader(&self, p2p: &TokenStream) -> TokenStream {
        let ty = &self.ty;
        match &self.options.with {
            Some(with) => quote!(#with),
            None => quote_spanned!(ty.span()=> <#ty as #p2p::Value>),
        }
    }
}

fn settings(fields: &Fields, errors: &mut Errors) -> Vec<Setting> {
    let mut heading = None;
    let mut settings = Vec::<Setting>::new();
    for field in fields {
        let options = options(field, errors);
        heading = options.heading.clone().or(heading);
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
        let flag = options.flag.clone().unwrap_or_else(|| name.to_string());
        let flag = flag.trim_start_matches("r#").replace('_', "-");
        if settings.iter().any(|other| other.flag == flag) {
            errors.on(name, format!("two settings have the flag --{flag}"));
        }
        settings.push(Setting {
            name: name.clone(),
            flag,
            heading: heading.clone(),
            docs,
            ty: field.ty.clone(),
            options,
        });
    }
    settings
}

/// The path to the p2p crate: `::p2p`, or what `#[settings(crate = ..)]` on the struct says.
fn crate_path(attributes: &[Attribute], errors: &mut Errors) -> TokenStream {
    let mut path = quote!(::p2p);
    for attribute in attributes
        .iter()
        .filter(|it| it.path().is_ident("settings"))
    {
        let parsed = attribute.parse_nested_meta(|meta| {
            if !meta.path.is_ident("crate") {
                return Err(meta.error("expected `crate`"));
            }
            let given: Path = meta.value()?.parse()?;
            path = quote!(#given);
            Ok(())
        });
        if let Err(error) = parsed {
            errors.add(error);
        }
    }
    path
}

/// What `#[setting(..)]` says of a field.
#[derive(Default)]
struct Options {
    heading: Option<String>,
    flag: Option<String>,
    value_name: Option<String>,
    example: Option<String>,
    range: Option<ExprRange>,
    with: Option<Path>,
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
            if meta.path.is_ident("with") {
                options.with = Some(meta.value()?.parse()?);
                return Ok(());
            }
            if meta.path.is_ident("range") {
                options.range = Some(meta.value()?.parse()?);
                return Ok(());
            }
            let option = if meta.path.is_ident("heading") {
                &mut options.heading
            } else if meta.path.is_ident("flag") {
                &mut options.flag
            } else if meta.path.is_ident("value_name") {
                &mut options.value_name
            } else if meta.path.is_ident("example") {
                &mut options.example
            } else {
                return Err(meta.error(
                    "expected `heading`, `flag`, `value_name`, `example`, `range`, `with` or `skip`",
                ));
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
                #[setting(heading = "Peers", flag = "most", example = "7", value_name = "N", range = 1..)]
                max_peers: usize,
                #[setting(skip)]
                rule: Rule,
                /// Dial nobody.
                no_dial: bool,
            }
        });
        let first = quote! {
            ::p2p::settings::Row {
                field: "max_peers",
                flag: "most",
                heading: "Peers",
                example: ::core::option::Option::Some("7"),
                docs: "The maximum.\n\nDefault: 50.",
                form: <usize as ::p2p::settings::Value>::FORM.named("N"),
                check: |text| ::p2p::settings::check_range(&<usize as ::p2p::settings::Value>::read(text)?, &(1..)),
            }
        };
        let second = quote! {
            ::p2p::settings::Row {
                field: "no_dial",
                flag: "no-dial",
                heading: "Peers",
                example: ::core::option::Option::None,
                docs: "Dial nobody.",
                form: <bool as ::p2p::settings::Value>::FORM,
                check: |text| <bool as ::p2p::settings::Value>::read(text).map(|_| ()),
            }
        };
        for part in [
            quote!([#first, #second]),
            quote!("most" => <usize as ::p2p::settings::Value>::set(&mut self.max_peers, text),),
            quote!("no-dial" => <bool as ::p2p::settings::Value>::show(&self.no_dial),),
        ] {
            assert!(text.contains(&part.to_string()), "{part} in {text}");
        }
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
                /// One flag.
                dial: usize,
                /// The same.
                #[setting(flag = "dial")]
                other: usize,
            }
        });
        for part in [
            "needs #[setting(heading",
            "needs a documentation comment",
            "expected `heading`",
            "two settings have the flag --dial",
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
