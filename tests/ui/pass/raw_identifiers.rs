//! Names that are keywords.
#![deny(warnings)]
#![allow(non_camel_case_types)]

use p2p::protocol::Code;
use p2p::{Peer, Protocol, Rlp, ServeExt, async_trait};

#[derive(Debug, PartialEq, Rlp)]
struct r#struct {
    r#type: u8,
    r#fn: Option<r#u8>,
}

#[derive(Debug, PartialEq, Protocol)]
#[protocol(name = "raw", version = 1, handler = "r#dyn")]
enum r#enum {
    r#match(r#struct),
    Type(u8),
    Async { r#in: u8, r#mut: Vec<r#struct> },
    Gen,
    Try,
    Crate(u8),
    Super,
}

struct Foobar;

#[async_trait]
impl r#dyn for Foobar {
    async fn r#match(&self, _: &Peer<r#enum>, _: r#struct) -> p2p::Result {
        Ok(())
    }

    async fn r#type(&self, _: &Peer<r#enum>, _: u8) -> p2p::Result {
        Ok(())
    }

    async fn r#async(&self, _: &Peer<r#enum>, _: u8, _: Vec<r#struct>) -> p2p::Result {
        Ok(())
    }

    async fn r#gen(&self, _: &Peer<r#enum>) -> p2p::Result {
        Ok(())
    }

    async fn r#try(&self, _: &Peer<r#enum>) -> p2p::Result {
        Ok(())
    }

    async fn crate_(&self, _: &Peer<r#enum>, _: u8) -> p2p::Result {
        Ok(())
    }

    async fn super_(&self, _: &Peer<r#enum>) -> p2p::Result {
        Ok(())
    }
}

fn main() {
    let _ = r#enum::handled_by(Foobar);
    assert_eq!(r#enum::name_of(1, Code(0)), Some("match"));
    let error = r#enum::decode(1, Code(2), &[0xc0]).unwrap_err().to_string();
    assert!(error.contains("message Async, field in:"), "{error}");
    let error = p2p::rlp::decode::<r#struct>(&[0xc0]).unwrap_err().to_string();
    assert!(error.contains("struct.type:"), "{error}");
}
