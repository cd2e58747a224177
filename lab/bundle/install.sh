#!/bin/sh
# Sets the lab up on a machine without any network, from the folder that this script lies in:
#
#     tar xf lab-bundle-….tar && sh lab-bundle/install.sh [FOLDER]
#
# FOLDER is where the lab goes: ~/deployment-lab if none is named. Nothing is changed before all that could be in the
# way has been looked at.
set -eu

ARCHITECTURE='@architecture@'
SYSTEM='@system@'
PYTHON='@python@'
NEEDED_KIB='@needed_kib@'

here=$(cd "$(dirname "$0")" && pwd)
target=${1:-$HOME/deployment-lab}

say() { echo "install: $1" >&2; }
refuse() {
    echo "install: $1" >&2
    echo "  next:  $2" >&2
    exit 3
}
has() { command -v "$1" >/dev/null 2>&1; }
free_kib() { df -Pk "$1" | awk 'NR == 2 { print $4 }'; }

# --- is this machine the right one, and the bundle whole? --------------------------------------------------------------

another='make a bundle on a machine like this one that has a network: lab bundle'
has dpkg || refuse "this is no Debian: there is no dpkg" "$another"
[ "$(dpkg --print-architecture)" = "$ARCHITECTURE" ] ||
    refuse "the bundle is for $ARCHITECTURE, and this machine is $(dpkg --print-architecture)" "$another"
system=$(. /etc/os-release && echo "$ID ${VERSION_ID:-}")
[ "$system" = "$SYSTEM" ] || refuse "the bundle is for $SYSTEM, and this is $system" "$another"
if [ -x /usr/bin/python3 ]; then
    python=$(/usr/bin/python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    [ "$python" = "$PYTHON" ] || refuse "the bundle is for Python $PYTHON, and this one is $python" "$another"
fi
[ ! -e "$target" ] || refuse "$target is there already" "name another folder: sh install.sh FOLDER"

say 'verifying the checksums'
damaged=$(cd "$here" && sha256sum --quiet --check SHA256SUMS 2>/dev/null) || {
    echo "$damaged" >&2
    refuse 'the bundle is damaged: what stands above is not as it was made' 'copy it again'
}

itself=missing engine=missing
/usr/bin/python3 -c 'import ensurepip, venv' 2>/dev/null && has make && has ps && itself=there
docker compose version >/dev/null 2>&1 && docker buildx version >/dev/null 2>&1 &&
    { docker version >/dev/null 2>&1 || has dockerd; } && engine=there
if [ "$itself" = missing ] || [ "$engine" = missing ] || ! docker version >/dev/null 2>&1; then
    [ "$(id -u)" = 0 ] || refuse 'packages have to be installed, or the engine started, which takes root' 'run it as root'
fi
parent=$(dirname "$target")
while [ ! -d "$parent" ]; do parent=$(dirname "$parent"); done
for place in "$parent" /var/lib; do
    [ "$(free_kib "$place")" -gt "$NEEDED_KIB" ] ||
        refuse "there is not enough room in $place: $((NEEDED_KIB / 1024)) MiB are needed" 'make room there'
done

# --- packages: those of the bundle that are newer than what is there ---------------------------------------------------

install_packages() {
    set --
    for file in "$here"/debs/*/*.deb; do
        case " $wanted " in *" $(basename "$(dirname "$file")") "*) ;; *) continue ;; esac
        have=$(dpkg-query --show --showformat='${Version}' "$(dpkg-deb --field "$file" Package)" 2>/dev/null) || have=
        if dpkg --compare-versions "$(dpkg-deb --field "$file" Version)" gt "$have"; then set -- "$@" "$file"; fi
    done
    [ $# -gt 0 ] || return 0
    say "installing $# packages"
    # Without any source, so that APT asks nobody; it puts them into their order.
    DEBIAN_FRONTEND=noninteractive apt-get -q -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=120 \
        -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts=- -o APT::Sandbox::User=root \
        install --yes --no-install-recommends "$@" >&2
}

wanted=
[ "$itself" = there ] || wanted="$wanted lab"
[ "$engine" = there ] || wanted="$wanted engine"
install_packages

# --- the lab, and its Python --------------------------------------------------------------------------------------------

say "the lab goes to $target"
trap '[ "${whole:-}" ] || rm -rf "$target"' EXIT
trap 'exit 130' INT TERM
mkdir -p "$target"
tar -xzpf "$here/project.tar.gz" -C "$target" --no-same-owner
/usr/bin/python3 -m venv "$target/.venv"
pip() { "$target/.venv/bin/pip" --quiet --disable-pip-version-check install --no-index --no-deps "$@"; }
pip "$here"/wheels/*.whl
pip --no-build-isolation --editable "$target"
touch "$target/.venv/.runtime"  # `make` need not install it again

# --- the engine, and the images -------------------------------------------------------------------------------------------

"$target/.venv/bin/lab" engine up --images "$here/images.tar.gz"
whole=yes
say "done. Next: cd $target && .venv/bin/lab lesson start 1"
