#include "config/assembly.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <sys/stat.h>

#include <fmt/format.h>

#include "base/file.h"
#include "config/debezium.h"
#include "config/suggest.h"
#include "config/value.h"

namespace rowhouse::config {

namespace {

constexpr size_t kFileBytesMax = 1 << 20;
constexpr mode_t kOthers = 077;
constexpr std::string_view kDebezium = "debezium";

std::string Join(const std::string& section, const std::string& key) {
  return section.empty() ? key : section + "." + key;
}

std::string Under(const std::string& section) {
  return section.empty() ? "" : " under " + section;
}

// Plain words that YAML readers disagree on.
bool IsAmbiguous(const YamlNode& value) {
  if (value.quoted) {
    return false;
  }
  std::string lower = value.text;
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) {
    return static_cast<char>(std::tolower(c));
  });
  static constexpr std::array kWords = {"yes", "no", "on", "off", "true", "false", "y", "n"};
  return std::ranges::find(kWords, lower) != kWords.end();
}

}  // namespace

Assembly::Assembly(const Environment& env) : env_(env) {
  for (const Option& option : Options()) {
    if (!option.fallback.empty()) {
      (void)StoreScalar(loaded_.config, option, option.fallback);
    }
  }
}

void Assembly::ApplyFile(const std::string& file) {
  loaded_.file = file;
  auto text = ReadFile(file);
  if (!text) {
    AddAt(
        {"E-CFG-001", text.error().message(), "check the path given by -c or ROWHOUSE_CONFIG"}, file
    );
    return;
  }
  if (text->size() > kFileBytesMax) {
    AddAt({"E-CFG-001", "larger than 1 MiB: this is no configuration", "check the path"}, file);
    return;
  }
  file_text_ = *std::move(text);
  YamlResult read = ReadYaml(file_text_);
  if (const Problem* fault = std::get_if<Problem>(&read)) {
    Complaint complaint{fault->code, fault->message, fault->fix};
    if (Line(fault->place.line).find('\t') != std::string::npos) {
      complaint.fix = "indent with spaces: YAML allows no tabs";
    }
    Add(complaint, fault->place);
    return;
  }
  const auto& root = std::get<YamlNode>(read);
  if (root.kind == YamlNode::Kind::kMap) {
    // First, so that what stands under our own names wins.
    for (size_t i = 0; i < root.items.size(); ++i) {
      if (root.keys[i].text == kDebezium && root.items[i].kind == YamlNode::Kind::kMap) {
        ApplyDebezium(root.items[i]);
      }
    }
    WalkMap("", root);
  } else if (root.kind != YamlNode::Kind::kNull) {
    Add({"E-CFG-004", "the file is no map of keys", "start with: version: 1"}, root.place);
  }
}

// The options of a connector, each in Debezium's words, as `rowhouse config convert` reads them.
void Assembly::ApplyDebezium(const YamlNode& map) {
  TextMap options;
  for (size_t i = 0; i < map.items.size(); ++i) {
    if (map.keys[i].kind == YamlNode::Kind::kScalar &&
        map.items[i].kind == YamlNode::Kind::kScalar) {
      options[map.keys[i].text] = map.items[i].text;  // a ${VARIABLE} is expanded with our option
    }
  }
  const Translation translation = FromDebeziumSection(options);
  for (const std::string& what : translation.no_equivalent) {
    Add({"E-CFG-002", fmt::format("{}: {}", kDebezium, what), "remove the option"}, map.place);
  }
  const YamlResult read = ReadYaml(translation.yaml);
  if (const auto* root = std::get_if<YamlNode>(&read)) {
    inside_ = map.place;
    WalkMap("", *root);
    inside_.reset();
  }
}

void Assembly::WalkMap(const std::string& section, const YamlNode& map) {
  std::map<std::string, Place> seen;
  for (size_t i = 0; i < map.items.size(); ++i) {
    const YamlNode& key = map.keys[i];
    if (key.kind != YamlNode::Kind::kScalar) {
      Add({"E-CFG-004", "a key must be a word", "write key: value"}, key.place);
      continue;
    }
    const auto [before, first] = seen.try_emplace(key.text, key.place);
    if (!first) {
      Add({"E-CFG-003",
           fmt::format(
               "duplicate key \"{}\"{}, first on line {}",
               key.text,
               Under(section),
               before->second.line
           ),
           "keep one of the two"},
          key.place);
      continue;
    }
    WalkEntry(section, key, map.items[i]);
  }
}

void Assembly::WalkEntry(const std::string& section, const YamlNode& key, const YamlNode& value) {
  const std::string path = Join(section, key.text);
  const bool dotted = key.text.find('.') != std::string::npos;
  if (!dotted && IsSection(path)) {
    if (value.kind == YamlNode::Kind::kMap) {
      WalkMap(path, value);
    } else if (value.kind != YamlNode::Kind::kNull) {
      Add({"E-CFG-004",
           fmt::format("{} is a section, not a value", path),
           fmt::format("write its keys under it, such as {}:", ChildrenOf(path).front())},
          value.place);
    }
    return;
  }
  const Option* option = dotted ? nullptr : FindOption(path);
  if (option == nullptr) {
    UnknownKey(section, key);
    return;
  }
  const Place at = inside_.value_or(key.place);
  loaded_.origins[path] = fmt::format("{}:{}:{}", loaded_.file, at.line, at.column);
  StoreNode(*option, value);
  if (path == kDebezium) {
    // What they became is shown under our names; a password is shown nowhere.
    std::erase_if(loaded_.config.debezium, [](const auto& entry) {
      return entry.first.ends_with("password");
    });
  }
}

void Assembly::UnknownKey(const std::string& section, const YamlNode& key) {
  std::string message = fmt::format("unknown key \"{}\"{}", key.text, Under(section));
  std::string fix;
  if (FindOption(Join(section, key.text)) != nullptr) {
    fix = fmt::format(
        "write it nested, \"{}\" under its section", key.text.substr(key.text.rfind('.') + 1)
    );
  } else if (const auto meant = SuggestKey(section, key.text)) {
    message += fmt::format("; did you mean \"{}\"?", *meant);
  } else {
    fix = fmt::format("known here: {}", fmt::join(ChildrenOf(section), ", "));
  }
  Add({"E-CFG-002", std::move(message), std::move(fix)}, key.place);
}

void Assembly::StoreNode(const Option& option, const YamlNode& value) {
  if (value.kind == YamlNode::Kind::kNull) {
    Add({"E-CFG-004",
         fmt::format("{} has no value", option.path),
         "give it one, or remove the key to have the default"},
        value.place);
  } else if (Holds<Texts>(option)) {
    StoreItems(option, value);
  } else if (Holds<TextMap>(option)) {
    StoreEntries(option, value);
  } else if (value.kind != YamlNode::Kind::kScalar) {
    Add({"E-CFG-004",
         fmt::format("{} is a {}, not a list or section", option.path, TypeName(option)),
         "write one value"},
        value.place);
  } else {
    StoreText(option, value);
  }
}

void Assembly::StoreText(const Option& option, const YamlNode& value) {
  if (IsAmbiguous(value)) {
    const bool free_text = Holds<std::string>(option) && option.choices.empty();
    const bool flag = Holds<bool>(option) && value.text != "true" && value.text != "false";
    if (free_text || Holds<Secret>(option) || flag) {
      Add({"E-CFG-010",
           fmt::format("{}: plain {} is ambiguous in YAML", option.path, value.text),
           flag ? "write true or false" : fmt::format("quote it: \"{}\"", value.text)},
          value.place);
      return;
    }
  }
  auto text = ExpandNode(value);
  if (!text) {
    return;
  }
  WarnOfLiteralSecret(option, value);
  if (option.form == Form::kPath && !text->empty() && !text->starts_with('/')) {
    text = (std::filesystem::path(loaded_.file).parent_path() / *text).string();
  }
  if (auto bad = StoreScalar(loaded_.config, option, *text)) {
    Add(*bad, value.place);
  }
}

void Assembly::StoreItems(const Option& option, const YamlNode& value) {
  if (value.kind != YamlNode::Kind::kList) {
    const std::string text = value.kind == YamlNode::Kind::kScalar ? value.text : "...";
    Add({"E-CFG-004",
         fmt::format("{} is a list", option.path),
         fmt::format("write [\"{}\"]", text)},
        value.place);
    return;
  }
  Texts items;
  for (const YamlNode& item : value.items) {
    if (item.kind != YamlNode::Kind::kScalar) {
      Add({"E-CFG-004", fmt::format("{} holds texts only", option.path), "quote the item"},
          item.place);
      continue;
    }
    if (auto text = ExpandNode(item)) {
      if (auto bad = StoreList(loaded_.config, option, {*text})) {
        Add(*bad, item.place);
        continue;
      }
      items.push_back(*std::move(text));
    }
  }
  (void)StoreList(loaded_.config, option, std::move(items));
}

void Assembly::StoreEntries(const Option& option, const YamlNode& value) {
  if (value.kind != YamlNode::Kind::kMap) {
    Add({"E-CFG-004",
         fmt::format("{} is a map", option.path),
         "write one \"name: value\" a line under it, or {}"},
        value.place);
    return;
  }
  for (size_t i = 0; i < value.items.size(); ++i) {
    const YamlNode& key = value.keys[i];
    const YamlNode& entry = value.items[i];
    if (key.kind != YamlNode::Kind::kScalar || entry.kind != YamlNode::Kind::kScalar) {
      Add({"E-CFG-004", fmt::format("{} holds texts only", option.path), "quote the value"},
          entry.place);
    } else if (auto text = ExpandNode(entry)) {
      StoreEntry(loaded_.config, option, key.text, *std::move(text));
    }
  }
}

std::optional<std::string> Assembly::ExpandNode(const YamlNode& value) {
  auto expanded = Expand(value.text, env_);
  if (const Complaint* complaint = std::get_if<Complaint>(&expanded)) {
    Add(*complaint, value.place);
    return std::nullopt;
  }
  return std::get<Expanded>(std::move(expanded)).text;
}

void Assembly::WarnOfLiteralSecret(const Option& option, const YamlNode& value) {
  struct stat status {};

  const bool literal = value.text.find("${") == std::string::npos && !value.text.empty();
  if (!IsSecret(option) || !literal || stat(loaded_.file.c_str(), &status) != 0 ||
      (status.st_mode & kOthers) == 0) {
    return;
  }
  Add({"E-CFG-012",
       fmt::format("{} stands in clear in a file that others may read", option.path),
       fmt::format(
           "chmod 600 {}, or use {}_file or {}_env", loaded_.file, option.path, option.path
       )},
      value.place);
  loaded_.problems.back().severity = Severity::kWarning;
  loaded_.problems.back().source_line.clear();  // it holds the secret
}

void Assembly::Add(const Complaint& complaint, Place place) {
  place = inside_.value_or(place);
  loaded_.problems.push_back(
      {.code = complaint.code,
       .where = loaded_.file,
       .place = place,
       .message = complaint.message,
       .fix = complaint.fix,
       .source_line = Line(place.line)}
  );
}

void Assembly::AddAt(const Complaint& complaint, const std::string& where) {
  loaded_.problems.push_back(
      {.code = complaint.code, .where = where, .message = complaint.message, .fix = complaint.fix}
  );
}

std::string Assembly::Line(int number) const {
  size_t begin = 0;
  for (int i = 1; i < number && begin != std::string::npos; ++i) {
    begin = file_text_.find('\n', begin);
    begin += begin == std::string::npos ? 0 : 1;
  }
  if (number < 1 || begin >= file_text_.size()) {
    return "";
  }
  return file_text_.substr(begin, file_text_.find('\n', begin) - begin);
}

}  // namespace rowhouse::config
