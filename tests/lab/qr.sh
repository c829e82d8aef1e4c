#!/usr/bin/env bash
# What `invite` shows and writes is read back by a camera's program (zbarimg): the terminal's picture of the short form,
# and the pictures of PNG and SVG of the link.
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." || exit 1
. scripts/setup.sh
for tool in zbarimg python3 script; do command -v "$tool" > /dev/null || { echo "skip qr: $tool is not installed"; exit 0; }; done
place="$(mktemp -d)"
started=()
clean() { kill "${started[@]}" 2> /dev/null; wait 2> /dev/null; rm -rf "$place"; }
trap clean EXIT
status=0
pass() { echo "pass qr-$1"; }
fail() { echo "fail qr-$1: $2"; status=1; }
at() { local home="$1"; shift; timeout 60 ./hawser --home "$place/$home" --quiet "$@"; }
up() { ./hawser --home "$place/$1" "${@:2}" up > "$place/$1.log" 2>&1 & started+=($!); for _ in $(seq 200); do [ -S "$place/$1/control.sock" ] && break; sleep 0.05; done; }
read_by_camera() { zbarimg -q --raw "$1" 2> /dev/null; }

base=$((20000 + RANDOM % 20000))
at hub hub init --name hub --url "http://127.0.0.1:$base" --http "127.0.0.1:$base" --udp "127.0.0.1:$((base + 1))" > /dev/null 2>&1
at hub hub card > "$place/hub.card" && at hub federation new --tick 1s "$place/hub.card" > "$place/federation" \
    && at hub hub join "$place/federation" > /dev/null || fail hub "no hub"
up hub hub
up node
at node signon "$(at hub hub card --link)" > /dev/null 2>&1 || fail signon "$(tail -n 1 "$place/node.log")"

for kind in png svg; do
    link="$(at node --json invite --image "$place/ticket.$kind" | grep -o '"link":"[^"]*"' | head -n 1 | cut -d '"' -f 4)"
    picture="$place/ticket.$kind"
    if [ $kind = svg ]; then python3 tests/lab/qr.py svg "$picture" "$place/svg.pgm" && picture="$place/svg.pgm"; fi
    seen="$(read_by_camera "$picture")"
    [ -n "$link" ] && [ "$seen" = "$link" ] && pass "$kind" || fail "$kind" "it reads: ${seen:-nothing}"
done

# As on a terminal: the short form. What the camera reads is what `join` takes.
script -qec "./hawser --home $place/node invite" /dev/null > "$place/screen" 2>&1 < /dev/null
columns="$(python3 tests/lab/qr.py terminal "$place/screen" "$place/screen.pgm" 2>&1)"
seen="$(read_by_camera "$place/screen.pgm")"
[[ "$seen" =~ ^[A-Z2-7]{80,110}$ ]] && pass terminal || fail terminal "it reads: ${seen:-nothing} ($columns)"
[ "${columns% columns}" -le 41 ] && pass width || fail width "$columns"
up friend
at friend signon "$(at hub hub card --link)" > /dev/null 2>&1
joined="$(at friend --json join - --as node <<< "$seen" 2>&1 | tail -n 1)"
[[ "$joined" == *'"state":"connected"'* ]] && pass join || fail join "$joined"
exit $status
