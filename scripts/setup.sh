# Sourced by ./hawser and ./test: finds what they need, or says in one line how to get it. All talk goes to stderr.

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_GENERATE_ASPNET_CERTIFICATE=false

fail() { echo "hawser: $1" >&2; exit 6; }

# Puts an SDK of .NET 10 first in PATH.
find_sdk() {
    local dir
    for dir in "${DOTNET_ROOT:-}" "$(dirname "$(readlink -f "$(command -v dotnet || true)" 2>/dev/null)" 2>/dev/null)" \
        "$HOME/.dotnet" /usr/share/dotnet /usr/lib/dotnet /opt/dotnet; do
        if [ -n "$dir" ] && [ -x "$dir/dotnet" ] && compgen -G "$dir/sdk/10.*" > /dev/null; then
            export DOTNET_ROOT="$dir" PATH="$dir:$PATH"
            return
        fi
    done
    fail "the .NET 10 SDK is missing; get it with: curl -sSL https://dot.net/v1/dotnet-install.sh | bash -s -- --channel 10.0"
}

has_library() {
    # Read whole: a grep that leaves early would break the pipe, which pipefail takes for a failure.
    local known
    known="$(ldconfig -p 2>/dev/null || /sbin/ldconfig -p 2>/dev/null || true)"
    [[ "$known" == *"$1"* ]] || compgen -G "/usr/lib/*/$1*" > /dev/null || compgen -G "/usr/lib/$1*" > /dev/null \
        || compgen -G "/usr/local/lib/$1*" > /dev/null
}

# install PACKAGE…: with apt-get when we are root; else false.
install() {
    [ "$(id -u)" -eq 0 ] && command -v apt-get > /dev/null || return 1
    echo "hawser: installing $*" >&2
    (
        flock 7 # two labs may lack something at once, and apt-get gives up where another one runs
        apt=(env DEBIAN_FRONTEND=noninteractive apt-get -qq)
        "${apt[@]}" install -y --no-install-recommends "$@" >&2 2>/dev/null && exit
        "${apt[@]}" update >&2 && "${apt[@]}" install -y --no-install-recommends "$@" >&2
    ) 7> "${TMPDIR:-/tmp}/hawser-install.lock"
}

need_libraries() {
    local missing=()
    has_library libsodium.so || missing+=(libsodium23)
    has_library libsecp256k1.so || missing+=(libsecp256k1-1)
    [ ${#missing[@]} -eq 0 ] || install "${missing[@]}" \
        || fail "native libraries are missing; install them with: sudo apt-get install ${missing[*]}"
    # Only makes bulk transfers faster, so it is not waited for where it cannot be had.
    [ "$(uname -m)" != x86_64 ] || has_library libIPSec_MB.so.1 || install libipsec-mb1 2> /dev/null || true
}

# What the parts of the tests need that run as root, in network namespaces.
need_lab_tools() {
    [ "$(id -u)" -eq 0 ] || return 0
    local missing=()
    command -v nft > /dev/null || missing+=(nftables)
    command -v ip > /dev/null || missing+=(iproute2)
    command -v ping > /dev/null || missing+=(iputils-ping)
    command -v curl > /dev/null || missing+=(curl)
    command -v ssh > /dev/null || missing+=(openssh-client)
    [ -x /usr/sbin/sshd ] || missing+=(openssh-server)
    [ -x /lib/systemd/systemd ] || missing+=(systemd)
    command -v spin > /dev/null || missing+=(spin)
    command -v python3 > /dev/null || missing+=(python3 python3-cryptography) # without the second it checks more slowly
    command -v gcc > /dev/null || missing+=(gcc libc6-dev)
    command -v zbarimg > /dev/null || missing+=(zbar-tools)
    command -v tshark > /dev/null || missing+=(tshark)
    [ ${#missing[@]} -eq 0 ] || install "${missing[@]}" || echo "hawser: without ${missing[*]} some tests are skipped" >&2
}

# A node of a ledger for tests, bcoin 1.0.2 from npm, in artifacts/: its script is then in HAWSER_BCOIN. False, with the
# reason in bcoin_missing, where it cannot be had. Without install scripts but those of two parts that are compiled.
need_bcoin() {
    local here folder
    here="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
    folder="$here/artifacts/bcoin"
    command -v node > /dev/null && command -v npm > /dev/null || install nodejs npm || { bcoin_missing="node and npm are not installed"; return 1; }
    if [ ! -f "$folder/ready" ] || [ "$here/tests/lab/bcoin.json" -nt "$folder/ready" ]; then
        mkdir -p "$folder"
        (
            flock 8
            [ ! -f "$folder/ready" ] || [ "$here/tests/lab/bcoin.json" -nt "$folder/ready" ] || exit 0
            echo "hawser: installing bcoin, once…" >&2
            cp "$here/tests/lab/bcoin.json" "$folder/package.json"
            cd "$folder" && npm install --ignore-scripts --no-audit --no-fund > log 2>&1 && npm rebuild mrmr bsip >> log 2>&1 && touch ready
        ) 8> "$folder/lock" || { bcoin_missing="bcoin cannot be installed; npm's words: $folder/log"; return 1; }
    fi
    export HAWSER_BCOIN="$folder/node_modules/bcoin/bin/node"
}
