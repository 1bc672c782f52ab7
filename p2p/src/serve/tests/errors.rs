//! What a test and a log are told of a failure.

use super::*;

#[tokio::test]
async fn a_failed_expectation_says_what_the_handler_met() {
    let (service, _) = recorder();
    let (mut end, served) = service.pipe();
    tokio::spawn(served);
    end.send(text("fail")).await.expect("sent");
    let error = end.expect(text("bar")).await.expect_err("dropped");
    assert_eq!(
        error.to_string(),
        "expected Text(\"bar\"), found the end of the connection: protocol foobar, message Text: as you wish"
    );
}

#[tokio::test]
async fn a_pipe_that_nobody_serves_ends() {
    let (service, calls) = recorder();
    let (mut end, served) = service.pipe();
    drop(served);
    assert_eq!(end.recv().await, Err(Closed));
    assert!(calls.lock().expect("not poisoned").is_empty());
}

#[test]
fn an_error_says_each_of_its_causes_once() {
    let missing = crate::NodeKey::load("/nowhere/node.key").expect_err("no such file");
    let said = HandlerError::from(missing).to_string();
    assert_eq!(said.matches("No such file").count(), 1, "{said}");

    #[derive(Debug, thiserror::Error)]
    #[error("outer")]
    struct Outer(#[source] DisconnectReason);
    let error = HandlerError::from(Outer(DisconnectReason::UselessPeer));
    assert_eq!(error.to_string(), "outer: useless peer (0x03)");
    assert_eq!(error.reason(), DisconnectReason::UselessPeer);
}

#[test]
fn an_error_that_only_says_that_the_connection_is_closed_is_known() {
    #[derive(Debug, thiserror::Error)]
    #[error("outer")]
    struct Outer(#[source] SendError);
    let gone = || SendError::Closed(Cause::Stopping);
    for error in [
        HandlerError::from(Closed),
        HandlerError::from(gone()),
        HandlerError::from(RequestError::Closed(Cause::Stopping)),
        HandlerError::from(Outer(gone())),
    ] {
        assert!(is_closed_error(&error), "{error}");
    }
    let message = "Text";
    for error in [
        HandlerError::from("the connection is closed"),
        HandlerError::from(SendError::Encode(EncodeError::Request { message })),
        HandlerError::from(DisconnectReason::UselessPeer),
    ] {
        assert!(!is_closed_error(&error), "{error}");
    }
}

#[test]
fn what_a_peer_may_have_written_stays_on_its_line_of_the_log() {
    let cause = Cause::Handler {
        protocol: "foobar",
        message: Some("Text"),
        error: Arc::new("no such block: \u{1b}[2J\nERROR all is lost".into()),
    };
    assert_eq!(
        Escaped(&cause).to_string(),
        "protocol foobar, message Text: no such block: \\u{1b}[2J\\nERROR all is lost"
    );
}
