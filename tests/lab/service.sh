#!/usr/bin/env bash
# `up --service` and `hub up --service` under a systemd of our own: it boots in namespaces on an overlay of this machine's
# files, so nothing that it writes stays. Then its power fails, and it boots again.
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." || exit 1

# Runs as the first process of the new namespaces: boot PLACE.
if [ "${1:-}" = boot ]; then
    set -e
    place="$2"
    project="$PWD"
    mount --make-rprivate /
    mount -t overlay overlay -o "lowerdir=/,upperdir=$place/layer/up,workdir=$place/layer/work" "$place/root"
    cd "$place/root"
    mount -t tmpfs tmpfs dev
    for node in null zero full random urandom tty; do touch "dev/$node" && mount --bind "/dev/$node" "dev/$node"; done
    ln -s /proc/self/fd dev/fd
    mount -t proc proc proc
    mount -t sysfs sysfs sys
    mount -t tmpfs tmpfs run
    mount -t tmpfs tmpfs tmp
    [ -d ".$project" ] || { mkdir -p ".$project" && mount --bind "$project" ".$project"; } # it may lie below /tmp
    mount -t cgroup2 cgroup2 sys/fs/cgroup
    ip link set lo up
    # Only what we add is to start.
    if [ ! -e "$place/layer/cleared" ]; then
        rm -rf etc/systemd/system/*.wants && touch "$place/layer/cleared"
        for unit in getty.target console-getty.service systemd-logind.service systemd-timesyncd.service; do
            ln -sf /dev/null "etc/systemd/system/$unit"
        done
    fi
    exec chroot . env -i container=lxc PATH=/usr/bin:/usr/sbin:/bin:/sbin /lib/systemd/systemd --system --unit=multi-user.target \
        --log-target=journal
fi

[ "$(id -u)" -eq 0 ] || { echo "skip service: only root may boot a systemd in namespaces"; exit 0; }
[ -x /lib/systemd/systemd ] || { echo "skip service: systemd is not installed"; exit 0; }
place="$(mktemp -d)"
mkdir "$place/layer" "$place/root" && mount -t tmpfs tmpfs "$place/layer" && mkdir "$place/layer/up" "$place/layer/work"
outer=''
first=''
power_off() { [ -z "$first" ] || kill -9 "$first"; wait "$outer" 2> /dev/null; first=''; }
clean() { power_off; umount "$place/layer"; rm -rf "$place"; }
trap clean EXIT
fail() { echo "fail service: $1"; exit 1; }

power_on() {
    unshare --mount --pid --fork --cgroup --uts --ipc --net "$(readlink -f tests/lab/service.sh)" boot "$place" > "$place/boot.log" 2>&1 &
    outer=$!
    for _ in $(seq 200); do
        first="$(cat "/proc/$outer/task/$outer/children" 2> /dev/null)"
        first="${first%% *}"
        [ -n "$first" ] && [ "$(inside systemctl is-system-running 2> /dev/null)" = running ] && return
        sleep 0.1
    done
    fail "systemd did not boot: $(tail -n 1 "$place/boot.log")"
}
inside() { nsenter --target "$first" --mount --uts --ipc --net --pid --cgroup --root --wd env -i PATH="$PATH" HOME=/root "$@"; }
hawser() { inside "$PWD/hawser" "$@"; }
awaited() { for _ in $(seq 100); do "$@" > /dev/null 2>&1 && return; sleep 0.1; done; return 1; }

./hawser --version > /dev/null || fail "no build"
power_on
hawser --quiet expose ssh=tcp:127.0.0.1:22 > /dev/null || fail "expose"
hawser up --service 2> "$place/said" || fail "up --service: $(cat "$place/said")"
hawser status --json > "$place/before" || fail "no node answers after up --service"
hub=(--home /root/hub)
hawser "${hub[@]}" --quiet hub init --name harbour --url http://127.0.0.1:8430 > /dev/null 2> "$place/said" || fail "hub init: $(cat "$place/said")"
hawser "${hub[@]}" hub card > "$place/card" 2> /dev/null || fail "hub card"
cp "$place/card" "$place/layer/up/harbour.card"
hawser --quiet federation new /harbour.card > "$place/federation" 2> "$place/said" || fail "federation new: $(cat "$place/said")"
cp "$place/federation" "$place/layer/up/north.federation"
hawser "${hub[@]}" --quiet hub join /north.federation > /dev/null 2> "$place/said" || fail "hub join: $(cat "$place/said")"
hawser "${hub[@]}" hub up --service 2> "$place/said" || fail "hub up --service: $(cat "$place/said")"
hawser "${hub[@]}" hub status > /dev/null || fail "no hub answers after hub up --service"

# One that cannot start is said, and leaves no unit behind.
hawser --home /root/second up --service --port 65430 > /dev/null 2> "$place/said" && fail "a busy port was taken for a start"
grep -q 'the service did not start' "$place/said" || fail "a busy port said: $(cat "$place/said")"
[ "$(inside sh -c 'ls /etc/systemd/system/hawser*.service' | wc -l)" -eq 2 ] || fail "a service that cannot start left its unit"

power_off
power_on
awaited hawser status || fail "the node did not start at boot"
awaited hawser "${hub[@]}" hub status || fail "the hub did not start at boot"
key() { grep -o '"channelKey":"[^"]*"' "$1"; }
hawser status --json > "$place/after"
[ -n "$(key "$place/before")" ] && [ "$(key "$place/before")" = "$(key "$place/after")" ] || fail "another node than before the power failed"
hawser down 2> /dev/null && hawser "${hub[@]}" down 2> /dev/null || fail "down"
[ "$(inside sh -c 'ls /etc/systemd/system/hawser*.service 2>/dev/null' | wc -l)" -eq 0 ] || fail "down left a unit"
echo "pass service"
