#!/usr/bin/env bash
# Installs what Sluice needs on a Debian machine and builds it. Run again, it finds everything there
# and is done in about a second.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/steps.sh

# What the local provider runs: machines, their image, their network.
packages=(debian-archive-keyring gpg iproute2 mmdebstrap mount systemd systemd-container util-linux)
# What the server keeps beside it: its database, a certificate.
packages+=(mariadb-server-core openssl)
# What the tests need beside it.
read -ra more <<<"${SLUICE_SETUP_PACKAGES:-}"
packages+=("${more[@]}")

missing_packages() {
  local package
  for package in "${packages[@]}"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || printf '%s\n' "$package"
  done
  # A keyring from before Debian 13 does not know the images' release.
  compgen -G '/usr/share/keyrings/debian-archive-trixie-stable.*' >/dev/null || echo debian-archive-keyring
}

# Servers among the packages are for us to start: Debian's own way of saying so is a program that
# forbids it, and where the machine has one it stays.
readonly policy=/usr/sbin/policy-rc.d

install_packages() {
  export DEBIAN_FRONTEND=noninteractive
  local status=0 made=
  if [ ! -e "$policy" ]; then
    made=yes
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
  fi
  # Lists may be missing or old on a fresh machine.
  { apt-get update -q && apt-get install -y -q --no-install-recommends "$@"; } || status=$?
  if [ -n "$made" ]; then rm -f "$policy"; fi
  return "$status"
}

# node_modules is what package-lock.json says, when this file in it has the lock's checksum.
npm_is_current() {
  [ -x node_modules/.bin/node ] &&
    [ "$(cat node_modules/.sluice-lock 2>/dev/null)" = "$(sha256sum <package-lock.json)" ]
}

# Not `npm ci`: it refuses a lock without the packages of every other platform, and a registry need
# not have those. What is installed is what the lock says all the same.
install_npm() {
  npm install --no-save --no-audit --no-fund --loglevel=error &&
    sha256sum <package-lock.json >node_modules/.sluice-lock
}

if [ "$(id -u)" -ne 0 ]; then
  echo "sluice: the local provider makes namespaces, mounts and network links, and needs root: run this with sudo" >&2
  exit 2
fi
if ! command -v apt-get >/dev/null; then
  echo "sluice: this machine is not Debian or one of its family: there is no apt-get" >&2
  exit 1
fi

mapfile -t missing < <(missing_packages)
if [ "${#missing[@]}" -gt 0 ]; then
  step "Debian packages: ${missing[*]}" install_packages "${missing[@]}"
else
  step "Debian packages" true
fi
if npm_is_current; then step "npm packages" true; else step "npm packages" install_npm; fi
step "build" node_modules/.bin/node scripts/build.mjs
for image in ${SLUICE_SETUP_IMAGES:-debian13}; do
  step "machine image $image" bin/sluice local build-image --os "$image" --output json
done
