#!/usr/bin/env python3
"""Puts the front end's built files into the binary.

Usage: tools/embed_assets.py DIST OUT

Writes OUT/assets.cc, which takes in each file of DIST, and its gzipped form where that is
smaller, by .incbin, with an index of paths. The same files give the same output. A DIST that is
not there gives an empty index, and a binary that says that it has no pages.
"""
import gzip
import hashlib
import pathlib
import sys

MIME = {
    ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml", ".json": "application/json",
    ".png": "image/png", ".webp": "image/webp", ".ico": "image/x-icon",
    ".txt": "text/plain; charset=utf-8",
}
HEAD = """// Made by tools/embed_assets.py; do not edit.
#include "console/front_end.h"

"""


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def symbol(number, kind, path):
    """The file's bytes between two symbols."""
    name = f"rowhouse_asset_{number}_{kind}"
    inner = str(path).replace("\\", "\\\\").replace('"', '\\"')
    line = f'.section .rodata\\n.global {name}\\n.hidden {name}\\n{name}:\\n.incbin "{inner}"\\n' \
           f'.global {name}_end\\n.hidden {name}_end\\n{name}_end:\\n.byte 0\\n.text\\n'
    declared = f'extern "C" {{\nextern const char {name}[];\nextern const char {name}_end[];\n}}\n'
    escaped = line.replace('"', '\\"')
    return f'__asm__("{escaped}");\n{declared}', f"{{{name}, size_t({name}_end - {name})}}"


def main(dist, out):
    files = sorted(p for p in dist.rglob("*") if p.is_file()) if dist.is_dir() else []
    packed_dir = out / "assets-gzip"
    packed_dir.mkdir(parents=True, exist_ok=True)
    text, rows = HEAD, []
    for number, path in enumerate(files):
        content = path.read_bytes()
        packed = gzip.compress(content, 9, mtime=0)
        etag = hashlib.sha256(content).hexdigest()[:20]
        units, plain = symbol(number, "plain", path)
        gz = "{}"
        if len(packed) < len(content):
            packed_file = packed_dir / f"{number}.gz"
            packed_file.write_bytes(packed)
            more, gz = symbol(number, "gzip", packed_file)
            units += more
        name = "/" + path.relative_to(dist).as_posix()
        mime = MIME.get(path.suffix, "application/octet-stream")
        text += units
        etag_text = quoted('"' + etag + '"')
        rows.append(f"    {{{quoted(name)}, {quoted(mime)}, {etag_text}, {plain}, {gz}}},\n")
    text += "\nnamespace rowhouse::console {\n\n"
    if rows:
        text += "static const Asset kAssets[] = {\n" + "".join(rows) + "};\n\n"
        text += "std::span<const Asset> EmbeddedAssets() {\n  return kAssets;\n}\n"
    else:
        text += "std::span<const Asset> EmbeddedAssets() {\n  return {};\n}\n"
    text += "\n}  // namespace rowhouse::console\n"
    (out / "assets.cc").write_text(text)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
