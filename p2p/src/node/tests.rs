use super::*;
use crate::protocol::tests::Text;

fn parse(args: &str) -> Result<Args, String> {
    let args = std::iter::once("foobar").chain(args.split_whitespace());
    Args::try_parse("foobar", args).map_err(|error| error.to_string())
}

#[test]
fn without_flags_a_programs_own_settings_stand() {
    let args = parse("").expect("valid");
    assert!(args.listen.is_none() && args.name.is_none() && args.max_peers.is_none());
    assert!(args.peers.is_empty() && args.key.is_none());
}

#[test]
fn every_flag_is_read() {
    let key = *NodeKey::random().public_key();
    let args = format!(
        "--listen :30303 --peer enode://{key}@127.0.0.1:1 --peer enode://{key}@127.0.0.1:2 \
         --key node.key --name me --max-peers 3 --log p2p=debug,warn"
    );
    let args = parse(&args).expect("valid");
    assert_eq!(args.listen.as_deref(), Some(":30303"));
    assert_eq!(args.name.as_deref(), Some("me"));
    let ports: Vec<u16> = args.peers.iter().map(crate::Enode::tcp_port).collect();
    assert_eq!((ports, args.max_peers), (vec![1, 2], Some(3)));
    assert_eq!(args.key, Some("node.key".into()));
}

#[test]
fn a_wrong_flag_says_what_is_wrong_and_what_is_possible() {
    let error = parse("--peer enode://12@127.0.0.1:1").expect_err("no key");
    assert!(error.contains("--peer <ENODE>"), "{error}");
    assert!(
        error.contains("128 hex digits was expected, 2 characters came"),
        "{error}"
    );
    let error = parse("--lissen x").expect_err("no flag");
    assert!(error.contains("'--listen'"), "{error}");
    let error = parse("--max-peers many").expect_err("no number");
    assert!(error.contains("invalid digit"), "{error}");
}

#[test]
fn help_names_every_flag() {
    let help = parse("--help").expect_err("help ends the program");
    for flag in [
        "--listen",
        "--peer",
        "--key",
        "--name",
        "--max-peers",
        "--log",
    ] {
        assert!(help.contains(flag), "{help}");
    }
}

#[tokio::test]
async fn a_node_keeps_its_key_in_the_file_that_it_is_told() {
    let path = std::env::temp_dir().join(format!("p2p-{}-node-key", std::process::id()));
    let mut keys = Vec::new();
    for _ in 0..2 {
        let node = Node::new(Text::run(|_, _| std::future::pending()));
        let args = parse(&format!("--key {}", path.display())).expect("valid");
        let server = node.start_with(args).await.expect("started");
        keys.push(*server.public_key());
        server.shutdown().await;
    }
    std::fs::remove_file(&path).expect("it was created");
    assert_eq!(keys[0], keys[1]);
}

#[tokio::test]
async fn a_key_file_that_holds_no_key_is_an_error_before_anything_starts() {
    let path = std::env::temp_dir().join(format!("p2p-{}-bad-key", std::process::id()));
    std::fs::write(&path, "secret").expect("written");
    let node = Node::new(Text::run(|_, _| std::future::pending()));
    let args = parse(&format!("--key {}", path.display())).expect("valid");
    let error = node.start_with(args).await.expect_err("no key");
    std::fs::remove_file(&path).expect("there");
    assert!(
        format!("{error:?}").contains("is not a key file"),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_flag_that_is_given_comes_after_a_programs_setting_and_a_default_before() {
    let key = NodeKey::random();
    let start = async |flags: &str| {
        let node = Node::new(Text::run(|_, _| std::future::pending()))
            .with(|server| server.private_key(key.clone()).name("mine"));
        let args = parse(flags).expect("valid");
        let server = node.start_with(args).await.expect("started");
        assert_eq!(server.public_key(), key.public_key());
        server.name().to_owned()
    };
    assert_eq!(start("").await, "mine");
    assert_eq!(start("--name given").await, "given");
}
