// Live handshakes between npm noise-protocol and Hawser's Noise, each as initiator and as responder, with keys drawn
// anew; then sealed messages both ways, before and after a change of keys.
//   node noise.mjs HAWSER    where HAWSER is the script at the root of the repository
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import { createRequire } from 'node:module';

const require = createRequire(process.env.HAWSER_INTEROP_MODULES ? process.env.HAWSER_INTEROP_MODULES + '/' : import.meta.url);
const noise = require('noise-protocol');
const cipher = require('noise-protocol/cipher')();
const cipherState = require('noise-protocol/cipher-state')({ cipher });

const hex = bytes => Buffer.from(bytes).toString('hex') || '-';
const bytes = text => Buffer.from(text, 'hex');

// Hawser at the other end of a pipe: one line asked, one line answered.
function hawser(...args) {
  const child = spawn(process.argv[2], ['lab', 'noise-peer', ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const hear = async () => (await lines.next()).value ?? 'gone';
  const tell = line => child.stdin.write(line + '\n');
  return { hear, tell, ask: async (...words) => (tell(words.join(' ')), hear()), end: () => child.stdin.end() };
}

function expect(condition, what) {
  if (!condition) throw new Error(what);
}

function read(state, message) {
  const payload = Buffer.alloc(message.length);
  const split = noise.readMessage(state, message, payload);
  return { payload: payload.subarray(0, noise.readMessage.bytes), split };
}

function write(state, payload) {
  const message = Buffer.alloc(payload.length + 128);
  const split = noise.writeMessage(state, payload, message);
  return { message: message.subarray(0, noise.writeMessage.bytes), split };
}

async function handshake(pattern, weInitiate) {
  const prologue = randomBytes(37);
  const own = noise.keygen();
  const other = hawser(pattern, weInitiate ? 'responder' : 'initiator', hex(prologue));
  const theirs = bytes(await other.hear());
  const knows = !weInitiate || pattern === 'KK'; // whether Hawser has to know our static key before
  other.tell(knows ? hex(own.publicKey) : '');
  const state = noise.initialize(pattern, weInitiate, prologue, pattern === 'N' && weInitiate ? null : own, null,
    weInitiate || pattern === 'KK' ? theirs : null);
  const rounds = pattern === 'N' ? 1 : 2;
  let split;
  for (let round = 0; round < rounds; round++) {
    const payload = randomBytes(round === 0 ? 100 : 0);
    if ((round % 2 === 0) === weInitiate) {
      const sent = write(state, payload);
      expect(await other.ask('read', hex(sent.message)) === '=' + payload.toString('hex'), `Hawser reads another payload in message ${round + 1}`);
      split = sent.split;
    } else {
      const message = bytes(await other.ask('write', hex(payload)));
      const got = read(state, message);
      expect(got.payload.equals(payload), `another payload in message ${round + 1}`);
      split = got.split;
    }
  }

  // This library hands the first key of Split to whoever wrote the last message; by Noise §5.3 it is the initiator's.
  if (rounds === 2) split = { tx: split.rx, rx: split.tx };
  const hash = await other.ask('split');
  expect(hash.length === 128, 'no handshake hash');
  if (pattern === 'IK' && weInitiate) expect(await other.ask('static') === hex(own.publicKey), 'Hawser learned another static key');
  for (let i = 0; i < 6; i++) {
    if (i === 3) {
      cipherState.rekey(split.tx);
      cipherState.rekey(split.rx);
      await other.ask('rekey-send');
      await other.ask('rekey-receive');
    }

    const plain = randomBytes(1 + i * 50);
    if (pattern !== 'N' || weInitiate) {
      const box = Buffer.alloc(plain.length + 16);
      cipherState.encryptWithAd(split.tx, box, Buffer.from('T'), plain);
      expect(await other.ask('open', hex(Buffer.from('T')), hex(box)) === '=' + plain.toString('hex'), 'Hawser does not open what we sealed');
    }

    if (pattern !== 'N' || !weInitiate) {
      const box = bytes(await other.ask('seal', hex(Buffer.from('T')), hex(plain)));
      const opened = Buffer.alloc(box.length - 16);
      cipherState.decryptWithAd(split.rx, opened, Buffer.from('T'), box);
      expect(opened.equals(plain), 'we do not open what Hawser sealed');
    }
  }

  other.end();
}

setTimeout(() => { console.log('fail noise-npm: took more than a minute'); process.exit(1); }, 60_000).unref();

let failed = 0;
for (const pattern of ['N', 'IK', 'KK']) {
  for (const weInitiate of [true, false]) {
    const name = `noise-npm-${pattern}-${weInitiate ? 'initiator' : 'responder'}`;
    try {
      await handshake(pattern, weInitiate);
      console.log(`pass ${name}`);
    } catch (e) {
      failed++;
      console.log(`fail ${name}: ${e.message}`);
    }
  }
}

process.exit(failed ? 1 : 0);
