#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/message.h"
#include "http/server.h"

namespace rowhouse::http {

// The values of a route's `{name}` segments, decoded.
class PathParameters {
 public:
  // Empty for a name that the route's pattern has not.
  const std::string& operator[](std::string_view name) const;

  void Add(std::string name, std::string value);

 private:
  std::vector<std::pair<std::string, std::string>> values_;
};

// Finds the handler of a request by method and path.
//
// A pattern is segments between slashes; `{name}` takes any one segment, which is
// percent-decoded after the split, so that an encoded slash belongs to its segment.
// A literal segment goes before a `{name}`. HEAD is answered by GET's route. A
// trailing slash is ignored. An unknown path gives 404, a known one with another
// method 405 with Allow; both as `refuse` words them. What `{name}` takes elsewhere
// does not count for a path that has a literal pattern.
//
// Threads: Add before serving; Serve from any.
class Routes {
 public:
  // One request on its way to its handler.
  struct Call {
    const Request& request;
    const PathParameters& path;
    BodyReader& body;
    ResponseWriter& response;
  };

  using CallHandler = std::function<void(const Call& call)>;
  using Refuse = std::function<void(int status, const Request& request, ResponseWriter& response)>;

  Routes();

  explicit Routes(Refuse refuse) : refuse_(std::move(refuse)) {}

  // CHECKs that method and pattern are not there yet.
  void Add(std::string method, std::string_view pattern, CallHandler handler);

  void Serve(const Request& request, BodyReader& body, ResponseWriter& response) const;

 private:
  struct Route {
    std::string method;
    std::vector<std::string> segments;
    CallHandler handler;
  };

  Refuse refuse_;
  std::vector<Route> routes_;
};

}  // namespace rowhouse::http
