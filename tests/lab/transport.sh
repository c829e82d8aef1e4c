#!/usr/bin/env bash
# What the program sends is what docs/spec/transport.md says, and Wireshark sees the clear parts of it.
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." || exit 1
. scripts/setup.sh
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
failed=0

if ! command -v python3 > /dev/null && ! install python3; then
    echo "skip transport-page: no python3"
elif ! output="$(./hawser lab capture "$folder/capture.json" 2>&1)"; then
    echo "fail transport-page: $(tail -n 1 <<< "$output")"; failed=1
elif output="$(python3 docs/spec/check/transport.py "$folder/capture.json" 2>&1)"; then
    echo "$output" >&2
    echo "pass transport-page"
else
    echo "fail transport-page: $(tail -n 1 <<< "$output")"; failed=1
fi

# The check can fail: one flipped bit of the capture is found.
if [ -f "$folder/capture.json" ]; then
    python3 - "$folder/capture.json" "$folder/flipped.json" << 'PY'
import json, sys
capture = json.load(open(sys.argv[1]))
packets = capture["connections"][0]["packets"]
side, data = packets[len(packets) // 2]
packets[len(packets) // 2][1] = data[:-1] + format(int(data[-1], 16) ^ 1, "x")
json.dump(capture, open(sys.argv[2], "w"))
PY
    if python3 docs/spec/check/transport.py "$folder/flipped.json" > /dev/null 2>&1; then
        echo "fail transport-page-notices: a flipped bit passed"; failed=1
    else
        echo "pass transport-page-notices"
    fi
fi

if ! command -v tshark > /dev/null && ! install tshark; then
    echo "skip transport-dissector: no tshark"
elif ! [ -f "$folder/capture.json" ]; then
    echo "fail transport-dissector: no capture"; failed=1
else
    pcap() { python3 - "$folder/capture.json" "$folder/$1.pcap" "$2" << 'PY'
import json, struct, sys
out = open(sys.argv[2], "wb")
out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101))
connection = json.load(open(sys.argv[1]))["connections"][int(sys.argv[3])]
packets = [(side, bytes.fromhex(data)) for side, data in connection["packets"]]
packets += [("initiator", bytes.fromhex(data)) for data in connection["handshake"]]
for side, data in packets:
    a, b = (b"\x0a\0\0\1", b"\x0a\0\0\2") if side == "initiator" else (b"\x0a\0\0\2", b"\x0a\0\0\1")
    udp = struct.pack(">HHHH", 4711, 4711, 8 + len(data), 0) + data
    ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0) + a + b + udp
    out.write(struct.pack("<IIII", 0, 0, len(ip), len(ip)) + ip)
PY
    }
    pcap capture 0; pcap narrow 6
    kinds="$(tshark -r "$folder/capture.pcap" -X lua_script:docs/spec/dissector/hawser.lua -d udp.port==4711,hawser -T fields -e hawser.kind -e _ws.malformed 2> "$folder/tshark.err" | sort -u | tr '\n' ' ')"
    missing=""
    for kind in 0 1 3 4 5 128 129 130; do [[ " ${kinds//[$'\t']/ } " == *" $kind "* ]] || missing+=" $kind"; done
    sequences="$(tshark -r "$folder/capture.pcap" -X lua_script:docs/spec/dissector/hawser.lua -d udp.port==4711,hawser -Y 'hawser.kind == 128 && ip.src == 10.0.0.1' -T fields -e hawser.sequence 2> /dev/null | sort -n | head -n 3 | tr '\n' ' ')"
    if [ -n "$missing" ]; then
        echo "fail transport-dissector: kinds$missing are not shown: $(tail -n 1 "$folder/tshark.err")"; failed=1
    elif [[ "$sequences" != "1 2 3 " ]]; then
        echo "fail transport-dissector: the first sequences are $sequences"; failed=1
    else
        echo "pass transport-dissector"
        narrow="$(tshark -r "$folder/narrow.pcap" -X lua_script:docs/spec/dissector/hawser.lua -d udp.port==4711,hawser -o hawser.narrow:true -o hawser.cid:5 -Y 'hawser.kind >= 128 && ip.src == 10.0.0.1' -T fields -e hawser.kind -e hawser.sequence 2> /dev/null)"
        first="$(grep -E '^(128|131)' <<< "$narrow" | cut -f 2 | head -n 3 | tr '\n' ' ')" # as sent: eleven bits come round
        kinds="$(cut -f 1 <<< "$narrow" | sort -u | tr '\n' ' ')"
        if [[ "$kinds" == "128 129 130 131 " && "$first" == "1 2 3 " ]]; then echo "pass transport-dissector-narrow"
        else echo "fail transport-dissector-narrow: kinds $kinds, first sequences $first"; failed=1; fi
    fi
fi
exit $failed
