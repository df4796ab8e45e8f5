// The endpoints /config and /mode, of all subjects and of one.

#include "registry/errors.h"
#include "registry/rest.h"

namespace rowhouse::registry {
namespace {

using Call = http::Routes::Call;

}  // namespace

void Rest::AddConfig() {
  const auto get = [this](const Call& call) -> Result<std::string> {
    const std::string subject = ROWHOUSE_TRY(ReadSubject(call));
    const bool own = ROWHOUSE_TRY(store_.Look([&](const SchemaSet& set) {
      return subject.empty() || set.Level(subject).has_value();
    }));
    if (!own && !call.request.query.Flag("defaultToGlobal")) {
      return LevelNotSet(subject);
    }
    return AttributeText("compatibilityLevel", ROWHOUSE_TRY(store_.LevelInScope(subject)));
  };
  const auto put = [this](const Call& call) -> Result<std::string> {
    const std::string subject = ROWHOUSE_TRY(ReadSubject(call));
    // A schema is always stored as Avro's library prints it, normalize or not.
    const auto level = ROWHOUSE_TRY(ReadAttribute(call, "compatibility", {"normalize"}));
    if (!level.has_value()) {
      return InvalidLevel();
    }
    ROWHOUSE_TRY(store_.SetLevel(subject, *level));
    return AttributeText("compatibility", ROWHOUSE_TRY(store_.LevelInScope(subject)));
  };
  const auto remove = [this](const Call& call) -> Result<std::string> {
    const std::string subject = ROWHOUSE_TRY(ReadSubject(call));
    return AttributeText("compatibilityLevel", ROWHOUSE_TRY(store_.DeleteLevel(subject)));
  };
  for (const char* path : {"/config", "/config/{subject}"}) {
    Add("GET", path, get);
    Add("PUT", path, put);
    Add("DELETE", path, remove);
  }
}

void Rest::AddMode() {
  const auto get = [this](const Call& call) -> Result<std::string> {
    const std::string subject = ROWHOUSE_TRY(ReadSubject(call));
    const bool own = ROWHOUSE_TRY(store_.Look([&](const SchemaSet& set) {
      return subject.empty() || set.Mode(subject).has_value();
    }));
    if (!own && !call.request.query.Flag("defaultToGlobal")) {
      return ModeNotSet(subject);
    }
    return AttributeText("mode", ROWHOUSE_TRY(store_.ModeInScope(subject)));
  };
  const auto put = [this](const Call& call) -> Result<std::string> {
    const std::string subject = ROWHOUSE_TRY(ReadSubject(call));
    const auto mode = ROWHOUSE_TRY(ReadAttribute(call, "mode", {}));
    if (!mode.has_value()) {
      return InvalidMode();
    }
    ROWHOUSE_TRY(store_.SetMode(subject, *mode, call.request.query.Flag("force")));
    return AttributeText("mode", *mode);
  };
  const auto remove = [this](const Call& call) -> Result<std::string> {
    const std::string subject = ROWHOUSE_TRY(ReadSubject(call));
    return AttributeText("mode", ROWHOUSE_TRY(store_.DeleteMode(subject)));
  };
  for (const char* path : {"/mode", "/mode/{subject}"}) {
    Add("GET", path, get);
    Add("PUT", path, put);
    Add("DELETE", path, remove);
  }
}

}  // namespace rowhouse::registry
