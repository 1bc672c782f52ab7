//! How many messages go into one write.

use std::future::{pending, poll_fn};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::time::sleep;

use super::*;
use crate::protocol::error::{DecodeError, EncodeError};
use crate::protocol::numbers::{Code, RequestId, Version};
use crate::protocol::table::MessageInfo;
use crate::rlp::{self, Encode};
use crate::serve::error::RequestError;
use crate::serve::request::Call;

/// A request without fields.
pub(super) struct Question;

impl Protocol for Question {
    const NAME: &'static str = "asking";
    const VERSIONS: &'static [Version] = &[Version {
        number: 1,
        length: 2,
    }];
    const MESSAGES: &'static [MessageInfo] = &[
        MessageInfo::new(Code(0), "Question").request(Code(1)),
        MessageInfo::new(Code(1), "Answer").reply(),
    ];

    fn info(&self) -> &'static MessageInfo {
        &Self::MESSAGES[0]
    }

    fn encode(
        &self,
        _version: u64,
        id: Option<RequestId>,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        let id = id.expect("a request has one");
        let mut out = rlp::Writer::new(out);
        out.list(id.length());
        id.encode(&mut out);
        out.finish().map_err(|cause| EncodeError::Field {
            message: "Question",
            cause,
        })
    }

    fn decode(version: u64, code: Code, _: &[u8]) -> Result<Self, DecodeError> {
        let protocol = Self::NAME;
        Err(DecodeError::UnknownCode {
            protocol,
            version,
            code,
        })
    }
}

/// Takes all, and counts how often something is written.
struct Writes(Arc<AtomicUsize>);

impl AsyncWrite for Writes {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// Lets the tasks run that can now.
async fn step_back() {
    let mut done = false;
    poll_fn(|cx| {
        cx.waker().wake_by_ref();
        if std::mem::replace(&mut done, true) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn requests_of_several_tasks_go_into_one_write() {
    let service: Service<Question> = Question::run(|_, _inbox| pending());
    let peers = service.peers();
    let setup = Setup {
        services: vec![Arc::new(service)],
        ..serving(Text::run(|_, _inbox| pending()))
    };
    let [session, _] = sessions(&setup.services);
    let (reader, _open) = duplex(64);
    let writes = Arc::new(AtomicUsize::new(0));
    let rig = setup.drive_halves(session, reader, Writes(writes.clone()));
    let peer = rig.peer(&peers).await;

    let call = || Call::new(Question, |_| None::<()>);
    let first = peer.try_request(call()).expect("room");
    let second = peer.try_request(call()).expect("room");
    let first = tokio::spawn(first);
    let second = tokio::spawn(async {
        // The writer has its turn before this task.
        step_back().await;
        second.await
    });
    // Time is held still until nobody has anything left to do.
    sleep(Duration::from_millis(1)).await;
    assert_eq!(writes.load(Ordering::SeqCst), 1);

    rig.connection.end(Cause::Stopping);
    for asked in [first, second] {
        let asked = asked.await.expect("no panic");
        assert!(matches!(asked, Err(RequestError::Closed(_))), "{asked:?}");
    }
    rig.end().await;
}
