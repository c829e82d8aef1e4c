#!/usr/bin/env bash
# The demonstration holds from end to end; as root in network namespaces.
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." || exit 1
output="$(./hawser demo --json 2>&1)"
if [ $? -eq 0 ] && [[ "$output" == *'"passed":true'* ]]; then
    echo "pass demo"
else
    echo "fail demo: $(tail -n 1 <<< "$output" | cut -c 1-400)"
    exit 1
fi
