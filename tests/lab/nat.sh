#!/usr/bin/env bash
# Real nodes behind real NATs, in network namespaces: one line for each experiment.
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." || exit 1
failed=0
for experiment in nat dial; do
    output="$(./hawser lab "$experiment" 2>&1)"
    code=$?
    sed 's/^/  /' <<< "$output" >&2
    case "$output" in
        *"$experiment: skipped: "*) echo "skip lab $experiment: ${output#*skipped: }" ;;
        *) if [ $code -eq 0 ]; then echo "pass lab $experiment"; else echo "fail lab $experiment: $(tail -n 1 <<< "$output")"; failed=1; fi ;;
    esac
done
exit $failed
