#!/usr/bin/env bash
# Where UDP is blocked, TCP carries everything: an invitation, ping, a service, files; and a ticket works once there too.
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." || exit 1
[ "$(id -u)" -eq 0 ] && command -v nft > /dev/null && command -v ip > /dev/null && ip netns list > /dev/null 2>&1 \
    || { echo "skip tcp: network namespaces need root, ip and nft"; exit 0; }
place="$(mktemp -d)"
names=(hawt-pi-$$ hawt-laptop-$$ hawt-thief-$$)
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
for i in 0 1 2; do
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
    mkdir "$place/web" && ip netns exec "${names[0]}" python3 -m http.server -b 127.0.0.1 -d "$place/web" 8000 > /dev/null 2>&1 &
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
exit $status
