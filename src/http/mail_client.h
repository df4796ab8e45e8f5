#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "http/message.h"

namespace rowhouse::http {

// A mail server, and as whom it is used.
struct MailServer {
  std::string url;                         // "smtp://mail.example.org:587", "smtps://…:465"
  std::optional<Credentials> credentials;  // with them TLS is required
  std::string ca_file;                     // PEM; empty: the system's
};

// One message as plain text.
struct Mail {
  std::string from;  // "rowhouse@example.org"
  std::vector<std::string> to;
  std::string subject;
  std::string text;  // UTF-8
};

// Hands one mail to the server.
//
// Threads: any. Blocking: up to the deadline.
// Errors:  kConfig: an address with a line end in it, no recipient, or a bad URL; kAuth: refused
//          to log in; kUnavailable: not reached, or refused by the server.
Status SendMail(const MailServer& server, const Mail& mail, Deadline deadline);

// The mail as it goes over the wire, for tests: headers, empty line, text.
std::string MailText(const Mail& mail, int64_t wall_micros);

}  // namespace rowhouse::http
