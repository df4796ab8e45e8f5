#!/usr/bin/env python3
"""Fails when a module includes a module of its own level or a higher one.

LEVELS is the module graph: a file of src/<module> includes its own module and
those of lower levels, nothing else. OUTSIDE names the only files that may see a
library's headers. Usage: tools/check_layers.py [ROOT]
"""
import pathlib
import re
import sys

LEVELS = {
    "base": 0,
    "metrics": 1, "config": 1, "model": 1,
    "avro": 2, "types": 2, "ddl": 2, "http": 2,
    "mysql": 3, "kafka": 3, "registry": 3, "clickhouse": 3, "chserver": 3,
    "browse": 4, "capture": 4, "sink": 4,
    "backfill": 5, "verify": 5, "inspect": 5,
    "services": 6, "trace": 6, "alerts": 6, "console": 6, "shop": 6,
    "cli": 7,
}
# Fakes, builders and fixtures: they may see all but the top, and only tests see them.
TESTING = "testing"
TEST_FILE = re.compile(r"_((test|bench|fuzz)\.cc|test\.h)$")

OUTSIDE = {  # a library's header -> the files that may include it
    re.compile(r"librdkafka/"): re.compile(r"kafka/[^/]*\.cc$"),
    re.compile(r"(mysql|mariadb)(/|\.h)|mysql_com|errmsg\.h"): re.compile(r"mysql/[^/]*\.cc$"),
    re.compile(r"curl/"): re.compile(r"http/[^/]*client[^/]*\.cc$"),
    re.compile(r"boost/(beast|asio)"): re.compile(r"http/([^/]*server[^/]*\.cc|server_impl\.h)$"),
    re.compile(r"re2/"): re.compile(r"browse/[^/]*\.cc$"),
    re.compile(r"sqlite3\.h"): re.compile(r"console/database\.cc$"),
    re.compile(r"sodium\.h"): re.compile(r"console/secrets\.cc$"),
    re.compile(r"dlfcn\.h"): re.compile(r"chserver/[^/]*\.cc$"),
}
INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]')


def problem(path, quote, target):
    """What is wrong with `path` (module/file) including `target`, or None."""
    module = path.split("/")[0]
    if module not in LEVELS and module != TESTING:
        return f"module '{module}' has no level; add it to LEVELS in tools/check_layers.py"
    for header, allowed in OUTSIDE.items():
        if quote == "<" and header.match(target) and module != TESTING and not allowed.search(path):
            return f"<{target}> stays behind its adapter: only {allowed.pattern} may include it"
    if quote == "<":
        return None
    if "/" not in target:
        return f'write "{module}/{target}": paths start at src'
    other = target.split("/")[0]
    if other == module:
        return None
    if other == TESTING:
        return None if TEST_FILE.search(path) else f'"{target}" is for tests only'
    if other not in LEVELS:
        return f"'{other}' is no module; a new one goes into LEVELS in tools/check_layers.py"
    own = LEVELS["cli"] if module == TESTING else LEVELS[module]
    if LEVELS[other] < own:
        return None
    way = "sideways" if LEVELS[other] == own else "upwards"
    return f"{module} (L{own}) includes {way} to {other} (L{LEVELS[other]}): go through a port of model/, or move the code down"


def check(root):
    src = pathlib.Path(root) / "src"
    found = []
    for file in sorted(f for f in src.glob("*/**/*") if f.suffix in (".h", ".cc")):
        path = file.relative_to(src).as_posix()
        for number, line in enumerate(file.read_text(errors="replace").splitlines(), 1):
            match = INCLUDE.match(line)
            wrong = match and problem(path, *match.groups())
            if wrong:
                found.append(f"src/{path}:{number}: {wrong}")
    return found


if __name__ == "__main__":
    problems = check(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent)
    print("\n".join(problems), end="\n" if problems else "")
    sys.exit(1 if problems else 0)
