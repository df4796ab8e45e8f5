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

// "-n, --count N", or with four spaces where it has no letter.
std::string OptionText(const OptionSpec& option);

// What it means, and what it may be.
std::string OptionDoc(const OptionSpec& option);

// " [TABLE...]": what stands behind a command's options.
std::string WordsText(const Command& command);

// The commands as the manual's page, in Markdown.
std::string CommandsPage();

}  // namespace rowhouse::cli
