#include "config/value.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "config/form.h"
#include "config/suggest.h"
#include "config/units.h"

namespace rowhouse::config {

namespace {

constexpr std::string_view kMask = "***";

Complaint WrongType(const Option& option, std::string_view text, std::string fix) {
  return {
      "E-CFG-004",
      fmt::format("{} is a {}, not \"{}\"", option.path, TypeName(option), text),
      std::move(fix)};
}

std::optional<Complaint> OutOfRange(const Option& option, int64_t number) {
  if (number >= option.min && number <= option.max) {
    return std::nullopt;
  }
  return Complaint{
      "E-CFG-006",
      fmt::format(
          "{} is {}, outside of {}", option.path, ShowNumber(option, number), ShowRange(option)
      ),
      fmt::format("use a value of {}", ShowRange(option))};
}

std::optional<Complaint> NotAChoice(const Option& option, std::string_view text) {
  const auto choices = Choices(option.choices);
  if (choices.empty() || std::ranges::find(choices, text) != choices.end()) {
    return std::nullopt;
  }
  const auto later = Choices(option.not_yet);
  if (std::ranges::find(later, text) != later.end()) {
    return Complaint{
        "E-CFG-014",
        fmt::format("{}: \"{}\" is not available yet", option.path, text),
        fmt::format("use {}", fmt::join(choices, ", "))};
  }
  const auto near = Nearest(text, choices);
  return Complaint{
      "E-CFG-006",
      fmt::format("{} can't be \"{}\"", option.path, text),
      near ? fmt::format("did you mean \"{}\"? It is one of {}", *near, fmt::join(choices, ", "))
           : fmt::format("use one of {}", fmt::join(choices, ", "))};
}

// One Store for each type that a single text can give.
struct Store {
  const Option& option;
  std::string_view text;

  std::optional<Complaint> operator()(std::string* field) const {
    const bool unset = text.empty() && option.fallback.empty();
    if (!unset) {
      if (auto bad = NotAChoice(option, text)) {
        return bad;
      }
    }
    if (!text.empty()) {
      if (auto bad = CheckForm(option, text)) {
        return bad;
      }
    }
    *field = text;
    return std::nullopt;
  }

  std::optional<Complaint> operator()(Secret* field) const {
    *field = Secret(std::string(text));
    return std::nullopt;
  }

  std::optional<Complaint> operator()(bool* field) const {
    if (text != "true" && text != "false") {
      return WrongType(option, text, "write true or false");
    }
    *field = text == "true";
    return std::nullopt;
  }

  std::optional<Complaint> operator()(uint32_t* field) const {
    const auto number = ReadInteger(text);
    if (!number || (text.size() > 1 && text.front() == '0')) {
      return WrongType(option, text, "write a whole number in decimal digits, such as 3");
    }
    *field = static_cast<uint32_t>(*number);
    return OutOfRange(option, *number);
  }

  std::optional<Complaint> operator()(Millis* field) const {
    const UnitNumber n = ReadDuration(text);
    if (n.outcome != UnitOutcome::kOk) {
      return BadUnit(n.outcome, "ms", "s", "ms, s, m, h, d");
    }
    *field = Millis(n.value);
    return OutOfRange(option, n.value);
  }

  std::optional<Complaint> operator()(Size* field) const {
    const UnitNumber n = ReadSize(text);
    if (n.outcome != UnitOutcome::kOk) {
      return BadUnit(n.outcome, "B", "MiB", "B, KiB, MiB, GiB, kB, MB, GB");
    }
    *field = Size{static_cast<uint64_t>(n.value)};
    return OutOfRange(option, n.value);
  }

  std::optional<Complaint> operator()(Texts*) const {
    return WrongType(option, text, fmt::format("write a list: [\"{}\"]", text));
  }

  std::optional<Complaint> operator()(TextMap*) const {
    return WrongType(option, text, "write one \"name: value\" a line under it");
  }

  std::optional<Complaint> BadUnit(
      UnitOutcome outcome, std::string_view small, std::string_view big, std::string_view all
  ) const {
    if (outcome == UnitOutcome::kNoUnit) {
      return Complaint{
          "E-CFG-005",
          fmt::format("{}: \"{}\" has no unit", option.path, text),
          fmt::format("write {0}{1} or {0}{2} (units: {3})", text, small, big, all)};
    }
    return WrongType(option, text, fmt::format("write a number with one of {}", all));
  }
};

template <typename T>
const T& Field(const Config& config, const Option& option) {
  // The table hands out mutable fields; here it is only read.
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): see above
  return *std::get<T*>(option.target(const_cast<Config&>(config)));
}

bool LooksSecret(std::string name) {
  std::ranges::transform(name, name.begin(), [](unsigned char c) {
    return static_cast<char>(std::tolower(c));
  });
  for (const char* part : {"password", "secret", "token", "jaas", "key.pem"}) {
    if (name.find(part) != std::string::npos) {
      return true;
    }
  }
  return false;
}

}  // namespace

std::optional<Complaint> StoreScalar(Config& config, const Option& option, std::string_view text) {
  return std::visit(Store{option, text}, option.target(config));
}

std::optional<Complaint> StoreList(Config& config, const Option& option, Texts items) {
  for (const std::string& item : items) {
    if (auto bad = CheckForm(option, item)) {
      return bad;
    }
  }
  *std::get<Texts*>(option.target(config)) = std::move(items);
  return std::nullopt;
}

void StoreEntry(Config& config, const Option& option, const std::string& key, std::string value) {
  (*std::get<TextMap*>(option.target(config)))[key] = std::move(value);
}

std::string ShowNumber(const Option& option, int64_t number) {
  if (Holds<Millis>(option)) {
    return ShowDuration(number);
  }
  return Holds<Size>(option) ? ShowSize(number) : std::to_string(number);
}

std::string ShowRange(const Option& option) {
  const bool number = Holds<uint32_t>(option) || Holds<Millis>(option) || Holds<Size>(option);
  if (!number || (option.min == 0 && option.max == INT64_MAX)) {
    return "";
  }
  if (option.max == INT64_MAX) {
    return fmt::format("at least {}", ShowNumber(option, option.min));
  }
  return fmt::format("{} .. {}", ShowNumber(option, option.min), ShowNumber(option, option.max));
}

std::string ShowScalar(const Config& config, const Option& option) {
  if (Holds<Secret>(option)) {
    return Field<Secret>(config, option).empty() ? "" : std::string(kMask);
  }
  if (Holds<std::string>(option)) {
    return Field<std::string>(config, option);
  }
  if (Holds<bool>(option)) {
    return Field<bool>(config, option) ? "true" : "false";
  }
  if (Holds<uint32_t>(option)) {
    return std::to_string(Field<uint32_t>(config, option));
  }
  if (Holds<Millis>(option)) {
    return ShowDuration(Field<Millis>(config, option).count());
  }
  if (Holds<Size>(option)) {
    return ShowSize(static_cast<int64_t>(Field<Size>(config, option).bytes));
  }
  return "";
}

Texts ShowList(const Config& config, const Option& option) {
  return Field<Texts>(config, option);
}

TextMap ShowMap(const Config& config, const Option& option) {
  TextMap shown = Field<TextMap>(config, option);
  for (auto& [name, value] : shown) {
    if (LooksSecret(name)) {
      value = kMask;
    }
  }
  return shown;
}

}  // namespace rowhouse::config
