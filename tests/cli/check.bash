# Sourced by the tests of the command line.
# shellcheck shell=bash
set -uo pipefail
export LC_ALL=C.UTF-8
kekkai=$KEKKAI_BIN/kekkai
# What is said of an init that is a copy: its name, or its program where that is one that we could
# change.
init=kekkai-init
# shellcheck disable=SC2034 # for whoever sources this
[[ ! -O $kekkai && ! -w $kekkai ]] || init=$kekkai
failures=0
work=$(mktemp -d)
exec </dev/null
trap 'chmod -R u+rwx "$work"; rm -rf -- "$work"' EXIT

# fail TEXT...
fail() {
  printf 'FAILED: %s\n' "$@"
  failures=1
}

# expect WHAT WANTED GOT
expect() {
  [[ $2 == "$3" ]] || fail "$1" "  wanted: ${2@Q}" "  got:    ${3@Q}"
}

# attempt COMMAND...: sets status, out and err.
attempt() {
  timeout 60 "$@" >"$work/out" 2>"$work/err"
  status=$?
  out=$(<"$work/out") err=$(<"$work/err")
}

# expect_run WHAT STATUS OUTPUT ARGUMENT...: of `kekkai run`, which says nothing itself.
expect_run() {
  local what=$1 wanted=$2 output=$3
  shift 3
  attempt "$kekkai" run "$@"
  expect "$what: status" "$wanted" "$status"
  expect "$what: output" "$output" "$out"
  expect "$what: errors" '' "$err"
}

# expect_error WHAT STATUS MESSAGE COMMAND...
expect_error() {
  local what=$1 wanted=$2 message=$3
  shift 3
  attempt "$@"
  expect "$what: status" "$wanted" "$status"
  expect "$what: message" "$message" "$err"
  expect "$what: output" '' "$out"
}

# ops_before: how many ops come before those of the command line.
ops_before() {
  local count=4 directory # /, /proc, /dev and HOME
  for directory in /home /root /run /tmp /var/tmp /mnt /media /srv; do
    if [[ -d $directory ]]; then count=$((count + 1)); fi
  done
  echo "$count"
}

# finish: the last line of every test.
finish() { exit "$failures"; }
