#!/usr/bin/env python3
"""Fails on files over 600 lines, functions over 70, and undocumented types.

A type is a class or struct defined at namespace scope of a header in
src/<module>/: the line directly above it must be a comment. Specialisations
are covered by their template's.
Usage: tools/check_sizes.py [ROOT]
"""
import pathlib
import re
import sys

FILE_LINES_MAX = 600
FUNCTION_LINES_MAX = 70
PLACES = ("src", "tests", "bench", "fuzz", "tools", "web/src")
CODE = {".h", ".cc", ".py", ".sh", ".ts", ".tsx", ".css"}

# What is blanked before braces are counted. Newlines stay, so line numbers hold.
NOT_CODE = re.compile(
    r'//(?:\\\n|[^\n])*'
    r'|/\*.*?\*/'
    r'|R"(?P<mark>[^ ()\\\t\n]*)\(.*?\)(?P=mark)"'
    r'|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'"
    r'|^[ \t]*#(?:\\\n|[^\n])*',
    re.DOTALL | re.MULTILINE,
)
SPECIALISATION = re.compile(r"\b(?:class|struct)\s+(?:\[\[.*?\]\]\s*)?[\w:]+\s*<")
TYPE = re.compile(r"^\s*(?:alignas\s*)?(class|struct|union|enum)\b")


def blank(text):
    return NOT_CODE.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text)


def without_groups(text, opener, closer):
    """The text without what stands between balanced brackets."""
    kept, depth = [], 0
    for char in text:
        if char == opener:
            depth += 1
        elif char == closer and depth:
            depth -= 1
        elif not depth:
            kept.append(char)
    return "".join(kept)


def kind_of(head):
    """What the brace after `head` opens: function, type, scope or data."""
    flat = without_groups(head, "(", ")")
    flat = re.sub(r"\boperator\s*[^\s\w]+", "operator", flat)
    if re.match(r"\s*template\b", flat):
        flat = without_groups(flat.replace("template", "", 1).replace("->", "  "), "<", ">")
    match = TYPE.match(flat)
    if SPECIALISATION.search(head):
        return "specialisation"
    if match:
        return "type" if match.group(1) in ("class", "struct") else "data"
    if re.match(r"\s*(inline\s+)?namespace\b|\s*extern\s*$", flat):
        return "scope"
    if "(" in head and "=" not in flat:
        return "function"
    return "data"


def closing(text, at):
    """The position of the brace that closes the one at `at`."""
    depth = 0
    for place in range(at, len(text)):
        depth += {"{": 1, "}": -1}.get(text[place], 0)
        if depth == 0:
            return place
    return len(text) - 1


def blocks(text):
    """Gives (kind, first line, body's first and last line, is at namespace scope)."""
    head_at, place, inside = 0, 0, []
    while place < len(text):
        char = text[place]
        if char == "{":
            head = text[head_at:place]
            kind = kind_of(head)
            end = closing(text, place)
            first = head_at + len(head) - len(head.lstrip())
            lines = [text.count("\n", 0, p) + 1 for p in (first, place, end)]
            yield kind, *lines, all(k == "scope" for k in inside)
            if kind in ("function", "data"):
                place = end
            else:
                inside.append(kind)
        elif char == "}" and inside:
            inside.pop()
        if text[place] in "{};":
            head_at = place + 1
        elif re.match(r"(public|private|protected)\s*:", text[place:place + 12]):
            head_at = place + text[place:].index(":") + 1
        place += 1


def check_cpp(path, text, is_public):
    lines, found = text.splitlines(), []
    for kind, first, begin, end, at_namespace in blocks(blank(text)):
        length = end - begin + 1
        if kind == "function" and length > FUNCTION_LINES_MAX:
            found.append(f"{path}:{first}: a function of {length} lines, at most {FUNCTION_LINES_MAX}: split it by its steps")
        above = lines[first - 2].strip() if first > 1 else ""
        if kind == "type" and is_public and at_namespace and not above.startswith("//"):
            found.append(f"{path}:{first}: a type without a comment directly above: say what it is for")
    return found


def check(root):
    root, found = pathlib.Path(root), []
    for place in PLACES:
        for file in sorted(f for f in (root / place).glob("**/*") if f.suffix in CODE and f.is_file()):
            path, text = file.relative_to(root).as_posix(), file.read_text(errors="replace")
            length = text.count("\n")
            if length > FILE_LINES_MAX:
                found.append(f"{path}: {length} lines, at most {FILE_LINES_MAX}: split it by its types")
            if file.suffix in (".h", ".cc"):
                is_public = file.suffix == ".h" and path.startswith("src/") and not path.startswith("src/testing/")
                found += check_cpp(path, text, is_public and not path.endswith("_test.h"))
    return found


if __name__ == "__main__":
    problems = check(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent)
    print("\n".join(problems), end="\n" if problems else "")
    sys.exit(1 if problems else 0)
