#include "http/routes.h"

#include <algorithm>

#include <fmt/format.h>

namespace rowhouse::http {
namespace {

std::vector<std::string> Split(std::string_view path) {
  std::vector<std::string> out;
  while (!path.empty()) {
    if (path.front() == '/') {
      path.remove_prefix(1);
      continue;
    }
    const size_t end = std::min(path.find('/'), path.size());
    out.emplace_back(path.substr(0, end));
    path.remove_prefix(end);
  }
  return out;
}

bool IsParameter(std::string_view segment) {
  return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

bool Matches(const std::vector<std::string>& pattern, const std::vector<std::string>& path) {
  return pattern.size() == path.size() &&
         std::equal(pattern.begin(), pattern.end(), path.begin(), [](const auto& p, const auto& s) {
           return IsParameter(p) || p == PercentDecode(s);
         });
}

// True when `a` has its first literal segment where `b` takes anything.
bool MoreExact(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  for (size_t i = 0; i < a.size(); ++i) {
    if (IsParameter(a[i]) != IsParameter(b[i])) {
      return IsParameter(b[i]);
    }
  }
  return false;
}

void PlainRefusal(int status, const Request& request, ResponseWriter& response) {
  // A client that does not take the answer needs none.
  (void
  )response.Reply(status, "text/plain", fmt::format("{} {}\n", ReasonPhrase(status), request.path));
}

}  // namespace

const std::string& PathParameters::operator[](std::string_view name) const {
  static const std::string kNone;
  for (const auto& [key, value] : values_) {
    if (key == name) {
      return value;
    }
  }
  return kNone;
}

void PathParameters::Add(std::string name, std::string value) {
  values_.emplace_back(std::move(name), std::move(value));
}

Routes::Routes() : Routes(PlainRefusal) {}

void Routes::Add(std::string method, std::string_view pattern, CallHandler handler) {
  std::vector<std::string> segments = Split(pattern);
  for (const Route& route : routes_) {
    CHECK(route.method != method || route.segments != segments);
  }
  routes_.push_back({std::move(method), std::move(segments), std::move(handler)});
}

void Routes::Serve(const Request& request, BodyReader& body, ResponseWriter& response) const {
  const std::vector<std::string> path = Split(request.path);
  const std::string method = request.method == "HEAD" ? "GET" : request.method;
  const Route* nearest = nullptr;  // the first of the most exact pattern so far
  const Route* best = nullptr;     // of that pattern, with the method
  std::string allowed;
  for (const Route& route : routes_) {
    if (!Matches(route.segments, path) ||
        (nearest != nullptr && MoreExact(nearest->segments, route.segments))) {
      continue;
    }
    if (nearest == nullptr || MoreExact(route.segments, nearest->segments)) {
      nearest = &route;
      best = nullptr;
      allowed.clear();
    }
    allowed += (allowed.empty() ? "" : ", ") + route.method;
    best = route.method == method ? &route : best;
  }
  if (best == nullptr) {
    if (!allowed.empty()) {
      response.SetHeader("Allow", allowed);
    }
    refuse_(allowed.empty() ? 404 : 405, request, response);
    return;
  }
  PathParameters parameters;
  for (size_t i = 0; i < path.size(); ++i) {
    const std::string& segment = best->segments[i];
    if (IsParameter(segment)) {
      parameters.Add(segment.substr(1, segment.size() - 2), PercentDecode(path[i]));
    }
  }
  best->handler({request, parameters, body, response});
}

}  // namespace rowhouse::http
