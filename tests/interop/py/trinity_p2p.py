"""Makes the p2p package of trinity importable on its own.

It imports three modules that it hardly uses: `eth` (for a side effect), the
logging helper of trinity, and `sha3`, whose extension does not build any more.
Import this module before anything from p2p.
"""
import sys
import types

from Crypto.Hash import keccak
from eth_utils import get_extended_debug_logger


class _Keccak256:
    """What p2p uses of sha3.keccak_256: hashing may go on after a digest."""

    def __init__(self, data=b""):
        self._hash = keccak.new(data=data, digest_bits=256, update_after_digest=True)

    def update(self, data):
        self._hash.update(data)

    def digest(self):
        return self._hash.digest()


def _module(name, **members):
    module = types.ModuleType(name)
    module.__dict__.update(members)
    sys.modules[name] = module


_module("eth")
_module("sha3", keccak_256=_Keccak256)
_module("trinity")
_module("trinity._utils")
_module("trinity._utils.logging", get_logger=get_extended_debug_logger)
