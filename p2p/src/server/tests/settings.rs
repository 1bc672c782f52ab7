//! Settings with which no server can start.

use super::*;
use crate::Enode;
use crate::protocol::Protocol;
use crate::protocol::error::{DecodeError, EncodeError};
use crate::protocol::numbers::{Code, RequestId, Version};
use crate::protocol::table::MessageInfo;

/// A protocol that is wrong in one way.
#[derive(Debug)]
struct Odd<const WAY: u8>;

const LONG: u8 = 0;
const NO_VERSION: u8 = 1;
const TOO_SHORT: u8 = 2;

impl<const WAY: u8> Protocol for Odd<WAY> {
    const NAME: &'static str = if WAY == LONG { "much_too_long" } else { "odd" };
    const VERSIONS: &'static [Version] = match WAY {
        NO_VERSION => &[],
        _ => &[Version {
            number: 1,
            length: 1,
        }],
    };
    const MESSAGES: &'static [MessageInfo] = match WAY {
        TOO_SHORT => &[MessageInfo::new(Code(1), "Beyond")],
        _ => &[MessageInfo::new(Code(0), "Within")],
    };

    fn info(&self) -> &'static MessageInfo {
        &Self::MESSAGES[0]
    }

    fn encode(
        &self,
        _version: u64,
        _: Option<RequestId>,
        _out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        Ok(())
    }

    fn decode(version: u64, code: Code, _payload: &[u8]) -> Result<Self, DecodeError> {
        let protocol = Self::NAME;
        Err(DecodeError::UnknownCode {
            protocol,
            version,
            code,
        })
    }
}

fn odd<const WAY: u8>() -> Service<Odd<WAY>> {
    Odd::run(|_, _| std::future::pending())
}

async fn error(builder: Builder) -> String {
    let started = builder.start().await;
    started.expect_err("it can't start").to_string()
}

#[tokio::test]
async fn a_server_needs_a_key_and_a_protocol() {
    let error_text = error(Server::builder().protocol(idle())).await;
    assert!(error_text.contains("private_key"), "{error_text}");
    let error_text = error(Server::builder().private_key(key(1))).await;
    assert!(error_text.contains("call protocol"), "{error_text}");
}

#[tokio::test]
async fn impossible_protocols_are_refused() {
    let long = error(builder().protocol(odd::<LONG>())).await;
    assert!(long.contains("much_too_long"), "{long}");
    let none = error(builder().protocol(odd::<NO_VERSION>())).await;
    assert_eq!(none, "protocol odd offers no version");
    let short = error(builder().protocol(odd::<TOO_SHORT>())).await;
    assert_eq!(short, "odd/1 has length 1, but a message with code 0x01");
    let twice = error(builder().protocol(idle()).protocol(echo())).await;
    assert_eq!(twice, "foobar/1 was given twice");
}

#[tokio::test]
async fn a_number_that_must_be_positive_is_checked() {
    let valid = || builder().protocol(idle());
    for (settings, name, least) in [
        (valid().max_peers(0), "max_peers", "at least 1"),
        (
            valid().configure(|config| config.max_pending_peers = 0),
            "max_pending_peers",
            "at least 1",
        ),
        (
            valid().configure(|config| config.dial_ratio = 0),
            "dial_ratio",
            "at least 1",
        ),
        (
            valid().configure(|config| config.ping_interval = Duration::ZERO),
            "ping_interval",
            "more than 0",
        ),
    ] {
        assert_eq!(
            error(settings).await,
            format!("{name} is 0: it must be {least}")
        );
    }
}

#[tokio::test]
async fn only_preallocated_sizes_are_bounded() {
    let valid = || builder().protocol(idle()).static_nodes([enode()]);
    let dialing = valid().dial_candidates(crate::NodeList::new([enode()]));
    let server = start(
        dialing
            .max_peers(usize::MAX)
            .configure(|config| config.max_pending_peers = usize::MAX),
    )
    .await;
    let other = start(builder().protocol(idle())).await;
    other.connect(&server.enode()).await.expect("connected");
    server.shutdown().await;
    assert_eq!(
        error(valid().configure(|config| config.event_capacity = usize::MAX)).await,
        format!(
            "event_capacity is {}: it must be from 1 to 1000000",
            usize::MAX
        )
    );
    assert!(
        valid()
            .configure(|config| config.event_capacity = 1_000_001)
            .start()
            .await
            .is_err()
    );
    drop(start(valid().configure(|config| config.record_capacity = usize::MAX)).await);
}

/// Where nobody is.
fn enode() -> Enode {
    Enode::new(*key(9).public_key(), ([127, 0, 0, 1], 1).into())
}

#[tokio::test]
async fn max_inbound_can_not_exceed_max_peers() {
    let valid = || builder().protocol(idle()).max_peers(5);
    assert_eq!(
        error(valid().configure(|config| config.max_inbound = Some(6))).await,
        "max_inbound is 6, more than max_peers, which is 5"
    );
    start(valid().configure(|config| config.max_inbound = Some(5)))
        .await
        .shutdown()
        .await;
}

#[tokio::test]
async fn a_name_that_fits_no_hello_is_refused() {
    let long = error(builder().protocol(idle()).name("x".repeat(2000))).await;
    assert!(long.contains("shorten the name"), "{long}");
}

#[tokio::test]
async fn invalid_and_taken_addresses_are_refused() {
    let none = error(builder().protocol(idle()).listen_addr("here")).await;
    assert!(none.starts_with("listen address \"here\""), "{none}");
    let server = start(builder().protocol(idle())).await;
    let address = server.listen_addr().expect("listening");
    let taken = error(builder().protocol(idle()).listen_addr(address)).await;
    assert!(
        taken.starts_with(&format!("could not listen at {address}")),
        "{taken}"
    );
}
