#!/usr/bin/env bash
# Seven admins as processes, one of whom lies; another one is killed and started again at random, while users claim, renew,
# hand over and give up IDs. Then everything is recomputed twice, and the liar convicted by a proof. The thousand: --long.
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." || exit 1
command -v python3 > /dev/null || { echo "skip federation: python3 is not installed"; exit 0; }
arguments=(--users 40 --tick 2)
[ -z "${HAWSER_LONG:-}" ] || arguments=(--users 1000 --tick 4)
if output="$(./hawser lab federation "${arguments[@]}" 2>&1)" && [[ "$output" == *$'\n'"pass "* ]]; then
    grep '^pass ' <<< "$output"
else
    echo "$output" >&2
    grep -E '^(pass|fail) ' <<< "$output"
    [[ "$output" == *$'\n'"fail "* ]] || echo "fail federation: $(tail -n 1 <<< "$output")"
    exit 1
fi
