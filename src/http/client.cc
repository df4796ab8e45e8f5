#include "http/client.h"

#include <algorithm>
#include <array>
#include <vector>

#include <curl/curl.h>
#include <fmt/format.h>

#include "base/mutex.h"

namespace rowhouse::http {
namespace {

constexpr size_t kIdleMax = 8;
constexpr size_t kShownBodyBytes = 500;

struct CurlDeleter {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }

  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

using Handle = std::unique_ptr<CURL, CurlDeleter>;
using FieldList = std::unique_ptr<curl_slist, CurlDeleter>;

// libcurl's outcome -> what to do next, and the fix where there is one.
struct Reaction {
  CURLcode code;
  ErrorKind kind;
  std::string_view hint;
};

constexpr auto kReactions = std::to_array<Reaction>({
    {CURLE_URL_MALFORMAT, ErrorKind::kConfig, "give a URL such as http://127.0.0.1:8081"},
    {CURLE_UNSUPPORTED_PROTOCOL, ErrorKind::kConfig, "give a URL with http:// or https://"},
    {CURLE_PEER_FAILED_VERIFICATION,
     ErrorKind::kConfig,
     "set the CA file that signed the server's certificate"},
    {CURLE_SSL_CACERT_BADFILE, ErrorKind::kConfig, "give a readable PEM file as CA file"},
    {CURLE_SSL_CERTPROBLEM, ErrorKind::kConfig, "give a readable PEM client certificate and key"},
    {CURLE_ABORTED_BY_CALLBACK, ErrorKind::kCancelled, ""},
    {CURLE_OUT_OF_MEMORY, ErrorKind::kInternal, ""},
    {CURLE_COULDNT_RESOLVE_HOST, ErrorKind::kUnavailable, "check the host name"},
    {CURLE_COULDNT_CONNECT, ErrorKind::kUnavailable, "check that it runs and listens there"},
    {CURLE_SSL_CONNECT_ERROR,
     ErrorKind::kUnavailable,
     "check whether the port speaks TLS (https) or not (http)"},
});

// The state of one running request, which libcurl's callbacks see.
struct Transfer {
  const ClientRequest& request;
  size_t body_bytes_max;
  Response response;
  std::optional<Error> stopped_by;
};

size_t OnHeader(char* data, size_t, size_t size, void* user) {
  Response& response = static_cast<Transfer*>(user)->response;
  std::string_view line(data, size);
  while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) {
    line.remove_suffix(1);
  }
  if (line.starts_with("HTTP/")) {  // also after "100 Continue"
    response.headers = {};
    response.status = 0;
    for (const char c : line.substr(std::min(line.find(' ') + 1, line.size())).substr(0, 3)) {
      response.status = response.status * 10 + (c - '0');
    }
    return size;
  }
  const size_t colon = line.find(':');
  if (colon != std::string_view::npos) {
    const size_t value = std::min(line.find_first_not_of(" \t", colon + 1), line.size());
    response.headers.Add(std::string(line.substr(0, colon)), std::string(line.substr(value)));
  }
  return size;
}

size_t OnBody(char* data, size_t, size_t size, void* user) {
  Transfer& transfer = *static_cast<Transfer*>(user);
  if (transfer.request.sink && transfer.response.ok()) {
    Status taken = transfer.request.sink({data, size});
    if (!taken.has_value()) {
      transfer.stopped_by = std::move(taken).error();
      return 0;
    }
    return size;
  }
  if (transfer.response.body.size() + size > transfer.body_bytes_max) {
    transfer.stopped_by = Error(
        ErrorKind::kBadRecord,
        fmt::format("the response is larger than {} bytes", transfer.body_bytes_max)
    );
    return 0;
  }
  transfer.response.body.append(data, size);
  return size;
}

size_t OnUpload(char* into, size_t, size_t size, void* user) {
  Transfer& transfer = *static_cast<Transfer*>(user);
  Result<size_t> given = transfer.request.source(into, size);
  if (!given.has_value()) {
    transfer.stopped_by = std::move(given).error();
    return CURL_READFUNC_ABORT;
  }
  return *given;
}

int OnProgress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<Transfer*>(user)->request.stop.stop_requested() ? 1 : 0;
}

void Append(FieldList& list, const std::string& field) {
  curl_slist* longer = curl_slist_append(list.get(), field.c_str());
  CHECK(longer != nullptr);
  (void)list.release();
  list.reset(longer);
}

void SetBody(CURL* curl, const ClientRequest& request, FieldList& fields) {
  if (request.method == "GET") {
    curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
    return;
  }
  if (request.method == "HEAD") {
    curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
    return;
  }
  curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  if (request.source) {
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, OnUpload);
    curl_easy_setopt(curl, CURLOPT_UPLOAD_BUFFERSIZE, 256L * 1024);
    Append(fields, "Transfer-Encoding: chunked");
  } else if (!request.body.empty() || request.method == "POST" || request.method == "PUT") {
    curl_easy_setopt(curl, CURLOPT_POST, 1L);
    curl_easy_setopt(
        curl, CURLOPT_POSTFIELDS, request.body.data() == nullptr ? "" : request.body.data()
    );
    curl_easy_setopt(
        curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size())
    );
    if (request.headers.Find("Content-Type") == nullptr) {
      Append(fields, "Content-Type:");
    }
  }
}

void SetServer(CURL* curl, const ClientOptions& options) {
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_PROXY, "");
  curl_easy_setopt(curl, CURLOPT_TCP_NODELAY, 1L);
  curl_easy_setopt(curl, CURLOPT_BUFFERSIZE, 256L * 1024);
  curl_easy_setopt(
      curl, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect_timeout.count())
  );
  curl_easy_setopt(curl, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  const auto set = [curl](CURLoption option, const std::string& value) {
    if (!value.empty()) {
      curl_easy_setopt(curl, option, value.c_str());
    }
  };
  set(CURLOPT_CAINFO, options.ca_file);
  set(CURLOPT_SSLCERT, options.cert_file);
  set(CURLOPT_SSLKEY, options.key_file);
  if (options.credentials.has_value()) {
    curl_easy_setopt(curl, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
    curl_easy_setopt(curl, CURLOPT_USERNAME, options.credentials->user.c_str());
    curl_easy_setopt(curl, CURLOPT_PASSWORD, options.credentials->password.c_str());
  }
}

Error TransferError(CURLcode code, const char* detail, const std::string& place) {
  const std::string_view text = *detail != '\0' ? detail : curl_easy_strerror(code);
  const auto* found = std::find_if(kReactions.begin(), kReactions.end(), [&](const Reaction& r) {
    return r.code == code;
  });
  if (found == kReactions.end()) {
    return Error(ErrorKind::kUnavailable, fmt::format("{}: {}", place, text)).WithNative(code);
  }
  return Error(found->kind, fmt::format("{}: {}", place, text))
      .WithNative(code)
      .WithHint(std::string(found->hint));
}

// The URL without "user:password@", for error texts.
std::string WithoutCredentials(const std::string& url) {
  const size_t scheme = url.find("://");
  const size_t host = scheme == std::string::npos ? 0 : scheme + 3;
  const size_t at = url.substr(0, url.find('/', host)).rfind('@');
  return at == std::string::npos || at < host ? url : url.substr(0, host) + url.substr(at + 1);
}

}  // namespace

// Handles at rest, each with its kept-alive connections.
class Client::Pool {
 public:
  Handle Take() {
    const MutexLock lock(mu_);
    if (idle_.empty()) {
      return Handle(curl_easy_init());
    }
    Handle handle = std::move(idle_.back());
    idle_.pop_back();
    return handle;
  }

  void Give(Handle handle) {
    curl_easy_reset(handle.get());  // keeps connections
    const MutexLock lock(mu_);
    if (idle_.size() < kIdleMax) {
      idle_.push_back(std::move(handle));
    }
  }

 private:
  Mutex mu_;
  std::vector<Handle> idle_ GUARDED_BY(mu_);  // at most kIdleMax
};

Client::Client(ClientOptions options)
    : options_(std::move(options)),
      place_(fmt::format("{} at {}", options_.name, WithoutCredentials(options_.url))),
      pool_(std::make_unique<Pool>()) {}

Client::~Client() = default;

Result<std::unique_ptr<Client>> Client::Open(ClientOptions options) {
  static const CURLcode kReady = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (kReady != CURLE_OK) {
    return Error(ErrorKind::kInternal, "libcurl can't be initialised").WithNative(kReady);
  }
  if (!options.url.starts_with("http://") && !options.url.starts_with("https://")) {
    return Error(ErrorKind::kConfig, fmt::format("{}: '{}' is no URL", options.name, options.url))
        .WithHint("give a URL such as http://127.0.0.1:8081");
  }
  while (options.url.ends_with('/')) {
    options.url.pop_back();
  }
  return std::unique_ptr<Client>(new Client(std::move(options)));
}

Result<Response> Client::Send(const ClientRequest& request) {
  if (request.deadline.Passed()) {
    return Error(ErrorKind::kUnavailable, place_ + ": no time left for the request");
  }
  Handle handle = pool_->Take();
  CHECK(handle != nullptr);
  CURL* curl = handle.get();
  Transfer transfer{request, options_.body_bytes_max, {}, std::nullopt};
  std::array<char, CURL_ERROR_SIZE> detail{};
  FieldList fields;
  SetServer(curl, options_);
  SetBody(curl, request, fields);
  Append(fields, "Expect:");  // else libcurl waits a second where a server ignores it
  for (const auto& [name, value] : request.headers.fields()) {
    Append(fields, value.empty() ? name + ";" : name + ": " + value);
  }
  curl_easy_setopt(curl, CURLOPT_URL, (options_.url + request.target).c_str());
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, fields.get());
  curl_easy_setopt(
      curl, CURLOPT_TIMEOUT_MS, std::max(1L, static_cast<long>(request.deadline.Left().count()))
  );
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, detail.data());
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, OnHeader);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &transfer);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, OnBody);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(curl, CURLOPT_READDATA, &transfer);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, OnProgress);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &transfer);
  const CURLcode code = curl_easy_perform(curl);
  pool_->Give(std::move(handle));
  if (transfer.stopped_by.has_value()) {
    return std::move(*transfer.stopped_by).Context(place_);
  }
  if (code != CURLE_OK) {
    return TransferError(code, detail.data(), place_);
  }
  const int status = transfer.response.status;
  if (status == 401 || status == 403) {
    const std::string said = transfer.response.body.substr(0, kShownBodyBytes);
    return Error(
               ErrorKind::kAuth, fmt::format("{} refuses us (status {}): {}", place_, status, said)
    )
        .WithNative(status)
        .WithHint("check the user name, the password and the user's rights");
  }
  return std::move(transfer.response);
}

}  // namespace rowhouse::http
