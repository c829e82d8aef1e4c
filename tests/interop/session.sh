#!/usr/bin/env bash
# The client of session.mjs against a real node. Started by tests/lab/interop.sh, which has put npm's packages in place.
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." || exit 1
place="$(mktemp -d)"
started=()
clean() { kill "${started[@]}" 2> /dev/null; wait 2> /dev/null; rm -rf "$place"; }
trap clean EXIT
fail() { echo "fail session-client: $1: $(tr '\n' ' ' < "$place/js" 2> /dev/null)"; exit 1; }
hawser() { timeout 30 ./hawser --home "$place/node" --quiet "$@"; }
await() { for _ in $(seq 200); do grep -q "$1" "$place/js" && return; sleep 0.05; done; fail "no \"$1\""; }

# A port below those that the kernel gives to connections: TCP would not get one of them that somebody has.
timeout 120 ./hawser --home "$place/node" up --port $((20000 + RANDOM % 10000)) > "$place/log" 2>&1 &
started+=($!)
for _ in $(seq 400); do [ -S "$place/node/control.sock" ] && break; sleep 0.05; done
link="$(hawser invite --for js | head -n 1)"
node tests/interop/session.mjs "$link" 127.0.0.1 > "$place/js" 2>&1 &
client=$!
started+=($client)
await '^delivered 1$'
hawser chat js --history 5 < /dev/null 2>&1 | grep -q 'hello from JavaScript' || fail "the node shows no message of it"
hawser msg js "ahoy" > /dev/null 2>&1 || fail "msg"
await '^said ahoy$'
hawser msg js "come back" > /dev/null 2>&1 || fail "msg"
await '^back$'
await '^delivered 2$'
hawser msg js "bye" > /dev/null 2>&1 || fail "msg"
await '^said bye$'
wait "$client" || fail "the client ended with $?"
grep -q '^altered silence$' "$place/js" || fail "an altered N was answered"
echo "pass session-client"
echo "pass session-client-altered-N"

# Photographed by another: the same link is worth nothing now.
node tests/interop/session.mjs "$link" 127.0.0.1 > "$place/js" 2>&1
grep -q '^failed the ticket met silence$' "$place/js" && echo "pass session-client-stolen-ticket" || fail "the used ticket"
