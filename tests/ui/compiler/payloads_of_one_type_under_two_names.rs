use p2p::Protocol;

#[derive(Protocol)]
#[protocol(name = "foobar", version = 1)]
enum Message {
    Block(BlockHash),
    Transaction(TransactionHash),
}

type BlockHash = [u8; 32];
type TransactionHash = [u8; 32];

fn main() {}
