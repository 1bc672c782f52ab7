//! The handler trait is as visible as the enum.
#![deny(warnings, unreachable_pub)]

mod outer {
    pub(crate) mod inner {
        use p2p::Protocol;

        #[derive(Protocol)]
        #[protocol(name = "super", version = 1)]
        pub(super) enum Super {
            Ping,
        }

        #[derive(Protocol)]
        #[protocol(name = "in", version = 1)]
        pub(in crate::outer) enum In {
            Ping,
        }

        #[derive(Protocol)]
        #[protocol(name = "crate", version = 1)]
        pub(crate) enum Crate {
            Ping,
        }
    }

    pub(crate) fn lengths() -> [u64; 2] {
        let _ = (inner::Super::Ping, inner::In::Ping);
        fn is_visible<T: inner::SuperHandler + inner::InHandler>() {}
        let _ = is_visible::<All>;
        [inner::Super::LENGTH, inner::In::LENGTH]
    }

    struct All;

    #[p2p::async_trait]
    impl inner::SuperHandler for All {
        async fn ping(&self, _: &p2p::Peer<inner::Super>) -> p2p::Result {
            Ok(())
        }
    }

    #[p2p::async_trait]
    impl inner::InHandler for All {
        async fn ping(&self, _: &p2p::Peer<inner::In>) -> p2p::Result {
            Ok(())
        }
    }
}

fn main() {
    let _ = outer::inner::Crate::Ping;
    fn is_visible<T: outer::inner::CrateHandler + ?Sized>() {}
    is_visible::<dyn outer::inner::CrateHandler>();
    assert_eq!(outer::lengths(), [1, 1]);
}
