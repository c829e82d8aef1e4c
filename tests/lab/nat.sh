#!/usr/bin/env bash
# Real nodes behind real NATs, in network namespaces: one line for each experiment.
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." || exit 1
failed=0
for experiment in nat dial; do
    out="$(dotnet artifacts/bin/Hawser.Lab/release/Hawser.Lab.dll "$experiment" 2>&1)"
    code=$?
    echo "$out" | sed 's/^/  /' >&2
    case "$out" in
        skipped:*) echo "skip lab $experiment: ${out#skipped: }" ;;
        *) if [ $code -eq 0 ]; then echo "pass lab $experiment"; else echo "fail lab $experiment: $(tail -n 1 <<< "$out")"; failed=1; fi ;;
    esac
done
exit $failed
