use super::hex::KeyError;
use super::node_key::{KeyFileError, NodeKey};
use super::public_key::PublicKey;

/// A key pair and id of EIP-778's example record.
const SECRET: &str = "b71c71a67e1177ad4e901695e1b4b9ee17ae16c6668d313eac2f96dbcda3f291";
const ID: &str = "a448f24c6d18e575453db13171562b71999873db5b286df957af199ec94617f7";

#[test]
fn the_example_of_eip_778_has_its_node_id() {
    let key = NodeKey::from_hex(SECRET).expect("valid");
    assert_eq!(key.public_key().node_id().to_string(), ID);
    assert_eq!(format!("{:#}", key.public_key().node_id()), "a448f24c");
}

#[test]
fn a_public_key_comes_back_from_bytes_and_text() {
    let key = *NodeKey::from_hex(SECRET).expect("valid").public_key();
    assert_eq!(PublicKey::from_bytes(&key.to_bytes()), Ok(key));
    assert_eq!(key.to_string().parse(), Ok(key));
}

#[test]
fn bytes_off_the_curve_are_refused() {
    assert_eq!(PublicKey::from_bytes(&[0; 64]), Err(KeyError::Point));
    assert_eq!(PublicKey::from_bytes(&[1; 64]), Err(KeyError::Point));
    assert_eq!(PublicKey::from_bytes(&[0xff; 64]), Err(KeyError::Point));
}

#[test]
fn a_hybrid_point_is_refused() {
    let key = *NodeKey::from_hex(SECRET).expect("valid").public_key();
    let mut point = [0; 65];
    point[1..].copy_from_slice(&key.to_bytes());
    let parity = point[64] & 1;
    for (tag, good) in [(4, true), (6 + parity, false), (7 - parity, false)] {
        point[0] = tag;
        assert_eq!(PublicKey::from_uncompressed(&point).is_ok(), good, "{tag}");
    }
}

#[test]
fn a_secret_out_of_range_is_refused() {
    assert_eq!(
        NodeKey::from_bytes(&[0; 32]).map(|_| ()),
        Err(KeyError::Secret)
    );
    assert_eq!(
        NodeKey::from_bytes(&[0xff; 32]).map(|_| ()),
        Err(KeyError::Secret)
    );
}

#[test]
fn wrong_text_is_named() {
    assert_eq!(
        NodeKey::from_hex("12").map(|_| ()),
        Err(KeyError::Length {
            expected: 64,
            found: 2
        })
    );
    assert_eq!(
        NodeKey::from_hex("0x12").map(|_| ()),
        Err(KeyError::Digit {
            character: 'x',
            position: 1
        })
    );
}

#[test]
fn debug_shows_nothing_of_the_secret() {
    let shown = format!("{:?}", NodeKey::from_hex(SECRET).expect("valid"));
    assert!(!shown.contains(&SECRET[..8]), "{shown}");
    assert!(shown.contains("ca634cae0d49acb4"), "{shown}");
}

#[test]
fn two_ends_agree_on_the_same_secret() {
    let one = NodeKey::from_bytes(&[1; 32]).expect("valid");
    let two = NodeKey::from_bytes(&[2; 32]).expect("valid");
    assert_eq!(one.agree(two.public_key()), two.agree(one.public_key()));
}

#[cfg(unix)]
mod file {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn directory(name: &str) -> std::path::PathBuf {
        let directory = std::env::temp_dir().join(format!("p2p-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&directory).expect("a directory for the test");
        directory
    }

    #[test]
    fn a_saved_key_is_private_and_never_overwritten() {
        let directory = directory("save");
        let path = directory.join("key");
        let key = NodeKey::from_hex(SECRET).expect("valid");
        key.save(&path).expect("saved");
        let mode = std::fs::metadata(&path)
            .expect("there")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(
            NodeKey::load(&path).expect("loaded").public_key(),
            key.public_key()
        );
        let again = NodeKey::from_bytes(&[1; 32]).expect("valid").save(&path);
        assert!(
            matches!(
                again,
                Err(KeyFileError::Io {
                    action: "write",
                    ..
                })
            ),
            "{again:?}"
        );
        assert_eq!(
            NodeKey::load(&path).expect("loaded").public_key(),
            key.public_key()
        );
        std::fs::remove_dir_all(directory).expect("removed");
    }

    #[test]
    fn a_file_that_is_no_key_says_so() {
        let directory = directory("bad");
        let path = directory.join("key");
        std::fs::write(&path, "not a key\n").expect("written");
        let error = NodeKey::load(&path).expect_err("no key").to_string();
        assert!(
            error.contains("is not a key file: 'n' at position 0"),
            "{error}"
        );
        assert!(
            NodeKey::load(directory.join("none"))
                .expect_err("no file")
                .to_string()
                .contains("could not read")
        );
        std::fs::remove_dir_all(directory).expect("removed");
    }
}
