//! Nodes that start, or don't.

use super::*;

pub(super) async fn start(node: Node, flags: &str) -> Result<Server, NodeError> {
    node.take(args(flags))?.start_server().await
}

#[tokio::test]
async fn a_node_keeps_its_key_in_the_file_that_it_is_told() {
    let file = TempFile::none("node-key");
    let mut keys = Vec::new();
    for _ in 0..2 {
        let server = start(node(), &format!("--key {}", file.path())).await;
        let server = server.expect("started");
        keys.push(*server.public_key());
        server.shutdown().await;
    }
    assert_eq!(keys[0], keys[1]);
}

#[tokio::test]
async fn a_key_file_that_holds_no_key_is_an_error_before_anything_starts() {
    let file = TempFile::with("bad-key", "secret");
    let error = start(node(), &format!("--key {}", file.path())).await;
    let error = format!("{:?}", error.expect_err("no key"));
    assert!(error.contains("is not a key file"), "{error}");
}

#[tokio::test]
async fn a_key_file_is_not_taken_for_a_damaged_database() {
    let file = TempFile::none("key-as-database");
    let key = format!("--key {}", file.path());
    let server = start(node(), &key).await.expect("started");
    server.shutdown().await;
    let written = std::fs::read(&file.0).expect("the key");
    let same = file.path().to_string().replace("/p2p-", "/./p2p-");
    for path in [file.path().to_string(), same] {
        let flags = format!("{key} --bad-database start-afresh --database {path}");
        let error = start(node(), &flags).await.expect_err("one file");
        assert!(error.to_string().contains("a file of its own"), "{error}");
        assert_eq!(std::fs::read(&file.0).expect("the key"), written);
    }
}

#[tokio::test]
async fn a_flag_comes_after_the_file_and_that_after_the_program_and_its_setting_after_the_default()
{
    let key = NodeKey::random();
    let file = TempFile::with("precedence.toml", "name = \"filed\"\n");
    let start = async |flags: &str| {
        let node = node().with(|server| server.private_key(key.clone()).name("mine"));
        let server = start(node, flags).await.expect("started");
        assert_eq!(server.public_key(), key.public_key());
        server.name().to_owned()
    };
    let config = format!("--config {}", file.path());
    assert_eq!(start("").await, "mine");
    assert_eq!(start(&config).await, "filed");
    assert_eq!(start("--name given").await, "given");
    assert_eq!(start(&format!("--name given {config}")).await, "given");
}

#[tokio::test]
async fn a_node_that_listens_nowhere_has_no_address() {
    let server = start(node(), "--listen none").await.expect("started");
    assert_eq!(server.listen_addr(), None);
}

#[tokio::test]
async fn a_node_starts_with_each_setting_as_large_as_it_may_be() {
    let mut flags = String::new();
    for row in node().setup.rows() {
        let most = match (row.form.value, row.flag) {
            ("TIME", _) => "213503982334d",
            // Memory is taken for it at once.
            ("N", "event-capacity") => continue,
            ("N", _) => "1000000",
            ("SIZE", _) => "4294967295",
            _ => continue,
        };
        // A setting may have a lower maximum of its own.
        if setup::Given::check(row, most).is_err() {
            continue;
        }
        flags += &format!("--{} {most} ", row.flag);
    }
    let nobody = format!("--peer enode://{KEY}@127.0.0.1:1");
    let server = start(node(), &(flags + &nobody)).await.expect("started");
    let other = start(node(), "").await.expect("started");
    other.connect(&server.enode()).await.expect("connected");
    server.shutdown().await;
}

#[tokio::test]
async fn an_error_of_the_start_tells_where_the_settings_were_given() {
    let file = TempFile::with("wrong.toml", "max_peers = 9\n\n  max_inbound = 10\n");
    let config = format!("--config {}", file.path());
    let error = async |flags: String| {
        let error = start(node(), &flags).await.expect_err("no start");
        error
            .to_string()
            .replace(&file.path().to_string(), "wrong.toml")
    };
    assert_eq!(
        error(config.clone()).await,
        "max_inbound is 10, more than max_peers, which is 9 (given by max_inbound at wrong.toml:3:3 and \
         max_peers at wrong.toml:1:1)"
    );
    assert_eq!(
        error(format!("{config} --max-peers 8")).await,
        "max_inbound is 10, more than max_peers, which is 8 (given by max_inbound at wrong.toml:3:3 and \
         --max-peers)"
    );
    let taken = start(node(), "").await.expect("started");
    let address = taken.listen_addr().expect("listening");
    let error = error(format!("--listen {address}")).await;
    assert!(error.starts_with("could not listen at"), "{error}");
    assert!(error.ends_with(" (given by --listen)"), "{error}");
}
