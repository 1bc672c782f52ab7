// An @ethereumjs/devp2p node that is driven over stdin and reports over
// stdout, one JSON object a line in both directions.
import { createHash, randomBytes } from 'node:crypto'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { RLP } from '@ethereumjs/rlp'
import { RLPx } from '@ethereumjs/devp2p'
import * as snappy from 'snappyjs'

const SHOWN_TEXT = 256

const { values: flags } = parseArgs({
  options: {
    listen: { type: 'string', default: '0' },
    key: { type: 'string' },
    dial: { type: 'string' },
    remote: { type: 'string' },
    cap: { type: 'string', multiple: true, default: ['foobar/1/1'] },
    name: { type: 'string', default: 'js-peer' },
    'max-peers': { type: 'string', default: '10' },
    port: { type: 'string' }, // what Hello says; absent: an empty string
  },
})

const hex = (bytes) => Buffer.from(bytes).toString('hex')
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex')

function emit(event, fields = {}) {
  process.stdout.write(JSON.stringify({ event, ...fields }) + '\n')
}

function describe(fields, text) {
  Object.assign(fields, { length: text.length, sha256: sha256(text) })
  if (text.length <= SHOWN_TEXT) fields.text = Buffer.from(text).toString('utf8')
  return fields
}

const sessions = new Set()

// A class for one capability. The library makes an instance for each peer that
// shares it, and leaves compression to the instance when sending.
function capability(name, version, length) {
  class Session {
    constructor(agreedVersion, peer, send) {
      Object.assign(this, { version: agreedVersion, peer, sendFrame: send, name })
      sessions.add(this)
    }

    send(text, code = 0) {
      let payload = RLP.encode([text])
      if (this.peer.getHelloMessage().protocolVersion >= 5) payload = snappy.compress(payload)
      this.sendFrame(code, payload)
    }

    _handleMessage(code, data) {
      const fields = { id: hex(this.peer.getId()), protocol: name, version, code, size: data.length }
      let text
      try {
        const list = RLP.decode(data)
        if (!Array.isArray(list) || list.length !== 1 || !(list[0] instanceof Uint8Array)) {
          throw new Error('not a list of one string')
        }
        text = Buffer.from(list[0])
      } catch (error) {
        emit('message', { ...fields, error: error.message })
        return
      }
      emit('message', describe(fields, text))
      if (code !== 0) return
      if (text.equals(Buffer.from('foo'))) {
        this.send(Buffer.from('bar'))
      } else if (text.subarray(0, 5).equals(Buffer.from('echo:'))) {
        this.send(text.subarray(5))
      } else if (/^disconnect:\d+$/.test(text.subarray(0, 32).toString('latin1'))) {
        this.peer.disconnect(Number(text.toString('latin1').slice('disconnect:'.length)))
      }
    }
  }
  return { name, version, length, constructor: Session }
}

const capabilities = flags.cap.map((text) => {
  const [name, version, length] = text.split('/')
  if (!name || !/^\d+$/.test(version) || !/^\d+$/.test(length)) {
    throw new Error(`--cap ${text}: want NAME/VERSION/LENGTH`)
  }
  return capability(name, Number(version), Number(length))
})

const key = flags.key ? Buffer.from(flags.key, 'hex') : randomBytes(32)
const rlpx = new RLPx(Uint8Array.from(key), {
  clientId: Uint8Array.from(Buffer.from(flags.name)),
  maxPeers: Number(flags['max-peers']),
  capabilities,
  listenPort: flags.port === undefined ? null : Number(flags.port),
})

rlpx.events.on('error', (error) => emit('error', { error: error.message }))
rlpx.events.on('peer:added', (peer) => {
  const hello = peer.getHelloMessage()
  emit('peer', {
    id: hex(peer.getId()),
    hello_id: hex(hello.id),
    name: hello.clientId,
    caps: hello.capabilities.map((c) => `${c.name}/${c.version}`),
    inbound: !dialed.has(peer._socket),
    p2p_version: hello.protocolVersion,
    remote: `${peer._socket.remoteAddress}:${peer._socket.remotePort}`,
  })
})
rlpx.events.on('peer:removed', (peer, reason, disconnectWe) => {
  for (const s of sessions) if (s.peer === peer) sessions.delete(s)
  emit('drop', {
    id: hex(peer.getId()),
    reason: reason ?? null, // null: closed without a Disconnect
    requested: disconnectWe === false,
  })
})
rlpx.events.on('peer:error', (peer, error) => {
  const id = peer.getId()
  emit('peer-error', { id: id ? hex(id) : '', error: error.message })
})

// The library does not keep which side dialed; its map holds the bare socket
// of an outgoing connection until the handshakes are done.
const dialed = new WeakSet()

async function dial(address, publicKey) {
  const [, host, port] = /^(.*):(\d+)$/.exec(address) ?? []
  const id = Uint8Array.from(Buffer.from(publicKey ?? '', 'hex'))
  const target = { id, address: host, tcpPort: Number(port) }
  try {
    if (id.length !== 64) throw new Error('the public key must have 64 bytes')
    const connecting = rlpx.connect(target)
    const socket = rlpx._peers.get(hex(id))
    if (socket) dialed.add(socket)
    await connecting
    emit('dialed', { id: hex(id) })
  } catch (error) {
    emit('dialed', { id: hex(id), error: error.message })
  }
}

function targets(command) {
  const picked = []
  for (const s of sessions) {
    if (command.protocol && command.protocol !== s.name) continue
    if (command.id && command.id !== hex(s.peer.getId())) continue
    picked.push(s)
  }
  return picked
}

const commands = {
  send(c) {
    const text = Buffer.from(c.text ?? '')
    const to = targets(c)
    for (const s of to) s.send(text, c.code ?? 0)
    emit('sent', describe({ protocol: c.protocol ?? '', peers: to.length, size: text.length }, text))
  },
  'send-bytes'(c) {
    const body = c.kind === 'random' ? randomBytes(c.size) : Buffer.alloc(c.size)
    const text = Buffer.concat([Buffer.from(c.prefix ?? ''), body])
    const to = targets(c)
    for (const s of to) s.send(text, c.code ?? 0)
    emit('sent', {
      ...describe({ protocol: c.protocol ?? '', peers: to.length, size: text.length }, text),
      body_sha256: sha256(body),
    })
  },
  ping() {
    for (const peer of rlpx.getPeers()) peer._sendPing()
  },
  dial(c) {
    const [, publicKey, address] = /^enode:\/\/([0-9a-f]{128})@([^?]+)/.exec(c.enode ?? '') ?? []
    dial(address ?? '', publicKey)
  },
  disconnect(c) {
    for (const peer of rlpx.getPeers()) {
      if (!c.id || c.id === hex(peer.getId())) peer.disconnect(c.reason ?? 0)
    }
  },
  peers() {
    emit('peers', { count: rlpx.getPeers().length })
  },
  stop,
}

let stopping = false
function stop() {
  if (stopping) return
  stopping = true
  rlpx.destroy()
  // The library ends a socket 2 s after its Disconnect.
  const until = Date.now() + 3000
  const timer = setInterval(() => {
    if (rlpx._peers.size > 0 && Date.now() < until) return
    clearInterval(timer)
    emit('stopped')
    process.exit(0)
  }, 20)
}

rlpx.events.on('listening', () => {
  const { port } = rlpx._server.address()
  const id = hex(rlpx.id)
  emit('listening', { enode: `enode://${id}@127.0.0.1:${port}?discport=0`, addr: `127.0.0.1:${port}`, id })
  if (flags.dial) dial(flags.dial, flags.remote)
  const lines = createInterface({ input: process.stdin })
  lines.on('line', (line) => {
    if (!line.trim() || stopping) return
    try {
      const c = JSON.parse(line)
      if (!Object.hasOwn(commands, c.cmd)) throw new Error(`unknown command ${JSON.stringify(c.cmd)}`)
      commands[c.cmd](c)
    } catch (error) {
      emit('bad-command', { error: error.message })
    }
  })
  lines.on('close', stop)
})
rlpx.listen(Number(flags.listen), '127.0.0.1')
