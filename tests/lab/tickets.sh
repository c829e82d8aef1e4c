#!/usr/bin/env bash
# A thousand keys show one ticket at once, while the node is killed -9: one gets in, and may come again.
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." || exit 1
rounds=4
[ -z "${HAWSER_LONG:-}" ] || rounds=40
output="$(timeout 900 ./hawser lab tickets --rounds "$rounds" 2>&1)"
grep -E '^(pass|fail) ' <<< "$output" || { echo "fail tickets: $(tail -n 1 <<< "$output")"; exit 1; }
[[ "$output" != *"fail "* ]]
