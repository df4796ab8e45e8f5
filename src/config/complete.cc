#include <algorithm>
#include <sys/stat.h>

#include <fmt/format.h>

#include "base/file.h"
#include "config/assembly.h"
#include "config/value.h"

// The last step of Assembly: what follows from several options together.
namespace rowhouse::config {

namespace {

// FNV-1a: stable over versions and machines, unlike std::hash.
uint32_t StableHash(std::string_view text) {
  uint32_t h = 2166136261U;
  for (const char c : text) {
    h = (h ^ static_cast<unsigned char>(c)) * 16777619U;
  }
  return h;
}

// Replica ids made from names stay clear of the small ones people give by hand.
constexpr uint32_t kServerIdFirst = 1'000'000;
constexpr uint32_t kServerIdSpread = 2'000'000'000;

}  // namespace

void Assembly::Complete(const std::vector<std::string>& required) {
  for (const Option& option : Options()) {
    if (IsSecret(option)) {
      ResolvePassword(option);
    }
  }
  Derive();
  CheckPairs();
  CheckRequired(required);
}

void Assembly::ResolvePassword(const Option& password) {
  const std::string base(password.path);
  const std::string file = ShowScalar(loaded_.config, *FindOption(base + "_file"));
  const std::string variable = ShowScalar(loaded_.config, *FindOption(base + "_env"));
  Secret& value = *std::get<Secret*>(password.target(loaded_.config));
  const int ways = (value.empty() ? 0 : 1) + (file.empty() ? 0 : 1) + (variable.empty() ? 0 : 1);
  if (ways > 1) {
    AddAt(
        {"E-CFG-011",
         fmt::format("{} is given in more than one way", base),
         fmt::format("keep one of {0}, {0}_file, {0}_env", base)},
        loaded_.file.empty() ? "configuration" : loaded_.file
    );
    return;
  }
  if (!file.empty()) {
    const auto text = ReadFile(file);
    if (!text) {
      AddAt(
          {"E-CFG-011",
           fmt::format("{}_file: {}", base, text.error().message()),
           "create the file (mode 0600) with the password as its first line"},
          loaded_.origins[base + "_file"]
      );
      return;
    }
    value = Secret(text->substr(0, text->find_first_of("\r\n")));
    loaded_.origins[base] = "file " + file;
  } else if (!variable.empty()) {
    const auto found = env_.find(variable);
    if (found == env_.end()) {
      AddAt(
          {"E-CFG-011",
           fmt::format("{}_env: variable {} is not set", base, variable),
           fmt::format("export {}=...", variable)},
          loaded_.origins[base + "_env"]
      );
      return;
    }
    value = Secret(found->second);
    loaded_.origins[base] = "env " + variable;
  }
}

void Assembly::Derive() {
  Config& c = loaded_.config;
  if (c.source.server_id == 0) {
    c.source.server_id = kServerIdFirst + StableHash(c.pipeline) % kServerIdSpread;
    loaded_.origins["source.server_id"] = "derived from pipeline";
  }
  if (c.registry.on_incompatible.empty()) {
    // A registry of somebody else's keeps the levels that it has.
    c.registry.on_incompatible = c.registry.listen.empty() ? "park" : "accept";
    loaded_.origins["registry.on_incompatible"] = "derived from registry.listen";
  }
  if (c.sink.kafka_bootstrap.empty()) {
    c.sink.kafka_bootstrap = c.kafka.bootstrap;
    loaded_.origins["sink.kafka_bootstrap"] = "derived from kafka.bootstrap";
  }
  if (c.sink.registry_url.empty()) {
    c.sink.registry_url = c.registry.url;
    loaded_.origins["sink.registry_url"] = "derived from registry.url";
  }
  DeriveConsoleData();
}

// Where a service manager says, else where the XDG rules put a user's state.
void Assembly::DeriveConsoleData() {
  Config& c = loaded_.config;
  const auto variable = [this](const char* name) {
    const auto found = env_.find(name);
    return found == env_.end() ? std::string() : found->second;
  };
  if (!c.console.data.empty()) {
    return;
  }
  const std::string managed = variable("STATE_DIRECTORY");
  const std::string state = variable("XDG_STATE_HOME");
  const std::string home = variable("HOME");
  std::string base;
  if (!managed.empty()) {
    base = managed.substr(0, managed.find(':'));
  } else if (!state.empty()) {
    base = state + "/rowhouse";
  } else if (!home.empty()) {
    base = home + "/.local/state/rowhouse";
  } else {
    return;  // the console says so
  }
  c.console.data = base + "/" + c.pipeline;
  loaded_.origins["console.data"] = "derived from pipeline and the environment";
}

void Assembly::CheckRequired(const std::vector<std::string>& required) {
  const bool unread = std::ranges::any_of(loaded_.problems, [](const Problem& p) {
    return p.code == "E-CFG-001" || p.code == "E-CFG-009";
  });
  if (unread) {
    return;  // what the file gives is not known
  }
  for (const std::string& path : required) {
    const Option* option = FindOption(path);
    const bool given = Holds<Texts>(*option) ? !ShowList(loaded_.config, *option).empty()
                                             : !ShowScalar(loaded_.config, *option).empty();
    if (given) {
      continue;
    }
    const std::string where = loaded_.file.empty() ? "no configuration file" : loaded_.file;
    const size_t dot = path.find('.');
    const std::string example =
        option->form == Form::kTables ? "[\"shop.*\"]" : fmt::format("<{}>", TypeName(*option));
    AddAt(
        {"E-CFG-007",
         fmt::format("{} is required: {}", path, option->doc),
         loaded_.file.empty()
             ? fmt::format("make rowhouse.yaml or give -c FILE, or --set {}=...", path)
             : fmt::format(
                   "add \"{}: {}\" under {}", path.substr(dot + 1), example, path.substr(0, dot)
               )},
        where
    );
  }
}

void Assembly::CheckPairs() {
  const Config& c = loaded_.config;
  const std::string where = loaded_.file.empty() ? "configuration" : loaded_.file;
  const auto rule = [&](bool good, std::string message, std::string fix) {
    if (!good) {
      AddAt({"E-CFG-016", std::move(message), std::move(fix)}, where);
    }
  };
  const auto pair = [&](const Tls& tls, const std::string& section) {
    rule(
        tls.cert.empty() == tls.key.empty(),
        fmt::format("{0}.cert and {0}.key go together", section),
        "give both or neither"
    );
  };
  pair(c.source.tls, "source.tls");
  pair(c.kafka.security.tls, "kafka.security");
  pair(c.registry.tls, "registry.tls");
  pair(c.console.tls, "console.tls");
  const bool verifies = c.source.tls.mode.starts_with("verify");
  rule(
      !verifies || !c.source.tls.ca.empty(),
      fmt::format("source.tls.mode {} needs source.tls.ca", c.source.tls.mode),
      "name the certificate authority's file in source.tls.ca"
  );
  rule(
      c.format.key_columns.empty() || c.sink.mode == "none",
      "format.key_columns does not go with sink.mode kafka-engine: of a row whose key changes and "
      "whose primary key does not, ClickHouse could keep the delete",
      "remove format.key_columns, or set sink.mode to none"
  );
  const bool direct = c.capture.snapshot == "direct";
  rule(
      !direct || (c.sink.mode == "kafka-engine" && !c.sink.url.empty()),
      "capture.snapshot direct needs a ClickHouse: sink.mode kafka-engine and sink.url",
      "give sink.url, or set capture.snapshot to initial"
  );
  rule(
      !direct || !c.format.null_as_default,
      "format.null_as_default makes other values of NULLs on the way through Kafka, which a load "
      "straight into ClickHouse would not",
      "set capture.snapshot to initial, or format.null_as_default to false"
  );
  const KafkaSecurity& k = c.kafka.security;
  const bool sasl = k.protocol.starts_with("sasl");
  rule(
      !sasl || (!k.mechanism.empty() && !k.username.empty()),
      fmt::format("kafka.security.protocol {} needs mechanism, username and password", k.protocol),
      "give kafka.security.mechanism and kafka.security.username"
  );
  rule(
      sasl || (k.mechanism.empty() && k.username.empty()),
      "kafka.security.mechanism or username without a SASL protocol",
      "set kafka.security.protocol to sasl_ssl or sasl_plaintext"
  );
}

}  // namespace rowhouse::config
