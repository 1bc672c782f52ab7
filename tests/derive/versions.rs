//! Several versions of a protocol in one enum.

use p2p::Protocol;
use p2p::protocol::{Code, DecodeError, EncodeError, MessageInfo, Version};

/// The messages of eth with go-ethereum's codes; only where shapes are tested they have fields.
#[derive(Debug, PartialEq, Protocol)]
#[protocol(name = "eth", versions = 69..=72)]
enum Eth {
    #[message(code = 0x00)]
    Status,
    #[message(code = 0x01)]
    NewBlockHashes,
    #[message(code = 0x02)]
    Transactions,
    #[message(code = 0x03)]
    GetBlockHeaders,
    #[message(code = 0x04)]
    BlockHeaders,
    #[message(code = 0x05)]
    GetBlockBodies,
    #[message(code = 0x06)]
    BlockBodies,
    #[message(code = 0x07)]
    NewBlock,
    #[message(code = 0x08, until = 71)]
    NewPooledTransactionHashes {
        types: Vec<u8>,
        sizes: Vec<u32>,
        hashes: Vec<[u8; 32]>,
    },
    #[message(code = 0x08, since = 72)]
    NewPooledTransactionsAndCells {
        types: Vec<u8>,
        sizes: Vec<u32>,
        hashes: Vec<[u8; 32]>,
        cells: [u8; 16],
    },
    #[message(code = 0x09)]
    GetPooledTransactions,
    #[message(code = 0x0a)]
    PooledTransactions,
    #[message(code = 0x0f, until = 69)]
    GetReceipts,
    #[message(code = 0x0f, since = 70)]
    GetReceiptsFrom,
    #[message(code = 0x10)]
    Receipts,
    #[message(code = 0x11)]
    BlockRangeUpdate,
    #[message(code = 0x12, since = 71)]
    GetBlockAccessLists,
    #[message(code = 0x13, since = 71)]
    BlockAccessLists,
    #[message(code = 0x14, since = 72)]
    GetCells,
    #[message(code = 0x15, since = 72)]
    Cells,
}

/// The version numbers with the lengths that go-ethereum has for them.
const LENGTHS: [(u64, u64); 4] = [(69, 18), (70, 18), (71, 20), (72, 22)];

fn encode(message: &Eth, version: u64) -> Result<Vec<u8>, EncodeError> {
    let mut bytes = Vec::new();
    message.encode(version, None, &mut bytes)?;
    Ok(bytes)
}

#[test]
fn each_version_has_the_length_of_its_highest_code() {
    const _: () = assert!(Eth::length(72) == 22);
    let expected = LENGTHS.map(|(number, length)| Version { number, length });
    assert_eq!(Eth::VERSIONS, expected);
    for (number, length) in LENGTHS {
        assert_eq!(Eth::length(number), length);
    }
    for number in [0, 68, 73, u64::MAX] {
        assert_eq!(Eth::length(number), 0);
    }
}

#[test]
fn two_messages_share_a_code_in_different_versions() {
    for (version, message, name) in [
        (69, Eth::GetReceipts, "GetReceipts"),
        (70, Eth::GetReceiptsFrom, "GetReceiptsFrom"),
        (72, Eth::GetReceiptsFrom, "GetReceiptsFrom"),
    ] {
        assert_eq!(message.code(), Code(0x0f));
        assert_eq!(Eth::name_of(version, Code(0x0f)), Some(name));
        assert_eq!(Eth::decode(version, Code(0x0f), &[0xc0]), Ok(message));
    }
}

#[test]
fn the_same_code_is_decoded_by_the_version_that_is_spoken() {
    let old = Eth::NewPooledTransactionHashes {
        types: vec![2],
        sizes: vec![100],
        hashes: vec![],
    };
    let new = Eth::NewPooledTransactionsAndCells {
        types: vec![2],
        sizes: vec![100],
        hashes: vec![],
        cells: [0; 16],
    };
    let older = encode(&old, 71).unwrap();
    let newer = encode(&new, 72).unwrap();
    assert_eq!(Eth::decode(71, Code(8), &older), Ok(old));
    assert_eq!(Eth::decode(72, Code(8), &newer), Ok(new));
    let error = |version, payload: &[u8]| {
        let decoded = Eth::decode(version, Code(8), payload);
        decoded.unwrap_err().to_string()
    };
    assert_eq!(
        error(71, &newer),
        "message NewPooledTransactionHashes: a list has too many items"
    );
    assert_eq!(
        error(72, &older),
        "message NewPooledTransactionsAndCells, field cells: a list has too few items"
    );
}

#[test]
fn a_message_that_a_version_lacks_is_not_encoded() {
    let error = EncodeError::NotInVersion {
        message: "GetCells",
        version: 71,
        since: 72,
        until: u64::MAX,
    };
    let mut bytes = vec![1, 2, 3];
    assert_eq!(Eth::GetCells.encode(71, None, &mut bytes), Err(error));
    assert_eq!(bytes, [1, 2, 3], "nothing was written");
    assert_eq!(encode(&Eth::GetCells, 72), Ok(vec![0xc0]));
    assert_eq!(
        encode(&Eth::GetReceipts, 70).unwrap_err().to_string(),
        "message GetReceipts is not in version 70, only up to version 69"
    );
}

#[test]
fn a_code_that_a_version_lacks_is_unknown_in_it() {
    for (version, code) in [(69, 0x12), (70, 0x13), (71, 0x14), (72, 0x16), (72, 0x0b)] {
        let expected = DecodeError::UnknownCode {
            protocol: "eth",
            version,
            code: Code(code),
        };
        assert_eq!(Eth::decode(version, Code(code), &[0xc0]), Err(expected));
        assert_eq!(Eth::name_of(version, Code(code)), None);
    }
    let error = Eth::decode(70, Code(0x12), &[0xc0]).unwrap_err();
    assert_eq!(error.to_string(), "eth/70 has no message with code 0x12");
}

#[test]
fn a_message_tells_the_versions_that_have_it() {
    let versions = |message: Eth| (68..=73).filter(move |version| message.is_in(*version));
    assert!(versions(Eth::Status).eq(69..=72));
    assert!(versions(Eth::GetReceipts).eq([69]));
    assert!(versions(Eth::GetCells).eq([72]));
    assert_eq!(
        Eth::GetReceipts.info(),
        &MessageInfo::new(Code(0x0f), "GetReceipts").until(69)
    );
    const fn highest(version: u64) -> u64 {
        let mut row = 0;
        let mut highest = 0;
        while row < Eth::MESSAGES.len() {
            let info = Eth::MESSAGES[row];
            if info.is_in(version) && info.code.0 > highest {
                highest = info.code.0;
            }
            row += 1;
        }
        highest
    }
    const _: () = assert!(highest(69) == 0x11 && highest(71) == 0x13);
}

#[test]
fn versions_may_be_a_list_with_gaps_in_any_order() {
    #[derive(Debug, PartialEq, Protocol)]
    #[protocol(name = "gaps", versions = [7, 1, 3])]
    enum Gaps {
        #[message(code = 0)]
        Always,
        #[message(code = 4, until = 3)]
        Early,
        #[message(code = 4, since = 7)]
        #[message(transparent)]
        Late(u64),
    }

    assert!(Gaps::VERSIONS.iter().map(|row| row.number).eq([1, 3, 7]));
    assert_eq!([1, 2, 3, 7].map(Gaps::length), [5, 0, 5, 5]);
    assert!(!Gaps::Always.is_in(2));
    assert_eq!(Gaps::decode(3, Code(4), &[0xc0]), Ok(Gaps::Early));
    assert_eq!(Gaps::decode(7, Code(4), &[5]), Ok(Gaps::Late(5)));
}

#[test]
fn a_message_may_come_late_and_leave_early() {
    #[derive(Debug, PartialEq, Protocol)]
    #[protocol(name = "middle", versions = 1..=5)]
    enum Middle {
        #[message(code = 0)]
        Always,
        #[message(code = 1, since = 2, until = 4)]
        Between,
    }

    let found = [1, 2, 4, 5].map(|version| Middle::decode(version, Code(1), &[0xc0]).is_ok());
    assert_eq!(found, [false, true, true, false]);
    assert_eq!([1, 2, 4, 5].map(Middle::length), [1, 2, 2, 1]);
    assert_eq!(Middle::Always.code(), Code(0));
    assert_eq!(Middle::Between.code(), Code(1));
}

#[test]
fn an_explicit_length_is_that_of_every_version() {
    #[derive(Protocol)]
    #[protocol(name = "reserved", versions = 1..=2, length = 32)]
    enum Reserved {
        #[message(code = 0)]
        Ping,
        #[message(code = 0x10, since = 2)]
        Pong,
    }

    assert_eq!([0, 1, 2, 3].map(Reserved::length), [0, 32, 32, 0]);
    let _ = (Reserved::Ping, Reserved::Pong);
}

#[test]
fn an_enum_with_one_version_has_a_length_for_it() {
    #[derive(Protocol)]
    #[protocol(name = "one", version = 5)]
    enum One {
        Ping,
        Pong,
    }

    #[derive(Protocol)]
    #[protocol(name = "list", versions = [5])]
    enum Listed<T> {
        Ping(T),
    }

    const _: () = assert!(One::length(5) == One::LENGTH && One::length(One::VERSION) == 2);
    assert_eq!(One::length(4), 0);
    assert_eq!(Listed::<u8>::length(Listed::<u8>::VERSION), 1);
    let _ = (One::Ping, One::Pong, Listed::Ping(0u8));
}
