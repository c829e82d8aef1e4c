#!/usr/bin/env bash
# Two people who share nothing but a link become contacts, chat, and reach each other's services; a third who photographed
# the link gets nothing. Real processes on loopback, one of them killed in the middle.
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." || exit 1
place="$(mktemp -d)"
declare -A node
clean() { kill "${node[@]}" 2> /dev/null; wait 2> /dev/null; rm -rf "$place"; }
trap clean EXIT
step=start
fail() { echo "fail people-$step: $1"; exit 1; }
pass() { echo "pass people-$step"; }
as() { local who="$1"; shift; ./hawser --home "$place/$who" --quiet "$@" 2>> "$place/$who.talk"; }
up() {
    rm -f "$place/$1/control.sock"
    ./hawser --home "$place/$1" up >> "$place/$1.log" 2>&1 &
    node[$1]=$!
    for _ in $(seq 300); do [ -S "$place/$1/control.sock" ] && return; sleep 0.05; done
    fail "the node of $1 did not start"
}
until_true() { for _ in $(seq 600); do eval "$1" && return 0; sleep 0.1; done; return 1; }

for who in ann ben cy; do up "$who"; done
as ann expose echo --for contacts > /dev/null && as ben expose echo > /dev/null || fail "expose"

step=join
as ann --json invite --for ben --image "$place/ticket.png" > "$place/invited" || fail "invite"
link="$(sed -n 's/.*"link":"\([^"]*\)".*/\1/p' "$place/invited" | head -n 1)"
[ -s "$place/ticket.png" ] || fail "no picture"
if command -v zbarimg > /dev/null; then [ "$(zbarimg -q --raw "$place/ticket.png")" = "$link" ] || fail "a camera reads something else"; fi
as ben --json join - --as ann <<< "$link" > "$place/joined" || fail "$(tail -n 1 "$place/ben.talk")"
words="$(sed -n 's/.*"words":"\([^"]*\)".*/\1/p' "$place/joined")"
grep -q '"tally":"[0-9a-f]' "$place/joined" || fail "no tally was signed"
until_true '[ -n "$words" ] && as ann invite list | grep -q "$words"' || fail "they see other words"
as ann tally | grep -q '^ben *open' && as ben tally | grep -q '^ann *open' || fail "the tally is not open on both sides"
pass

step=chat
printf 'hello ann\nare you there\n' | as ben chat ann > /dev/null || fail "ben could not speak"
echo 'here I am' | as ann chat ben > "$place/heard" || fail "ann could not speak"
printf 'ben: hello ann\nben: are you there\n' | cmp -s - "$place/heard" || fail "ann heard: $(cat "$place/heard")"
[ "$(as ben chat ann < /dev/null)" = "ann: here I am" ] || fail "ben did not hear ann"
pass

step=services
[ "$(echo ahoy | as ben dial ann/echo)" = ahoy ] || fail "ben does not reach ann"
if echo ahoy | as ann dial ben/echo > /dev/null; then fail "ann reached what was not for her"; fi
as ben expose echo --for ann > /dev/null
[ "$(echo ahoy | as ann dial ben/echo)" = ahoy ] || fail "ann does not reach ben"
pass

step=away
kill -9 "${node[ann]}"; wait "${node[ann]}" 2> /dev/null
as ben --json msg ann 'while you were away' | grep -q delivered && fail "delivered to nobody"
kill -9 "${node[ben]}"; wait "${node[ben]}" 2> /dev/null # what was said to be queued is on disk
up ben; up ann
until_true 'as ann chat ben < /dev/null | grep -q "ben: while you were away"' || fail "it did not arrive"
until_true 'as ben --json tally | grep -q "\"queued\":0"' || fail "ben was not told that it arrived"
[ "$(as ann --json chat ben --history 50 < /dev/null | grep -c 'while you were away')" -le 1 ] || fail "it came twice"
pass

step=photograph
as cy --timeout 6s join - --as ann <<< "$link" > /dev/null && fail "a third got in by the same link"
as ann peer | grep -qE '^(cy|guest)' && fail "ann has a contact too many"
as ann invite list | grep -q 'a second key showed it' || fail "ann was not told"
pass

step=link
head -c 3000000 /dev/urandom > "$place/film"
as ann send "$place/film" > "$place/given" &
sending=$!
until_true '[ -s "$place/given" ]' || fail "no link was given"
as cy receive - --into "$place/got" < <(head -n 1 "$place/given") > "$place/taken" || fail "$(tail -n 1 "$place/cy.talk")"
wait "$sending" || fail "the sender says that it failed"
cmp -s "$place/film" "$place/got/film" || fail "it is not the same"
grep -q "$(sha256sum "$place/film" | cut -d ' ' -f 1)" "$place/taken" || fail "no digest, or another"
as ben --timeout 6s receive - < <(head -n 1 "$place/given") > /dev/null && fail "the link worked twice"
pass

step=block
connected() { as ann status --json | sed 's/.*"peers":\[\([^]]*\)\].*/\1/' | grep -q '"peer":"ben"'; }
until_true connected || fail "ben is not connected"
as ann peer block ben > /dev/null
until_true '! connected' || fail "the channel of a blocked peer stands"
echo ahoy | as ben --timeout 6s dial ann/echo > /dev/null && fail "a blocked peer gets in"
pass
