use super::*;

const KEY: &str = "1dd9d65c4552b5eb43d5ad55a2ee3f56c6cbc1c64a5c8d659f51fcd51bace24351232b8d7821617d2b29b54b81cdefb9b3e9c37d7fd5f63270bcc9e1a6f6a439";

fn parse(rest: &str) -> Result<Enode, EnodeError> {
    format!("enode://{KEY}@{rest}").parse()
}

#[test]
fn urls_come_back_as_they_were_written() {
    for rest in [
        "127.0.0.1:52150",
        "[2001:db8:3c4d:15::abcd:ef12]:52150",
        "[::]:52150?discport=22334",
        "node.example.org:30303",
        "127.0.0.1:0?discport=30301",
        "localhost:1",
    ] {
        let url = format!("enode://{KEY}@{rest}");
        assert_eq!(url.parse::<Enode>().expect(rest).to_string(), url);
    }
}

#[test]
fn the_udp_port_is_the_tcp_port_unless_given() {
    let enode = parse("10.3.58.6:30303").expect("valid");
    assert_eq!((enode.tcp_port(), enode.udp_port()), (30303, 30303));
    let enode = parse("10.3.58.6:30303?discport=0").expect("valid");
    assert_eq!((enode.tcp_port(), enode.udp_port()), (30303, 0));
}

#[test]
fn only_a_host_that_is_an_address_gives_one() {
    let enode = parse("[::1]:30303?discport=30301").expect("valid");
    assert_eq!(enode.ip(), Some(IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1])));
    let address = enode.tcp_addr().expect("an address");
    assert_eq!(address.to_string(), "[::1]:30303");
    let enode = parse("node.example.org:30303").expect("valid");
    assert_eq!((enode.ip(), enode.tcp_addr()), (None, None));
}

#[test]
fn an_error_names_the_part_that_is_wrong() {
    type E = EnodeError;
    type Expected = fn(&E) -> bool;
    let cases: [(&str, Expected); 16] = [
        ("127.0.0.1", |e| matches!(e, E::NoPort { .. })),
        ("[::1]", |e| matches!(e, E::NoPort { .. })),
        ("127.0.0.1:", |e| matches!(e, E::Port(_))),
        ("127.0.0.1:foo", |e| matches!(e, E::Port(_))),
        ("127.0.0.1:+1", |e| matches!(e, E::Port(_))),
        ("127.0.0.1:65536", |e| matches!(e, E::Port(_))),
        ("127.0.0.1:3?discport=foo", |e| matches!(e, E::DiscPort(_))),
        ("127.0.0.1:3?discport=", |e| matches!(e, E::DiscPort(_))),
        ("127.0.0.1:3?discport=3&discport=4", |e| {
            matches!(e, E::Query(_))
        }),
        ("127.0.0.1:3?port=3", |e| matches!(e, E::Query(_))),
        ("127.0.0.1:3/path", |e| matches!(e, E::Path(_))),
        ("127.0.0.256:3", |e| matches!(e, E::Host(_))),
        ("[127.0.0.1]:3", |e| matches!(e, E::Host(_))),
        ("2001:db8::1:3", |e| matches!(e, E::Host(_))),
        (":3", |e| matches!(e, E::Host(_))),
        ("a b:3", |e| matches!(e, E::Host(_))),
    ];
    for (rest, expected) in cases {
        let error = parse(rest).expect_err(rest);
        assert!(expected(&error), "{rest}: {error:?}");
    }
}

#[test]
fn a_wrong_scheme_or_key_is_named() {
    let error = "http://foobar".parse::<Enode>().expect_err("scheme");
    assert_eq!(
        error.to_string(),
        "an enode URL begins with \"enode://\", this one with \"http://foobar\""
    );
    assert_eq!("enode://1234".parse::<Enode>(), Err(EnodeError::NoKey));
    assert!(
        EnodeError::NoKey
            .to_string()
            .ends_with("; an address is needed")
    );
    let error = "enode://01010101@127.0.0.1:3"
        .parse::<Enode>()
        .expect_err("key");
    assert_eq!(
        error.to_string(),
        "the public key: a key of 128 hex digits was expected, 8 characters came"
    );
    let off_curve = format!("enode://{}@127.0.0.1:3", "1".repeat(128));
    assert_eq!(
        off_curve.parse::<Enode>(),
        Err(EnodeError::Key(KeyError::Point))
    );
}

use crate::identity::KeyError;
