//! A reply that names no message is the only error, also where the handler trait is implemented.

mod misspelt {
    use p2p::{Peer, Protocol, Rlp, ServeExt, async_trait};

    #[derive(Rlp)]
    pub struct Get(u8);

    #[derive(Protocol)]
    #[protocol(name = "chain", version = 1)]
    pub enum Message {
        #[message(reply = Bloks)]
        GetBlocks(Get),
        Blocks(Vec<u64>),
        #[message(reply = Size)]
        GetSize,
        Size { a: u8, b: u8 },
        Note(u8),
    }

    pub struct Node;

    #[async_trait]
    impl MessageHandler for Node {
        async fn get_blocks(&self, _: &Peer<Message>, _: Get) -> p2p::Result<Option<Vec<u64>>> {
            Ok(None)
        }

        async fn get_size(&self, _: &Peer<Message>) -> p2p::Result<Option<(u8, u8)>> {
            Ok(None)
        }

        async fn note(&self, peer: &Peer<Message>, _: u8) -> p2p::Result {
            let _: Vec<u64> = peer.request(Get(3)).await?;
            let _ = peer.request(Message::get_blocks(Get(3))).await?;
            Ok(())
        }
    }

    pub fn service() {
        let _ = Message::handled_by(Node);
    }
}

mod own {
    use p2p::{Peer, Protocol, Rlp, ServeExt, async_trait};

    #[derive(Rlp)]
    pub struct Get(u8);

    #[derive(Protocol)]
    #[protocol(name = "chain", version = 1)]
    pub enum Message {
        #[message(reply = GetBlocks)]
        GetBlocks(Get),
        Blocks(Vec<u64>),
        #[message(reply = Size)]
        GetSize,
        Size { a: u8, b: u8 },
        Note(u8),
    }

    pub struct Node;

    #[async_trait]
    impl MessageHandler for Node {
        async fn get_blocks(&self, _: &Peer<Message>, _: Get) -> p2p::Result<Option<Vec<u64>>> {
            Ok(None)
        }

        async fn get_size(&self, _: &Peer<Message>) -> p2p::Result<Option<(u8, u8)>> {
            Ok(None)
        }

        async fn note(&self, peer: &Peer<Message>, _: u8) -> p2p::Result {
            let _: Vec<u64> = peer.request(Get(3)).await?;
            let _ = peer.request(Message::get_blocks(Get(3))).await?;
            Ok(())
        }
    }

    pub fn service() {
        let _ = Message::handled_by(Node);
    }
}

mod another_key {
    use p2p::{Peer, Protocol, Rlp, ServeExt, async_trait};

    #[derive(Rlp)]
    pub struct Get(u8);

    #[derive(Protocol)]
    #[protocol(name = "chain", version = 1)]
    pub enum Message {
        #[message(response = Blocks)]
        GetBlocks(Get),
        Blocks(Vec<u64>),
        #[message(reply = Size)]
        GetSize,
        Size { a: u8, b: u8 },
        Note(u8),
    }

    pub struct Node;

    #[async_trait]
    impl MessageHandler for Node {
        async fn get_blocks(&self, _: &Peer<Message>, _: Get) -> p2p::Result<Option<Vec<u64>>> {
            Ok(None)
        }

        async fn get_size(&self, _: &Peer<Message>) -> p2p::Result<Option<(u8, u8)>> {
            Ok(None)
        }

        async fn note(&self, peer: &Peer<Message>, _: u8) -> p2p::Result {
            let _: Vec<u64> = peer.request(Get(3)).await?;
            let _ = peer.request(Message::get_blocks(Get(3))).await?;
            Ok(())
        }
    }

    pub fn service() {
        let _ = Message::handled_by(Node);
    }
}

fn main() {
    misspelt::service();
    own::service();
    another_key::service();
}
