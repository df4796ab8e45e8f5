#include <map>
#include <set>
#include <string>

#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/context.h"
#include "config/option.h"

namespace rowhouse::cli {

namespace {

std::string OptionWords(const Command& command) {
  std::string words;
  for (const auto* options : {&command.options, &GlobalOptions()}) {
    for (const OptionSpec& option : *options) {
      words += fmt::format("--{} ", option.name);
    }
  }
  return words;
}

std::string WordsOf(const Command& command) {
  std::string words = OptionWords(command);
  for (const std::string& choice : command.word_choices) {
    words += choice + " ";
  }
  if (command.name == "config explain") {
    for (const config::Option& option : config::Options()) {
      words += std::string(option.path) + " ";
    }
  }
  return words;
}

// First words, and the second words of a first word.
std::set<std::string> NextWords(const std::string& first) {
  std::set<std::string> words;
  for (const Command& command : Commands()) {
    const size_t space = command.name.find(' ');
    if (command.hidden) {
      continue;
    }
    if (first.empty()) {
      words.insert(command.name.substr(0, space));
    } else if (space != std::string::npos && command.name.substr(0, space) == first) {
      words.insert(command.name.substr(space + 1));
    }
  }
  return words;
}

// A first word may be a command and the beginning of others ("groups", "groups reset").
std::string CaseLines() {
  std::map<std::string, std::string> words;
  for (const std::string& first : NextWords("")) {
    if (const auto next = NextWords(first); !next.empty()) {
      words[first] = fmt::format("{}", fmt::join(next, " "));
    }
  }
  for (const Command& command : Commands()) {
    if (!command.hidden) {
      std::string& all = words[command.name];
      all += (all.empty() ? "" : " ") + WordsOf(command);
    }
  }
  std::string lines;
  for (const auto& [name, next] : words) {
    lines += fmt::format("    \"{}\") words=\"{}\" ;;\n", name, next);
  }
  return lines;
}

std::string BashScript() {
  return fmt::format(
      R"(# rowhouse completion for bash: source <(rowhouse completion bash)
_rowhouse() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD-1]}} words="" name="" i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${{COMP_WORDS[i]}} in -*) ;; *) [[ $name == *" "* ]] || name="${{name:+$name }}${{COMP_WORDS[i]}}" ;; esac
  done
  case $previous in
    -c|--config|--data) COMPREPLY=($(compgen -f -- "$current")); return ;;
    -o|--output) COMPREPLY=($(compgen -W "text json" -- "$current")); return ;;
    --log-level) COMPREPLY=($(compgen -W "debug info warn error" -- "$current")); return ;;
  esac
  case $name in
{}    "") words="{} --help --version" ;;
    *" "*) name=${{name%% *}} ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}}
complete -F _rowhouse rowhouse
)",
      CaseLines(),
      fmt::join(NextWords(""), " ")
  );
}

Result<ExitCode> Completion(Context& context) {
  const std::string shell = context.args().words.empty() ? "bash" : context.args().words.front();
  if (shell == "bash") {
    Context::Print(BashScript());
    return ExitCode::kOk;
  }
  if (shell == "zsh") {
    Context::Print("autoload -U +X bashcompinit && bashcompinit\n" + BashScript());
    return ExitCode::kOk;
  }
  return Error(ErrorKind::kBadRecord, fmt::format("no completion for \"{}\"", shell))
      .WithCode("E-CLI-002")
      .WithHint("rowhouse completion bash, or zsh");
}

}  // namespace

Command CompletionCommand() {
  return {
      .name = "completion",
      .group = "Learn",
      .summary = "a completion script for bash or zsh",
      .examples = {"source <(rowhouse completion bash)"},
      .words = "SHELL",
      .words_count = Words::kOptional,
      .word_choices = {"bash", "zsh"},
      .run = Completion};
}

}  // namespace rowhouse::cli
