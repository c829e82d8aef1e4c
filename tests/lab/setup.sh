#!/usr/bin/env bash
# A machine without the SDK, and one without the libraries: each is said in a sentence, with what to do. They are hidden in
# a mount namespace of our own.
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." || exit 1
[ "$(id -u)" -eq 0 ] || { echo "skip setup: only root may hide the SDK"; exit 0; }
place="$(mktemp -d)"
trap 'rm -rf "$place"' EXIT
fail() { echo "fail setup: $1"; exit 1; }

# without_sdk COMMAND…: every place that setup.sh knows is empty, and no dotnet is in PATH.
without_sdk() {
    unshare --mount bash -c '
        for place in "$1" "$HOME/.dotnet" /usr/share/dotnet /usr/lib/dotnet /opt/dotnet; do
            [ ! -d "$place" ] || mount -t tmpfs tmpfs "$place"
        done
        shift
        exec env -u DOTNET_ROOT PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"' - "$(dirname "$(readlink -f "$(command -v dotnet)")")" "$@"
}

for command in ./test "./hawser --version"; do
    # shellcheck disable=SC2086
    said="$(without_sdk $command 2>&1)"
    code=$?
    [ "$code" -eq 6 ] && [[ "$said" == "hawser: the .NET 10 SDK is missing; get it with: "* ]] && [ "$(wc -l <<< "$said")" -eq 1 ] \
        || fail "without the SDK $command ended with $code: $said"
done

library="$(ldconfig -p | sed -n 's/.*libsodium\.so\.[0-9]* .*=> //p' | head -n 1)"
[ -n "$library" ] || fail "libsodium is not there"
said="$(unshare --mount bash -c 'mount --bind /dev/null "$1" && shift && exec ./hawser --home "$@"' - "$(readlink -f "$library")" "$place/home" ping "$(printf 'a%.0s' {1..10})" 2>&1)"
code=$?
[ "$code" -eq 6 ] && [[ "$said" == *libsodium* ]] && [[ "$said" == *apt-get* ]] || fail "without libsodium a ping ended with $code: $said"
echo "pass setup"
