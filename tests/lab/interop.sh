#!/usr/bin/env bash
# What is not ours, and is written from the pages of docs/spec alone, gets along with us: npm's Noise, and a client in
# JavaScript that joins by a ticket over TCP and exchanges messages.
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." || exit 1
. scripts/setup.sh
modules=artifacts/interop
reason=""
if ! command -v node > /dev/null || ! command -v npm > /dev/null; then
    install nodejs npm > /dev/null 2>&1
fi
if ! command -v node > /dev/null || ! command -v npm > /dev/null; then
    reason="node and npm are not here"
elif [ ! -d "$modules/node_modules/noise-protocol" ]; then
    mkdir -p "$modules" && cp tests/interop/package.json "$modules/"
    npm install --prefix "$modules" --no-audit --no-fund --no-package-lock --loglevel=error > "$modules/log" 2>&1 \
        || reason="npm cannot install noise-protocol: $(tail -n 1 "$modules/log")"
fi

# The same client in any case: what cannot run says so.
if [ -n "$reason" ]; then
    echo "skip noise-npm: $reason"
    echo "skip session-client: $reason"
    exit 0
fi

export HAWSER_INTEROP_MODULES="$PWD/$modules"
status=0
node tests/interop/noise.mjs "$PWD/hawser" || status=1
[ ! -e tests/interop/session.sh ] || tests/interop/session.sh || status=1
exit $status
