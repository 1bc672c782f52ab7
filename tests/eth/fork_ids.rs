//! Fork ids on mainnet and test networks, and which of them a node accepts.

use alloy_primitives::{B256, b256};
use p2p::rlp;

use eth::fork_id::{Fork, ForkId, ForkMismatch, Forks, Head};

const fn head(number: u64, time: u64) -> Head {
    Head { number, time }
}

const fn id(hash: u32, next: u64) -> ForkId {
    ForkId {
        hash: hash.to_be_bytes(),
        next,
    }
}

/// Mainnet as nodes knew it before Shanghai had a time.
fn mainnet_by_blocks() -> Forks {
    let blocks = [
        1_150_000, 1_920_000, 2_463_000, 2_675_000, 4_370_000, 7_280_000, 9_069_000, 9_200_000,
        12_244_000, 12_965_000, 13_773_000, 15_050_000,
    ];
    let genesis = b256!("d4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3");
    Forks::new(genesis, 0, blocks.map(Fork::Block))
}

#[test]
fn mainnet_has_the_ids_that_are_known() {
    let forks = Forks::mainnet();
    // The first block or time with each id. Source: EIP-2124, and go-ethereum for the later ones.
    let known = [
        (0, 0xfc64_ec04),
        (1_150_000, 0x97c2_c34c),
        (1_920_000, 0x91d1_f948),
        (2_463_000, 0x7a64_da13),
        (2_675_000, 0x3edd_5b10),
        (4_370_000, 0xa00b_c324),
        (7_280_000, 0x668d_b0af),
        (9_069_000, 0x879d_6e30),
        (9_200_000, 0xe029_e991),
        (12_244_000, 0x0eb4_40f6),
        (12_965_000, 0xb715_077d),
        (13_773_000, 0x20c3_27fc),
        (15_050_000, 0xf0af_d0e3),
        (1_681_338_455, 0xdce9_6c2d),
        (1_710_338_135, 0x9f3d_2254),
        (1_746_612_311, 0xc376_cf8b),
        (1_764_798_551, 0x5167_e2a6),
        (1_765_290_071, 0xcba2_a1c0),
        (1_767_747_671, 0x07c9_462e),
    ];
    let at = |value: u64| {
        if value < 1_000_000_000 {
            head(value, 0)
        } else {
            head(20_000_000, value)
        }
    };
    for (i, (first, hash)) in known.into_iter().enumerate() {
        let next = known.get(i + 1).map_or(0, |(next, _)| *next);
        assert_eq!(forks.id(at(first)), id(hash, next), "at {first}");
        if next != 0 {
            assert_eq!(forks.id(at(next - 1)), id(hash, next), "before {next}");
        }
    }
}

#[test]
fn a_chain_with_its_own_forks_has_ids() {
    // Sepolia, whose first fork is by block and whose others are by time, in any order.
    let sepolia = Forks::new(
        b256!("25a5cc106eea7138acab33231d7160d69cb777ee0c2c553fcddf5138993e6dd9"),
        1_633_267_481,
        [
            Fork::Time(1_706_655_072),
            Fork::Block(0),
            Fork::Time(1_677_557_088),
            Fork::Block(1_735_371),
            Fork::Block(0),
        ],
    );
    assert_eq!(sepolia.id(head(0, 0)), id(0xfe33_66e7, 1_735_371));
    assert_eq!(
        sepolia.id(head(1_735_371, 0)),
        id(0xb96c_bd13, 1_677_557_088)
    );
    assert_eq!(
        sepolia.id(head(1_735_372, 1_677_557_088)),
        id(0xf7f9_bc08, 1_706_655_072)
    );
    assert_eq!(
        sepolia.id(head(1_735_372, 1_706_655_072)),
        id(0x88cf_81d9, 0)
    );

    // Hoodi, where all but the last hold from the start, two of them twice.
    let start = 1_742_212_800;
    let hoodi = Forks::new(
        b256!("bbe312868b376a3001692a646dd2d7d1e4406380dfd86b98aa8a34d1557c971b"),
        start,
        [0, start, 1_742_999_832, 1_742_999_832].map(Fork::Time),
    );
    assert_eq!(hoodi.id(head(0, start)), id(0xbef7_1d30, 1_742_999_832));
    assert_eq!(hoodi.id(head(123, 1_742_999_832)), id(0x0929_e24e, 0));

    // None at all.
    let none = Forks::new(B256::ZERO, 0, []);
    assert_eq!(none.id(head(1, 1)).next, 0);
    assert_eq!(none.check(head(1, 1), none.id(head(0, 0))), Ok(()));
}

#[derive(Debug, PartialEq)]
enum Verdict {
    Accepted,
    Stale,
    Incompatible,
}

fn verdict(forks: &Forks, head: Head, remote: ForkId) -> Verdict {
    match forks.check(head, remote) {
        Ok(()) => Verdict::Accepted,
        Err(ForkMismatch::RemoteStale { .. }) => Verdict::Stale,
        Err(ForkMismatch::Incompatible { .. }) => Verdict::Incompatible,
    }
}

#[test]
fn peers_are_judged_by_blocks() {
    use Verdict::{Accepted, Incompatible, Stale};
    let forks = mainnet_by_blocks();
    // Our block, what the peer announces, and why.
    let cases = [
        // The same forks passed, and the peer knows no next one, a far one, or ours.
        (15_050_000, id(0xf0af_d0e3, 0), Accepted),
        (15_050_000, id(0xf0af_d0e3, u64::MAX), Accepted),
        (7_279_999, id(0xa00b_c324, 0), Accepted),
        (7_279_999, id(0xa00b_c324, 7_280_000), Accepted),
        (7_279_999, id(0xa00b_c324, u64::MAX), Accepted),
        // The same, but the peer's next fork is behind us and we did not take it.
        (88_888_888, id(0xf0af_d0e3, 88_888_888), Incompatible),
        (7_279_999, id(0xa00b_c324, 7_279_999), Incompatible),
        // The peer is behind, and knows what comes next.
        (7_280_000, id(0xa00b_c324, 7_280_000), Accepted),
        (7_987_396, id(0xa00b_c324, 7_280_000), Accepted),
        (7_987_396, id(0x3edd_5b10, 4_370_000), Accepted),
        // The peer is behind, and doesn't know it.
        (7_987_396, id(0xa00b_c324, 0), Stale),
        (7_987_396, id(0xa00b_c324, 7_280_001), Stale),
        // We are behind.
        (7_279_999, id(0x668d_b0af, 0), Accepted),
        (4_369_999, id(0xa00b_c324, 0), Accepted),
        // The peer passed a fork that we don't know, or is on another chain.
        (7_987_396, id(0x5cdd_c0e1, 0), Incompatible),
        (7_279_999, id(0x5cdd_c0e1, 0), Incompatible),
        (7_987_396, id(0xafec_6b27, 0), Incompatible),
    ];
    for (number, remote, expected) in cases {
        let found = verdict(&forks, head(number, 0), remote);
        assert_eq!(found, expected, "{remote:?} at {number}");
    }
}

#[test]
fn forks_by_time_are_compared_by_time() {
    use Verdict::{Accepted, Incompatible, Stale};
    let forks = Forks::mainnet();
    let shanghai = 1_681_338_455;
    let cases = [
        // Before Shanghai, whether the peer knows of it or not.
        (15_050_000, 0, id(0xf0af_d0e3, 0), Accepted),
        (15_050_000, 0, id(0xf0af_d0e3, shanghai), Accepted),
        (15_050_000, 0, id(0xf0af_d0e3, u64::MAX), Accepted),
        // After it, and the peer is behind.
        (20_000_000, shanghai, id(0xf0af_d0e3, shanghai), Accepted),
        (
            20_123_456,
            shanghai + 1,
            id(0xf0af_d0e3, shanghai),
            Accepted,
        ),
        (20_000_000, shanghai, id(0x20c3_27fc, 15_050_000), Accepted),
        (20_000_000, shanghai, id(0xf0af_d0e3, 0), Stale),
        (21_000_000, 1_710_338_135, id(0xdce9_6c2d, 0), Stale),
        // We are behind.
        (15_050_000, 0, id(0xdce9_6c2d, 0), Accepted),
        (13_773_000, 0, id(0xf0af_d0e3, 0), Accepted),
        (21_000_000, 1_700_000_000, id(0x9f3d_2254, 0), Accepted),
        // The same forks passed, with a next one that is no secret, or is far away.
        (20_000_000, shanghai, id(0xdce9_6c2d, 0), Accepted),
        (20_000_000, shanghai, id(0xdce9_6c2d, u64::MAX), Accepted),
        (
            20_000_000,
            shanghai,
            id(0xdce9_6c2d, 1_710_338_135),
            Accepted,
        ),
        // The same, but the peer's next fork is behind us: by time after the last one by block,
        (
            888_888_888,
            1_660_000_000,
            id(0xf0af_d0e3, 1_660_000_000),
            Incompatible,
        ),
        (
            19_999_999,
            1_667_999_999,
            id(0xf0af_d0e3, 1_667_999_999),
            Incompatible,
        ),
        // by time after all that we know,
        (
            88_888_888,
            8_888_888_888,
            id(0x07c9_462e, 8_888_888_888),
            Incompatible,
        ),
        // by a number that can't be a time, although all our forks are by time now,
        (
            25_000_000,
            1_800_000_000,
            id(0x07c9_462e, 30_000_000),
            Incompatible,
        ),
        // and by time while our forks are still by block.
        (
            7_279_999,
            1_500_000_000,
            id(0xa00b_c324, 1_450_000_000),
            Incompatible,
        ),
        (
            7_279_999,
            1_500_000_000,
            id(0xa00b_c324, 1_550_000_000),
            Accepted,
        ),
        // Another chain.
        (20_000_000, shanghai, id(0x1234_5678, 0), Incompatible),
    ];
    for (number, time, remote, expected) in cases {
        let found = verdict(&forks, head(number, time), remote);
        assert_eq!(found, expected, "{remote:?} at {number}, {time}");
    }
}

#[test]
fn a_refusal_says_what_is_wrong() {
    let forks = Forks::mainnet();
    let now = head(25_000_000, 1_800_000_000);
    let stale = forks.check(now, id(0xdce9_6c2d, 0)).unwrap_err();
    assert_eq!(
        stale.to_string(),
        "the peer is at dce96c2d/0 and passed no fork at 1710338135: it needs an update"
    );
    let other = forks.check(now, id(0x1234_5678, 9)).unwrap_err();
    assert_eq!(
        other.to_string(),
        "we are at 07c9462e/0, the peer at 12345678/9: another chain, or we need an update"
    );
}

#[test]
fn a_fork_id_is_four_bytes_and_a_number() {
    for (id, bytes) in [
        (id(0, 0), &[0xc6, 0x84, 0, 0, 0, 0, 0x80][..]),
        (
            id(0xdead_beef, 0xbadd_cafe),
            &[
                0xca, 0x84, 0xde, 0xad, 0xbe, 0xef, 0x84, 0xba, 0xdd, 0xca, 0xfe,
            ],
        ),
    ] {
        assert_eq!(rlp::encode(&id).unwrap(), bytes);
        assert_eq!(rlp::decode::<ForkId>(bytes), Ok(id));
    }
}
