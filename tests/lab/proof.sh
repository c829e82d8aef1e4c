#!/usr/bin/env bash
# Proofs of address: a client behind NATs of five kinds by each method, real processes; notaries alone and behind nginx, who
# is lied to; a thousand senders against one victim, counted at the victim's side.
#
#  host1 ── box1 ──┐             hub .1   web: nginx .6 (before the notary alice), notary bob .7, nginx .8 and our reflector .9
#  10.9.0.2   .51   bridge 192.0.2.0/24
#  …  host5 ── box5 .55   victim 203.0.113.66   crowd 198.18.0.0/16
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." || exit 1
. scripts/setup.sh
checks="notaries,spoofed header,no GET,revoked key,matrix,whole packets,flood"
skip() { IFS=,; for check in $checks; do echo "skip proof $check: $1"; done; exit 0; }
[ "$(id -u)" -eq 0 ] || skip "only root may make network namespaces and raw sockets"
missing=()
for pair in ip:iproute2 nft:nftables nginx:nginx-light curl:curl; do
    command -v "${pair%:*}" > /dev/null || [ -x "/usr/sbin/${pair%:*}" ] || missing+=("${pair#*:}")
done
[ ${#missing[@]} -eq 0 ] || install "${missing[@]}" > /dev/null || skip "${missing[*]} cannot be installed"
hawser="${HAWSER:-./hawser}"
$hawser --version > /dev/null || exit 1
[ -n "${HAWSER_LAB:-}" ] || $hawser lab --help > /dev/null 2>&1 # built here, as there is no network where it runs

net="hwpf$$"
place="$(mktemp -d)"
names="sw hub web victim crowd box1 host1 box2 host2 box3 host3 box4 host4 box5 host5"
started=()
failed=0
clean() {
    local n pids=()
    kill "${started[@]}" 2> /dev/null
    # What runs in our namespaces is ours, whoever started it there.
    for n in $names; do pids+=($(ip netns pids "$net$n" 2> /dev/null)); done
    [ ${#pids[@]} -eq 0 ] || kill -9 "${pids[@]}" 2> /dev/null
    wait 2> /dev/null
    for n in $names; do ip netns del "$net$n" 2> /dev/null; done
    rm -rf "$place"
}
trap clean EXIT
pass() { echo "pass proof $1"; }
bad() { echo "fail proof $1: $2"; failed=1; }
in_() { local n="$1"; shift; ip netns exec "$net$n" "$@"; }

for n in $names; do ip netns add "$net$n" && ip -n "$net$n" link set lo up || skip "no network namespace can be made"; done
ip -n "${net}sw" link add br0 type bridge && ip -n "${net}sw" link set br0 up
port() { # NAME ADDRESS…: a place on the bridge
    local n="$1"; shift
    ip link add "${net}p" type veth peer name "${net}q"
    ip link set "${net}p" netns "${net}sw" name "$n"; ip -n "${net}sw" link set "$n" master br0 up
    ip link set "${net}q" netns "$net$n" name wan
    for a in "$@"; do ip -n "$net$n" addr add "$a" dev wan; done
    ip -n "$net$n" link set wan up
}
port hub 192.0.2.1/24 203.0.113.1/24 198.19.0.1/24
port web 192.0.2.6/24 192.0.2.7/24 192.0.2.8/24 192.0.2.9/24
port victim 203.0.113.66/24
port crowd 198.19.0.2/24
ip -n "${net}crowd" route add local 198.18.0.0/16 dev lo
ip -n "${net}hub" route add 198.18.0.0/16 via 198.19.0.2
for i in 1 2 3 4 5; do
    port "box$i" "192.0.2.5$i/24"
    ip link add "${net}c" type veth peer name "${net}d"
    ip link set "${net}c" netns "${net}box$i" name lan; ip link set "${net}d" netns "${net}host$i" name eth0
    ip -n "${net}box$i" addr add 10.9.0.1/24 dev lan; ip -n "${net}box$i" link set lan up
    ip -n "${net}host$i" addr add 10.9.0.2/24 dev eth0; ip -n "${net}host$i" link set eth0 up; ip -n "${net}host$i" route add default via 10.9.0.1
    in_ "box$i" sysctl -qw net.ipv4.ip_forward=1
done
# What nobody there has asked for: the receiver below has a port of its own.
in_ victim nft -f - << 'RULES'
table ip count {
  counter arrived { packets 0 bytes 0
  }
  chain in { type filter hook input priority 0
    iifname wan ip saddr { 203.0.113.1, 192.0.2.1 } udp sport 3478 udp dport 1024-6999 counter name arrived
  }
}
RULES

cat > "$place/nginx.conf" << CONF
daemon off; pid $place/nginx.pid; error_log $place/nginx.log; worker_processes 1;
events { }
http {
    access_log off; client_body_temp_path $place/t1; proxy_temp_path $place/t2; fastcgi_temp_path $place/t3; uwsgi_temp_path $place/t4; scgi_temp_path $place/t5;
    server { listen 192.0.2.6:80; location / { proxy_pass http://127.0.0.1:8431; proxy_set_header X-Forwarded-For \$proxy_add_x_forwarded_for; } }
    server {
        listen 192.0.2.8:80; default_type text/plain;
        location = /sp3-where { return 200 "seen \$remote_addr \$remote_port\n"; }
        location ~ "^/sp3\." { return 404 "there is no \$uri here\n"; }
    }
}
CONF
nginx="$(command -v nginx || echo /usr/sbin/nginx)"
in_ web "$nginx" -c "$place/nginx.conf" > "$place/nginx.out" 2>&1 &
started+=($!)
in_ web $hawser --home "$place/none" reflector up --listen 192.0.2.9:80 > "$place/reflector.log" 2>&1 &
started+=($!)

quiet() { local home="$1"; shift; $hawser --home "$place/$home" --quiet "$@" 2> "$place/said"; }
quiet alice hub init --name alice --url http://192.0.2.6 --http 127.0.0.1:8431 --udp 192.0.2.6:65430 > /dev/null &
making=($!)
quiet bob hub init --name bob --url http://192.0.2.7 --http 192.0.2.7:80 --udp 192.0.2.7:65430 > /dev/null &
making+=($!)
quiet hub hub init --name harbour --url http://192.0.2.1:8430 --http 0.0.0.0:8430 --udp 192.0.2.1:65430 --at 192.0.2.1:65430 > /dev/null || { bad notaries "$(cat "$place/said")"; exit 1; }
wait "${making[@]}"
alice="$(quiet alice hub notary | head -n 1)"; bob="$(quiet bob hub notary | head -n 1)"
in_ web $hawser --home "$place/alice" hub up --only notary --trust-proxy 127.0.0.0/8 > "$place/alice.log" 2>&1 &
started+=($!)
in_ web $hawser --home "$place/bob" hub up --only notary > "$place/bob.log" 2>&1 &
started+=($!)
quiet hub hub card > "$place/card" && quiet hub federation new --tick 4s "$place/card" > "$place/federation" && quiet hub hub join "$place/federation" > /dev/null || { bad notaries "$(cat "$place/said")"; exit 1; }
for _ in $(seq 200); do in_ web curl -sf -o /dev/null http://192.0.2.6/healthz && in_ web curl -sf -o /dev/null http://192.0.2.7/healthz && break; sleep 0.05; done
in_ hub $hawser --home "$place/hub" hub up --trust-notary "alice=$alice" --trust-notary "bob=$bob" --notaries 2 \
    --reflector carol=reflect.example.org@192.0.2.8:80 --reflector dave=reflect.example.net@192.0.2.9:80 --allow-raw > "$place/hub.log" 2>&1 &
started+=($!)
ready() { in_ hub curl -sf http://192.0.2.1:8430/v1/address | grep -q 'Methods: 0123'; }
for _ in $(seq 300); do ready && break; sleep 0.05; done
ready || { bad notaries "$(tail -n 3 "$place"/*.log)"; exit 1; }

# What each kind of NAT is made of; box N has the outside address .5N.
rules() { # N SOURCE PREROUTING FORWARD
    in_ "box$1" nft -f - << RULES
table ip nat {
  set sent { type ipv4_addr; flags dynamic, timeout; timeout 30s; }
  chain pre { type nat hook prerouting priority -100; $3
  }
  chain post { type nat hook postrouting priority 100; oifname wan snat to 192.0.2.5$1 $2
  }
  chain see { type filter hook forward priority -1; iifname lan oifname wan add @sent { ip daddr }
  }
}
table ip filter {
  chain in { type filter hook input priority 0; iifname wan ct state new drop
  }
  chain through { type filter hook forward priority 0; $4
  }
}
RULES
}
methods="direct listening reflection notary"
prove() { # N METHOD: what is proved by it there, or why it is not
    local said
    said="$(in_ "host$1" timeout 20 $hawser --home "$place/$2$1" --json sp3 prove --hub http://192.0.2.1:8430 --method "$2" 2> /dev/null | grep -v '"step":"' | tail -n 1)"
    case "$said" in
        *'"certificate":"'*) echo "yes: $(sed -E 's/.*"address":"([^"]*)".*"level":"([^"]*)".*/\2 of \1/' <<< "$said")" ;;
        *) echo "no: $(sed -E 's/.*"message":"([^"]*)".*/\1/' <<< "$said")" ;;
    esac
}
# A host is challenged by one at a time; the five kinds do not wait for each other.
rules 1 "" "iifname wan udp dport 1024-65535 dnat to 10.9.0.2" ""
rules 2 "" "iifname wan ip saddr @sent udp dport 1024-65535 dnat to 10.9.0.2" ""
rules 3 "" "" "iifname wan ct state new drop"
rules 4 "fully-random" "" "iifname wan ct state new drop"
rules 5 "" "" "ip protocol udp drop; iifname wan ct state new drop"
proving=()
for i in 1 2 3 4 5; do
    for method in $methods; do prove "$i" "$method" > "$place/$method$i.said"; done &
    proving+=($!)
done

# A thousand senders, meanwhile: the victim's budget is spent, and nobody else's.
in_ crowd timeout 40 ${HAWSER_LAB:-$hawser lab} flood http://198.19.0.1:8430 203.0.113.66 1000 25 > "$place/flood" 2>&1 &
flood=$!; started+=($flood)
wait "${proving[@]}"

wrong=""
echo "  NAT                  method      what is proved, or why not" >&2
kind() { # N NAME, then what is expected of each method, in their order
    local i="$1" name="$2" method said; shift 2
    for method in $methods; do
        said="$(cat "$place/$method$i.said")"
        printf '  %-20s %-11s %s\n' "$name" "$method" "$said" >&2
        { [[ "$said" == $1 ]] && [[ "$said" == no* || "$said" == *" of 192.0.2.5$i:"* ]]; } || wrong+="$name by $method: $said; "
        shift
    done
}
host="yes: host*" port="yes: port*"
kind 1 "full cone" "$host" "$port" "$port" "$host"
kind 2 "restricted cone" "$host" "$port" "$port" "$host"
kind 3 "port-restricted cone" "$host" "$port" "$port" "$host"
kind 4 symmetric "$host" "$port" "no: *sees this machine as*" "$host"
kind 5 "UDP blocked" "$host" "no: *does not answer by UDP*" "$port" "$host"
[ -z "$wrong" ] && pass matrix || bad matrix "$wrong"

# A key that was revoked counts no more; the hub asks for the card when it meets one that it does not know.
quiet alice --yes hub notary --revoke > /dev/null
first="$(prove 1 notary)"
for _ in $(seq 10); do second="$(prove 1 notary)"; [[ "$second" == yes* ]] && break; sleep 0.1; done
[[ "$first" == no* && "$second" == yes* ]] && pass "revoked key" || bad "revoked key" "$first / $second"

nonce="$(head -c 32 /dev/urandom | base64 -w 0 | tr '+/' '-_' | tr -d =)"
ask() { local url="$1"; shift; in_ box1 curl -s "$@" "$url/v1/notarize?nonce=$nonce&aud=x"; }
in_ box1 nft flush ruleset
post=(-d "" -H "Hawser-Notarize: 1")
said="$(ask http://192.0.2.6 "${post[@]}") $(ask http://192.0.2.7 "${post[@]}")"
[[ "$said" == *'"ip":"192.0.2.51"'*'"port":null'*'"ip":"192.0.2.51"'*'"port":'[1-9]* ]] && pass notaries || bad notaries "$said"
said="$(ask http://192.0.2.6 "${post[@]}" -H "X-Forwarded-For: 198.51.100.99") $(ask http://192.0.2.7 "${post[@]}" -H "X-Forwarded-For: 198.51.100.99") $(ask http://192.0.2.6 "${post[@]}" -H "X-Forwarded-For: 198.51.100.99, 127.0.0.1")"
[[ "$said" == *192.0.2.51*192.0.2.51*192.0.2.51* && "$said" != *198.51.100.99* ]] && pass "spoofed header" || bad "spoofed header" "$said"
said="$(ask http://192.0.2.6 -o /dev/null -w '%{http_code} ')$(ask http://192.0.2.7 -o /dev/null -w '%{http_code} ')$(ask http://192.0.2.6 -d '' -o /dev/null -w '%{http_code} ')$(ask http://192.0.2.6 "${post[@]}" -H 'Origin: https://a.example' -o /dev/null -w '%{http_code} ')$(ask http://192.0.2.6 -X OPTIONS -H 'Origin: https://a.example' -H 'Access-Control-Request-Method: POST' -D - | grep -ci access-control-allow)"
[ "$said" = "405 405 400 403 0" ] && pass "no GET" || bad "no GET" "$said"

# A whole packet from 198.51.100.53:53, which nobody there has sent, to who wants it from there.
in_ victim ip route add default via 203.0.113.1
in_ victim timeout 20 $hawser --home "$place/none" --json sp3 receive http://203.0.113.1:8430 --port 7001 --count 1 --source 198.51.100.53:53 > "$place/got" 2>&1 &
receiving=$!; started+=($receiving)
for _ in $(seq 200); do grep -q '"open"' "$place/got" && break; sleep 0.05; done
sent="$(in_ web timeout 10 $hawser --home "$place/none" --json sp3 send http://192.0.2.1:8430 203.0.113.66:7001 hello --source 198.51.100.53:53 2>&1 | tail -n 1)"
wait "$receiving"
grep -q '"payload":"aGVsbG8="' "$place/got" && pass "whole packets" || bad "whole packets" "$sent; $(tail -n 1 "$place/got")"

wait "$flood"
count() { in_ victim nft -j list counter ip count arrived | sed -E 's/.*"packets": ?([0-9]+).*/\1/'; }
said="$(tail -n 1 "$place/flood")"; arrived="$(count)"
echo "  $said; packets at the victim: $arrived" >&2
[[ "$said" == "identities=1000 "* ]] && [ "$arrived" -ge 1 ] && [ "$arrived" -le 3 ] && pass flood || bad flood "$said; packets at the victim: $arrived"
exit $failed
