#pragma once

#include <string>

#include "cli/command.h"

namespace rowhouse::cli {

// The overview: commands by group; at most 24 lines.
std::string OverviewHelp();

// One command: examples first, then options; at most 24 lines.
std::string CommandHelp(const Command& command);

// What stands under a name of two words, such as "config".
std::string GroupHelp(const std::string& name);

// The commands as the manual's page, in Markdown.
std::string CommandsPage();

}  // namespace rowhouse::cli
