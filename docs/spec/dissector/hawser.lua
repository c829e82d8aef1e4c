-- Wireshark: the clear parts of Hawser's packets (connect.md, transport.md, relay.md). Sealed bytes stay sealed.
--   wireshark -X lua_script:hawser.lua      tshark -X lua_script:hawser.lua -d udp.port==4711,hawser
local hawser = Proto("hawser", "Hawser")

local kinds = {
    [0] = "challenge request", [1] = "challenge response", [2] = "reject", [3] = "connect request", [4] = "connect accept",
    [5] = "disconnect", [8] = "punch", [9] = "relay", [128] = "data", [129] = "ping", [130] = "ack",
}
local narrow_kinds = { [0] = "data", [1] = "ping", [2] = "ack", [3] = "framed" }

local f = {
    kind = ProtoField.uint8("hawser.kind", "Kind", base.DEC, kinds),
    version = ProtoField.uint8("hawser.version", "Version"),
    nonce_i = ProtoField.uint64("hawser.nonce_i", "nonceI", base.HEX),
    nonce_h = ProtoField.uint64("hawser.nonce_h", "nonceH", base.HEX),
    flags = ProtoField.uint8("hawser.flags", "Flags", base.HEX),
    mac1 = ProtoField.bytes("hawser.mac1", "mac1"),
    ic = ProtoField.uint32("hawser.ic", "Ic", base.HEX),
    k = ProtoField.uint32("hawser.k", "k (zero bits)"),
    cookie = ProtoField.uint64("hawser.cookie", "Cookie", base.HEX),
    host_key = ProtoField.bytes("hawser.host_key", "Host key"),
    data = ProtoField.bytes("hawser.response_data", "Response data"),
    reason = ProtoField.uint32("hawser.reject_reason", "Reason"),
    x = ProtoField.uint32("hawser.x", "X (solution)", base.HEX),
    letter = ProtoField.string("hawser.letter", "Handshake"),
    dialled = ProtoField.bytes("hawser.dialled", "Dialled ID, masked"),
    cid_i = ProtoField.bytes("hawser.cid_i", "cidI"),
    settings = ProtoField.bytes("hawser.settings", "Settings"),
    noise = ProtoField.bytes("hawser.noise", "Noise"),
    cid = ProtoField.bytes("hawser.cid", "cid"),
    sequence = ProtoField.uint32("hawser.sequence", "Sequence"),
    counter = ProtoField.uint32("hawser.counter", "Counter"),
    ack = ProtoField.uint32("hawser.ack", "Ack, lower 10 bits"),
    mask = ProtoField.bytes("hawser.mask", "Mask of what arrived"),
    allocation = ProtoField.uint64("hawser.allocation", "Allocation", base.HEX),
    sealed = ProtoField.bytes("hawser.sealed", "Sealed"),
}
hawser.fields = f
hawser.prefs.cid = Pref.uint("Bytes of a cid", 8, "This implementation draws eight unless told otherwise")
hawser.prefs.narrow = Pref.bool("Narrow profile", false, "Sealed packets have the small header")

local function take(tree, field, buffer, at, size)
    tree:add(field, buffer(at, size))
    return at + size
end

local function nonces(tree, buffer, at)
    at = take(tree, f.nonce_i, buffer, at, 8)
    return take(tree, f.nonce_h, buffer, at, 8)
end

local function blob(tree, field, buffer, at, width)
    local size = width == 1 and buffer(at, 1):uint() or buffer(at, 2):uint()
    if size > 0 then tree:add(field, buffer(at + width, size)) end
    return at + width + size
end

local layouts = {}

layouts[0] = function(tree, b)
    local at = take(tree, f.version, b, 1, 1)
    at = take(tree, f.flags, b, nonces(tree, b, at), 1)
    take(tree, f.mac1, b, at, 16)
end

layouts[1] = function(tree, b)
    local at = take(tree, f.nonce_i, b, 1, 8)
    at = take(tree, f.ic, b, at, 4)
    at = take(tree, f.nonce_h, b, at, 8)
    at = take(tree, f.k, b, at, 4)
    at = take(tree, f.cookie, b, at, 8)
    at = blob(tree, f.host_key, b, at, 1)
    blob(tree, f.data, b, at, 2)
end

layouts[2] = function(tree, b)
    local at = take(tree, f.reason, b, nonces(tree, b, 1), 4)
    if at < b:len() then tree:add(f.sealed, b(at)) end
end

layouts[3] = function(tree, b)
    local at = nonces(tree, b, take(tree, f.version, b, 1, 1))
    at = take(tree, f.ic, b, at, 4)
    at = take(tree, f.k, b, at, 4)
    at = take(tree, f.cookie, b, at, 8)
    at = take(tree, f.x, b, at, 4)
    local letter = b(at, 1):string()
    at = take(tree, f.letter, b, at, 1)
    at = take(tree, f.dialled, b, at, 10)
    at = blob(tree, f.cid_i, b, at, 1)
    at = blob(tree, f.settings, b, at, 1)
    at = blob(tree, f.noise, b, at, 2)
    if letter == "N" then blob(tree, f.noise, b, at, 2) end
end

layouts[4] = function(tree, b)
    tree:add(f.noise, b(nonces(tree, b, 1)))
end

layouts[5] = function(tree, b)
    local at = take(tree, f.sequence, b, nonces(tree, b, 1), 4)
    tree:add(f.sealed, b(take(tree, f.counter, b, at, 4)))
end

local function sealed(tree, b)
    local at = hawser.prefs.cid > 0 and take(tree, f.cid, b, 1, hawser.prefs.cid) or 1
    at = take(tree, f.sequence, b, at, 4)
    if b(0, 1):uint() > 128 then at = take(tree, f.counter, b, at, 4) end
    tree:add(f.sealed, b(at))
end

local function narrow(tree, b)
    local first, second, third = b(0, 1):uint(), b(1, 1):uint(), b(2, 1):uint()
    local kind = first % 4
    tree:add(f.kind, b(0, 1), 128 + kind, "Kind: narrow " .. narrow_kinds[kind])
    tree:add(f.sequence, b(0, 2), math.floor(first / 4) % 32 + second % 64 * 32)
    tree:add(f.ack, b(1, 2), math.floor(second / 64) + third * 4)
    local at = hawser.prefs.cid > 0 and take(tree, f.cid, b, 3, hawser.prefs.cid) or 3
    if kind == 1 or kind == 2 then at = take(tree, f.counter, b, at, 4) end
    local mask = b(at, 1):uint()
    if mask > 0 then tree:add(f.mask, b(at + 1, mask)) end
    if at + 1 + mask < b:len() then tree:add(f.sealed, b(at + 1 + mask)) end
    return narrow_kinds[kind]
end

local function known(kind, length)
    local least = { [0] = 640, [1] = 36, [2] = 21, [3] = 640, [4] = 65, [5] = 42, [9] = 10 }
    if kind >= 128 and kind <= 130 then return length >= 1 + hawser.prefs.cid + 4 + 12 end
    return least[kind] ~= nil and length >= least[kind]
end

function hawser.dissector(buffer, info, root)
    local kind = buffer:len() > 0 and buffer(0, 1):uint() or 255
    if hawser.prefs.narrow and kind >= 128 then
        local least = 3 + hawser.prefs.cid + 1 + 12
        if buffer:len() < least then return 0 end
        info.cols.protocol = "Hawser"
        info.cols.info = "narrow " .. narrow(root:add(hawser, buffer(), "Hawser, narrow"), buffer)
        return buffer:len()
    end
    if not known(kind, buffer:len()) then return 0 end
    info.cols.protocol = "Hawser"
    info.cols.info = kinds[kind]
    local tree = root:add(hawser, buffer(), "Hawser, " .. kinds[kind])
    tree:add(f.kind, buffer(0, 1))
    if kind == 9 then
        tree:add(f.allocation, buffer(1, 8))
        hawser.dissector(buffer(9):tvb(), info, tree)
    elseif kind >= 128 then
        sealed(tree, buffer)
    else
        layouts[kind](tree, buffer)
    end
    return buffer:len()
end

DissectorTable.get("udp.port"):add_for_decode_as(hawser)
