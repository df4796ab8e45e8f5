#include "cli/man_pages.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "cli/error_pages.h"
#include "cli/help.h"
#include "cli/version.h"
#include "config/option.h"

namespace rowhouse::cli {

namespace {

// Text of ours as roff takes it: what is between back quotes becomes bold, and no character or
// beginning of a line is taken for a request.
std::string Roff(std::string_view text) {
  std::string out;
  bool bold = false;
  bool at_start = true;
  for (const char c : text) {
    if (at_start && (c == '.' || c == '\'')) {
      out += "\\&";
    }
    at_start = c == '\n';
    switch (c) {
      case '`':
        bold = !bold;
        out += bold ? "\\fB" : "\\fR";
        break;
      case '\\':
        out += "\\e";
        break;
      case '-':
        out += "\\-";
        break;
      case '|':
      case '/':
        out += c;
        out += "\\:";  // a line may end behind it
        break;
      default:
        out += c;
    }
  }
  return bold ? out + "\\fR" : out;
}

std::string Bold(std::string_view text) {
  return "\\fB" + Roff(text) + "\\fR";
}

std::string Title(const ManPage& page, std::string_view what) {
  std::string upper = page.name;
  std::ranges::transform(upper, upper.begin(), [](unsigned char c) {
    return static_cast<char>(std::toupper(c));
  });
  return fmt::format(
      ".TH \"{}\" {} \"\" \"rowhouse {}\" \"rowhouse\"\n.nh\n.ad l\n.SH NAME\n{} \\- {}\n",
      upper,
      page.section,
      Version(),
      Roff(page.name),
      Roff(what)
  );
}

// "--rows N" and what it means, as an item of a list.
std::string Item(const std::string& term, const std::string& text) {
  return fmt::format(".TP\n{}\n{}\n", term, text);
}

std::string Items(const std::vector<OptionSpec>& options) {
  std::string out;
  for (const OptionSpec& option : options) {
    std::string term = OptionText(option);
    term.erase(0, term.find_first_not_of(' '));
    out += Item(Bold(term), Roff(OptionDoc(option)));
  }
  return out;
}

ManPage PageOf(const Command& command) {
  ManPage page{.name = ManNameOf(command), .text = {}};
  page.text = Title(page, command.summary);
  page.text += fmt::format(
      ".SH SYNOPSIS\n{} [options]{}\n", Bold("rowhouse " + command.name), Roff(WordsText(command))
  );
  if (!command.options.empty()) {
    page.text += ".SH OPTIONS\n" + Items(command.options);
  }
  page.text += ".SH COMMON OPTIONS\n" + Items(GlobalOptions()) + ".SH EXAMPLES\n.EX\n";
  for (const std::string& example : command.examples) {
    page.text += Roff(example) + "\n";
  }
  return {
      page.name,
      page.section,
      page.text +
          ".EE\n.SH SEE ALSO\n.BR rowhouse (1),\n"
          ".BR rowhouse.yaml (5),\n.BR rowhouse\\-errors (7)\n"};
}

ManPage Overview() {
  ManPage page{.name = "rowhouse", .text = {}};
  page.text = Title(page, "every row change of MySQL and MariaDB through Kafka into ClickHouse");
  page.text +=
      ".SH SYNOPSIS\n.B rowhouse\n.I COMMAND\n[options] [words]\n.SH DESCRIPTION\n" +
      Roff(
          "One process follows the binary log of a server, writes each change of a row to Kafka, "
          "and keeps tables in ClickHouse up to date. `rowhouse demo` shows all of it on this "
          "machine; `rowhouse doctor`, `plan` and `run` do it with your servers.\n"
      ) +
      ".SH COMMANDS\n";
  for (const Command& command : Commands()) {
    if (!command.hidden) {
      page.text +=
          Item(Bold("rowhouse " + command.name) + Roff(WordsText(command)), Roff(command.summary));
    }
  }
  page.text += ".SH OPTIONS\nEvery command takes these.\n" + Items(GlobalOptions());
  page.text += ".SH EXIT STATUS\n.EX\n" + Roff(ExitCodesPage()) + ".EE\n";
  page.text += ".SH FILES\n" + Item(
                                   Bold("rowhouse.yaml"),
                                   Roff("in the working directory, `$XDG_CONFIG_HOME/rowhouse` or "
                                        "`/etc/rowhouse`; or what `ROWHOUSE_CONFIG` or `-c` names")
                               );
  page.text += ".SH SEE ALSO\n.BR rowhouse.yaml (5),\n.BR rowhouse\\-errors (7)\n";
  return page;
}

ManPage Configuration() {
  ManPage page{.name = "rowhouse.yaml", .section = 5, .text = {}};
  page.text = Title(page, "configuration of rowhouse");
  page.text +=
      ".SH DESCRIPTION\n" +
      Roff(
          "A value comes from `--set key=value`, else the environment (`ROWHOUSE_SOURCE__HOST`), "
          "else the file, else the default. In the file `${VAR}`, `${VAR:-default}` and "
          "`${VAR:?message}` stand for variables. Durations and sizes have a unit (`250ms`, "
          "`64MiB`). `rowhouse config check` names every mistake with its line.\n"
      ) +
      ".SH OPTIONS\n";
  for (const config::Option& option : config::Options()) {
    std::string text(option.doc);
    if (!option.choices.empty()) {
      text += fmt::format(" One of {}.", option.choices);
    }
    if (!option.derived.empty()) {
      text += fmt::format(" Default: {}.", option.derived);
    } else if (!option.fallback.empty()) {
      text += fmt::format(" Default: `{}`.", option.fallback);
    }
    page.text +=
        Item(fmt::format("{} ({})", Bold(option.path), config::TypeName(option)), Roff(text));
  }
  page.text += ".SH SEE ALSO\n.BR rowhouse (1)\n";
  return page;
}

ManPage Errors() {
  ManPage page{.name = "rowhouse-errors", .section = 7, .text = {}};
  page.text = Title(page, "what each code of an error means, and what to do");
  page.text += ".SH ERRORS\n";
  for (const ErrorPage& error : ErrorPages()) {
    page.text += Item(
        Bold(error.code) + " " + Roff(error.title),
        fmt::format("{}\n.br\n{}", Roff(error.why), Roff(fmt::format("What to do: {}", error.fix)))
    );
  }
  page.text += ".SH SEE ALSO\n.BR rowhouse (1)\n";
  return page;
}

}  // namespace

std::string ManPage::Path() const {
  return fmt::format("man{0}/{1}.{0}", section, name);
}

std::string ManNameOf(const Command& command) {
  std::string name = "rowhouse-" + command.name;
  std::ranges::replace(name, ' ', '-');
  return name;
}

std::vector<ManPage> ManPages() {
  std::vector<ManPage> pages = {Overview(), Configuration(), Errors()};
  for (const Command& command : Commands()) {
    if (!command.hidden) {
      pages.push_back(PageOf(command));
    }
  }
  return pages;
}

}  // namespace rowhouse::cli
