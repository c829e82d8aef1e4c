#!/usr/bin/env python3
"""Reads captured packets by the tables of transport.md, and of nothing else.

    transport.py CAPTURE.json

The capture says which secrets a connection has, what each side sent, and through which states it went. Every sealed packet
has to open, its frames have to be those of the page, its acknowledgements have to be of what was sent, no nonce may come
twice with other bytes, and each transition has to stand in the page's table.
"""
import ctypes
import ctypes.util
import hashlib
import hmac
import json
import pathlib
import re
import struct
import sys

PAGE = pathlib.Path(__file__).resolve().parent.parent / "transport.md"
SIZES = {"u8": 1, "u16": 2, "u32": 4, "u64": 8}
FORMATS = {1: ">B", 2: ">H", 4: ">I", 8: ">Q"}


class Wrong(Exception):
    pass


def expect(holds, what):
    if not holds:
        raise Wrong(what)


# ---- the page

def rows(page, heading):
    """The rows of the first table below a heading, without its head."""
    body = page.split(heading, 1)[1].split("\n#", 1)[0]
    lines = [line for line in body.splitlines() if line.startswith("|")]
    end = next((i for i, line in enumerate(lines[2:], 2) if line.startswith("|---")), None)
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:end - 1 if end else None]]


def frame_fields(text, known):
    """What follows a frame's code, as (name, kind) pairs, in the words of the table."""
    if text == "nothing":
        return []
    if text.startswith("as "):
        return known[int(re.match(r"as (\d+)", text)[1])]
    if text == "the token":
        return [("token", 16)]
    if text == "zeros":
        return [("zeros", "rest")]
    fields = []
    for part in text.split(" · "):
        repeated = re.match(r"count × \((.*)\)", part)
        if repeated:
            inner = [kind for kind in re.findall(r"u\d+", repeated[1])]
            fields.append(("ranges", inner))
            continue
        size = re.search(r"\b(u8|u16|u32|u64)\b", part)
        if size:
            name = "length" if part.startswith("length") else "count" if part.startswith("count") else part.split()[0]
            fields.append((name, size[1]))
        elif part.startswith("token"):
            fields.append(("token", 16))
        elif part == "bytes":
            fields.append(("bytes", "length"))
        else:
            raise Wrong(f"the page's field '{part}' says no size")
    return fields


class Page:
    def __init__(self):
        text = PAGE.read_text(encoding="utf-8")
        kinds = next(row for row in rows(text, "### 4.1") if row[0] == "kind")[2]
        self.kinds = {int(code): name for code, name in re.findall(r"(\d+) (data|ping|ack)", kinds)}
        self.narrow = Narrow(rows(text, "### 4.2"))
        self.domains = {row[1]: int(row[0]) for row in rows(text, "### 4.3")}
        self.frames, self.names = {}, {}
        for code, name, fields in rows(text, "### 4.4"):
            self.frames[int(code)] = frame_fields(fields, self.frames)
            self.names[int(code)] = name
        self.narrow_window = int(re.search(r"`NarrowWindow` \| (\d+)", text)[1])
        self.not_narrow = {int(n) for n in re.findall(r"\d+", re.search(r"A narrow packet carries no frames ([\d, and]+)", text)[1])}
        self.first_control_frame = int(re.search(r"carries only frames from (\d+) on", text)[1])
        self.most_ranges = int(re.search(r"count u8, at most (\d+)", text)[1])
        self.epoch_bits = int(re.search(r"sequence >> (\d+)", text)[1])
        self.transitions = set()
        for before, _, after in rows(text, "## 7. States"):
            self.transitions.add((re.sub(r" \(.*\)", "", before), after))


class Narrow:
    """The bit fields of the three bytes before the cid."""

    def __init__(self, table):
        self.fields, byte = {}, 0
        for field, where, value in table:
            if field.startswith("byte"):
                byte = int(field.split()[1])
            bits = re.match(r"bits (\d)–(\d)", where)
            if not bits:
                continue
            low, high = int(bits[1]), int(bits[2])
            if byte == 0 and low == 0:
                self.kinds = {int(code): name for code, name in re.findall(r"(\d) (data|ping|ack|framed)", value)}
                continue
            part = re.match(r"bits (\d+)–(\d+) of (?:the )?(sequence|ack)", value)
            self.fields.setdefault(part[3], []).append((byte, low, high - low + 1, int(part[1])))
        expect(set(self.fields) == {"sequence", "ack"} and len(self.kinds) == 4, "the page's narrow header has other fields")

    def take(self, name, data):
        """A field's value, and how many bits it has."""
        value = size = 0
        for byte, low, bits, to in self.fields[name]:
            value |= (data[byte] >> low & (1 << bits) - 1) << to
            size += bits
        return value, size


# ---- cryptography

CRYPTO = ctypes.CDLL(ctypes.util.find_library("crypto") or "libcrypto.so.3")
for call in ("EVP_CIPHER_CTX_new", "EVP_aes_256_gcm", "EVP_chacha20_poly1305"):
    getattr(CRYPTO, call).restype = ctypes.c_void_p


def open_box(name, key, nonce, ad, box, tag):
    cipher = {"aes-256-gcm": CRYPTO.EVP_aes_256_gcm, "chacha20-poly1305": CRYPTO.EVP_chacha20_poly1305}[name]
    context = ctypes.c_void_p(CRYPTO.EVP_CIPHER_CTX_new())
    length, plain = ctypes.c_int(), ctypes.create_string_buffer(len(box) + 16)
    try:
        CRYPTO.EVP_DecryptInit_ex(context, ctypes.c_void_p(cipher()), None, None, None)
        CRYPTO.EVP_CIPHER_CTX_ctrl(context, 0x9, 12, None)
        CRYPTO.EVP_DecryptInit_ex(context, None, None, key, nonce)
        CRYPTO.EVP_CIPHER_CTX_ctrl(context, 0x11, len(tag), tag)
        CRYPTO.EVP_DecryptUpdate(context, None, ctypes.byref(length), ad, len(ad))
        CRYPTO.EVP_DecryptUpdate(context, plain, ctypes.byref(length), box, len(box))
        if CRYPTO.EVP_DecryptFinal_ex(context, ctypes.create_string_buffer(16), ctypes.byref(length)) != 1:
            return None
        return plain.raw[:len(box)]
    finally:
        CRYPTO.EVP_CIPHER_CTX_free(context)


def hkdf_expand(secret, info, size):
    out, block, count = b"", b"", 1
    while len(out) < size:
        block = hmac.new(secret, block + info + bytes([count]), hashlib.sha256).digest()
        out, count = out + block, count + 1
    return out[:size]


class Direction:
    """What one side sends: its keys, and what was seen of it."""

    def __init__(self, secret, name, cid):
        self.secrets, self.name, self.cids, self.size = [secret], name, {cid}, len(cid)
        self.highest = self.counter = self.acknowledged = 0
        self.last_datagram = 0
        self.sent, self.nonces = set(), {}

    def keys(self, epoch):
        while len(self.secrets) <= epoch:
            self.secrets.append(hkdf_expand(self.secrets[-1], b"next", 32))
        secret = self.secrets[epoch]
        return hkdf_expand(secret, b"key " + self.name.encode(), 32), hkdf_expand(secret, b"iv", 12)

    def open(self, domain, epoch, number, ad, box, tag):
        key, iv = self.keys(epoch)
        nonce = bytes(a ^ b for a, b in zip(iv, struct.pack(">IQ", domain, number)))
        before = self.nonces.setdefault((epoch, nonce), ad + box + tag)
        expect(before == ad + box + tag, f"one nonce, two texts: domain {domain}, number {number}")
        return open_box(self.name, key, nonce, ad, box, tag)


def nearest(low, near):
    span = 1 << 32
    return min((near - near % span + low + k * span for k in (-1, 0, 1)), key=lambda c: (abs(c - near), c < 0))


class Checker:
    def __init__(self, page, connection):
        self.page, self.connection = page, connection
        self.seen = {}
        aead, self.tag = connection["aead"], connection["tag"]
        self.directions = {
            side: Direction(bytes.fromhex(connection["secrets"][side]), aead, bytes.fromhex(connection["cids"][side]))
            for side in ("initiator", "host")
        }

    def packet(self, side, data):
        mine = self.directions[side]
        other = self.directions["host" if side == "initiator" else "initiator"]
        if data[0] == 5:
            return self.close(mine, data)
        if self.connection["profile"] == "narrow":
            return self.narrow(mine, other, data)
        expect(data[0] in self.page.kinds, f"kind {data[0]} is not in the page")
        kind, at = self.page.kinds[data[0]], 1 + mine.size
        expect(data[1:at] in mine.cids, "the cid is not one that was given")
        (low,), at = struct.unpack_from(">I", data, at), at + 4
        sequence = nearest(low, mine.highest)
        if kind == "data":
            domain, number = self.page.domains["data"], sequence
        else:
            (number,), at = struct.unpack_from(">I", data, at), at + 4
            expect(number > mine.counter, "a counter does not rise")
            mine.counter, domain = number, self.page.domains["control"]
        frames = mine.open(domain, sequence >> self.page.epoch_bits, number, data[:at], data[at:-self.tag], data[-self.tag:])
        expect(frames is not None, f"a {kind} packet does not open")
        if kind == "data":
            expect(sequence not in mine.sent and sequence > mine.highest, "a sequence does not rise")
            mine.sent.add(sequence)
            mine.highest = sequence
            expect(frames, "a data packet without a frame")
        self.count(kind)
        self.frames(mine, other, frames, kind != "data")

    def narrow(self, mine, other, data):
        layout = self.page.narrow
        expect(data[0] & 0x80, f"byte {data[0]} begins no narrow packet")
        kind, at = layout.kinds[data[0] & 3], 3 + mine.size
        expect(data[3:at] in mine.cids, "the cid is not one that was given")
        is_control = kind in ("ping", "ack")
        if is_control:
            (number,), at = struct.unpack_from(">I", data, at), at + 4
            expect(number > mine.counter, "a counter does not rise")
            mine.counter = number
        count, at = data[at], at + 1
        expect(count <= 4, "a mask of more than four bytes")
        mask, at = int.from_bytes(data[at:at + count], "little"), at + count
        low, bits = layout.take("sequence", data)
        sequence = mine.highest + (low - mine.highest) % (1 << bits)
        domain = self.page.domains["control" if is_control else "data"]
        body = mine.open(domain, sequence >> self.page.epoch_bits, number if is_control else sequence, data[:at], data[at:-self.tag], data[-self.tag:])
        expect(body is not None, f"a narrow {kind} packet does not open")
        if is_control:
            expect(sequence == mine.highest, "a control packet of another sequence than the last")
        else:
            expect(mine.highest < sequence < mine.highest + self.page.narrow_window, "a sequence does not rise, or leaps")
            mine.sent.add(sequence)
            mine.highest = sequence
        low, bits = layout.take("ack", data)
        ack = mine.acknowledged + (low - mine.acknowledged) % (1 << bits)
        expect(ack <= other.highest, "acknowledges what was never sent")
        mine.acknowledged = ack
        for bit in range(8 * count):
            if mask >> bit & 1:
                expect(ack - bit in other.sent, "the mask has a packet that was never sent")
        self.count(f"narrow {kind}")
        if kind != "data":
            self.frames(mine, other, body, is_control, self.page.not_narrow)

    def frames(self, mine, other, data, is_control, barred=()):
        at = 0
        while at < len(data):
            code, at = data[at], at + 1
            expect(code in self.page.frames, f"frame {code} is not in the page")
            expect(not is_control or code >= self.page.first_control_frame, f"frame {code} in a control packet")
            expect(code not in barred, f"frame {code} in a narrow packet")
            values = {}
            for name, kind in self.page.frames[code]:
                if name == "ranges":
                    values[name], at = self.ranges(values["count"], kind, data, at)
                    continue
                size = (values["length"] if kind == "length" else len(data) - at if kind == "rest"
                        else kind if isinstance(kind, int) else SIZES[kind])
                expect(at + size <= len(data), f"frame {code} ends too early")
                raw, at = data[at:at + size], at + size
                values[name] = struct.unpack(FORMATS[size], raw)[0] if kind in SIZES else raw
            self.count(self.page.names[code])
            self.rules(mine, other, self.page.names[code], values)

    def ranges(self, count, kinds, data, at):
        expect(count <= self.page.most_ranges, "too many ranges")
        result = []
        for i in range(count):
            pair = []
            for kind in kinds:
                size = SIZES[kind]
                pair.append(struct.unpack(FORMATS[size], data[at:at + size])[0])
                at += size
            expect(i == 0 or pair[0] > 0, "a gap of nothing")
            result.append(pair)
        return result, at

    def rules(self, mine, other, name, values):
        if name == "datagram":
            number = nearest(values["number"], mine.last_datagram)
            expect(number == mine.last_datagram + 1, "datagram numbers have a gap")
            mine.last_datagram = number
        elif name == "spare":
            expect(len(values["bytes"]) == other.size > 0, "a spare is as long as the first")
            other.cids.add(values["bytes"])
        elif name == "padding":
            expect(not any(values["zeros"]), "padding that is not zeros")
        elif name == "stream":
            expect(values["length"] > 0, "an empty stream frame")
        elif name == "acknowledgement":
            base, top = (nearest(values[n], other.highest) for n in ("base", "top"))
            expect(base <= top <= other.highest, "base, top and what was sent are out of order")
            below = base
            for gap, more in values["ranges"]:
                start, below = below + gap + 1, below + gap + 1 + more
                expect(all(s in other.sent for s in range(start, below + 1)), "acknowledges what was never sent")

    def close(self, mine, data):
        clear = data[:25]
        _, nonce_i, nonce_h, low, counter = struct.unpack(">BQQII", clear)
        expect([nonce_i, nonce_h] == [int(n, 16) for n in self.connection["nonces"]], "packet 5 of another handshake")
        epoch = nearest(low, mine.highest) >> self.page.epoch_bits
        reason = mine.open(self.page.domains["packet 5"], epoch, counter, clear, data[25:26], data[26:])
        expect(reason is not None and len(data) == 42, "packet 5 does not open")
        self.count("packet 5")

    def count(self, name):
        self.seen[name] = self.seen.get(name, 0) + 1


def main():
    page = Page()
    seen, transitions, packets = {}, 0, 0
    for number, connection in enumerate(json.load(open(sys.argv[1], encoding="utf-8"))["connections"]):
        checker = Checker(page, connection)
        for index, (side, data) in enumerate(connection["packets"]):
            try:
                checker.packet(side, bytes.fromhex(data))
            except Wrong as wrong:
                sys.exit(f"connection {number}, packet {index} of the {side}: {wrong}")
            packets += 1
        for before, after in connection["transitions"]:
            if (before, after) not in page.transitions:
                sys.exit(f"connection {number}: the page knows no way from {before} to {after}")
            transitions += 1
        for name, count in checker.seen.items():
            seen[name] = seen.get(name, 0) + count
    if not packets or not transitions:
        sys.exit("the capture is empty")
    print(f"{packets} packets, {transitions} transitions: " + ", ".join(f"{seen[n]} {n}" for n in sorted(seen)))


if __name__ == "__main__":
    main()
