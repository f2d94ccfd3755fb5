# shellcheck shell=sh
# Sourced by the commands beside it: finds Python, keeps .venv in step with pyproject.toml.
#
#   . bin/environment.sh; prepare_environment app|dev
#
# Afterwards $python is the environment's interpreter. Speaks on standard error only; a step that
# fails prints one sentence saying what to do and ends the command.
# PYTHON=/path/to/python3.12 picks the interpreter the environment is made with.

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
venv=$root/.venv
python=$venv/bin/python
newest_first='python3 python3.14 python3.13 python3.12 python3.11'

say() { printf '%s\n' "$*" >&2; }
stop() {
    say "$*"
    exit 1
}

is_new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

find_python() {
    for found in ${PYTHON:-$newest_first}; do
        is_new_enough "$found" && return
    done
    stop "Guided self-help needs Python 3.11 or newer; install it (Debian, Ubuntu: apt-get install python3) or name it in PYTHON."
}

# Debian and Ubuntu ship Python without the part that makes environments.
have_venv() { "$1" -c 'import ensurepip, venv' >/dev/null 2>&1; }

find_venv() {
    have_venv "$found" && return
    package=$("$found" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
    if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1; then
        say "Installing $package ..."
        { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$package"; } >/dev/null 2>&1 || true
    fi
    have_venv "$found" || stop "Python's venv module is missing; install it (Debian, Ubuntu: apt-get install $package) and run this again."
}

make_environment() {
    is_new_enough "$python" && return
    find_python
    find_venv
    say "Making the environment .venv ..."
    "$found" -m venv --clear "$venv" || stop "The environment .venv could not be made; see the lines above."
}

# The stamp holds what was installed, so that an unchanged pyproject.toml costs no time.
is_installed() { [ "$(cat "$venv/.installed-$1" 2>/dev/null)" = "$wanted" ]; }

install_requirements() {
    wanted="$root $(cksum <"$root/pyproject.toml")"
    is_installed dev || is_installed "$1" && return
    target=$root
    [ "$1" = app ] || target="${root}[$1]"
    say "Installing what guided self-help needs (once; a minute or two) ..."
    "$python" -m pip install --quiet --disable-pip-version-check --no-input -e "$target" >&2 ||
        stop "Installing failed; see the lines above, check the network, and run this again."
    printf '%s\n' "$wanted" >"$venv/.installed-$1"
}

prepare_environment() {
    make_environment
    install_requirements "$1"
}
