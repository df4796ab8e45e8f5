#include <fmt/format.h>

#include "config/show.h"
#include "config/suggest.h"
#include "config/value.h"

namespace rowhouse::config {

namespace {

std::string DefaultOf(const Option& option) {
  if (!option.derived.empty()) {
    return std::string(option.derived);
  }
  return option.fallback.empty() ? "none" : std::string(option.fallback);
}

std::string ChoicesText(const Option& option) {
  const auto choices = Choices(option.choices);
  return fmt::format("{}", fmt::join(choices, ", "));
}

std::string ExplainOne(const Option& option) {
  std::string out = fmt::format("{}\n  {}\n", option.path, option.doc);
  const auto line = [&out](std::string_view name, const std::string& value) {
    if (!value.empty()) {
      out += fmt::format("  {:<10} {}\n", name, value);
    }
  };
  line("type", std::string(TypeName(option)));
  line("default", DefaultOf(option));
  line("range", ShowRange(option));
  line("choices", ChoicesText(option));
  line("later", std::string(option.not_yet));
  line("env", EnvName(option));
  if (IsSecret(option)) {
    line("secret", "masked wherever it is shown");
  }
  return out;
}

std::string RangeCell(const Option& option) {
  std::string cell = ChoicesText(option);
  if (cell.empty()) {
    cell = ShowRange(option);
  }
  return cell;
}

std::string SectionOf(std::string_view path) {
  const size_t dot = path.find('.');
  return dot == std::string_view::npos ? "" : std::string(path.substr(0, dot));
}

}  // namespace

Result<std::string> Explain(std::string_view path) {
  if (const Option* option = FindOption(path)) {
    return ExplainOne(*option);
  }
  if (!IsSection(path)) {
    const auto near = SuggestOption(path);
    Error error(ErrorKind::kNotFound, fmt::format("there is no option \"{}\"", path));
    return std::move(error)
        .WithCode("E-CFG-002")
        .WithHint(
            near ? fmt::format("did you mean \"{}\"?", *near)
                 : "rowhouse config explain lists every option"
        );
  }
  std::string out;
  for (const Option& option : Options()) {
    const bool inside =
        path.empty() || (option.path.starts_with(path) && option.path.size() > path.size() &&
                         option.path[path.size()] == '.');
    if (inside) {
      out += fmt::format("{:<30} {:<15} {}\n", option.path, DefaultOf(option), option.doc);
    }
  }
  return out;
}

std::string ManualPage() {
  std::string out =
      "# Configuration\n\n"
      "Made by `rowhouse manual` from the table in `src/config/options.cc`; do not edit.\n\n"
      "One YAML file: `-c FILE`, else `ROWHOUSE_CONFIG`, `./rowhouse.yaml`,\n"
      "`$XDG_CONFIG_HOME/rowhouse/rowhouse.yaml`, `/etc/rowhouse/rowhouse.yaml`.\n"
      "A value comes from `--set key=value`, else the environment (`ROWHOUSE_SOURCE__HOST`), else\n"
      "the file, else the default. In the file `${VAR}`, `${VAR:-default}` and `${VAR:?message}`\n"
      "stand for variables, `$${` for a literal `${`. Durations and sizes have a unit (`250ms`,\n"
      "`64MiB`). `rowhouse config check` names every mistake with its line.\n";
  std::string section = "none";
  for (const Option& option : Options()) {
    if (const std::string s = SectionOf(option.path); s != section) {
      section = s;
      out += fmt::format(
          "\n## {}\n\n| Option | Type | Default | Range | Meaning |\n|---|---|---|---|---|\n",
          s.empty() ? "The pipeline" : "`" + s + "`"
      );
    }
    out += fmt::format(
        "| `{}` | {} | {} | {} | {} |\n",
        option.path,
        TypeName(option),
        option.derived.empty() && !option.fallback.empty() ? fmt::format("`{}`", option.fallback)
                                                           : DefaultOf(option),
        RangeCell(option),
        option.doc
    );
  }
  return out;
}

}  // namespace rowhouse::config
