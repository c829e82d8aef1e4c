#!/usr/bin/env bash
# Where UDP is blocked, TCP carries everything: an invitation, ping, a service, files; and a ticket works once there too.
# Then nobody can connect to either of two nodes at all: a hub brings them together, all by TCP, by invitation and by ID.
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." || exit 1
[ "$(id -u)" -eq 0 ] && command -v nft > /dev/null && command -v ip > /dev/null && ip netns list > /dev/null 2>&1 \
    || { echo "skip tcp: network namespaces need root, ip and nft"; exit 0; }
place="$(mktemp -d)"
names=(hawt-pi-$$ hawt-laptop-$$ hawt-thief-$$ hawt-hub-$$)
started=()
clean() {
    kill "${started[@]}" 2> /dev/null; wait 2> /dev/null
    for name in "${names[@]}"; do ip netns del "$name" 2> /dev/null; done
    ip link del "hawt$$" 2> /dev/null
    rm -rf "$place"
}
trap clean EXIT
status=0
pass() { echo "pass tcp-$1"; }
fail() { echo "fail tcp-$1: $2"; status=1; }

ip link add "hawt$$" type bridge && ip link set "hawt$$" up || { echo "skip tcp: no bridge can be made here"; exit 0; }
for i in 0 1 2 3; do
    ip netns add "${names[i]}"
    ip link add "hawt$$-$i" type veth peer name eth0 netns "${names[i]}" && ip link set "hawt$$-$i" master "hawt$$" up
    ip -n "${names[i]}" link set lo up
    ip -n "${names[i]}" addr add "10.77.0.$((i + 1))/24" dev eth0 && ip -n "${names[i]}" link set eth0 up
    ip netns exec "${names[i]}" nft -f - << 'RULES'
table inet block {
    chain in {
        type filter hook input priority 0;
        iifname != "lo" meta l4proto udp drop;
    }
}
RULES
done
hawser() { local i="$1"; shift; timeout 60 ip netns exec "${names[i]}" ./hawser --home "$place/$i" "$@"; }

hawser 0 --quiet expose web=tcp:127.0.0.1:8000 --for contacts > "$place/expose" 2>&1 || fail expose "$(cat "$place/expose")"
for i in 0 1 2; do
    ip netns exec "${names[i]}" ./hawser --home "$place/$i" up > "$place/$i.log" 2>&1 &
    started+=($!)
    for _ in $(seq 200); do [ -S "$place/$i/control.sock" ] && break; sleep 0.05; done
done

link="$(hawser 0 --quiet invite --for laptop | head -n 1)"
joined="$(hawser 1 --json join - --as pi <<< "$link" 2>&1 | tail -n 1)"
[[ "$joined" == *'"state":"connected"'*'"carrier":"tcp"'* ]] && pass join || fail join "$joined"
pinged="$(hawser 1 --json ping pi -c 3 -i 0.05s 2>&1 | tail -n 1)"
[[ "$pinged" == *'"rttMs":'[0-9]*'"carrier":"tcp"'* ]] && pass ping || fail ping "$pinged"
why="$(hawser 1 why pi 2>&1)"
[[ "$why" == *tcp*"UDP did not get through"* ]] && pass why || fail why "$why"
hawser 1 status 2>&1 | grep -q 'direct tcp' && pass status || fail status "$(hawser 1 status 2>&1 | grep -A 3 peers)"
head -c 30000000 /dev/urandom > "$place/big"
sent="$(hawser 1 --json send "$place/big" pi 2>&1 | tail -n 1)"
find "$place/0" -name big -type f -exec cmp -s {} "$place/big" \; -print | grep -q big && pass send || fail send "$sent"
if command -v python3 > /dev/null; then
    mkdir "$place/web"
    ip netns exec "${names[0]}" python3 -m http.server -b 127.0.0.1 -d "$place/web" 8000 > /dev/null 2>&1 &
    started+=($!)
    for _ in $(seq 100); do
        answer="$(hawser 1 --quiet dial pi/web <<< $'GET / HTTP/1.0\r\n\r\n' 2>&1 | head -n 1)"
        [[ "$answer" == *"200 OK"* ]] && break
        sleep 0.1
    done
    [[ "$answer" == *"200 OK"* ]] && pass dial || fail dial "$answer"
fi


stolen="$(hawser 2 --quiet join - --as pi <<< "$link" 2>&1)"
[[ "$stolen" == *"nobody let us in"* ]] && pass stolen-ticket || fail stolen-ticket "$stolen"
listed="$(hawser 0 --json invite list 2>&1)"
[[ "$listed" == *'"state":"joined"'*'"alarm":"2'* ]] && pass alarm || fail alarm "$listed"
counted="$(hawser 0 --json status 2>&1)"
[[ "$counted" == *'"silenced":[{"name":"refused","count":'* ]] && pass counted || fail counted "$counted"

# From here on nobody may connect to a node either, as behind a NAT; the hub drops UDP as all do.
block() { ip netns exec "${names[$1]}" nft add rule inet block in iifname eth0 ct state new drop; }
block 1 && block 2
hub() { timeout 60 ip netns exec "${names[3]}" ./hawser --home "$place/hub" --quiet "$@"; }
hub hub init --name hub --url http://10.77.0.4:8440 --http 10.77.0.4:8440 --udp 10.77.0.4:65430 > "$place/hub.said" 2>&1 || fail hub "$(cat "$place/hub.said")"
hub hub card > "$place/hub.card"
hub federation new --tick 1s "$place/hub.card" > "$place/federation" && hub hub join "$place/federation" > /dev/null || fail federation "not founded"
ip netns exec "${names[3]}" ./hawser --home "$place/hub" hub up > "$place/hub.log" 2>&1 &
started+=($!)
for _ in $(seq 200); do hub --json hub status 2> /dev/null | grep -q '"online":true' && break; sleep 0.05; done
link="$(hub hub card --link)"
for i in 1 2; do hawser $i --quiet signon "$link" > "$place/signon$i" 2>&1 || fail signon "$(cat "$place/signon$i")"; done
hawser 2 --quiet id claim > "$place/claim" 2>&1 || fail claim "$(cat "$place/claim")"
for _ in $(seq 100); do hawser 1 --json status | grep -q '"line":"up"' && break; sleep 0.1; done
doctor="$(hawser 1 doctor 2>&1)"
[[ "$doctor" == *"its line is up, by TCP"*"answers; its federation is at height"* ]] && pass hub-line || fail hub-line "$(tail -n 6 <<< "$doctor")"
invited="$(hawser 2 --quiet invite --for laptop | head -n 1)"
joined="$(hawser 1 --json join - --as thief <<< "$invited" 2>&1 | tail -n 1)"
[[ "$joined" == *'"state":"connected"'*'"path":"relay"'* ]] && pass hub-join || fail hub-join "$joined"
head -c 2000000 /dev/urandom > "$place/photo"
sent="$(hawser 1 --json send "$place/photo" thief 2>&1 | tail -n 1)"
find "$place/2" -name photo -type f -exec cmp -s {} "$place/photo" \; -print | grep -q photo && pass hub-send || fail hub-send "$sent"
said="$(hawser 2 msg laptop hello 2>&1)"
[[ "$said" == *"laptop has it"* ]] && pass hub-msg || fail hub-msg "$said"
id="$(hawser 2 --json id watch 2> /dev/null | grep '"stage":"final"' | tail -n 1 | grep -o '"id":"[^"]*"' | cut -d '"' -f 4)"
by_id="$(hawser 1 --json ping "$id" -c 1 2>&1 | tail -n 1)"
[[ -n "$id" && "$by_id" == *'"rttMs":'[0-9]*'"path":"relay"'* ]] && pass hub-id || fail hub-id "${id:-no ID} $by_id"
exit $status
