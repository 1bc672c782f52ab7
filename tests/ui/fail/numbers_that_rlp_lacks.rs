use p2p::Protocol;

#[derive(Protocol)]
#[protocol(name = "foobar", version = 1)]
enum Message {
    Signed(i64, Vec<i8>),
    Float { a: f32, b: Option<f64> },
    Letter([char; 2]),
}

fn main() {}
