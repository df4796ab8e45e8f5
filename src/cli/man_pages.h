#pragma once

#include <string>
#include <vector>

#include "cli/command.h"

namespace rowhouse::cli {

// One page for man(1).
struct ManPage {
  std::string name;  // "rowhouse-dlq-show"
  int section = 1;
  std::string text;  // in roff, with the macros of man(7)

  // "man1/rowhouse-dlq-show.1", below a directory of MANPATH.
  std::string Path() const;
};

// "rowhouse-config-check" of "config check".
std::string ManNameOf(const Command& command);

// The overview, a page for each command that is not hidden, rowhouse.yaml(5) and
// rowhouse-errors(7): all from the tables that help and manual are made from.
std::vector<ManPage> ManPages();

}  // namespace rowhouse::cli
