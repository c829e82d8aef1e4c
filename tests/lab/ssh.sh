#!/usr/bin/env bash
# The system's ssh through a node, to a real sshd behind another; the contact is made by an invitation.
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." || exit 1
[ "$(id -u)" -eq 0 ] || { echo "skip ssh: only root may run sshd here"; exit 0; }
[ -x /usr/sbin/sshd ] && command -v ssh > /dev/null || { echo "skip ssh: openssh-server or openssh-client is not installed"; exit 0; }
place="$(mktemp -d)"
started=()
clean() { kill "${started[@]}" 2> /dev/null; wait 2> /dev/null; rm -rf "$place"; }
trap clean EXIT
fail() { echo "fail ssh: $1"; exit 1; }

mkdir -p /run/sshd
ssh-keygen -q -t ed25519 -N '' -f "$place/host" && ssh-keygen -q -t ed25519 -N '' -f "$place/user" || fail "no keys"
port=$((20000 + RANDOM % 6000))
/usr/sbin/sshd -D -p "$port" -h "$place/host" -o ListenAddress=127.0.0.1 -o AuthorizedKeysFile="$place/user.pub" -o StrictModes=no \
    -o PidFile=none -o UsePAM=no 2> "$place/sshd.log" &
started+=($!)
for who in pi laptop; do
    [ "$who" = laptop ] || ./hawser --home "$place/pi" --quiet expose "ssh=tcp:127.0.0.1:$port" > /dev/null || fail "expose"
    ./hawser --home "$place/$who" up > "$place/$who.log" 2>&1 &
    started+=($!)
    for _ in $(seq 200); do [ -S "$place/$who/control.sock" ] && break; sleep 0.05; done
done
link="$(./hawser --home "$place/pi" --quiet invite --service ssh | head -n 1)"
./hawser --home "$place/laptop" --quiet join - --as pi <<< "$link" > "$place/join" 2>&1 || fail "join: $(tail -n 1 "$place/join")"
said="$(./hawser --home "$place/laptop" --quiet ssh root@pi -i "$place/user" -o IdentitiesOnly=yes -o StrictHostKeyChecking=accept-new \
    -o UserKnownHostsFile="$place/known" -o LogLevel=ERROR 'echo ahoy' 2>&1)"
[ "$said" = ahoy ] && echo "pass ssh" || fail "it said: $said"
