#include "http/mail_client.h"

#include <algorithm>
#include <ctime>
#include <memory>

#include <curl/curl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>

namespace rowhouse::http {

namespace {

constexpr size_t kEncodedLine = 76;  // RFC 2045

struct CurlDeleter {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }

  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

struct Upload {
  std::string_view left;
};

size_t OnUpload(char* into, size_t, size_t size, void* user) {
  std::string_view& left = static_cast<Upload*>(user)->left;
  const size_t n = std::min(size, left.size());
  std::copy_n(left.data(), n, into);
  left.remove_prefix(n);
  return n;
}

bool Plain(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c < 127; });
}

Status CheckAddresses(const Mail& mail) {
  const auto bad = [](const std::string& address) {
    return address.find('@') == std::string::npos || !Plain(address) ||
           address.find_first_of("<> ") != std::string::npos;
  };
  if (mail.to.empty()) {
    return Error(ErrorKind::kConfig, "a mail has no recipient").WithHint("set alerts.mail.to");
  }
  for (const std::string& address : mail.to) {
    if (bad(address)) {
      return Error(ErrorKind::kConfig, fmt::format("'{}' is no mail address", address));
    }
  }
  return bad(mail.from)
             ? Status(Error(ErrorKind::kConfig, fmt::format("'{}' is no mail address", mail.from)))
             : Ok();
}

ErrorKind KindOf(CURLcode code) {
  switch (code) {
    case CURLE_LOGIN_DENIED:
      return ErrorKind::kAuth;
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
      return ErrorKind::kConfig;
    default:
      return ErrorKind::kUnavailable;
  }
}

}  // namespace

std::string MailText(const Mail& mail, int64_t wall_micros) {
  const std::time_t at = static_cast<std::time_t>(wall_micros / 1'000'000);
  std::string to;
  for (const std::string& address : mail.to) {
    to += fmt::format("{}<{}>", to.empty() ? "" : ", ", address);
  }
  const std::string subject = Plain(mail.subject)
                                  ? mail.subject
                                  : fmt::format("=?UTF-8?B?{}?=", Base64Encode(mail.subject));
  std::string out = fmt::format(
      "Date: {:%a, %d %b %Y %H:%M:%S} +0000\r\nFrom: rowhouse <{}>\r\nTo: {}\r\nSubject: {}\r\n"
      "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
      "Content-Transfer-Encoding: base64\r\nAuto-Submitted: auto-generated\r\n\r\n",
      fmt::gmtime(at),
      mail.from,
      to,
      subject
  );
  const std::string encoded = Base64Encode(mail.text);
  for (size_t i = 0; i < encoded.size(); i += kEncodedLine) {
    out += encoded.substr(i, kEncodedLine) + "\r\n";
  }
  return out;
}

Status SendMail(const MailServer& server, const Mail& mail, Deadline deadline) {
  ROWHOUSE_TRY(CheckAddresses(mail));
  const std::unique_ptr<CURL, CurlDeleter> curl(curl_easy_init());
  std::unique_ptr<curl_slist, CurlDeleter> recipients;
  for (const std::string& address : mail.to) {
    curl_slist* longer = curl_slist_append(recipients.get(), fmt::format("<{}>", address).c_str());
    (void)recipients.release();
    recipients.reset(longer);
  }
  const std::string text = MailText(mail, Clock::Real().WallMicros());
  Upload upload{text};
  std::string why(CURL_ERROR_SIZE, '\0');
  CURL* const h = curl.get();
  curl_easy_setopt(h, CURLOPT_URL, server.url.c_str());
  curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  curl_easy_setopt(h, CURLOPT_PROXY, "");
  curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(
      h, CURLOPT_TIMEOUT_MS, static_cast<long>(std::max<int64_t>(1, deadline.Left().count()))
  );
  curl_easy_setopt(h, CURLOPT_MAIL_FROM, fmt::format("<{}>", mail.from).c_str());
  curl_easy_setopt(h, CURLOPT_MAIL_RCPT, recipients.get());
  curl_easy_setopt(h, CURLOPT_UPLOAD, 1L);
  curl_easy_setopt(h, CURLOPT_READFUNCTION, OnUpload);
  curl_easy_setopt(h, CURLOPT_READDATA, &upload);
  curl_easy_setopt(h, CURLOPT_ERRORBUFFER, why.data());
  curl_easy_setopt(h, CURLOPT_USE_SSL, server.credentials ? CURLUSESSL_ALL : CURLUSESSL_TRY);
  if (server.credentials) {
    curl_easy_setopt(h, CURLOPT_USERNAME, server.credentials->user.c_str());
    curl_easy_setopt(h, CURLOPT_PASSWORD, server.credentials->password.c_str());
  }
  if (!server.ca_file.empty()) {
    curl_easy_setopt(h, CURLOPT_CAINFO, server.ca_file.c_str());
  }
  const CURLcode code = curl_easy_perform(h);
  if (code == CURLE_OK) {
    return Ok();
  }
  const std::string reason = why.c_str();  // up to its first NUL
  return Error(
             KindOf(code),
             fmt::format(
                 "mail server {}: {}",
                 server.url,
                 reason.empty() ? curl_easy_strerror(code) : reason.c_str()
             )
  )
      .WithNative(static_cast<int>(code));
}

}  // namespace rowhouse::http
