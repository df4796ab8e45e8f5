#include "cli/service_list.h"

#include <algorithm>
#include <memory>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

#include "cli/source_tables.h"
#include "cli/version.h"
#include "cli/wiring.h"

namespace rowhouse::cli {

namespace {

using console::ServiceFacts;
using inspect::PartSight;

std::string StateOf(const PartSight& part) {
  switch (part.state) {
    case PartSight::State::kOk:
      return "ready";
    case PartSight::State::kDown:
      return "failed";
    case PartSight::State::kWaiting:
    case PartSight::State::kOff:
      return "waiting";
  }
  return "waiting";
}

// What one sees of a server from here.
ServiceFacts Seen(std::string name, std::string kind, const PartSight& part) {
  ServiceFacts service;
  service.name = std::move(name);
  service.kind = std::move(kind);
  service.state = StateOf(part);
  service.address = part.address;
  service.version = part.version;
  service.since_us = part.since_us;
  if (part.trouble) {
    service.note = part.trouble->message();
    service.code = part.trouble->code();
    service.fix = part.trouble->hint();
  }
  return service;
}

// A server of ours that has just been started may be told as away for a moment longer.
void FillIn(ServiceFacts& managed, const ServiceFacts& seen) {
  managed.address = managed.address.empty() ? seen.address : managed.address;
  managed.version = managed.version.empty() ? seen.version : managed.version;
  const bool later = seen.since_us > managed.since_us;
  if (managed.state == "ready" && seen.state == "failed" && later) {
    managed.state = "waiting";
    managed.note = seen.note;
    managed.code = seen.code;
    managed.fix = seen.fix;
  }
}

// Makes the list; one a console.
class Services {
 public:
  Services(
      const config::Config& config,
      const capture::Progress& progress,
      const inspect::Watch& watch,
      const sink::KafkaEngineUpkeep* sink,
      ManagedServers managed
  )
      : config_(config),
        progress_(progress),
        watch_(watch),
        sink_(sink),
        managed_(std::move(managed)) {}

  std::vector<ServiceFacts> List() const {
    const inspect::SightPtr sight = watch_.Latest();
    const bool mariadb = sight->source.version.find("MariaDB") != std::string::npos;
    std::vector<ServiceFacts> services = {
        Seen(mariadb ? "mariadb" : "mysql", "database", sight->source),
        Seen("kafka", "broker", sight->kafka),
        Seen("registry", "registry", sight->registry)};
    if (managed_.serves_registry || !config_.registry.listen.empty()) {
      OfThisProcess(services.back());
    }
    if (sight->clickhouse.state != PartSight::State::kOff) {
      services.push_back(Seen("clickhouse", "clickhouse", sight->clickhouse));
    }
    for (ServiceFacts& managed : managed_.list ? managed_.list() : std::vector<ServiceFacts>()) {
      const auto seen = std::ranges::find(services, managed.kind, &ServiceFacts::kind);
      if (seen == services.end()) {
        services.push_back(std::move(managed));
      } else {
        FillIn(managed, *seen);
        *seen = std::move(managed);
      }
    }
    services.push_back(Capture());
    if (sink_ != nullptr) {
      services.push_back(Sink());
    }
    services.push_back(Own("console", "ready"));
    services.back().address = config_.console.listen;
    for (ServiceFacts& service : services) {
      service.address = MaskSecrets(std::move(service.address), config_);
      service.note = MaskSecrets(std::move(service.note), config_);
    }
    return services;
  }

  Status Restart(const std::string& name) const {
    if (!managed_.restart) {
      return Error(ErrorKind::kNotFound, fmt::format("{} is not started by this process", name));
    }
    return managed_.restart(name);
  }

 private:
  void OfThisProcess(ServiceFacts& service) const {
    service.pid = ::getpid();
    service.version = Version();
    service.log_file = managed_.log_file;
    service.log_of_process = true;
  }

  ServiceFacts Own(std::string kind, std::string state) const {
    ServiceFacts service;
    service.name = kind;
    service.kind = std::move(kind);
    service.state = std::move(state);
    service.address = "in this process";
    service.since_us = began_us_;
    OfThisProcess(service);
    return service;
  }

  ServiceFacts Capture() const {
    const std::string active = progress_.standby();
    const bool connected = progress_.connected;
    ServiceFacts service = Own("capture", connected && active.empty() ? "ready" : "waiting");
    service.restarts = static_cast<int>(progress_.restarts.load());
    if (!active.empty()) {
      service.note = "standing by for " + active;
    } else if (!connected) {
      service.note = "not connected to source and Kafka yet";
    }
    return service;
  }

  ServiceFacts Sink() const {
    const sink::KafkaEngineUpkeep::State state = sink_->state();
    ServiceFacts service = Own("sink", state.ready ? "ready" : "waiting");
    service.note = state.problem;
    service.restarts = static_cast<int>(state.queue_restarts);
    return service;
  }

  const config::Config& config_;
  const capture::Progress& progress_;
  const inspect::Watch& watch_;
  const sink::KafkaEngineUpkeep* const sink_;
  const ManagedServers managed_;
  const int64_t began_us_ = Clock::Real().WallMicros();
};

}  // namespace

console::ServiceDesk ServicesOf(
    const config::Config& config,
    const capture::Progress& progress,
    const inspect::Watch& watch,
    const sink::KafkaEngineUpkeep* sink,
    ManagedServers managed
) {
  const auto services =
      std::make_shared<const Services>(config, progress, watch, sink, std::move(managed));
  return {
      [services] { return services->List(); },
      [services](const std::string& name) { return services->Restart(name); }};
}

}  // namespace rowhouse::cli
