# Steps with their time, for the scripts beside this file. Sourced, not run.

if [ -t 1 ]; then
  bold=$'\e[1m' dim=$'\e[2m' green=$'\e[32m' red=$'\e[31m' plain=$'\e[0m'
else
  bold='' dim='' green='' red='' plain=''
fi

say() { printf '%s\n' "$*"; }

# step "what" command…: shows what is being done, then how long it took; what the command prints is
# shown only when it fails. Inside, `set -e` does not hold: chain with &&.
step() {
  local what=$1 log started
  shift
  log=$(mktemp)
  started=$(date +%s%N)
  [ -t 1 ] && printf '  … %s' "$what"
  if "$@" >"$log" 2>&1; then
    [ -t 1 ] && printf '\r\e[K'
    printf '  %s✔%s %s %s%s s%s\n' "$green" "$plain" "$what" "$dim" "$(seconds_since "$started")" "$plain"
    rm -f "$log"
  else
    local code=$?
    [ -t 1 ] && printf '\r\e[K'
    printf '  %s✖ %s%s\n' "$red" "$what" "$plain" >&2
    { head -n 20 "$log" && tail -n +21 "$log" | tail -n 20; } >&2
    rm -f "$log"
    return "$code"
  fi
}

seconds_since() {
  local ms=$((($(date +%s%N) - $1) / 1000000))
  printf '%d.%d' $((ms / 1000)) $((ms % 1000 / 100))
}
