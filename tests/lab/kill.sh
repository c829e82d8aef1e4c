#!/usr/bin/env bash
# kill -9 of hubs and nodes at random points loses no claim, no key and no file that somebody was told of.
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." || exit 1
rounds=50
[ -z "${HAWSER_LONG:-}" ] || rounds=200
if output="$(./hawser lab kill --rounds "$rounds" 2>&1)" && [[ "$output" == *$'\n'"pass "* ]]; then
    grep '^pass ' <<< "$output"
else
    echo "$output" >&2
    grep -E '^(pass|fail) ' <<< "$output"
    [[ "$output" == *$'\n'"fail "* ]] || echo "fail kill: $(tail -n 1 <<< "$output")"
    exit 1
fi
