#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/exit_code.h"

namespace rowhouse::cli {

class Context;

// One option of a command: "--rows N" or a flag.
struct OptionSpec {
  std::string name;          // "rows"
  std::string value;         // "N"; empty for a flag
  std::string doc;           // a few words
  std::string choices = {};  // "text|json"; empty: any
  char letter = 0;           // 'c' for -c
  bool repeated = false;     // may be given several times
};

// How many words a command takes beside its options.
enum class Words { kNone, kOptional, kOne, kMany };

// One command: parsing, help, completion and the manual are all made from this.
//
// To add a command: write a function that gives its Command in a file of its
// own, declare it in commands.h and list it in commands.cc.
struct Command {
  std::string name;                      // "config check": nested by a space
  std::string group;                     // "Run", "Operate", "Inspect", "Configure"
  std::string summary;                   // a line for the overview
  std::vector<std::string> examples;     // whole command lines, shown first
  std::vector<OptionSpec> options = {};  // beside the global ones
  std::string words = {};                // "TABLE"
  Words words_count = Words::kNone;
  std::vector<std::string> word_choices = {};
  std::function<Result<ExitCode>(Context&)> run;
  bool hidden = false;
};

// Options that every command takes.
const std::vector<OptionSpec>& GlobalOptions();

// All commands in the order of the overview.
const std::vector<Command>& Commands();

// By name, or null.
const Command* FindCommand(const std::string& name);

}  // namespace rowhouse::cli
