#include "cli/help.h"

#include <algorithm>

#include <fmt/format.h>

#include "cli/context.h"

namespace rowhouse::cli {

namespace {

constexpr std::string_view kInFooter = "Learn";

std::string FirstWord(const std::string& name) {
  return name.substr(0, name.find(' '));
}

// The overview's lines of a group; commands with the same first word share one.
std::vector<std::vector<std::string>> GroupLines(const std::string& group) {
  std::vector<std::vector<std::string>> lines;
  for (const Command& command : Commands()) {
    if (command.group != group || command.hidden) {
      continue;
    }
    const std::string first = FirstWord(command.name);
    if (first == command.name) {
      lines.push_back({first, command.summary});
      continue;
    }
    const std::string second = command.name.substr(first.size() + 1);
    if (!lines.empty() && lines.back()[0] == first) {
      lines.back()[1] += " | " + second;
    } else {
      lines.push_back({first, second});
    }
  }
  return lines;
}

}  // namespace

std::string OptionText(const OptionSpec& option) {
  std::string text = option.letter == 0 ? "    " : fmt::format("-{}, ", option.letter);
  text += "--" + option.name;
  if (!option.value.empty()) {
    text += " " + option.value;
  }
  return text;
}

std::string OptionDoc(const OptionSpec& option) {
  if (option.choices.empty()) {
    return option.doc;
  }
  return fmt::format("{}: {}", option.doc, option.choices);
}

std::string WordsText(const Command& command) {
  switch (command.words_count) {
    case Words::kNone:
      return "";
    case Words::kOptional:
      return " [" + command.words + "]";
    case Words::kOne:
      return " " + command.words;
    case Words::kMany:
      return " [" + command.words + "...]";
  }
  return "";
}

std::string OverviewHelp() {
  std::string text =
      "rowhouse: every row change of MySQL and MariaDB through Kafka into ClickHouse\n"
      "  rowhouse demo: with live data on this machine; rowhouse run -c rowhouse.yaml: yours\n\n";
  std::vector<std::string> groups;
  for (const Command& command : Commands()) {
    const bool known = std::ranges::find(groups, command.group) != groups.end();
    if (!command.hidden && !known && command.group != kInFooter) {
      groups.push_back(command.group);
    }
  }
  std::vector<std::vector<std::string>> all;
  for (const std::string& group : groups) {
    bool first = true;
    for (auto& line : GroupLines(group)) {
      line.insert(line.begin(), first ? group : "");
      first = false;
      all.push_back(std::move(line));
    }
  }
  text += AlignColumns(all);
  text +=
      "\nAlso: resume tables groups schema logs events position diff user metrics support "
      "completion "
      "man version; "
      "COMMAND --help; help CODE | exit-codes\n";
  return text;
}

std::string CommandHelp(const Command& command) {
  std::string text = fmt::format("{}\n\n", command.summary);
  for (const std::string& example : command.examples) {
    text += "  " + example + "\n";
  }
  text += fmt::format("\nusage: rowhouse {} [options]{}\n", command.name, WordsText(command));
  std::vector<std::vector<std::string>> lines;
  for (const OptionSpec& option : command.options) {
    lines.push_back({"  " + OptionText(option), OptionDoc(option)});
  }
  for (const OptionSpec& option : GlobalOptions()) {
    lines.push_back({"  " + OptionText(option), OptionDoc(option)});
  }
  return text + AlignColumns(lines);
}

std::string GroupHelp(const std::string& name) {
  std::vector<std::vector<std::string>> lines;
  for (const Command& command : Commands()) {
    if (!command.hidden && command.name.starts_with(name + " ")) {
      lines.push_back({"  rowhouse " + command.name, command.summary});
    }
  }
  return AlignColumns(lines);
}

std::string CommandsPage() {
  std::string page =
      "# Commands\n\nMade by `rowhouse manual` from the table of commands; do not edit.\n\n"
      "Every command takes these:\n\n| Option | Meaning |\n|---|---|\n";
  const auto cell = [](std::string text) {
    for (size_t at = text.find('|'); at != std::string::npos; at = text.find('|', at + 2)) {
      text.insert(at, "\\");
    }
    return text;
  };
  for (const OptionSpec& option : GlobalOptions()) {
    page += fmt::format("| `{}` | {} |\n", OptionText(option), cell(OptionDoc(option)));
  }
  for (const Command& command : Commands()) {
    if (command.hidden) {
      continue;
    }
    page += fmt::format("\n## rowhouse {}\n\n{}\n\n```sh\n", command.name, command.summary);
    for (const std::string& example : command.examples) {
      page += example + "\n";
    }
    page += "```\n";
    if (!command.options.empty()) {
      page += "\n| Option | Meaning |\n|---|---|\n";
    }
    for (const OptionSpec& option : command.options) {
      page += fmt::format("| `{}` | {} |\n", OptionText(option), cell(OptionDoc(option)));
    }
  }
  return page + "\n## Exit codes\n\n```text\n" + ExitCodesPage() + "```\n";
}

}  // namespace rowhouse::cli
