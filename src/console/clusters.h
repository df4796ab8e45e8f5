#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "browse/cluster_client.h"
#include "console/answer.h"
#include "console/database.h"
#include "console/routes.h"

namespace rowhouse::console {

inline constexpr const char* kLocalCluster = "local";

// The clusters that pages show: the pipeline's own ("local") and those that administrators have
// registered, and a client for each that is looked at.
//
// Passwords are stored, in the state's file that only its owner may read, and never shown.
//
// Threads: any.
// Errors:  kNotFound: no such cluster. kBadRecord: a body that describes none. kConfig: the name is
//          taken, or the cluster is built in.
class Clusters {
 public:
  Clusters(Database& database, Json local, browse::ClusterOptions local_options);

  // As pages see them; the built-in one first.
  Result<std::vector<Json>> All();
  Result<Json> Shown(const std::string& id);

  Result<std::shared_ptr<browse::ClusterClient>> Find(const std::string& id);

  // How to reach the cluster's Kafka Connect; none where it has none.
  Result<std::optional<http::ClientOptions>> ConnectOf(const std::string& id);

  // Gives it as pages see it. A password that is left out stays as it was.
  Result<Json> Add(const Json& body);
  Result<Json> Change(const std::string& id, const Json& body);
  Status Remove(const std::string& id);

  // Closes connections that nobody has used since then.
  void CloseIdle(Clock::TimePoint unused_since);

  // What a cluster's body may have.
  static std::vector<Field> BodyFields();

 private:
  Result<Json> Stored(const std::string& id);
  Result<Json> Store(const std::string& id, Json body);

  Database& database_;
  const Json local_;
  Mutex mu_;
  std::map<std::string, std::shared_ptr<browse::ClusterClient>> clients_ GUARDED_BY(mu_);
};

// How to reach a cluster that is described by such a body.
Result<browse::ClusterOptions> ClusterOptionsOf(const Json& body);

}  // namespace rowhouse::console
