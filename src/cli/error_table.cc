#include "cli/error_pages.h"

namespace rowhouse::cli {

namespace {

constexpr ErrorPage kPages[] = {
    {"E-CFG-001",
     "the configuration file can't be read",
     "The file named by -c or ROWHOUSE_CONFIG is missing, unreadable or no configuration.",
     "Check the path and its rights; rowhouse config show says which file is read."},
    {"E-CFG-002",
     "unknown key",
     "A key that rowhouse does not know would be ignored in silence elsewhere; here it is an "
     "error, since it is most often a typing mistake.",
     "Take the suggested name; rowhouse config explain lists every option."},
    {"E-CFG-003",
     "duplicate key",
     "The same key stands twice in one section, and which one counts would be chance.",
     "Keep one."},
    {"E-CFG-004",
     "wrong type or form",
     "The value is not what the option takes: a number, a list, host:port, a URL.",
     "Write it as rowhouse config explain KEY shows."},
    {"E-CFG-005",
     "no unit",
     "Durations and sizes carry their unit, so that 30 is never taken for the wrong thing.",
     "Write 30s or 64MiB."},
    {"E-CFG-006",
     "out of range, or not one of the choices",
     "The value is outside of what the option allows.",
     "Use a value of the range given."},
    {"E-CFG-007",
     "a required option is missing",
     "The command can't do anything useful without it.",
     "Add it as the message shows."},
    {"E-CFG-008",
     "a variable is not set",
     "${VAR} in a value names a variable that is not in the environment.",
     "Export it, or give a default: ${VAR:-value}."},
    {"E-CFG-009",
     "no valid YAML",
     "The file breaks YAML's own rules at the place shown.",
     "Look at the marked line and the one above: indentation, quotes, brackets."},
    {"E-CFG-010",
     "an ambiguous plain word",
     "YAML readers disagree on whether plain yes, no, on, off are text or true and false.",
     "Quote it for text; write true or false for a switch."},
    {"E-CFG-011",
     "a password can't be had",
     "Its file or variable is missing, or it is given in more than one way.",
     "Give exactly one of password, password_file, password_env."},
    {"E-CFG-012",
     "a password in a readable file",
     "Others on this machine may read the file that holds the password.",
     "chmod 600 the file, or use password_file or password_env."},
    {"E-CFG-013", "no assignment", "--set takes key=value.", "Write --set source.host=db1."},
    {"E-CFG-014",
     "not available yet",
     "The value is known and planned, but not built yet.",
     "Use one of the values named."},
    {"E-CFG-016",
     "options that go together",
     "One option only makes sense with, or without, another.",
     "Do as the message says."},
    {"E-CLI-001",
     "unknown command or option",
     "The command line has a word that has no meaning.",
     "Take the suggested name; rowhouse help lists the commands."},
    {"E-CLI-002",
     "wrong use of a command",
     "An option lacks its value or has a wrong one.",
     "rowhouse COMMAND --help shows examples."},
    {"E-CLI-003",
     "wrong number",
     "The option takes a whole number in a range.",
     "Use a number of that range."},
};

}  // namespace

std::span<const ErrorPage> ErrorPages() {
  return kPages;
}

}  // namespace rowhouse::cli
