#!/usr/bin/env bash
# Proofs and delivery where there is IPv6 and nothing else: a hub, a client of its own, a sender; whole packets too.
#
#  hub 2001:db8:1::1 ── 2001:db8:1::2 who receives; the sender beside the hub is 2001:db8:1::3
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." || exit 1
. scripts/setup.sh
checks="direct,listening,notary,survey,delivery,whole packets"
skip() { IFS=,; for check in $checks; do echo "skip ipv6 $check: $1"; done; exit 0; }
[ "$(id -u)" -eq 0 ] || skip "only root may make network namespaces"
./hawser --version > /dev/null || exit 1

net="hwv6$$"
place="$(mktemp -d)"
started=()
failed=0
clean() {
    kill "${started[@]}" 2> /dev/null
    for n in hub host; do kill -9 $(ip netns pids "$net$n" 2> /dev/null) 2> /dev/null; done
    wait 2> /dev/null
    for n in hub host; do ip netns del "$net$n" 2> /dev/null; done
    rm -rf "$place"
}
trap clean EXIT
pass() { echo "pass ipv6 $1"; }
bad() { echo "fail ipv6 $1: $2"; failed=1; }
in_() { local n="$1"; shift; ip netns exec "$net$n" "$@"; }

for n in hub host; do ip netns add "$net$n" && ip -n "$net$n" link set lo up || skip "no network namespace can be made"; done
ip link add "${net}a" type veth peer name "${net}b"
ip link set "${net}a" netns "${net}hub" name eth0; ip link set "${net}b" netns "${net}host" name eth0
for a in 1 3; do ip -n "${net}hub" addr add "2001:db8:1::$a/64" dev eth0 nodad 2> /dev/null || skip "this kernel has no IPv6"; done
ip -n "${net}host" addr add 2001:db8:1::2/64 dev eth0 nodad
ip -n "${net}hub" link set eth0 up; ip -n "${net}host" link set eth0 up
in_ host ip -6 route add default via 2001:db8:1::1

hub() { ./hawser --home "$place/hub" --quiet "$@" 2> "$place/said"; }
http="http://[2001:db8:1::1]:8430"
hub hub init --name harbour --url "$http" --http '[2001:db8:1::1]:8430' --udp '[2001:db8:1::1]:65430' --at '[2001:db8:1::1]:65430' > /dev/null \
    && hub hub card > "$place/card" && hub federation new --tick 4s "$place/card" > "$place/federation" && hub hub join "$place/federation" > /dev/null \
    || { bad direct "$(cat "$place/said")"; exit 1; }
in_ hub ./hawser --home "$place/hub" hub up --allow-raw > "$place/hub.log" 2>&1 &
started+=($!)
ready() { in_ hub curl -gsf "$http/v1/address" | grep -q 'Methods: 013'; }
for _ in $(seq 300); do ready && break; sleep 0.05; done
ready || { bad direct "$(tail -n 3 "$place/hub.log")"; exit 1; }

in_ host ./hawser --home "$place/node" --quiet signon "$http" > /dev/null 2>&1
for method in direct listening notary; do
    level=host; [ "$method" = listening ] && level=port
    in_ host timeout 20 ./hawser --home "$place/node" sp3 prove --method "$method" --for anyone --out "$place/proof" > "$place/proved" 2>&1
    grep -q '^address *\[2001:db8:1::2\]:' "$place/proved" && ./hawser --home "$place/node" --quiet sp3 verify "$place/proof" --level "$level" > /dev/null 2>> "$place/proved" \
        && pass "$method" || bad "$method" "$(tr '\n' ' ' < "$place/proved")"
done

said="$(in_ host timeout 30 ./hawser --home "$place/none" --json --quiet doctor --stun '[2001:db8:1::1]' --lifetime 1s 2> /dev/null)"
[[ "$said" == *'"found":"[2001:db8:1::2]:'* ]] && pass survey || bad survey "$(tr '\n' ' ' <<< "$said")"

# receive NAME OPTION…: who wants it; send OPTION…: who sends it, beside the hub.
receive() {
    local name="$1"; shift
    ip netns exec "${net}host" timeout 20 ./hawser --home "$place/none" --json sp3 receive "$http" --count 1 "$@" > "$place/$name" 2>&1 &
    receiving=$!
    started+=($receiving)
    for _ in $(seq 200); do grep -qs '"open"' "$place/$name" && break; sleep 0.05; done
}
receive payload --port 7001
sent="$(in_ hub timeout 10 ./hawser --home "$place/none" sp3 send "$http" '[2001:db8:1::2]:7001' hello 2>&1)"
wait "$receiving"
grep -q '"payload":"aGVsbG8="' "$place/payload" && pass delivery || bad delivery "$sent; $(tail -n 1 "$place/payload")"

receive packet --port 7002 --source '[2001:db8:53::53]:53'
sent="$(in_ hub timeout 10 ./hawser --home "$place/none" sp3 send "$http" '[2001:db8:1::2]:7002' hello --source '[2001:db8:53::53]:53' 2>&1)"
wait "$receiving"
grep -q '"payload":"aGVsbG8="' "$place/packet" && pass "whole packets" || bad "whole packets" "$sent; $(tail -n 1 "$place/packet")"
exit $failed
