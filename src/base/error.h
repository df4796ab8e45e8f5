#pragma once

#include <string>
#include <string_view>

#include <experimental/source_location>

namespace rowhouse {

// Where in our source an Error was made. Clang 14, which runs our checks, has
// no std::source_location with this standard library.
using SourceLocation = std::experimental::source_location;

// What the receiver of an error does next; the kind is the reaction.
enum class ErrorKind {
  kUnavailable,    // the other side is away or busy: retry with backoff
  kSchemaChanged,  // what we know of a schema is old: refresh, retry once
  kBadRecord,      // this record can't be used: dead letter or stop, by policy
  kUnsupported,    // this table can't be followed: park it, the rest goes on
  kConfig,         // the user must change something: refuse to start
  kAuth,           // credentials or grants are refused: the user must change something
  kNotFound,       // the named thing is not there; the caller decides
  kCancelled,      // normal stop, never logged as an error
  kInternal,       // our bug: stop
};

std::string_view KindName(ErrorKind kind);

// One failure as a value: what went wrong, where, why and how to mend it.
//
// Made where the failure is seen, given context on its way up (outermost
// first, so that it reads as a path), logged by the one who decides; never
// both logged and returned.
//
// `code` is a stable short name such as "E-MYSQL-003" that a user can look up
// (`rowhouse help E-MYSQL-003`); empty for errors that need no page.
// `hint` is the fix, ideally a statement or setting to paste.
class Error {
 public:
  Error(ErrorKind kind, std::string message, SourceLocation at = SourceLocation::current())
      : kind_(kind), message_(std::move(message)), at_(at) {}

  ErrorKind kind() const { return kind_; }

  const std::string& message() const { return message_; }

  const std::string& code() const { return code_; }

  const std::string& hint() const { return hint_; }

  // The other side's own number (errno, MySQL, librdkafka, HTTP status); 0 if none.
  int native() const { return native_; }

  const SourceLocation& at() const { return at_; }

  Error&& WithCode(std::string code) &&;
  Error&& WithHint(std::string hint) &&;
  Error&& WithNative(int native) &&;

  // Prepends "what: " to the message.
  Error&& Context(std::string_view what) &&;

  // "E-MYSQL-003 message (fix: hint)" on one line.
  std::string ToString() const;

 private:
  ErrorKind kind_;
  int native_ = 0;
  std::string message_;
  std::string code_;
  std::string hint_;
  SourceLocation at_;
};

}  // namespace rowhouse
