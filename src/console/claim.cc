#include "console/claim.h"

#include "base/log.h"
#include "console/secrets.h"
#include "http/message.h"

namespace rowhouse::console {

void Claim::Ensure() {
  const MutexLock lock(mu_);
  if (!token_.empty() && clock_.Now() < until_) {
    return;
  }
  token_ = RandomToken();
  until_ = clock_.Now() + kValid;
  LogInfo(
      "the console has no account yet: open this within 10 minutes to make the administrator",
      {{"link", url_ + "/claim/" + token_}}
  );
}

bool Claim::Matches(std::string_view token) {
  const MutexLock lock(mu_);
  return !token_.empty() && clock_.Now() < until_ && http::SameSecret(token, token_);
}

void Claim::Spend() {
  const MutexLock lock(mu_);
  token_.clear();
}

std::string Claim::link() {
  const MutexLock lock(mu_);
  return token_.empty() ? "" : url_ + "/claim/" + token_;
}

}  // namespace rowhouse::console
