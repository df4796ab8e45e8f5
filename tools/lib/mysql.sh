# Unpacks the MySQL server of Debian sid into $deps/mysql, beside the system and
# not into it: an apt configuration of its own downloads the server with every
# library it needs, down to libc, and the server is started by its own loader.

# The Debian mirror this machine uses already, for the archive proper.
debian_mirror() {
  apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Label: Debian' | sort -u | head -n 1
}

fetch_mysql() {
  local new=$deps/mysql.new apt=$deps/mysql-apt mirror package
  mirror=$(debian_mirror)
  if [[ -z $mirror ]]; then # Images without apt's lists know no labels yet.
    as_root apt-get update -o DPkg::Lock::Timeout=600
    mirror=$(debian_mirror)
  fi
  if [[ -z $mirror ]]; then
    echo "apt knows no Debian mirror: add one to /etc/apt/sources.list"
    return 1
  fi
  rm -rf "$new" "$apt"
  mkdir -p "$new/root" "$new/bin" "$apt"/{etc,state/lists/partial,cache/archives/partial}
  : >"$apt/state/status"
  printf 'deb [signed-by=%s] %s sid main\n' /usr/share/keyrings/debian-archive-keyring.gpg "$mirror" >"$apt/etc/sources.list"
  sid_apt "$apt" update
  # perl and other tools come along as dependencies; the libraries do too.
  sid_apt "$apt" install --yes --download-only --no-install-recommends "mysql-server-core=$mysql_series*"
  for package in "$apt"/cache/archives/*.deb; do dpkg-deb --extract "$package" "$new/root"; done
  rm -rf "$apt" "$new/root/usr/share/"{doc,man,locale}
  write_mysqld "$new/bin/mysqld"
  "$new/bin/mysqld" --version
  replace_directory "$new" "$deps/mysql"
}

sid_apt() {
  local apt=$1
  shift
  apt-get -o Dir::State="$apt/state" -o Dir::State::status="$apt/state/status" -o Dir::Cache="$apt/cache" \
    -o Dir::Etc::sourcelist="$apt/etc/sources.list" -o Dir::Etc::sourceparts=- \
    -o Acquire::Languages=none -o APT::Sandbox::User="$(id -un)" "$@"
}

# A mysqld that runs from any place: called like the real one, but it reads no
# option file, and knows where its own files are.
write_mysqld() {
  cat >"$1" <<'EOF'
#!/bin/sh
here=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd) || exit 1
usr=$here/root/usr
[ "${1-}" = --no-defaults ] && shift
set -- --no-defaults --basedir="$usr" --plugin-dir="$usr/lib/mysql/plugin" \
  --lc-messages-dir="$usr/share/mysql" --character-sets-dir="$usr/share/mysql/charsets" \
  --secure-file-priv=NULL --mysqlx=OFF "$@"
for loader in "$usr"/lib64/ld-linux-*.so.* "$usr"/lib/ld-linux-*.so.*; do
  [ -e "$loader" ] && exec "$loader" --library-path "$(echo "$usr"/lib/*-linux-gnu)" "$usr/sbin/mysqld" "$@"
done
echo "$0: no loader in $usr; run tools/bootstrap test again" >&2
exit 1
EOF
  chmod +x "$1"
}
