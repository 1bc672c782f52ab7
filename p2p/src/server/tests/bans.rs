//! Bans by a handler's error.

use super::*;
use crate::connection::handler_error::OrDisconnect;

/// A service whose handler judges its peer by the first word.
fn judge() -> Service<Text> {
    const HOUR: Duration = Duration::from_secs(3600);
    Text::run(|_, mut inbox| async move {
        let Text(word) = inbox.recv().await?;
        let reason = DisconnectReason::IncompatibleVersion;
        match &*word {
            "old" => Err("too old").or_ban(HOUR).or_disconnect(reason),
            "older" => Err("too old").or_disconnect(reason).or_ban(HOUR),
            "once" => Err("not now").or_disconnect(reason),
            _ => Err("three bad posts").or_ban(Duration::MAX),
        }
    })
}

#[tokio::test]
async fn a_handler_error_can_ban_its_peer() {
    use DisconnectReason::{IncompatibleVersion, UselessPeer};
    let server = start(builder().protocol(judge())).await;
    let mut events = server.events();
    for (n, word, reason, error, is_banned) in [
        (2, "bad", UselessPeer, "three bad posts", true),
        (3, "old", IncompatibleVersion, "too old", true),
        (4, "older", IncompatibleVersion, "too old", true),
        (5, "once", IncompatibleVersion, "not now", false),
    ] {
        let id = key(n).public_key().node_id();
        let mut hand = join(&server, key(n)).await;
        hand.send(word).await;
        assert_eq!(hand.hear().await, Err(reason), "{word}");
        let cause = dropped(&mut events).await;
        assert_eq!(
            cause.to_string(),
            format!("protocol foobar, message Text: {error}")
        );
        assert_eq!(server.why(&id).banned.is_some(), is_banned, "{word}");
        if is_banned {
            let reason = knock(&server, key(n)).await.reason().await;
            assert_eq!(reason, UselessPeer, "{word}");
            let (_, _, error) = refused(&mut events).await;
            assert_eq!(error.to_string(), "refused: banned", "{word}");
            assert!(server.unban(&id));
        }
        drop(join(&server, key(n)).await);
        added(&mut events).await;
        dropped(&mut events).await;
    }
}
