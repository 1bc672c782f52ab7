"""A peer from the p2p package of trinity, driven over stdin and reporting over
stdout, one JSON object a line in both directions.
"""
import argparse
import asyncio
import hashlib
import json
import logging
import os
import random
import re
import sys
import traceback

import trinity_p2p  # noqa: F401  (must come first)

import rlp
from eth_keys import keys
from eth_hash.auto import keccak
from p2p import handshake as p2p_handshake
from p2p.auth import HandshakeInitiator
from p2p.commands import BaseCommand, RLPCodec
from p2p.constants import HASH_LEN
from p2p.disconnect import DisconnectReason
from p2p.handshake import DevP2PHandshakeParams
from p2p.kademlia import Address, Node
from p2p.multiplexer import stream_transport_messages
from p2p.p2p_proto import Disconnect, Ping, Pong
from p2p.protocol import BaseProtocol, get_cmd_offsets
from p2p.transport import Transport

SHOWN_TEXT = 256
HANDSHAKE_TIMEOUT = 5


def emit(event, **fields):
    sys.stdout.write(json.dumps({"event": event, **fields}) + "\n")
    sys.stdout.flush()


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def describe(text):
    fields = {"length": len(text), "sha256": sha256(text)}
    if len(text) <= SHOWN_TEXT:
        fields["text"] = text.decode("utf-8", "replace")
    return fields


def make_protocol(protocol_name, protocol_version, length):
    """A protocol whose every message is a list of one string."""

    def command(code):
        return type(f"Text{code}", (BaseCommand,), {
            "protocol_command_id": code,
            "serialization_codec": RLPCodec(
                sedes=rlp.sedes.List((rlp.sedes.binary,)),
                process_outbound_payload_fn=lambda text: (text,),
                process_inbound_payload_fn=lambda fields: fields[0],
            ),
        })

    class Protocol(BaseProtocol):
        name = protocol_name
        version = protocol_version
        commands = tuple(command(code) for code in range(length))
        command_length = length

    return Protocol


async def dial_with_eip8(remote, key):
    """Dials with the authentication of EIP-8.

    The dialing function of p2p always uses the older one, and reads no more
    of the answer than the older one has.
    """
    initiator = HandshakeInitiator(remote, key, use_eip8=True)
    reader, writer = await initiator.connect()
    try:
        nonce = keccak(os.urandom(HASH_LEN))
        auth = initiator.encrypt_auth_message(initiator.create_auth_message(nonce))
        writer.write(auth)
        size = await reader.readexactly(2)
        ack = size + await reader.readexactly(int.from_bytes(size, "big"))
        ephemeral, remote_nonce = initiator.decode_auth_ack_message(ack)
        aes, mac, egress, ingress = initiator.derive_secrets(nonce, remote_nonce, ephemeral, auth, ack)
    except BaseException:
        writer.close()
        raise
    return Transport(
        remote=remote, private_key=key, reader=reader, writer=writer,
        aes_secret=aes, mac_secret=mac, egress_mac=egress, ingress_mac=ingress,
    )


class Peer:
    """One connection, from the end of its encryption handshake on."""

    def __init__(self, node, transport, inbound):
        self.node = node
        self.transport = transport
        self.inbound = inbound
        self.id = transport.remote.pubkey.to_bytes().hex()
        self.base = None
        self.protocols = ()
        self.cause = None  # the reason that we sent

    async def run(self):
        args = self.node.args
        params = DevP2PHandshakeParams(args.name, 0, args.p2p_version)
        ephemeral = params.get_base_protocol_class()(self.transport, 0, False)
        ours = {p.as_capability(): p for p in self.node.protocols}
        receipt, self.base = await asyncio.wait_for(
            p2p_handshake._do_p2p_handshake(self.transport, tuple(ours), params, ephemeral),
            HANDSHAKE_TIMEOUT,
        )
        selected = [
            ours[c] for c in p2p_handshake._select_capabilities(receipt.capabilities, tuple(ours))
        ]
        if not selected:
            self.disconnect(DisconnectReason.USELESS_PEER.value)
            raise ConnectionError("no shared capability")
        self.protocols = tuple(
            p(self.transport, offset, self.base.snappy_support)
            for p, offset in zip(selected, get_cmd_offsets(selected))
        )
        emit(
            "peer", id=self.id, hello_id=receipt.remote_public_key.hex(),
            name=receipt.client_version_string,
            caps=[f"{n}/{v}" for n, v in receipt.capabilities], inbound=self.inbound,
            p2p_version=receipt.version, snappy=self.base.snappy_support,
        )
        self.node.peers.add(self)
        drop = {"reason": None, "requested": False}
        try:
            async for protocol, cmd in stream_transport_messages(
                    self.transport, self.base, *self.protocols):
                if isinstance(cmd, Disconnect):
                    drop = {"reason": cmd.payload.value, "requested": True}
                    break
                if isinstance(cmd, Ping):
                    emit("ping")
                    self.base.send(Pong(None))
                elif isinstance(cmd, Pong):
                    emit("pong")
                elif protocol in self.protocols:
                    self.handle(protocol, cmd)
        except Exception as err:
            drop["error"] = f"{type(err).__name__}: {str(err)[:SHOWN_TEXT]}"
        finally:
            if self.cause is not None:  # some peers answer a Disconnect with their own
                drop.update(reason=self.cause, requested=False)
            self.node.peers.discard(self)
            emit("drop", id=self.id, **drop)

    def handle(self, protocol, cmd):
        text, code = cmd.payload, cmd.protocol_command_id
        emit(
            "message", id=self.id, protocol=protocol.name, version=protocol.version,
            code=code, size=len(rlp.encode([text])), **describe(text),
        )
        if code != 0:
            return
        if text == b"foo":
            self.send(protocol, b"bar")
        elif text.startswith(b"echo:"):
            self.send(protocol, text[len(b"echo:"):])
        elif re.fullmatch(rb"disconnect:\d+", text):
            self.disconnect(int(text.split(b":")[1]))

    def send(self, protocol, text, code=0):
        protocol.send(protocol.commands[code](text))

    def disconnect(self, reason):
        self.cause = reason
        self.base.send(Disconnect(DisconnectReason(reason)))
        # Leave the peer time to read it and to close.
        asyncio.get_running_loop().call_later(1, self.transport._writer.close)


class PeerNode:
    def __init__(self, args):
        self.args = args
        self.key = keys.PrivateKey(bytes.fromhex(args.key) if args.key else os.urandom(32))
        self.protocols = []
        for text in args.cap or ["foobar/1/1"]:
            name, version, length = text.split("/")
            self.protocols.append(make_protocol(name, int(version), int(length)))
        self.peers = set()
        self.tasks = set()
        self.stopped = asyncio.Event()

    async def run(self):
        host, port = self.args.listen.rsplit(":", 1)
        server = await asyncio.start_server(self.accept, host, int(port))
        host, port = server.sockets[0].getsockname()[:2]
        public = self.key.public_key.to_bytes().hex()
        emit("listening", enode=f"enode://{public}@{host}:{port}?discport=0",
             addr=f"{host}:{port}", id=public)
        if self.args.dial:
            self.start(self.dial(self.args.dial))
        self.start(self.read_commands())
        await self.stopped.wait()
        server.close()
        for peer in tuple(self.peers):
            peer.disconnect(DisconnectReason.CLIENT_QUITTING.value)
        until = asyncio.get_running_loop().time() + 2
        while self.peers and asyncio.get_running_loop().time() < until:
            await asyncio.sleep(0.02)
        emit("stopped")

    def start(self, work):
        task = asyncio.ensure_future(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def accept(self, reader, writer):
        await self.connect(Transport.receive_connection(reader, writer, self.key), True)

    async def dial(self, enode):
        match = re.fullmatch(r"enode://([0-9a-f]{128})@([^:]+):(\d+)(\?.*)?", enode)
        if not match:
            emit("dialed", error="bad enode")
            return
        address = Address(match[2], int(match[3]), int(match[3]))
        remote = Node.from_pubkey_and_addr(keys.PublicKey(bytes.fromhex(match[1])), address)
        if self.args.auth == "legacy":
            connecting = Transport.connect(remote, self.key)
        else:
            connecting = dial_with_eip8(remote, self.key)
        await self.connect(connecting, False)

    async def connect(self, connecting, inbound):
        transport = None
        phase = "rlpx"
        try:
            transport = await asyncio.wait_for(connecting, HANDSHAKE_TIMEOUT)
            phase = "hello"
            emit("handshake", id=transport.remote.pubkey.to_bytes().hex(), inbound=inbound)
            await Peer(self, transport, inbound).run()
        except Exception as err:
            if self.args.verbose:
                traceback.print_exc()
            emit("refused", phase=phase, inbound=inbound,
                 error=f"{type(err).__name__}: {str(err)[:SHOWN_TEXT]}")
        finally:
            if transport is not None:
                transport._writer.close()

    async def read_commands(self):
        reader = asyncio.StreamReader(limit=1 << 26)
        await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        while line := await reader.readline():
            if not line.strip():
                continue
            try:
                self.command(json.loads(line))
            except Exception as err:
                emit("bad-command", error=f"{type(err).__name__}: {err}")
            if self.stopped.is_set():
                return
        self.stopped.set()

    def command(self, c):
        cmd = c["cmd"]
        if cmd == "send":
            self.send(c, c.get("text", "").encode())
        elif cmd == "send-bytes":
            body = bytes(c["size"])
            if c.get("kind") == "random":
                body = random.Random(c.get("seed", 0)).randbytes(c["size"])
            self.send(c, c.get("prefix", "").encode() + body, body_sha256=sha256(body))
        elif cmd == "ping":
            for peer in self.peers:
                peer.base.send(Ping(None))
        elif cmd == "dial":
            self.start(self.dial(c["enode"]))
        elif cmd == "disconnect":
            for peer in tuple(self.peers):
                peer.disconnect(c.get("reason", 0))
        elif cmd == "peers":
            emit("peers", count=len(self.peers))
        elif cmd == "stop":
            self.stopped.set()
        else:
            raise ValueError(f"unknown command {cmd!r}")

    def send(self, c, text, **fields):
        wanted = c.get("protocol", "")
        count = 0
        for peer in self.peers:
            for protocol in peer.protocols:
                if wanted in ("", protocol.name):
                    peer.send(protocol, text, c.get("code", 0))
                    count += 1
        emit("sent", protocol=wanted, peers=count, size=len(text), **describe(text), **fields)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--listen", default="127.0.0.1:0", metavar="ADDRESS")
    parser.add_argument("--key", metavar="HEX")
    parser.add_argument("--dial", metavar="ENODE")
    parser.add_argument("--cap", action="append", metavar="NAME/VERSION/LENGTH")
    parser.add_argument("--name", default="py-peer")
    parser.add_argument("--p2p-version", type=int, choices=(4, 5), default=4)
    parser.add_argument("--auth", choices=("eip8", "legacy"), default="eip8", help="when dialing")
    parser.add_argument("--verbose", action="store_true")
    args = parser.parse_args()
    logging.basicConfig(level=logging.DEBUG if args.verbose else logging.CRITICAL, stream=sys.stderr)

    async def run():
        await PeerNode(args).run()

    asyncio.run(run())


main()
