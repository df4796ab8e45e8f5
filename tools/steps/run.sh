# How tools/bootstrap runs a step: what is said, logged, stamped and skipped.
# Needs $deps and, for apt, root or sudo.

say() { printf 'bootstrap: %s\n' "$*"; }

fail() {
  printf 'bootstrap: error: %s\n' "$*" >&2
  exit 1
}

as_root() {
  if ((EUID == 0)); then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo DEBIAN_FRONTEND=noninteractive "$@"
  else
    echo "not root and no sudo: run as root: $*"
    return 1
  fi
}

# logged NAME COMMAND...: runs the command, its output in log/NAME.log.
logged() {
  local log=$deps/log/$1.log
  shift
  "$@" >"$log" 2>&1 9>&-
}

show_log() {
  printf 'bootstrap: the last lines of %s:\n' "$deps/log/$1.log" >&2
  tail -n 25 "$deps/log/$1.log" | sed 's/^/    /' >&2
}

# apt_packages WHY PACKAGE...: installs those that are missing.
apt_packages() {
  local why=$1 missing
  shift
  (($#)) || return 0
  missing=$(missing_packages "$@")
  [[ -n $missing ]] || return 0
  say "apt: $why:" $missing
  local began=$SECONDS
  # shellcheck disable=SC2086 # one word a package
  if ! logged apt apt_install $missing; then
    show_log apt
    fail "apt could not install:" $missing
  fi
  say "  done in $((SECONDS - began)) s"
}

# The same for packages without which the rest still works.
optional_apt_packages() {
  (apt_packages "$@") || say "WARNING: going on without it; tests that need it will say that they are skipped"
}

missing_packages() {
  local installed package
  installed=$(dpkg-query --show --showformat '${db:Status-Abbrev} ${Package}\n' "$@" 2>/dev/null | sed -n 's/^.i  *//p' || true)
  for package in "$@"; do
    grep -qxF -- "$package" <<<"$installed" || printf '%s ' "$package"
  done
}

apt_install() {
  as_root apt-get update -o DPkg::Lock::Timeout=600 &&
    as_root apt-get install --yes --no-install-recommends -o DPkg::Lock::Timeout=600 "$@"
}

# step NAME PIN RESULT WHAT: runs tools/steps/NAME unless it made $deps/RESULT
# from the same PIN before. A step is a program of its own because bash ignores
# `set -e` in a function whose status is asked for.
step() {
  try_step "$@" || fail "step '$1' failed; its whole output is in $deps/log/$1.log. Try again: finished steps are kept"
}

# The same for a part without which the rest still works.
optional_step() {
  try_step "$@" || say "WARNING: going on without it; tests that need '$1' will say that they are skipped"
}

try_step() {
  local name=$1 pin=$2 result=$3 what=$4
  [[ -e $deps/$result && -f $deps/stamp/$name && $(<"$deps/stamp/$name") == "$pin" ]] && return 0
  say "$what"
  local began=$SECONDS
  rm -f "$deps/stamp/$name"
  if ! logged "$name" "$tools/steps/$name"; then
    show_log "$name"
    return 1
  fi
  printf '%s\n' "$pin" >"$deps/stamp/$name"
  say "  done in $((SECONDS - began)) s"
}

# The path of a Java that runs Kafka 4: 17 or newer; nothing if there is none.
find_java() {
  local java major
  for java in /usr/lib/jvm/java-17-openjdk-*/bin/java "$(command -v java || true)"; do
    [[ -x $java ]] || continue
    major=$("$java" -version 2>&1 | sed -n '1s/.*version "\([0-9]*\).*/\1/p')
    ((${major:-0} >= 17)) || continue
    echo "$java"
    return
  done
}

# Writes env.json: what was found where. An absent part has no line.
write_env() {
  local mariadb_path=/usr/sbin:/usr/bin:$PATH
  {
    env_line kafka_libs "$deps/kafka/libs"
    env_line kafka_log4j "$deps/kafka/log4j2.properties"
    env_line java "$(find_java)"
    env_line libchdb "$deps/chdb/libchdb.so"
    env_line mariadbd "$(PATH=$mariadb_path command -v mariadbd || true)"
    env_line mariadb_install_db "$(PATH=$mariadb_path command -v mariadb-install-db || true)"
    env_line mariadb_client "$(PATH=$mariadb_path command -v mariadb || true)"
    env_line mariadb_binlog "$(command -v mariadb-binlog || true)"
    env_line mysqld "$deps/mysql/bin/mysqld"
    env_line mysqlbinlog "$deps/mysql/bin/mysqlbinlog"
    env_line debezium_libs "$deps/debezium/libs"
    env_line prometheus "$deps/prometheus/usr/bin/prometheus"
    env_line promtool "$deps/prometheus/usr/bin/promtool"
    env_line chromium "$(command -v chromium || true)"
    env_line python "$deps/venv/bin/python"
    env_line schemathesis "$deps/schemathesis/bin/st"
  } | { printf '{\n'; sed '$!s/$/,/'; printf '}\n'; } >"$deps/env.json.new"
  mv "$deps/env.json.new" "$deps/env.json"
}

env_line() {
  [[ -n $2 && -e $2 ]] || return 0
  printf '  "%s": "%s"\n' "$1" "$2"
}
