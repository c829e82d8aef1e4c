#!/usr/bin/env bash
# Two nodes that know only each other's keys meet through a real node of a ledger: bcoin on regtest.
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." || exit 1
. scripts/setup.sh
need_bcoin || { echo "skip chain: $bcoin_missing"; exit 0; }
place="$(mktemp -d)"
started=()
clean() { kill "${started[@]}" 2> /dev/null; wait 2> /dev/null; rm -rf "$place"; }
trap clean EXIT
failed=0
check() { if [ "$2" = "$3" ]; then echo "pass $1"; else echo "fail $1: $3, and not $2"; failed=1; fi; }
fail() { echo "fail $1"; exit 1; }

# 1. The demonstration: each node with coins of its own.
output="$(./hawser demo --via chain --json 2>&1)"
[[ "$output" == *'"passed":true'* ]] && echo "pass chain-demo" || { echo "fail chain-demo: $(tail -n 1 <<< "$output" | cut -c 1-400)"; failed=1; }

# 2. By hand, as a user does: one node pays from the ledger's own wallet, invitations are accepted by a person.
port=$((26000 + RANDOM % 6000))
key="$(od -An -N8 -tx8 /dev/urandom | tr -d ' ')"
mkdir "$place/ledger"
node "$HAWSER_BCOIN" --network=regtest --memory=true --discover=false --upnp=false --listen=false --host=127.0.0.1 --log-level=none --workers=false \
    --prefix="$place/ledger" --http-port=$port --port=$((port + 1)) --public-port=$((port + 1)) --wallet-http-port=$((port + 2)) --wallet-plugin --wallet-witness=true \
    --api-key="$key" --wallet-api-key="$key" > "$place/ledger.log" 2>&1 < /dev/null &
started+=($!)
# call PORT METHOD PARAMS, and post PATH BODY: what the node answers. The name and password stay out of ps.
printf 'user = "x:%s"\n' "$key" > "$place/curl"
call() { curl -s -m 30 -K "$place/curl" -d "{\"id\":1,\"method\":\"$2\",\"params\":$3}" "http://127.0.0.1:$1/"; }
post() { curl -s -m 30 -K "$place/curl" -d "$2" "http://127.0.0.1:$((port + 2))/$1"; }
for _ in $(seq 200); do call $port getblockcount '[]' | grep -q '"result":0' && break; sleep 0.05; done
mine="$(post wallet/primary/address '{"account":"default"}' | sed -n 's/.*"address": *"\([^"]*\)".*/\1/p')"
call $port generatetoaddress "[600,\"$mine\"]" > /dev/null

url="http://x:$key@127.0.0.1:$port/"
udp=$((port + 9))
for who in laptop pi guest; do
    mkdir -m 700 "$place/$who"
    udp=$((udp + 1))
    if [ "$who" = laptop ]; then wallet=", \"chainWallet\": \"http://x:$key@127.0.0.1:$((port + 2))/\""; else wallet=""; fi
    echo "{\"chain\": \"$url\"$wallet}" > "$place/$who/config.json"
    ./hawser --home "$place/$who" up --port $udp --chain-at 127.0.0.1:$udp --chain-ask $([ "$who" = pi ] && echo --chain-open) > "$place/$who.log" 2>&1 &
    started+=($!)
done
laptop() { ./hawser --home "$place/laptop" "$@" 2>> "$place/talk"; }
pi() { ./hawser --home "$place/pi" "$@" 2>> "$place/talk"; }
guest() { ./hawser --home "$place/guest" "$@" 2>> "$place/talk"; }
ready() { for _ in $(seq 200); do $1 chain status --json 2> /dev/null | grep -q "$2" && return; sleep 0.1; done; fail "chain: $1 is not ready: $(tail -n 1 "$place/$1.log")"; }
ready laptop '"ledger":"regtest"'
ready pi '"ledger":"regtest"'
laptop peer add "$(pi peer card | tail -n 1)" --as pi > /dev/null && pi peer add "$(laptop peer card | tail -n 1)" --as laptop > /dev/null || fail "chain: cards"
pi expose echo --for laptop > /dev/null

script="$(pi chain status --json | sed 's/.*"payScript":"\([^"]*\)".*/\1/')"
post wallet/primary/send "{\"rate\":2000,\"outputs\":[{\"value\":40000,\"script\":\"$script\"}]}" > /dev/null
ready pi '"balance":40000' # seen before it is in any block
check chain-cost-first 2 "$(laptop chain invite pi < /dev/null > /dev/null; echo $?)" # nobody is here to say yes: nothing is spent
check chain-nothing-spent 1 "$(call $port getrawmempool '[]' | grep -o '[0-9a-f]\{64\}' | wc -l)"
check chain-too-dear 4 "$(laptop chain invite pi --yes --max-fee 10 > /dev/null; echo $?)"
check chain-mempool-untouched 1 "$(call $port getrawmempool '[]' | grep -o '[0-9a-f]\{64\}' | wc -l)"

laptop --quiet --timeout 30s dial pi/echo --via chain --yes <<< ahoy > "$place/said" &
dialling=$!
ready pi '"state":"decrypted"'
check chain-listed 1 "$(pi chain accept --json | grep -c '"state":"decrypted"')"
number="$(pi chain accept --json | sed 's/.*"number":\([0-9]*\).*/\1/')"
pi chain accept "$number" --yes > /dev/null || fail "chain: accept: $(tail -n 1 "$place/talk")"
wait $dialling
check chain-dial ahoy "$(cat "$place/said")"

# What is on the ledger: two messages, each within 80 bytes of data, under segwit inputs only.
check chain-transactions 3 "$(call $port getrawmempool '[]' | grep -o '[0-9a-f]\{64\}' | wc -l)"
sizes="$(for id in $(call $port getrawmempool '[]' | grep -o '[0-9a-f]\{64\}'); do call $port getrawtransaction "[\"$id\"]" | grep -o '6a0449504332[0-9a-f]\{42\}1[f]\|6a0449504332[0-9a-f]\{42\}27' | tail -c 3; done | sort | tr '\n' ' ')"
check chain-messages "1f 27 " "$sizes" # 31 and 39 bytes after 24: 55 and 63

# 3. A stranger, who has pi's card and whom pi does not know: it waits in quarantine until it has a name. All coins are its own.
ready guest '"ledger":"regtest"'
guest peer add "$(pi peer card | tail -n 1)" --as pi > /dev/null || fail "chain: card"
script="$(guest chain status --json | sed 's/.*"payScript":"\([^"]*\)".*/\1/')"
post wallet/primary/send "{\"rate\":2000,\"outputs\":[{\"value\":40000,\"script\":\"$script\"}]}" > /dev/null
ready guest '"balance":40000'
check chain-introduced full "$(guest chain invite pi --introduce --yes --json | tail -n 1 | sed 's/.*"profile":"\([a-z]*\)".*/\1/')"
ready pi '"state":"decrypted"'
number="$(pi chain accept --json | grep '"stranger":true' | sed 's/.*"number":\([0-9]*\).*/\1/')"
check chain-stranger-unnamed 2 "$(pi chain accept "$number" --yes > /dev/null; echo $?)"
check chain-stranger connected "$(pi chain accept "$number" --as guest --yes --json | tail -n 1 | sed 's/.*"state":"\([a-z]*\)".*/\1/')"

# They know each other now. An invitation in the full profile, under the keys that they agreed on; and it is taken back.
until_agreed() { for _ in $(seq 100); do [ "$(guest peer show pi --json | grep -o '"chainKey":"[^"]*"')" != "$1" ] && return; sleep 0.1; done; fail "chain: no fresh keys"; }
until_agreed "$(pi chain status --json | grep -o '"chainKey":"[^"]*"')"
sent="$(guest chain invite pi --profile full --yes --json | tail -n 1)"
check chain-full sent "$(sed 's/.*"state":"\([a-z]*\)".*/\1/' <<< "$sent")"
[ "$(sed 's/.*"messageSize":\([0-9]*\).*/\1/' <<< "$sent")" -gt 300 ] || echo "fail chain-full-size: $sent"
ready pi '"state":"decrypted"'
number="$(sed 's/.*"number":\([0-9]*\).*/\1/' <<< "$sent")"
check chain-cancel-cost-first 2 "$(guest chain cancel "$number" < /dev/null > /dev/null; echo $?)"
guest chain cancel "$number" --yes > /dev/null || fail "chain: cancel: $(tail -n 1 "$place/talk")"
for _ in $(seq 100); do pi chain status --json | grep -q '"trouble":"the peer has taken it back"' && break; sleep 0.1; done
check chain-cancelled 0 "$(pi chain accept --json | grep -c '"state"')"
check chain-scanned 3 "$(pi chain scan > /dev/null && pi chain status --json | grep -o '"role":"invitee"' | wc -l)" # read again, and nobody is met anew

# A branch is replaced: nobody is met twice, and nothing is paid again.
call $port generatetoaddress "[2,\"$mine\"]" > /dev/null
ready pi '"height":602'
hash="$(call $port getblockhash '[601]' | grep -o '[0-9a-f]\{64\}' | head -n 1)"
call $port invalidateblock "[\"$hash\"]" > /dev/null
call $port generatetoaddress "[4,\"$mine\"]" > /dev/null
ready pi '"height":604'
check chain-reorganised 3 "$(pi chain status --json | grep -o '"role":"invitee"' | wc -l)"

# The ledger's node goes away: that is said, in one sentence, and nothing else suffers.
kill "${started[0]}"
ready pi '"trouble":"the node at 127.0.0.1:'
check chain-node-away 5 "$(laptop chain invite pi --yes > /dev/null; echo $?)"
check chain-channel-stands ahoy "$(laptop --quiet --timeout 20s dial pi/echo <<< ahoy)"
exit $failed
