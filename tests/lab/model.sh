#!/usr/bin/env bash
# The agreement's model, searched through by Spin: no split; and each mutant of it is caught, so that the search is known to see.
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." || exit 1
{ command -v spin && command -v gcc; } > /dev/null || { echo "skip model: spin or gcc is not installed"; exit 0; }
model="$PWD/docs/spec/models/agreement.pml"
place="$(mktemp -d)"
trap 'rm -rf "$place"' EXIT
cd "$place" || exit 1
code=0

# check NAME ERRORS [DEFINITION]: what the search has to come to. One that finds nothing has to have been whole.
check() {
    spin -a "${@:3}" "$model" > said 2>&1 && gcc -O2 -w -DSAFETY -DMEMLIM=3000 -o pan pan.c && ./pan -m1000000 > said 2>&1
    if grep -q "errors: $2\$" said && { [ "$2" -ne 0 ] || ! grep -qE 'not completed|too small|MEMLIM' said; }; then
        echo "pass model_$1"
    else
        echo "fail model_$1: $(grep -E 'rror|not completed|too small|MEMLIM' said | head -n 1)"
        code=1
    fi
}

check no_split 0
check without_locks_is_caught 1 -DNO_LOCK
check with_a_lost_vote_store_is_caught 1 -DAMNESIA
check with_a_low_quorum_is_caught 1 -DLOW_QUORUM
check values_are_decided 1 -DREACHABLE
exit "$code"
