#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace rowhouse::http {

// Header fields in the order they came; names compare without case.
class Headers {
 public:
  using Field = std::pair<std::string, std::string>;

  // Null where the field is not there; the first of several.
  const std::string* Find(std::string_view name) const;

  // The value, or an empty text.
  std::string_view Get(std::string_view name) const;

  void Add(std::string name, std::string value);

  // Replaces all fields of that name.
  void Set(std::string name, std::string value);

  const std::vector<Field>& fields() const { return fields_; }

 private:
  std::vector<Field> fields_;
};

// Decoded parameters of a query string, in order, repeats kept.
class QueryParameters {
 public:
  using Parameter = std::pair<std::string, std::string>;

  // "a=1&b=x%20y&c": '+' and "%20" are a space, a name without '=' has an empty value.
  // A '%' that no two hex digits follow is kept as it stands.
  static QueryParameters Parse(std::string_view query);

  // Null where the parameter is not there; the last of several, as servers of forms do.
  const std::string* Find(std::string_view name) const;

  // The value, or `otherwise`.
  std::string_view Get(std::string_view name, std::string_view otherwise = {}) const;

  // True for "true", "1" and an empty value ("?deleted").
  bool Flag(std::string_view name) const;

  const std::vector<Parameter>& all() const { return all_; }

 private:
  std::vector<Parameter> all_;
};

// A user name and password as a client sent them.
struct Credentials {
  std::string user;
  std::string password;
};

// The head of one request; its body is read from a BodyReader.
struct Request {
  std::string method;  // as sent: "GET"
  std::string target;  // as sent: "/a%2Fb?x=1"
  std::string path;    // without the query, NOT decoded: "/a%2Fb"; routes.h decodes its segments
  QueryParameters query;
  Headers headers;
  std::string remote;                      // "127.0.0.1:50312"
  int minor_version = 1;                   // HTTP/1.x
  bool tls = false;                        // came over TLS
  std::optional<uint64_t> content_length;  // nullopt: chunked, or no body

  // Of "Authorization: Basic ..."; nullopt where there is none or it is malformed.
  std::optional<Credentials> BasicAuth() const;
};

// "%2F" becomes "/"; what is no valid escape stays. '+' stays.
std::string PercentDecode(std::string_view text);

// Escapes all but unreserved characters (letters, digits, "-._~").
std::string PercentEncode(std::string_view text);

// Standard alphabet with padding; nullopt for anything else.
std::optional<std::string> Base64Decode(std::string_view text);
std::string Base64Encode(std::string_view bytes);

bool EqualsIgnoringCase(std::string_view a, std::string_view b);

// Compares without telling by its time where the first difference is.
bool SameSecret(std::string_view a, std::string_view b);

// "Not Found" of 404; "Status" for a code without a name.
std::string_view ReasonPhrase(int status);

}  // namespace rowhouse::http
