#include "config/yaml_tree.h"

#include <exception>
#include <optional>

#include <yaml-cpp/yaml.h>

namespace rowhouse::config {

namespace {

constexpr int kDepthMax = 16;
constexpr int kNodesMax = 10'000;

Place PlaceOf(const YAML::Mark& mark) {
  return mark.is_null() ? Place{} : Place{mark.line + 1, mark.column + 1};
}

// Copies yaml-cpp's tree; false when it is larger than any configuration is.
class Copier {
 public:
  bool Copy(const YAML::Node& from, YamlNode& to, int depth) {
    if (depth > kDepthMax || ++nodes_ > kNodesMax) {
      return false;
    }
    to.place = PlaceOf(from.Mark());
    switch (from.Type()) {
      case YAML::NodeType::Scalar:
        to.kind = YamlNode::Kind::kScalar;
        to.text = from.Scalar();
        to.quoted = from.Tag() != "?";
        return true;
      case YAML::NodeType::Sequence:
        return CopyList(from, to, depth);
      case YAML::NodeType::Map:
        return CopyMap(from, to, depth);
      case YAML::NodeType::Null:
      case YAML::NodeType::Undefined:
        break;
    }
    return true;
  }

 private:
  bool CopyList(const YAML::Node& from, YamlNode& to, int depth) {
    to.kind = YamlNode::Kind::kList;
    for (const auto& item : from) {
      if (!Copy(item, to.items.emplace_back(), depth + 1)) {
        return false;
      }
    }
    return true;
  }

  bool CopyMap(const YAML::Node& from, YamlNode& to, int depth) {
    to.kind = YamlNode::Kind::kMap;
    for (const auto& entry : from) {
      if (!Copy(entry.first, to.keys.emplace_back(), depth + 1) ||
          !Copy(entry.second, to.items.emplace_back(), depth + 1)) {
        return false;
      }
    }
    return true;
  }

  int nodes_ = 0;
};

std::string FixFor(std::string_view message) {
  if (message.find("anchor") != std::string_view::npos) {
    return "a value that starts with * or & must be quoted: \"*.orders\"";
  }
  if (message.find("illegal map value") != std::string_view::npos) {
    return "indent with spaces (the same number in one section), and quote values with \": \"";
  }
  if (message.find("unknown token") != std::string_view::npos) {
    return "quote the value: it starts with a character that YAML reserves";
  }
  if (message.find("not found") != std::string_view::npos) {
    return "close the bracket, brace or quote";
  }
  return "see the line above the marked one too: the mistake may be there";
}

Problem Fault(Place place, std::string message, std::string fix) {
  return {
      .code = "E-CFG-009",
      .where = "",
      .place = place,
      .message = "no valid YAML: " + std::move(message),
      .fix = std::move(fix)};
}

}  // namespace

YamlResult ReadYaml(std::string_view text) {
  // yaml-cpp reports by exceptions; they end here.
  try {
    const auto documents = YAML::LoadAll(std::string(text));
    if (documents.size() > 1) {
      return Fault(
          PlaceOf(documents[1].Mark()), "a second document", "keep one document: remove the \"---\""
      );
    }
    YamlNode root;
    if (!documents.empty() && !Copier().Copy(documents[0], root, 0)) {
      return Fault({1, 1}, "too deep or too large", "remove aliases that contain themselves");
    }
    return root;
  } catch (const YAML::Exception& e) {
    return Fault(PlaceOf(e.mark), e.msg, FixFor(e.msg));
  } catch (const std::exception& e) {
    return Fault({}, e.what(), "");
  }
}

}  // namespace rowhouse::config
