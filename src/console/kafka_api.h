#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/thread.h"
#include "browse/cluster_client.h"
#include "browse/group_lag.h"
#include "console/clusters.h"
#include "console/console.h"
#include "console/scan_jobs.h"

namespace rowhouse::console {

// What pages on Kafka show besides what the clusters tell by themselves.
struct KafkaPagesOptions {
  Json local;  // the pipeline's own cluster, as Clusters shows one
  browse::ClusterOptions local_options;
  bool allow_export = true;
  // Of the pipeline: table by topic.
  std::function<std::map<std::string, std::string>()> tables;
  // Why nobody else should write to this topic of the pipeline's cluster; empty: it is not its own.
  std::function<std::string(const std::string& topic)> own_topic = {};
};

// Clusters, and the scans that run. Of the routes below, which share it.
class KafkaPages {
 public:
  KafkaPages(Access& access, KafkaPagesOptions options);

  Access& access() { return access_; }

  Clusters& clusters() { return clusters_; }

  ScanJobs& scans() { return scans_; }

  browse::LagTrend& trend() { return trend_; }

  // Why a topic is the pipeline's alone; empty: it is not.
  std::string OwnTopic(const std::string& cluster, const std::string& topic) const;

  bool allow_export() const { return options_.allow_export; }

  // The tables of this cluster's topics.
  std::map<std::string, std::string> TablesOf(const std::string& cluster) const;

  // Scans that hold a worker of the server: exports and lines of JSON.
  std::atomic<int>& on_workers() { return on_workers_; }

  // Records that are being written.
  std::atomic<int>& producing() { return producing_; }

 private:
  Access& access_;
  const KafkaPagesOptions options_;
  Clusters clusters_;
  browse::LagTrend trend_;
  std::atomic<int> on_workers_ = 0;
  std::atomic<int> producing_ = 0;
  ScanJobs scans_;
  Thread idle_;
};

// All routes of docs/design/console.md, Kafka. They own what they need, and end with the console;
// a console without state has none of them.
void AddKafkaPages(Console& console, KafkaPagesOptions options);

using PagesPtr = std::shared_ptr<KafkaPages>;

// Their parts.
void AddClusterRoutes(ConsoleRoutes& routes, const PagesPtr& pages);
void AddClusterTest(ConsoleRoutes& routes, const PagesPtr& pages);
void AddSubjectRoutes(ConsoleRoutes& routes, const PagesPtr& pages);
void AddTopicRoutes(ConsoleRoutes& routes, const PagesPtr& pages);
void AddGroupRoutes(ConsoleRoutes& routes, const PagesPtr& pages);
void AddConnectorRoutes(ConsoleRoutes& routes, const PagesPtr& pages);
void AddMessageRoutes(ConsoleRoutes& routes, const PagesPtr& pages);
void AddProduceRoute(ConsoleRoutes& routes, const PagesPtr& pages);

}  // namespace rowhouse::console
