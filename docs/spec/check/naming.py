#!/usr/bin/env python3
"""Recomputes a federation from its published files, by the pages of docs/spec alone.

usage: naming.py DIR [--titles FILE]

DIR has the paths of hub-http.md: federation, height/N, log/ADMIN/tile/entries/... It is what
`hawser federation audit URL --save DIR` leaves. Prints what it found and exits 0 if every certificate holds and every
state root is as certified, 1 with the first difference otherwise. --titles writes every title in hexadecimal digits.

Shares no code with the program. Signatures are checked by python3-cryptography where that is installed, else by the slow
code below; the further rules of Ed25519 (naming.md) are here in both cases.
"""
import base64
import calendar
import hashlib
import hmac
import ipaddress
import os
import sys

try:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
    from cryptography.exceptions import InvalidSignature, InvalidTag
    FAST = not os.environ.get("HAWSER_SLOW")
except ImportError:
    FAST = False

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
SLOT_AND_TICK = 10


def sha(data):
    return hashlib.sha256(data).digest()


class Differs(Exception):
    pass


class Malformed(Exception):
    pass


# --- Ed25519 -----------------------------------------------------------------------------------------------------

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
SQRT_M1 = pow(2, (P - 1) // 4, P)


def recover_x(y, sign):
    if y >= P:
        return None
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P:
        x = x * SQRT_M1 % P
    if (x * x - x2) % P:
        return None
    if x == 0 and sign:
        return None
    return P - x if x & 1 != sign else x


def decode_point(data):
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    x = recover_x(y, sign)
    return None if x is None else (x, y, 1, x * y % P)


def add(a, b):
    e = (a[1] - a[0]) * (b[1] - b[0]) % P
    f = (a[1] + a[0]) * (b[1] + b[0]) % P
    g = 2 * a[3] * b[3] * D % P
    h = 2 * a[2] * b[2] % P
    i, j, k, m = f - e, h - g, h + g, f + e
    return (i * j % P, k * m % P, j * k % P, i * m % P)


def multiply(n, point):
    result = (0, 1, 1, 0)
    while n:
        if n & 1:
            result = add(result, point)
        point = add(point, point)
        n >>= 1
    return result


def encode_point(point):
    inverse = pow(point[2], P - 2, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE_X = recover_x(BASE_Y, 0)
BASE = (BASE_X, BASE_Y, 1, BASE_X * BASE_Y % P)


def is_small(data):
    point = decode_point(data)
    if point is None:
        y = int.from_bytes(data, "little") & (2**255 - 1)
        return y % P in (0, 1, P - 1)
    return encode_point(multiply(8, point)) == encode_point((0, 1, 1, 0))


GOOD_KEYS = {}


def good_key(key):
    """Canonical, on the curve, not of small order."""
    if key not in GOOD_KEYS:
        canonical = int.from_bytes(key, "little") & (2**255 - 1) < P
        GOOD_KEYS[key] = canonical and decode_point(key) is not None and not is_small(key)
    return GOOD_KEYS[key]


def verify(key, message, signature):
    if len(signature) != 64 or int.from_bytes(signature[32:], "little") >= L or not good_key(key):
        return False
    if int.from_bytes(signature[:32], "little") & (2**255 - 1) in (0, 1, P - 1, P, P + 1) or is_known_small(signature[:32]):
        return False
    if FAST:
        try:
            Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
            return True
        except InvalidSignature:
            return False
    a = decode_point(key)
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    s = int.from_bytes(signature[32:], "little")
    minus = (P - a[0], a[1], 1, (P - a[0]) * a[1] % P)
    return encode_point(add(multiply(s, BASE), multiply(h, minus))) == signature[:32]


def is_known_small(data):
    # The points of order 8, in both signs; those of order 1, 2 and 4 have y = 1, -1, 0.
    y = int.from_bytes(data, "little") & (2**255 - 1)
    return y in SMALL_Y


def order_eight():
    # Any point times L lies in the small subgroup; one of full order there gives all of it.
    n = 2
    while True:
        point = decode_point(n.to_bytes(32, "little"))
        if point is not None:
            torsion = multiply(L, point)
            if encode_point(multiply(4, torsion)) != encode_point((0, 1, 1, 0)):
                return {int.from_bytes(encode_point(multiply(i, torsion)), "little") & (2**255 - 1) for i in range(8)}
        n += 1


SMALL_Y = order_eight()


def public_of_seed(seed):
    if FAST:
        return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    h = int.from_bytes(hashlib.sha512(seed).digest()[:32], "little")
    return encode_point(multiply(h & (2**254 - 8) | 2**254, BASE))


# --- ChaCha20-Poly1305 and HKDF ----------------------------------------------------------------------------------

def chacha_block(key, counter, nonce):
    state = [int.from_bytes(b"expand 32-byte k"[i:i + 4], "little") for i in range(0, 16, 4)]
    state += [int.from_bytes(key[i:i + 4], "little") for i in range(0, 32, 4)]
    state += [counter] + [int.from_bytes(nonce[i:i + 4], "little") for i in range(0, 12, 4)]
    x = state[:]

    def quarter(a, b, c, d):
        for p, q, r, n in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
            x[p] = (x[p] + x[q]) & 0xffffffff
            v = x[r] ^ x[p]
            x[r] = (v << n | v >> (32 - n)) & 0xffffffff
    for _ in range(10):
        for q in ((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
                  (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)):
            quarter(*q)
    return b"".join(((a + b) & 0xffffffff).to_bytes(4, "little") for a, b in zip(x, state))


def open_box(key, data, associated):
    nonce = bytes(12)
    if FAST:
        try:
            return ChaCha20Poly1305(key).decrypt(nonce, data, associated)
        except InvalidTag:
            return None
    body, tag = data[:-16], data[-16:]
    one = chacha_block(key, 0, nonce)
    r = int.from_bytes(one[:16], "little") & 0x0ffffffc0ffffffc0ffffffc0fffffff
    s = int.from_bytes(one[16:32], "little")

    def padded(b):
        return b + bytes(-len(b) % 16)
    text = padded(associated) + padded(body) + len(associated).to_bytes(8, "little") + len(body).to_bytes(8, "little")
    total = 0
    for i in range(0, len(text), 16):
        total = (total + int.from_bytes(text[i:i + 16] + b"\1", "little")) * r % (2**130 - 5)
    if ((total + s) & (2**128 - 1)).to_bytes(16, "little") != tag:
        return None
    stream = b"".join(chacha_block(key, 1 + i, nonce) for i in range((len(body) + 63) // 64))
    return bytes(a ^ b for a, b in zip(body, stream))


def hkdf(secret, salt, info):
    return hmac.new(hmac.new(salt, secret, "sha256").digest(), info + b"\1", "sha256").digest()


# --- Text --------------------------------------------------------------------------------------------------------

def b64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def un_b64url(text):
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        raise Malformed("base64url")
    if b64url(data) != text:
        raise Malformed("base64url in another form")
    return data


def number(text):
    if not text.isascii() or not text.isdigit() or len(text) > 20 or (len(text) > 1 and text[0] == "0") or int(text) >= 2**64:
        raise Malformed("number")
    return int(text)


class Lines:
    def __init__(self, data):
        try:
            self.text = data
            self.at = 0
            data.decode("utf-8")
        except UnicodeDecodeError:
            raise Malformed("not UTF-8")

    def line(self):
        end = self.text.find(b"\n", self.at)
        if end < 0:
            raise Malformed("a line without end")
        line = self.text[self.at:end]
        self.at = end + 1
        return line.decode("utf-8")

    def title(self, kind):
        line = self.line()
        if not line.startswith(kind + " ") or len(line) != len(kind) + 44:
            raise Malformed("title")
        return un_b64url(line[len(kind) + 1:])

    def has(self, name):
        return self.text.startswith(name.encode() + b": ", self.at)

    def field(self, name):
        line = self.line()
        if not line.startswith(name + ": ") or len(line) == len(name) + 2:
            raise Malformed(name)
        return line[len(name) + 2:]

    def bytes_of(self, name, size):
        text = self.field(name)
        if len(text) != (size * 8 + 5) // 6:
            raise Malformed(name)
        return un_b64url(text)

    def above(self):
        return self.text[:self.at]

    def end(self):
        if self.at != len(self.text):
            raise Malformed("more than there should be")


def plain(text):
    if not 1 <= len(text.encode()) <= 256 or text[0] == " " or text[-1] == " ":
        raise Malformed("words")
    for c in map(ord, text):
        if c < 0x20 or 0x7f <= c < 0xa0 or c in (0x61c, 0x200e, 0x200f, 0xfeff) or 0x2028 <= c <= 0x202e or 0x2066 <= c <= 0x2069:
            raise Malformed("control character")
    return text


# --- Ticks and IDs ------------------------------------------------------------------------------------------------

def units_in(year):
    return 1295 if calendar.isleap(year) else 1292


def count_before(year):
    return sum(units_in(y) for y in range(2011, year))


TICKS = count_before(2047)


def tick_label(n):
    year = 2011
    while n >= units_in(year):
        n -= units_in(year)
        year += 1
    return DIGITS[year - 2011] + DIGITS[n // 36] + DIGITS[n % 36]


def tick_number(label):
    if len(label) != 3 or any(c not in DIGITS for c in label):
        raise Malformed("tick")
    year = 2011 + DIGITS.index(label[0])
    unit = DIGITS.index(label[1]) * 36 + DIGITS.index(label[2])
    if year > 2046 or unit >= units_in(year):
        raise Malformed("no such tick")
    return count_before(year) + unit


def tick_at(seconds):
    year = 1970
    while seconds >= (366 if calendar.isleap(year) else 365) * 86400:
        seconds -= (366 if calendar.isleap(year) else 365) * 86400
        year += 1
    return count_before(year) + seconds * 1295 // 31622400


def routing_id(text):
    """0a9-jj39f7a as ten digits."""
    if len(text) != 11 or text[3] != "-" or any(c not in DIGITS for c in text[:3] + text[4:]):
        raise Malformed("ID")
    tick_number(text[:3])
    return text[:3] + text[4:]


def raw_id(text):
    if len(text) != 10 or any(c not in DIGITS for c in text):
        raise Malformed("ID")
    tick_number(text[:3])
    return text


def hash_text(data):
    n, text = int.from_bytes(sha(data), "big"), ""
    for _ in range(50):
        n, digit = divmod(n, 36)
        text += DIGITS[digit]
    return text


# --- Documents ----------------------------------------------------------------------------------------------------

def read_address(text):
    host, _, port = text.rpartition(":")
    value = number(port)
    if value > 65535:
        raise Malformed("port")
    try:
        ip = ipaddress.ip_address(host[1:-1]) if host.startswith("[") and host.endswith("]") else ipaddress.IPv4Address(host)
    except ValueError:
        raise Malformed("address")
    shown = f"[{ip}]:{value}" if ip.version == 6 else f"{ip}:{value}"
    if shown != text or (ip.version == 6 and ip.ipv4_mapped):
        raise Malformed("address in another form")
    return text


def some_of(text, most, read):
    items = [read(part) for part in text.split(" ")]
    if not 1 <= len(items) <= most or len(set(items)) < len(items):
        raise Malformed("list")
    return items


def read_keys(lines):
    content = {"claim": lines.bytes_of("Claim-Key", 32), "channel": lines.bytes_of("Channel-Key", 32),
               "hubs": some_of(lines.field("Hubs"), 5, routing_id), "recovery": bytes(32)}
    if lines.has("At"):
        some_of(lines.field("At"), 4, read_address)
    if lines.has("Delegate-Key") and lines.bytes_of("Delegate-Key", 32) == bytes(32):
        raise Malformed("zero")
    if lines.has("Recovery-Hash"):
        content["recovery"] = lines.bytes_of("Recovery-Hash", 32)
        if content["recovery"] == bytes(32):
            raise Malformed("zero")
    if lines.has("Chain-Key"):
        key, _, bond = lines.field("Chain-Key").partition(" ")
        if len(key) != 66 or key[:2] not in ("02", "03") or key.strip("0123456789abcdef") or len(bond) != 86 or len(un_b64url(bond)) != 64:
            raise Malformed("chain key")
    return content


def read_deed(data):
    if len(data) > 4096:
        raise Malformed("size")
    lines = Lines(data)
    genesis = lines.title("hawser/deed/1")
    tick = lines.field("Timestamp")
    tick_number(tick)
    for name in ("Keyword", "Owner-Name", "Contact-Info"):
        plain(lines.field(name))
    issuer, _, ticket = lines.field("Claim-Ticket").partition(" ")
    issuer, ticket = routing_id(issuer), routing_id(ticket)
    if ticket[:3] != tick:
        raise Malformed("ticket of another tick")
    plain(lines.field("Notes"))
    deed = read_keys(lines)
    signed = lines.above()
    signature = lines.bytes_of("Self-Signature", 64)
    hashed = lines.above()
    text = lines.field("Hash")
    lines.end()
    if text != hash_text(hashed) or not verify(deed["claim"], signed, signature):
        raise Malformed("hash or signature")
    deed.update(genesis=genesis, issuer=issuer, ticket=ticket, id=tick + text[:7], hash=sha(data), text=data)
    return deed


def read_record(data):
    if len(data) > 4096:
        raise Malformed("size")
    lines = Lines(data)
    record = {"genesis": lines.title("hawser/record/1"), "id": routing_id(lines.field("ID")), "kind": lines.field("Kind"),
              "number": number(lines.field("Number")), "previous": lines.bytes_of("Previous", 32), "hash": sha(data)}
    if record["kind"] not in ("renew", "alter", "transfer", "cancel", "recover") or not 1 <= record["number"] < 2**32:
        raise Malformed("kind or number")
    if record["kind"] != "cancel":
        for name in ("Keyword", "Owner-Name", "Contact-Info", "Notes"):
            plain(lines.field(name))
        record.update(read_keys(lines))
    if record["kind"] == "recover":
        record["recovery key"] = lines.bytes_of("Recovery-Key", 32)
    if record["kind"] in ("transfer", "recover"):
        above = lines.above()
        if not verify(record["claim"], above, lines.bytes_of("New-Signature", 64)):
            raise Malformed("new signature")
    record["signed"] = lines.above()
    record["signature"] = lines.bytes_of("Signature", 64)
    lines.end()
    if record["kind"] == "recover" and not verify(record["recovery key"], record["signed"], record["signature"]):
        raise Malformed("recovery signature")
    return record


def read_sealed(data):
    if len(data) > 8192:
        raise Malformed("size")
    lines = Lines(data)
    claim = {"genesis": lines.title("hawser/sealed/1"), "seal key": lines.bytes_of("Seal-Key", 32)}
    shown = lines.field("ID")
    claim["id"] = None if shown == "blind" else routing_id(shown)
    parts = lines.field("Claim-Ticket").split(" ")
    if len(parts) != 3 or len(parts[2]) != 86:
        raise Malformed("ticket")
    claim.update(issuer=routing_id(parts[0]), ticket=routing_id(parts[1]), **{"ticket signature": un_b64url(parts[2])})
    if claim["id"] and claim["id"][:3] != claim["ticket"][:3]:
        raise Malformed("ID of another tick")
    claim["associated"] = lines.above()
    claim["box"] = un_b64url(lines.field("Sealed"))
    if len(claim["box"]) <= 16 or len(claim["box"]) % 1024 != 16:
        raise Malformed("box")
    claim["signed"] = lines.above()
    claim["signature"] = lines.bytes_of("Seal-Signature", 64)
    lines.end()
    claim["identity"] = sha(claim["signed"])
    return claim


def read_reveal(data):
    if len(data) > 512:
        raise Malformed("size")
    lines = Lines(data)
    reveal = {"genesis": lines.title("hawser/reveal/1"), "claim": lines.bytes_of("Claim", 32), "seed": lines.bytes_of("Seed", 32),
              "signature": lines.bytes_of("Reveal-Signature", 64)}
    lines.end()
    return reveal


def signed(label, genesis, *parts):
    return label.encode() + b"\n" + genesis + b"".join(parts)


def open_claim(claim, seed):
    """The deed inside, or None."""
    genesis = claim["genesis"]
    if public_of_seed(seed) != claim["seal key"]:
        return None
    padded = open_box(hkdf(seed, claim["seal key"], b"hawser/seal/1" + genesis), claim["box"], claim["associated"])
    if padded is None:
        return None
    content = padded.rstrip(b"\0")
    if not content.endswith(b"\x80") or len(padded) - len(content) + 1 > 1024 or len(content) <= 65:
        return None
    content, signature = content[:-65], content[-65:-1]
    try:
        deed = read_deed(content)
    except Malformed:
        return None
    if deed["genesis"] != genesis or deed["issuer"] != claim["issuer"] or deed["ticket"] != claim["ticket"]:
        return None
    if claim["id"] and claim["id"] != deed["id"]:
        return None
    text = signed("hawser/claim/1", genesis, claim["seal key"], claim["issuer"].encode(), claim["ticket"].encode(),
                  claim["ticket signature"], deed["hash"])
    return deed if verify(deed["claim"], text, signature) else None


# --- Genesis and certificates -------------------------------------------------------------------------------------

class Genesis:
    def __init__(self, data):
        self.hash = sha(data)
        lines = Lines(data)
        if lines.line() != "hawser/genesis/1":
            raise Malformed("genesis")
        plain(lines.field("Name"))
        self.rules = number(lines.field("Rules"))
        origin = number(lines.field("Origin"))
        number(lines.field("Clock-Rate"))
        self.claim_window = number(lines.field("Claim-Window"))
        self.reveal_window = number(lines.field("Reveal-Window"))
        self.max_leaves = number(lines.field("Max-Leaves"))
        self.max_bytes = number(lines.field("Max-Bytes"))
        self.max_claims = number(lines.field("Max-Claims"))

        def other(name, usual):
            return number(lines.field(name)) if lines.has(name) else usual
        self.life, self.renewal = other("Life", 1292), other("Renewal-Window", 318)
        self.grace, self.delay = other("Grace", 318), other("Recovery-Delay", 21)
        admins = []
        while lines.at < len(data):
            admins.append(lines.field("Admin"))
        self.founders = Members(admins)
        self.first_tick = tick_at(origin)


class Members:
    """The admins of a height, each as the value of its line."""

    def __init__(self, lines):
        self.lines = sorted(lines)  # by ID, which comes first
        self.all = []
        for line in self.lines:
            name, key, channel = line.split(" ", 6)[:3]
            self.all.append((routing_id(name), un_b64url(key), un_b64url(channel)))
        self.quorum = 2 * len(self.all) // 3 + 1
        self.place = {name: i for i, (name, _, _) in enumerate(self.all)}
        self.hash = sha("".join(f"Admin: {line}\n" for line in self.lines).encode())

    def key(self, name):
        return self.all[self.place[name]][1]


def dashed(name):
    return f"{name[:3]}-{name[3:]}"


# --- Changes of the members, and proofs against them ---------------------------------------------------------------

def read_card(data):
    if len(data) > 1024:
        raise Malformed("card too long")
    lines = Lines(data)
    if lines.line() != "hawser/hub/1":
        raise Malformed("card")
    name, url, at = plain(lines.field("Name")), lines.field("Url"), read_address(lines.field("At"))
    if len(name.encode()) > 64 or len(url) > 200 or any(not " " < c < "\x7f" for c in url) or url.endswith("/") \
            or not url.startswith(("http://", "https://")):
        raise Malformed("name or URL of a card")
    card = {"key": lines.bytes_of("Admin-Key", 32), "channel": lines.bytes_of("Channel-Key", 32), "genesis": None}
    federation = lines.field("Federation")
    if federation != "none":
        card["genesis"] = un_b64url(federation)
        if len(card["genesis"]) != 32:
            raise Malformed("federation of a card")
    signed_text = lines.above()
    signature = lines.bytes_of("Signature", 64)
    lines.end()
    if not verify(card["key"], signed_text, signature):
        raise Malformed("a card that its key did not sign")
    card["line"] = f"{b64url(card['key'])} {b64url(card['channel'])} {at} {url} {name}"
    return card


def read_vote(data):
    if len(data) > 2048:
        raise Malformed("vote too long")
    lines = Lines(data)
    vote = {"genesis": lines.title("hawser/vote/1"), "yes": lines.field("Vote")}
    if vote["yes"] not in ("yes", "no"):
        raise Malformed("neither yes nor no")
    start = lines.at
    vote["kind"], vote["admin"], vote["card"] = lines.field("Change"), None, None
    if vote["kind"] not in ("add", "retire", "rekey"):
        raise Malformed("no such change")
    if vote["kind"] != "add":
        vote["admin"] = routing_id(lines.field("Admin"))
    if vote["kind"] != "retire":
        vote["card"] = read_card(un_b64url(lines.field("Hub")))
    lines.end()
    vote["hash"] = sha(data[start:])
    return vote


def base36(n, width):
    text = ""
    for _ in range(width):
        n, digit = divmod(n, 36)
        text = DIGITS[digit] + text
    return text


def read_message(data, genesis, kinds, name, key):
    """An agreement message of this admin, by this key."""
    if not 79 <= len(data) <= 64 << 10:
        raise Malformed("message")
    r = Reader(data[:-64])
    m = {"kind": r.int(1), "height": r.int(4), "signer": raw_id(r.take(10).decode("ascii", "replace")), "round": 0}
    if m["kind"] not in kinds or m["height"] == 0 or m["signer"] != name:
        raise Malformed("another message")
    text = signed("hawser/agree/1", genesis.hash, data[:-64])
    if m["kind"] in (1, 5):
        tick = r.int(4)
        label = tick_label(tick) if tick < TICKS else None
        if label is None:
            raise Malformed("tick")
    if m["kind"] == 1:
        m["size"], m["root"] = r.int(8), r.take(32)
    elif m["kind"] == 2:
        m["round"], m["valid"] = r.int(4), r.int(4)
        length = r.int(4)
        if m["valid"] > m["round"] or length > 64 << 10:
            raise Malformed("proposal")
        m["id"] = sha(r.take(length))
    elif m["kind"] in (3, 4):
        m["round"], m["id"] = r.int(4), r.take(32)
    else:
        state, rest = r.take(32), r.take(32)
        text = (f"hawser/tick/1 {b64url(genesis.hash)}\n{m['height']}\n{label}\n"
                f"{base64.b64encode(state).decode()}\n{base64.b64encode(rest).decode()}\n").encode()
        m["id"] = sha(text)
    if r.at != len(r.data) or not verify(key, text, data[-64:]):
        raise Malformed("message")
    return m


def inclusion_root(leaf, index, size, path):
    if not 0 <= index < size:
        return None
    node, last, i = leaf, size - 1, 0
    while last > 0:
        if index & 1 or index < last:
            if i == len(path):
                return None
            node = sha(b"\1" + path[i] + node) if index & 1 else sha(b"\1" + node + path[i])
            i += 1
        index, last = index >> 1, last >> 1
    return node if i == len(path) else None


def convicts(data, genesis, members, since):
    """Whom this proof convicts, as one of these members; None if nobody."""
    if len(data) > 192 << 10:
        raise Malformed("proof too long")
    lines = Lines(data)
    if lines.title("hawser/fraud/1") != genesis.hash:
        raise Malformed("another federation")
    kind, name = lines.field("Kind"), routing_id(lines.field("Admin"))
    first, second = un_b64url(lines.field("First")), un_b64url(lines.field("Second"))
    index = number(lines.field("Index")) if kind == "fork" else 0
    leaf = un_b64url(lines.field("Leaf")) if lines.has("Leaf") else b""
    paths = []
    for field in ("Path", "Other"):
        nodes = un_b64url(lines.field(field)) if lines.has(field) else b""
        if len(nodes) % 32:
            raise Malformed("path")
        paths.append([nodes[i:i + 32] for i in range(0, len(nodes), 32)])
    lines.end()
    path, other = paths
    if (kind == "fork") != bool(other) or (kind == "fork" and (not path or leaf)) or len(leaf) > 8192 \
            or (kind not in ("fork", "broken-receipt") and (path or leaf)):
        raise Malformed("fields of another kind")
    if name not in members.place:
        return None
    key = members.key(name)

    def message(text, kinds):
        return read_message(text, genesis, kinds, name, key)
    if kind == "equivocation":
        a, b = message(first, (1, 2, 3, 4, 5)), message(second, (1, 2, 3, 4, 5))
        if a["kind"] != b["kind"]:
            return None
        if a["kind"] == 1:
            guilty = a["size"] == b["size"] and a["root"] != b["root"]
        else:
            guilty = a["height"] == b["height"] and a["round"] == b["round"] and (a["id"] != b["id"] or a.get("valid") != b.get("valid"))
        return name if guilty else None
    if kind == "fork":
        a, b = message(first, (1,)), message(second, (1,))
        good = inclusion_root(path[0], index, a["size"], path[1:]) == a["root"] and inclusion_root(other[0], index, b["size"], other[1:]) == b["root"]
        return name if good and path[0] != other[0] else None
    if kind == "broken-receipt":
        r = Lines(first)
        if r.title("hawser/receipt/1") != genesis.hash or routing_id(r.field("Admin")) != name:
            return None
        at, height = number(r.field("Leaf")), number(r.field("Height"))
        promised, signature = r.bytes_of("Hash", 32), r.bytes_of("Signature", 64)
        r.end()
        if len(first) > 512 or not verify(key, signed("hawser/receipt/1", genesis.hash, name.encode(), at.to_bytes(8, "big"),
                                                      height.to_bytes(8, "big"), promised), signature):
            return None
        head = message(second, (1,))
        if not path:
            return name if head["height"] >= height and head["size"] <= at else None
        good = inclusion_root(path[0], at, head["size"], path[1:]) == head["root"] and sha(leaf) == promised
        return name if good and leaf_hash(leaf) != path[0] else None
    if kind == "invalid-vote":
        vote = message(first, (2, 3, 4))
        if vote["id"] != sha(second) or vote["height"] < since:
            return None
        try:
            value = read_value(second, genesis, members)
            good = value["genesis"] == genesis.hash and value["height"] == vote["height"] and len(value["vector"]) == len(members.all) \
                and len(value["heads"]) >= members.quorum \
                and all(value["vector"][members.place[n]] == head[1:] for n, head in value["heads"].items())
        except (Malformed, Differs, IndexError, ValueError):
            good = False
        return None if good else name
    if kind == "double-ticket":
        seen = []
        for text in (first, second):
            r = Reader(text)
            issuer, ticket, signature, seal = r.take(10), r.take(10), r.take(64), r.take(32)
            raw_id(ticket.decode("ascii", "replace"))
            if r.at != len(text) or issuer != name.encode() or not verify(key, signed("hawser/ticket/1", genesis.hash, issuer, ticket, seal), signature):
                return None
            seen.append((ticket, seal))
        return name if seen[0][0] == seen[1][0] and seen[0][1] != seen[1][1] else None
    raise Malformed("kind of proof")


class Roster:
    """membership.md §5."""
    WINDOW, MOST_OPEN, MOST = 28, 8, 64

    def __init__(self, genesis):
        self.genesis, self.members, self.since = genesis, genesis.founders, 1
        self.frozen, self.convicted, self.open = {}, set(), {}  # frozen: since which tick

    def possible(self, change):
        if change["kind"] == "retire":
            return change["admin"] in self.members.place and len(self.members.all) > 1
        if change["kind"] == "rekey":
            if change["admin"] not in self.members.place:
                return False
        elif len(self.members.all) >= self.MOST:
            return False
        card = change["card"]
        return card["genesis"] == self.genesis.hash and all(
            key != card["key"] and (channel != card["channel"] or name == change["admin"]) for name, key, channel in self.members.all)

    def vote(self, height, voter, vote):
        if vote["genesis"] != self.genesis.hash or voter not in self.members.place:
            return
        if vote["hash"] not in self.open:
            if vote["yes"] == "no" or not self.possible(vote) or sum(o["opener"] == voter for o in self.open.values()) >= self.MOST_OPEN:
                return
            self.open[vote["hash"]] = {"change": vote, "opened": height, "opener": voter, "yes": set()}
        yes = self.open[vote["hash"]]["yes"]
        yes.add(voter) if vote["yes"] == "yes" else yes.discard(voter)

    def evidence(self, data):
        name = convicts(data, self.genesis, self.members, self.since)
        if name and name not in self.frozen:
            self.convicted.add(name)

    def close(self, height, tick):
        self.frozen.update((name, tick) for name in self.convicted)
        for o in self.open.values():
            o["yes"] -= self.convicted
        self.convicted = set()
        self.open = {h: o for h, o in self.open.items() if o["opened"] + self.WINDOW > height}
        won = [(o["opened"], h) for h, o in self.open.items() if len(o["yes"]) >= self.members.quorum]
        if not won:
            return
        change = self.open.pop(min(won)[1])["change"]
        lines = [line for line in self.members.lines if line[:11] != dashed(change["admin"] or " " * 10)]
        if change["kind"] != "retire":
            name = change["admin"] or "000" + base36(self.MOST + height, 7)
            lines.append(f"{dashed(name)} {change['card']['line']}")
        self.members, self.since = Members(lines), height + 1
        self.frozen.pop(change["admin"], None)
        for h in list(self.open):
            self.open[h]["yes"] &= set(self.members.place)
            if not self.possible(self.open[h]["change"]):
                del self.open[h]

    def pending(self):
        out = [len(self.frozen).to_bytes(4, "big")] + [name.encode() + tick_label(self.frozen[name]).encode() for name in sorted(self.frozen)]
        out.append(len(self.open).to_bytes(4, "big"))
        for h in sorted(self.open):
            o = self.open[h]
            out.append(h + o["opened"].to_bytes(4, "big") + len(o["yes"]).to_bytes(4, "big") + "".join(sorted(o["yes"])).encode())
        return b"".join(out)


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, n):
        part = self.data[self.at:self.at + n]
        if len(part) < n:
            raise Malformed("short")
        self.at += n
        return part

    def int(self, n):
        return int.from_bytes(self.take(n), "big")


def read_value(data, genesis, members):
    r = Reader(data)
    value = {"genesis": r.take(32), "height": r.int(4), "previous": r.take(32), "heads": {}, "vector": []}
    for _ in range(r.int(1)):
        start = r.at
        kind, height, signer = r.int(1), r.int(4), raw_id(r.take(10).decode("ascii", "replace"))
        tick, size, root = r.int(4), r.int(8), r.take(32)
        message = data[start:r.at]
        signature = r.take(64)
        if kind != 1 or height != value["height"] or signer not in members.place:
            raise Malformed("head")
        if value["heads"] and signer <= max(value["heads"]):
            raise Malformed("heads out of order")
        if not verify(members.key(signer), signed("hawser/agree/1", genesis.hash, message), signature):
            raise Differs(f"the head of {signer} is not signed by it")
        value["heads"][signer] = (tick, size, root)
    n = r.int(1)
    value["vector hash"] = sha(data[r.at:])
    for _ in range(n):
        value["vector"].append((r.int(8), r.take(32)))
    if r.at != len(data):
        raise Malformed("value too long")
    return value


def read_certificate(data, genesis, members):
    lines = Lines(data)
    if lines.title("hawser/certificate/1") != genesis.hash:
        raise Differs("the certificate is of another federation")
    c = {name: lines.bytes_of(name, 32) for name in ("Previous", "Vector", "Members", "Pending")}
    c["Rules"] = number(lines.field("Rules"))
    others = []
    while lines.has("Admin"):
        others.append(lines.field("Admin"))
    c["next"] = Members(others) if others else None
    if others and (c["next"].lines != others or c["next"].hash == members.hash):
        raise Malformed("the list of the next admins")
    c["value"] = read_value(un_b64url(lines.field("Value")), genesis, members)
    if lines.line() != "":
        raise Malformed("no empty line")
    start = lines.at
    if lines.title("hawser/tick/1") != genesis.hash:
        raise Differs("the header is of another federation")
    c["height"], c["tick"] = number(lines.line()), tick_number(lines.line())
    c["state"], c["rest"] = base64.b64decode(lines.line()), base64.b64decode(lines.line())
    header = data[start:lines.at]
    c["header"] = sha(header)
    if lines.line() != "":
        raise Malformed("no empty line under the header")
    signers = []
    while lines.at < len(data):
        dash, name, text = lines.line().split(" ")
        name, blob = routing_id(name), base64.b64decode(text)
        if dash != "\u2014" or name not in members.place or (signers and name <= signers[-1]):
            raise Malformed("signature line")
        key = members.key(name)
        if blob[:4] != sha(f"{name[:3]}-{name[3:]}".encode() + b"\n\1" + key)[:4] or not verify(key, header, blob[4:]):
            raise Differs(f"the signature of {name} does not hold")
        signers.append(name)
    if len(signers) < members.quorum:
        raise Differs(f"{len(signers)} admins signed, where {members.quorum} must")
    rest = sha(c["Previous"] + c["Vector"] + c["Members"] + c["Pending"] + c["Rules"].to_bytes(4, "big"))
    ticks = sorted(tick for tick, _, _ in c["value"]["heads"].values())
    if rest != c["rest"] or c["value"]["vector hash"] != c["Vector"] or c["value"]["previous"] != c["Previous"] \
            or c["value"]["height"] != c["height"] or c["value"]["genesis"] != genesis.hash or c["Rules"] != genesis.rules \
            or len(ticks) < members.quorum or ticks[(len(ticks) - 1) // 2] != c["tick"] or c["Members"] != (c["next"] or members).hash \
            or len(c["value"]["vector"]) != len(members.all):
        raise Differs("the certificate does not hold together")
    return c


# --- Trees --------------------------------------------------------------------------------------------------------

def leaf_hash(data):
    return sha(b"\0" + data)


class Tree:
    """Roots of a growing log: the complete subtrees along its right edge."""

    def __init__(self):
        self.size, self.edge = 0, []

    def append(self, leaf):
        node, n = leaf_hash(leaf), self.size
        while n & 1:
            node = sha(b"\1" + self.edge.pop() + node)
            n >>= 1
        self.edge.append(node)
        self.size += 1

    def root(self):
        if not self.edge:
            return sha(b"")
        node = self.edge[-1]
        for left in reversed(self.edge[:-1]):
            node = sha(b"\1" + left + node)
        return node


def root_of(leaves):
    tree = Tree()
    for leaf in leaves:
        tree.append(leaf)
    return tree.root()


# --- The fold -----------------------------------------------------------------------------------------------------

class Registry:
    def __init__(self, genesis):
        self.genesis, self.height, self.tick = genesis, 0, genesis.first_tick
        self.titles, self.roots = {}, {}  # tick label -> {id: title}; tick label -> root, until it changes
        self.windows, self.issuers, self.counts = {}, {}, {}
        self.claims, self.seal_keys = {}, set()
        self.contests, self.winners = {}, {}
        self.waiting, self.ran_out, self.expiries = {}, {}, {}
        self.roster = Roster(genesis)

    def find(self, name):
        return self.titles.get(name[:3], {}).get(name)

    def set(self, title):
        self.titles.setdefault(title["id"][:3], {})[title["id"]] = title
        self.roots.pop(title["id"][:3], None)

    def after(self, tick, ticks):
        return min(tick + ticks, TICKS - 1)

    def final_height(self, born):
        return born + self.genesis.claim_window + self.genesis.reveal_window - 1

    def fold(self, tick, leaves):
        self.height += 1
        if self.tick + 1 < TICKS:
            self.windows[self.tick + 1] = self.height
            self.issuers[self.tick + 1] = self.roster.members
        self.tick = tick
        for log, leaf in leaves:
            if len(leaf) > (32 << 10 if leaf.startswith(b"hawser/fraud/1 ") else 8192):
                continue
            try:
                if leaf.startswith(b"hawser/vote/1 "):
                    self.roster.vote(self.height, log, read_vote(leaf))
                elif leaf.startswith(b"hawser/fraud/1 "):
                    self.roster.evidence(leaf)
                elif leaf.startswith(b"hawser/sealed/1 "):
                    self.sealed(read_sealed(leaf))
                elif leaf.startswith(b"hawser/reveal/1 "):
                    self.reveal(read_reveal(leaf))
                elif leaf.startswith(b"hawser/record/1 "):
                    self.record(read_record(leaf))
            except Malformed:
                continue
        for name in sorted(self.waiting):
            if self.find(name)["change"][0] <= self.height:
                self.apply(self.find(name), self.waiting[name])
        self.close()
        self.run_out()
        self.roster.close(self.height, self.tick)

    def sealed(self, claim):
        if claim["genesis"] != self.genesis.hash or claim["identity"] in self.claims:
            return
        tick = tick_number(claim["ticket"][:3])
        born = self.windows.get(tick)
        if born is None or self.height > born + self.genesis.claim_window - 1 or claim["seal key"] in self.seal_keys:
            return
        members = self.issuers[tick]
        text = signed("hawser/ticket/1", self.genesis.hash, claim["issuer"].encode(), claim["ticket"].encode(), sha(claim["seal key"]))
        if claim["issuer"] not in members.place or tick > self.roster.frozen.get(claim["issuer"], tick) \
                or not verify(members.key(claim["issuer"]), text, claim["ticket signature"]):
            return
        if not verify(claim["seal key"], claim["signed"], claim["signature"]):
            return
        if self.counts.get((tick, claim["issuer"]), 0) >= self.genesis.max_claims:
            return
        self.counts[tick, claim["issuer"]] = self.counts.get((tick, claim["issuer"]), 0) + 1
        self.seal_keys.add(claim["seal key"])
        self.claims[claim["identity"]] = {"claim": claim, "certified": self.height, "deed": None}

    def reveal(self, reveal):
        flight = self.claims.get(reveal["claim"])
        if reveal["genesis"] != self.genesis.hash or flight is None or flight["deed"] or self.height <= flight["certified"]:
            return
        deed = open_claim(flight["claim"], reveal["seed"])
        if deed is None or not verify(deed["claim"], signed("hawser/reveal/1", self.genesis.hash, reveal["claim"], reveal["seed"]), reveal["signature"]):
            return
        flight["deed"] = deed
        contest = self.contests.setdefault(deed["id"], [])
        contest.append(flight)
        first = min(f["certified"] for f in contest)
        deeds = {f["deed"]["hash"]: f["deed"] for f in contest if f["certified"] == first}
        winner = next(iter(deeds)) if len(deeds) == 1 else b""
        if self.winners.get(deed["id"]) == winner:
            return
        self.winners[deed["id"]] = winner
        title = {"id": deed["id"], "status": 3, "record": 0, "final": self.final_height(self.windows[tick_number(deed["id"][:3])]),
                 "expiry": 0, "claim": bytes(32), "channel": bytes(32), "hubs": [], "hash": bytes(32), "recovery": bytes(32), "change": None}
        if winner:
            won = deeds[winner]
            title.update(status=1, hash=winner, **{k: won[k] for k in ("claim", "channel", "hubs", "recovery")})
        self.set(title)

    def judge(self, record):
        title = self.find(record["id"])
        if title is None or title["status"] not in (1, 2):
            return "NobodysId"
        if record["number"] != title["record"] + 1 or record["previous"] != title["hash"]:
            return "OutOfOrder"
        if title["change"] and record["kind"] != "recover":
            return "ChangeWaits"
        if title["status"] == 1 and record["kind"] != "alter":
            return "NotFinal"
        if title["status"] == 2 and self.tick >= title["expiry"] and record["kind"] != "renew":
            return "RanOut"
        if record["kind"] == "recover":
            return None if title["recovery"] != bytes(32) and sha(record["recovery key"]) == title["recovery"] else "NotTheRecoveryKey"
        if record["kind"] == "renew" and title["expiry"] - self.tick > self.genesis.renewal:
            return "RenewedTooEarly"
        if record["kind"] in ("renew", "alter") and (record["claim"] != title["claim"] or record["recovery"] != title["recovery"]):
            return "KeepsKeys"
        return None if verify(title["claim"], record["signed"], record["signature"]) else "BadSignature"

    def record(self, record):
        if record["genesis"] != self.genesis.hash or self.judge(record) is not None:
            return
        title = self.find(record["id"])
        if record["kind"] in ("transfer", "cancel") and title["recovery"] != bytes(32):
            self.waiting[record["id"]] = record
            self.set(dict(title, change=(self.height + self.genesis.delay, record["hash"])))
        else:
            self.apply(title, record)

    def apply(self, title, record):
        name = record["id"]
        self.waiting.pop(name, None)
        if record["kind"] == "cancel":
            self.expiries.pop(name, None)
            self.ran_out.pop(name, None)
            self.end(title, 4, record["number"], record["hash"])
            return
        title = dict(title, record=record["number"], hash=record["hash"], change=None,
                     **{k: record[k] for k in ("claim", "channel", "hubs", "recovery")})
        if record["kind"] == "renew":
            title["expiry"] = self.after(max(title["expiry"], self.tick), self.genesis.life)
            self.ran_out.pop(name, None)
            self.expiries[name] = title["expiry"]
        self.set(title)

    def end(self, title, status, record, text):
        self.set(dict(title, status=status, record=record, hash=text, claim=bytes(32), channel=bytes(32), hubs=[],
                      recovery=bytes(32), change=None))

    def close(self):
        for tick in [t for t, born in self.windows.items() if self.final_height(born) == self.height]:
            label = tick_label(tick)
            for identity in [i for i, f in self.claims.items() if f["claim"]["ticket"][:3] == label]:
                self.seal_keys.discard(self.claims[identity]["claim"]["seal key"])
                del self.claims[identity]
            for name in [n for n in self.contests if n[:3] == label]:
                del self.contests[name]
                self.winners.pop(name, None)
                title = self.find(name)
                if title and title["status"] != 3:
                    self.expiries[name] = self.after(self.tick, self.genesis.life)
                    self.set(dict(title, status=2, expiry=self.expiries[name]))
            del self.windows[tick], self.issuers[tick]

    def run_out(self):
        for name in [n for n, expiry in self.expiries.items() if expiry <= self.tick]:
            del self.expiries[name]
            self.ran_out[name] = self.height
        for name, since in list(self.ran_out.items()):
            title = self.find(name)
            if self.height - since >= self.genesis.reveal_window and self.tick >= self.after(title["expiry"], self.genesis.grace):
                del self.ran_out[name]
                self.waiting.pop(name, None)
                self.end(title, 5, title["record"], title["hash"])

    def title_bytes(self, t):
        recovery, change = t["recovery"] != bytes(32), t["change"]
        return b"".join((
            bytes((1, t["status"], (2 if recovery else 0) | (4 if change else 0))), t["id"].encode(), t["record"].to_bytes(4, "big"),
            t["final"].to_bytes(4, "big"), tick_label(t["expiry"]).encode(), t["claim"], t["channel"], bytes((len(t["hubs"]),)),
            "".join(t["hubs"]).encode(), t["hash"], t["recovery"] if recovery else b"",
            change[0].to_bytes(4, "big") + change[1] if change else b""))

    def all_titles(self):
        for label in sorted(self.titles):
            for name in sorted(self.titles[label]):
                yield self.title_bytes(self.titles[label][name])

    def state_root(self):
        top = []
        for label in sorted(self.titles):
            titles = self.titles[label]
            if label not in self.roots:
                self.roots[label] = root_of(name[3:].encode() + sha(self.title_bytes(titles[name])) for name in sorted(titles))
            top.append(label.encode() + len(titles).to_bytes(4, "big") + self.roots[label])
        return sha(b"hawser/state/1\n" + len(top).to_bytes(4, "big") + root_of(top))

    def pending(self):
        out = [b"hawser/pending/1\n", len(self.windows).to_bytes(4, "big")]
        for tick in sorted(self.windows):
            out.append(tick_label(tick).encode() + self.windows[tick].to_bytes(4, "big"))
        out.append(len(self.claims).to_bytes(4, "big"))
        for identity in sorted(self.claims):
            flight = self.claims[identity]
            out.append(identity + flight["certified"].to_bytes(4, "big") + (flight["deed"]["hash"] if flight["deed"] else bytes(32)))
        out.append(self.roster.pending() + len(self.ran_out).to_bytes(4, "big"))
        for name in sorted(self.ran_out):
            out.append(name.encode() + self.ran_out[name].to_bytes(4, "big"))
        return sha(b"".join(out))


# --- Files --------------------------------------------------------------------------------------------------------

def tile_path(index):
    text = f"{index % 1000:03}"
    while index >= 1000:
        index //= 1000
        text = f"x{index % 1000:03}/" + text
    return text


def read_file(path):
    try:
        with open(path, "rb") as f:
            return f.read()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None


SEEN = {}  # the last tile of entries of each log


def read_leaves(folder, name, start, size):
    leaves, index = [], start
    while index < size:
        number_, width = index // 256, min(256, size - index // 256 * 256)
        base = os.path.join(folder, "log", f"{name[:3]}-{name[3:]}", "tile", "entries", tile_path(number_))
        data = read_file(base)
        for w in range(width, 256):
            data = data or read_file(f"{base}.p/{w}")
        if data is None:
            raise Differs(f"leaves {start} to {size} of {name} are not published")
        r, entries = Reader(data), []
        while r.at < len(data):
            entries.append(r.take(r.int(2)))
        if len(entries) < width:
            raise Differs(f"a tile of {name} is too short")
        before = SEEN.get((name, number_), [])
        if entries[:len(before)] != before[:len(entries)]:
            raise Differs(f"two tiles of {name} do not agree")
        SEEN[name, number_] = entries
        end = number_ * 256 + width
        leaves += entries[index % 256:width]
        index = end
    return leaves


def audit(folder):
    data = read_file(os.path.join(folder, "federation"))
    if data is None:
        raise Differs("there is no federation file")
    genesis = Genesis(data)
    registry, previous = Registry(genesis), genesis.hash
    trees = {}
    leaves_seen = 0
    while True:
        file = read_file(os.path.join(folder, "height", str(registry.height + 1)))
        if file is None:
            return registry, leaves_seen
        try:
            members = registry.roster.members
            c = read_certificate(file, genesis, members)
            if c["height"] != registry.height + 1 or c["Previous"] != previous or c["tick"] <= registry.tick:
                raise Differs("the certificate does not follow the one before")
            leaves = []
            for i, (name, _, _) in enumerate(members.all):
                tree = trees.setdefault(name, Tree())
                size, root = c["value"]["vector"][i]
                head = c["value"]["heads"].get(name)
                if (size, root) != (head[1:] if head else (tree.size, tree.root())) or size < tree.size \
                        or size - tree.size > genesis.max_leaves or (head and name in registry.roster.frozen):
                    raise Differs(f"the log of {name} stands at neither its head nor where it stood")
                new = read_leaves(folder, name, tree.size, size)
                for leaf in new:
                    tree.append(leaf)
                if tree.root() != root:
                    raise Differs(f"the leaves of {name} do not hash to the root that is certified")
                leaves += [(name, leaf) for leaf in new]
            leaves_seen += len(leaves)
            registry.fold(c["tick"], leaves)
            if registry.state_root() != c["state"]:
                raise Differs("the titles fold to another state root than is certified")
            if registry.pending() != c["Pending"]:
                raise Differs("what is in flight folds to another hash than is certified")
            if registry.roster.members.hash != c["Members"]:
                raise Differs("the votes fold to other admins for the next height than are certified")
        except (Differs, Malformed, ValueError, IndexError) as e:
            raise Differs(f"height {registry.height + 1}: {e}")
        previous = c["header"]


def main():
    if len(sys.argv) not in (2, 4) or (len(sys.argv) == 4 and sys.argv[2] != "--titles"):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        registry, leaves = audit(sys.argv[1])
    except Differs as e:
        print(f"differs: {e}")
        return 1
    titles = list(registry.all_titles())
    if len(sys.argv) == 4:
        with open(sys.argv[3], "w") as f:
            f.writelines(t.hex() + "\n" for t in titles)
    print(f"{registry.height} heights, {leaves} leaves, {len(titles)} titles, state root {b64url(registry.state_root())}"
          + ("" if FAST else "  (slow signatures)"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
