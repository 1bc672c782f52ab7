use p2p::Protocol;

#[derive(Protocol)]
#[protocol(name = "foobar", version = 1)]
enum Message {
    #[message(reply = Found)]
    Block(BlockHash),
    #[message(reply = Found)]
    Transaction(TransactionHash),
    Found(u64),
}

type BlockHash = [u8; 32];
type TransactionHash = [u8; 32];

fn main() {}
