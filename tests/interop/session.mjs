// A peer of Hawser in JavaScript, written from docs/spec/session.md, tickets.md, tally.md and messages.md alone: joins by
// an invitation over TCP, becomes a contact, and exchanges messages; comes back by mutual keys and does so again.
//   node session.mjs LINK [HOST]     prints what happens, a word a line; ends when it was told the message "bye"
import net from 'node:net';
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, sign, verify } from 'node:crypto';
import { createRequire } from 'node:module';

const require = createRequire(process.env.HAWSER_INTEROP_MODULES ? process.env.HAWSER_INTEROP_MODULES + '/' : import.meta.url);
const noise = require('noise-protocol');
const cipher = require('noise-protocol/cipher')();
const cipherState = require('noise-protocol/cipher-state')({ cipher });

const sha256 = bytes => createHash('sha256').update(bytes).digest();
const u16 = n => { const b = Buffer.alloc(2); b.writeUInt16BE(n); return b; };
const u32 = n => { const b = Buffer.alloc(4); b.writeUInt32BE(n); return b; };
const u64 = n => { const b = Buffer.alloc(8); b.writeBigUInt64BE(BigInt(n)); return b; };
const text8 = text => Buffer.concat([Buffer.from([text.length]), Buffer.from(text, 'ascii')]);
const say = (...words) => console.log(...words);
const need = (condition, what) => { if (!condition) throw new Error(what); };

// tickets.md §3 and §4.1
function readLink(link) {
  need(link.startsWith('hawser:join/'), 'no invitation');
  const all = Buffer.from(link.slice(12), 'base64url');
  const bytes = all.subarray(0, -4);
  need(sha256(bytes).subarray(0, 4).equals(all.subarray(-4)), 'the check is wrong');
  let at = 0;
  const take = n => bytes.subarray(at, at += n);
  const addresses = () => Array.from({ length: take(1)[0] }, () => ({ ip: address(take(16)), port: take(2).readUInt16BE() }));
  const version = take(1)[0];
  need(version === 1 || version === 2, `version ${version}`);
  const ticket = {};
  if (version === 2) ticket.purpose = take(1)[0];
  ticket.host = take(32);
  ticket.token = take(16);
  ticket.expires = take(4).readUInt32BE();
  if (take(1)[0] === 1) Object.assign(ticket, { hub: take(32), genesis: take(32), hubAddresses: addresses() });
  ticket.addresses = addresses();
  ticket.name = take(take(1)[0]).toString('ascii');
  ticket.service = take(take(1)[0]).toString('ascii');
  return ticket;
}

function address(bytes) {
  if (bytes.subarray(0, 12).equals(Buffer.from('00000000000000000000ffff', 'hex'))) return [...bytes.subarray(12)].join('.');
  return Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(2 * i).toString(16)).join(':');
}

// session.md §4.2, with no ID dialled
const prologue = letter => Buffer.concat([Buffer.from('hawser/tcp/1'), Buffer.from([1]), Buffer.alloc(32), Buffer.from(letter), Buffer.alloc(10)]);

function noiseMessage(state, payload) {
  const message = Buffer.alloc(payload.length + 128);
  noise.writeMessage(state, payload, message);
  return Buffer.from(message.subarray(0, noise.writeMessage.bytes));
}

class Channel {
  constructor(socket) {
    this.socket = socket;
    this.pending = Buffer.alloc(0);
    this.waiting = [];
    this.frames = [];
    socket.on('data', bytes => {
      this.pending = Buffer.concat([this.pending, bytes]);
      while (this.pending.length >= 4 && this.pending.length >= 4 + this.pending.readUInt32BE()) {
        const length = this.pending.readUInt32BE();
        this.deliver(this.pending.subarray(4, 4 + length));
        this.pending = this.pending.subarray(4 + length);
      }
    });
    socket.on('error', () => {});
    socket.on('close', () => this.deliver(null));
  }

  static async to(host, port) {
    const socket = net.connect({ host, port, noDelay: true });
    await new Promise((done, fail) => socket.once('connect', done).once('error', fail));
    return new Channel(socket);
  }

  deliver(frame) {
    const waiter = this.waiting.shift();
    if (waiter) waiter(frame); else this.frames.push(frame);
  }

  frame() {
    return this.frames.length ? Promise.resolve(this.frames.shift()) : new Promise(done => this.waiting.push(done));
  }

  sendFrame(letter, message) {
    this.socket.write(Buffer.concat([u32(1 + message.length), Buffer.from(letter), message]));
  }

  // A, then the keys: the library's two are exchanged (session.md §5.2).
  async answer(state) {
    const frame = await this.frame();
    if (frame === null) return false;
    need(frame[0] === 0x41, 'expected A');
    const split = noise.readMessage(state, frame.subarray(1), Buffer.alloc(frame.length));
    [this.tx, this.rx] = [split.rx, split.tx];
    return true;
  }

  async openByTicket(own, host, shown) {
    const state = noise.initialize('IK', true, prologue('I'), own, null, host);
    this.sendFrame('I', noiseMessage(state, shown));
    return this.answer(state);
  }

  async openByKeys(own, host, tamper = n => n) {
    const name = Buffer.concat([Buffer.from([1]), own.publicKey]);
    const n = noiseMessage(noise.initialize('N', true, prologue('N'), null, null, host), name);
    const state = noise.initialize('KK', true, Buffer.concat([prologue('N'), sha256(n), name]), own, null, host);
    this.sendFrame('N', tamper(n));
    this.sendFrame('K', noiseMessage(state, Buffer.alloc(0)));
    return this.answer(state);
  }

  send(...parts) {
    const plain = Buffer.concat([Buffer.from([0]), ...parts]);
    const box = Buffer.alloc(plain.length + 16);
    cipherState.encryptWithAd(this.tx, box, Buffer.from('T'), plain);
    this.sendFrame('T', box);
  }

  // The next message that is not the carrier's own.
  async message() {
    for (let pieces = []; ;) {
      const frame = await this.frame();
      if (frame === null) return null;
      need(frame[0] === 0x54, 'expected T');
      const plain = Buffer.alloc(frame.length - 17);
      cipherState.decryptWithAd(this.rx, plain, Buffer.from('T'), frame.subarray(1));
      if (plain[0] === 3) { cipherState.rekey(this.rx); continue; }
      pieces.push(plain.subarray(1));
      if (plain[0] === 1) continue;
      const message = Buffer.concat(pieces);
      pieces = [];
      if (message[0] >= 16) return message;
      if (message[0] === 7) this.send(Buffer.from([8]), message.subarray(1));
      if (message[0] === 9) return null;
    }
  }

  ping() { this.send(Buffer.from([7]), Buffer.alloc(8)); }

  close() {
    this.send(Buffer.from([9, 1]));
    this.socket.end();
  }
}

// tally.md: a user, its card, the tally
const user = generateKeyPairSync('ed25519');
const rawKey = key => Buffer.from(key.export({ format: 'jwk' }).x, 'base64url');
const userKey = rawKey(user.publicKey).toString('base64url');
const signed = body => body + `Signature: ${sign(null, Buffer.from(body), user.privateKey).toString('base64url')}\n`;
const publicKey = text => createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: text }, format: 'jwk' });
const noGenesis = 'A'.repeat(43);
const own = noise.keygen();
const site = Buffer.from(own.publicKey).toString('base64url');
const card = Buffer.from(signed(`hawser/card/1 ${noGenesis}\nUser: ${userKey}\nSite: ${site}\nMade: ${Math.floor(Date.now() / 1000)}\nName: js\n`));
const field = (text, name) => (text.match(new RegExp(`^${name}: (.*)$`, 'm')) ?? [])[1];

function accept(body, host) {
  const length = body.readUInt16BE();
  const theirs = body.subarray(2, 2 + length).toString();
  const tally = body.subarray(2 + length).toString();
  need(field(theirs, 'Site') === host && field(tally, 'Stock') === field(theirs, 'User') && field(tally, 'Stock-Site') === host, 'somebody else offers');
  need(field(tally, 'Foil') === userKey && field(tally, 'Foil-Site') === site, 'it is offered to somebody else');
  const at = tally.indexOf('Stock-Signature: ');
  const text = tally.slice(0, at);
  need(verify(null, Buffer.from(text), publicKey(field(tally, 'Stock')), Buffer.from(field(tally, 'Stock-Signature'), 'base64url')), 'the offer is not signed');
  const both = tally + `Foil-Signature: ${sign(null, Buffer.from(text), user.privateKey).toString('base64url')}\n`;
  return { id: Buffer.from(field(tally, 'Tally'), 'hex'), message: Buffer.concat([Buffer.from([34]), u16(card.length), card, Buffer.from(both)]) };
}

const series = randomBytes(8);
let number = 0, tally;

function note(text) {
  return Buffer.concat([Buffer.from([40]), tally, series, u64(++number), u64(Date.now()), text8('chat'), Buffer.from(JSON.stringify({ text }))]);
}

async function main() {
  const ticket = readLink(process.argv[2]);
  const host = ticket.host.toString('base64url');
  const [ip, port] = [process.argv[3] ?? ticket.addresses[0].ip, ticket.addresses[0].port];
  const shown = Buffer.concat([...(process.argv[2] && ticket.purpose ? [Buffer.from([ticket.purpose])] : []), ticket.token, text8('js'), Buffer.from([0])]);

  let channel = await Channel.to(ip, port);
  need(await channel.openByTicket(own, ticket.host, shown), 'the ticket met silence');
  say('joined', ticket.name);
  channel.send(Buffer.from([32]), card);
  let delivered = 0, back = false;
  const read = new Set(); // what was confirmed may come again, where the confirmation was lost
  for (let message; ;) {
    message = await channel.message();
    if (message === null) throw new Error('the channel ended early');
    if (message[0] === 33) {
      const offer = accept(message.subarray(1), host);
      tally = offer.id;
      channel.send(offer.message);
    } else if (message[0] === 35) {
      say('open', message.subarray(1, 17).toString('hex'));
      channel.send(note(back ? 'again' : 'hello from JavaScript'));
    } else if (message[0] === 41) {
      say('delivered', ++delivered);
    } else if (message[0] === 40) {
      const [id, theirs, count] = [message.subarray(1, 17), message.subarray(17, 25), message.subarray(25, 33)];
      need(id.equals(tally), 'a message of another tally');
      channel.send(Buffer.from([41]), id, theirs, Buffer.from([1]), count, count);
      if (read.has(count.toString('hex'))) continue;
      read.add(count.toString('hex'));
      const body = JSON.parse(message.subarray(42 + message[41]).toString());
      say('said', body.text);
      if (body.text === 'bye') break;
      if (body.text !== 'come back') continue;

      // Another connection, by mutual keys; an altered N before it meets silence.
      channel.close();
      const forged = await Channel.to(ip, port);
      say('altered', await forged.openByKeys(own, ticket.host, n => (n[40] ^= 1, n)) ? 'answered' : 'silence');
      channel = await Channel.to(ip, port);
      need(await channel.openByKeys(own, ticket.host), 'the keys met silence');
      channel.ping();
      say('back');
      back = true;
      channel.send(note('again'));
    }
  }

  channel.close();
}

setTimeout(() => { console.log('late'); process.exit(1); }, 60_000).unref();
main().catch(e => { console.log('failed', e.message); process.exitCode = 1; });
