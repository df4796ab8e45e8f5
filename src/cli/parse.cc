#include <algorithm>
#include <deque>
#include <map>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/arguments.h"
#include "cli/command.h"
#include "config/option.h"
#include "config/suggest.h"

namespace rowhouse::cli {

namespace {

// CLI11's parser as the table of commands describes it. The only file that knows CLI11.
class Parser {
 public:
  Parser() : app_("", "rowhouse") {
    app_.set_help_flag();
    app_.fallthrough();
    app_.require_subcommand(0, 1);  // a word after the command is its own: `help run` runs nothing
    for (const OptionSpec& option : GlobalOptions()) {
      Add(app_, option);
    }
    Add(app_, {.name = "version", .value = "", .doc = ""});
    for (const Command& command : Commands()) {
      AddCommand(command);
    }
  }

  Result<Arguments> Parse(const std::vector<std::string>& args) {
    try {
      app_.parse(std::vector<std::string>(args.rbegin(), args.rend()));
    } catch (const CLI::ParseError& e) {
      return Explain(e, args);
    }
    Arguments out;
    for (const auto& [name, app] : leaves_) {
      if (app->parsed()) {
        out.command = name;
        out.words = words_[name];
      }
    }
    for (const Value& value : values_) {
      if (value.option->count() > 0) {
        out.options[value.name] = value.option->results();
      }
    }
    return out;
  }

 private:
  struct Value {
    std::string name;
    CLI::Option* option;
  };

  void Add(CLI::App& app, const OptionSpec& spec) {
    std::string flags = "--" + spec.name;
    if (spec.letter != 0) {
      flags += fmt::format(",-{}", spec.letter);
    }
    CLI::Option* option = nullptr;
    if (spec.value.empty()) {
      option = app.add_flag(flags);
    } else {
      option = app.add_option(flags, texts_.emplace_back());
      option->expected(1)->multi_option_policy(
          spec.repeated ? CLI::MultiOptionPolicy::TakeAll : CLI::MultiOptionPolicy::TakeLast
      );
      option->allow_extra_args(false);
    }
    if (!spec.choices.empty()) {
      option->check(CLI::IsMember(config::Choices(spec.choices)));
    }
    values_.push_back({spec.name, option});
  }

  void AddCommand(const Command& command) {
    CLI::App* at = &app_;
    const size_t space = command.name.find(' ');
    if (space != std::string::npos) {
      const std::string group = command.name.substr(0, space);
      const auto itself = leaves_.find(group);  // a command that has others below it
      at = groups_.contains(group)   ? groups_[group]
           : itself != leaves_.end() ? itself->second
                                     : app_.add_subcommand(group);
      groups_[group] = at;
      at->set_help_flag();
    }
    CLI::App* leaf = at->add_subcommand(
        space == std::string::npos ? command.name : command.name.substr(space + 1)
    );
    leaf->set_help_flag();
    for (const OptionSpec& option : command.options) {
      Add(*leaf, option);
    }
    if (command.words_count != Words::kNone) {
      CLI::Option* words = leaf->add_option(command.words, words_[command.name]);
      words->expected(0, command.words_count == Words::kMany ? 100'000 : 1);
    }
    leaves_[command.name] = leaf;
  }

  // Everything a user could have meant by a word that was not understood.
  static std::vector<std::string> Known(const std::string& word) {
    std::vector<std::string> known;
    if (word.starts_with('-')) {
      for (const OptionSpec& o : GlobalOptions()) {
        known.push_back("--" + o.name);
      }
      for (const Command& c : Commands()) {
        for (const OptionSpec& o : c.options) {
          known.push_back("--" + o.name);
        }
      }
      return known;
    }
    for (const Command& c : Commands()) {
      known.push_back(c.name);
      const size_t space = c.name.find(' ');
      if (space != std::string::npos) {
        known.push_back(c.name.substr(0, space));
        known.push_back(c.name.substr(space + 1));
      }
    }
    return known;
  }

  Error Explain(const CLI::ParseError& e, const std::vector<std::string>& args) const {
    const auto* extras = dynamic_cast<const CLI::ExtrasError*>(&e);
    const auto remaining = app_.remaining(true);
    if (extras == nullptr || remaining.empty()) {
      return Error(ErrorKind::kBadRecord, e.what())
          .WithCode("E-CLI-002")
          .WithHint(
              args.empty() || args.front().starts_with('-')
                  ? "rowhouse help"
                  : fmt::format("rowhouse {} --help", args.front())
          );
    }
    const std::string& word = remaining.front();
    const bool option = word.starts_with('-');
    const auto near = config::Nearest(word.substr(0, word.find('=')), Known(word));
    const bool command = !option && std::ranges::none_of(leaves_, [](const auto& leaf) {
      return leaf.second->parsed();
    });
    return Error(
               ErrorKind::kBadRecord,
               fmt::format(
                   "unknown {} \"{}\"",
                   option    ? "option"
                   : command ? "command"
                             : "argument",
                   word
               )
    )
        .WithCode("E-CLI-001")
        .WithHint(near ? fmt::format("did you mean \"{}\"?", *near) : "rowhouse help");
  }

  CLI::App app_;
  std::map<std::string, CLI::App*> groups_;
  std::map<std::string, CLI::App*> leaves_;
  std::map<std::string, std::vector<std::string>> words_;
  std::deque<std::vector<std::string>> texts_;
  std::vector<Value> values_;
};

}  // namespace

Result<Arguments> ParseArguments(const std::vector<std::string>& args) {
  return Parser().Parse(args);
}

}  // namespace rowhouse::cli
