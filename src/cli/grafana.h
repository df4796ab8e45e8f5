#pragma once

#include <string>

namespace rowhouse::cli {

// A dashboard as Grafana imports it (schema 39, Grafana 10 and newer): "overview", "tables" or
// "sink". It asks for its Prometheus and the pipelines by variables.
std::string GrafanaDashboard(const std::string& name);

}  // namespace rowhouse::cli
