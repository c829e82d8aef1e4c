#!/usr/bin/env bash
# Our STUN server before Debian's clients, our client before coturn, and doctor behind NATs of five kinds.
#
#   host ── box ──┐
#  10.9.0.2  .5   bridge 192.0.2.0/24 ── ours .1 and .2 ── coturn .3 and .4 ── natted behind each kind in turn
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." || exit 1
. scripts/setup.sh
checks="server by turnutils_stunclient,server by turnutils_natdiscovery,server by stun-client,client at coturn,doctor behind five NATs,proof behind a NAT,delivery by consent,delivery ends"
skip() { IFS=,; for check in $checks; do echo "skip stun $check: $1"; done; exit 0; }
[ "$(id -u)" -eq 0 ] || skip "only root may make network namespaces"
missing=()
for pair in ip:iproute2 nft:nftables turnserver:coturn turnutils_natdiscovery:coturn stun:stun-client; do
    command -v "${pair%:*}" > /dev/null || missing+=("${pair#*:}")
done
[ ${#missing[@]} -eq 0 ] || install "${missing[@]}" > /dev/null || skip "${missing[*]} cannot be installed"
./hawser --version > /dev/null || exit 1

net="hwstun$$"
place="$(mktemp -d)"
started=()
failed=0
clean() { for n in wan box host; do kill $(ip netns pids "$net$n" 2> /dev/null) 2> /dev/null; done; kill "${started[@]}" 2> /dev/null; wait 2> /dev/null; for n in wan box host; do ip netns del "$net$n" 2> /dev/null; done; rm -rf "$place"; }
trap clean EXIT
pass() { echo "pass stun $1"; }
bad() { echo "fail stun $1: $2"; failed=1; }
in_() { local n="$1"; shift; ip netns exec "$net$n" "$@"; }

for n in wan box host; do ip netns add "$net$n" && in_ "$n" ip link set lo up || skip "no network namespace can be made"; done
ip link add "${net}a" type veth peer name "${net}b"
ip link set "${net}a" netns "${net}wan" name eth0; ip link set "${net}b" netns "${net}box" name wan
ip link add "${net}c" type veth peer name "${net}d"
ip link set "${net}c" netns "${net}box" name lan; ip link set "${net}d" netns "${net}host" name eth0
for a in 1 2 3 4; do in_ wan ip addr add "192.0.2.$a/24" dev eth0; done
in_ wan ip link set eth0 up
in_ box ip addr add 192.0.2.5/24 dev wan; in_ box ip link set wan up
in_ box ip addr add 10.9.0.1/24 dev lan; in_ box ip link set lan up
in_ box sysctl -qw net.ipv4.ip_forward=1 net.netfilter.nf_conntrack_udp_timeout=2 net.netfilter.nf_conntrack_udp_timeout_stream=2
in_ host ip addr add 10.9.0.2/24 dev eth0; in_ host ip link set eth0 up; in_ host ip route add default via 10.9.0.1

# A hub of a federation of its own: the shipped one.
hub="$place/hub"
./hawser --home "$hub" --quiet hub init --name harbour --url http://192.0.2.1:8430 --http 192.0.2.1:8430 --udp 192.0.2.1:65430 --at 192.0.2.1:65430 > /dev/null || exit 1
./hawser --home "$hub" --quiet hub card > "$place/card"
./hawser --home "$hub" --quiet federation new --tick 4s "$place/card" > "$place/federation" 2> /dev/null
./hawser --home "$hub" --quiet hub join "$place/federation" > /dev/null || exit 1
in_ wan ./hawser --home "$hub" hub up --stun 192.0.2.1 --stun 192.0.2.2 > "$place/hub.log" 2>&1 &
started+=($!)
in_ wan turnserver -n --stun-only --no-cli --no-tls --no-dtls --no-stdout-log --log-file "$place/coturn.log" --pidfile "$place/coturn.pid" \
    --listening-port 3478 --alt-listening-port 3479 -L 192.0.2.3 -L 192.0.2.4 > "$place/coturn.out" 2>&1 &
started+=($!)
for _ in $(seq 100); do [ -S "$hub/control.sock" ] && break; sleep 0.1; done
[ -S "$hub/control.sock" ] || { bad "hub" "$(tail -n 1 "$place/hub.log")"; exit 1; }

said="$(in_ box turnutils_stunclient -p 3478 192.0.2.1 2>&1)"
[[ "$said" == *"UDP reflexive addr: 192.0.2.5:"* ]] && pass "server by turnutils_stunclient" || bad "server by turnutils_stunclient" "$said"

# It pads its requests with -P; without that our answers have one attribute.
said="$(in_ box timeout 60 turnutils_natdiscovery -m -f -P 192.0.2.1 2>&1)"
[[ "$said" == *"NAT with Endpoint Independent Mapping"* || "$said" == *"no NAT"* || "$said" == *"No NAT"* ]] && [[ "$said" == *"Endpoint Independent Filtering"* ]] \
    && pass "server by turnutils_natdiscovery" || bad "server by turnutils_natdiscovery" "$(tr '\n' ' ' <<< "$said")"

said="$(in_ box stun -v 192.0.2.1 1 2>&1)"
[[ "$said" == *"MappedAddress = 192.0.2.5:"* ]] && pass "server by stun-client" || bad "server by stun-client" "$(tr '\n' ' ' <<< "$said")"

doctor() { in_ "$1" ./hawser --home "$place/none" --json --quiet doctor --stun "$2" --lifetime "$3" 2> "$place/doctor.err" | sed -n 's/.*"name":"\([^"]*\)","level":"[^"]*","found":"\([^"]*\)".*/\1=\2/p'; }
said="$(doctor box 192.0.2.3 1s)"
[[ "$said" == *"public address=192.0.2.5:"* && "$said" == *"nat=none"* && "$said" == *"filtering=anyone"* ]] && pass "client at coturn" || bad "client at coturn" "$(tr '\n' ';' <<< "$said")$(cat "$place/doctor.err")"

# What each kind is made of, and what doctor has to say about it; mappings live for 2 s.
rules() {
    in_ box nft flush ruleset
    in_ box nft -f - << RULES
table ip nat {
  chain pre { type nat hook prerouting priority -100; $2
  }
  chain post { type nat hook postrouting priority 100; oifname wan $1
    $5
  }
}
table ip filter {
  $4
  chain in { type filter hook input priority 0; iifname wan ct state new drop
  }
  chain through { type filter hook forward priority 0; $3
  }
}
RULES
}
matrix=""
kind() {
    local name="$1" mapping="$2" filtering="$3" ports="$4"
    said="$(doctor host 192.0.2.1 4s)"
    matrix+="  $name: $(tr '\n' ';' <<< "$said")"$'\n'
    [[ "$said" == *"nat=$mapping"* && "$said" == *"filtering=$filtering"* && "$said" == *"outside ports=$ports"* ]] \
        || { bad "doctor behind five NATs" "$name: $(tr '\n' ';' <<< "$said")"; broken=1; }
}
broken=0
rules "snat to 192.0.2.5" "iifname wan udp dport 1024-65535 dnat to 10.9.0.2" "" "" ""
kind "full cone" "one outside port for all" "anyone" "are those inside"
in_ box nft flush ruleset
in_ box nft -f - << 'RULES'
table ip nat {
  set sent { type ipv4_addr; flags dynamic, timeout; timeout 4s; }
  chain pre { type nat hook prerouting priority -100; iifname wan ip saddr @sent udp dport 1024-65535 dnat to 10.9.0.2
  }
  chain post { type nat hook postrouting priority 100; oifname wan snat to 192.0.2.5
  }
  chain see { type filter hook forward priority -1; iifname lan oifname wan add @sent { ip daddr }
  }
}
table ip filter {
  chain in { type filter hook input priority 0; iifname wan ct state new drop
  }
}
RULES
kind "restricted cone" "one outside port for all" "only addresses" "are those inside"
rules "masquerade" "" "iifname wan ct state new drop" "" ""
kind "port-restricted cone" "one outside port for all" "only who" "are those inside"
rules "masquerade fully-random" "" "iifname wan ct state new drop" "" ""
kind "symmetric" "another outside port for each address and port" "only who" "show no pattern"
rules "masquerade" "" "ip protocol udp drop" "" ""
said="$(doctor host 192.0.2.1 1s)"
matrix+="  UDP blocked: $(tr '\n' ';' <<< "$said")"$'\n'
[[ "$said" == *"stun=192.0.2.1:3478 does not answer"* ]] || { bad "doctor behind five NATs" "UDP blocked: $said"; broken=1; }
echo "$matrix" >&2
[ $broken -ne 0 ] || pass "doctor behind five NATs"

# A port-restricted NAT again, with mappings that live as long as usual: proved from behind it, and delivered to.
rules "masquerade" "" "iifname wan ct state new drop" "" ""
in_ box sysctl -qw net.netfilter.nf_conntrack_udp_timeout=30 net.netfilter.nf_conntrack_udp_timeout_stream=120
http="http://192.0.2.1:8430"
in_ host ./hawser --home "$place/node" --quiet signon "$http" > /dev/null 2>&1
in_ host ./hawser --home "$place/node" sp3 prove --method listening --for anyone --port 20001 --out "$place/proof" > "$place/proved" 2>&1
grep -q '^address *192.0.2.5:.* udp' "$place/proved" && ./hawser --home "$place/node" --quiet sp3 verify "$place/proof" --level port > /dev/null 2> "$place/proved" \
    && pass "proof behind a NAT" || bad "proof behind a NAT" "$(tr '\n' ' ' < "$place/proved")"

ip netns exec "${net}host" ./hawser --home "$place/none" --json sp3 receive "$http" > "$place/received" 2> "$place/receive.err" &
receiver=$!
started+=($receiver)
for _ in $(seq 200); do grep -q '"open"' "$place/received" 2> /dev/null && break; sleep 0.05; done
at="$(sed -n 's/.*"state":"open","address":"\([^"]*\)".*/\1/p' "$place/received")"
mkfifo "$place/words"
ip netns exec "${net}box" ./hawser --home "$place/none" sp3 send "$http" "${at:-192.0.2.5:1}" < "$place/words" > /dev/null 2> "$place/send.err" &
sender=$!
started+=($sender)
exec 7> "$place/words"
echo hello >&7; echo again >&7
for _ in $(seq 200); do [ "$(grep -c '"packet"' "$place/received")" -eq 2 ] && break; sleep 0.05; done
[[ "$at" == 192.0.2.5:* ]] && grep -q "\"payload\":\"$(printf hello | base64)\"" "$place/received" && grep -q '"consented"' "$place/received" \
    && pass "delivery by consent" || bad "delivery by consent" "$(cat "$place/received" "$place/receive.err" "$place/send.err" | tr '\n' ' ')"

# Who consented is killed: the hub ends the lease, and the sender hears so, long before the lease would have run out.
kill -KILL "$receiver"
for _ in $(seq 100); do kill -0 "$sender" 2> /dev/null || break; sleep 0.05; done
if kill -0 "$sender" 2> /dev/null; then bad "delivery ends" "the sender goes on five seconds after"; else
    wait "$sender"; code=$?
    [ "$code" -eq 4 ] && grep -q "wants no more" "$place/send.err" && pass "delivery ends" || bad "delivery ends" "$code: $(tr '\n' ' ' < "$place/send.err")"
fi
exec 7>&-
exit $failed
