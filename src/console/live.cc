#include "console/live.h"

#include <algorithm>
#include <utility>

namespace rowhouse::console {
namespace {

constexpr seconds kCheckEvery{60};
constexpr seconds kNobodyThere{3600};

}  // namespace

Result<std::shared_ptr<http::EventStream>> OpenEvents(
    const Call& call, http::EventStreamOptions options
) {
  auto opened = call.response.StartEvents(options);
  if (!opened && opened.error().kind() == ErrorKind::kUnavailable) {
    return std::move(opened)
        .error()
        .WithCode("E-CON-014")
        .WithHint("close pages that are not looked at");
  }
  return opened;
}

LiveFeeds::~LiveFeeds() {
  Stop();
}

void LiveFeeds::Add(
    ConsoleRoutes& routes,
    Role role,
    const std::string& pattern,
    std::string summary,
    std::string event,
    milliseconds every,
    std::function<Json()> make,
    First first
) {
  const auto feed = std::make_shared<Feed>();
  feed->role = role;
  feed->event = std::move(event);
  feed->every = every;
  feed->make = std::move(make);
  feed->first = first;
  feeds_.push_back(feed);
  routes.Add(
      role,
      "GET",
      pattern,
      {.summary = std::move(summary), .gives = RouteDoc::Gives::kEvents},
      [this, feed](const Call& call) { return Join(feed, call, nullptr); }
  );
}

void LiveFeeds::AddOwn(
    ConsoleRoutes& routes,
    Role role,
    const std::string& pattern,
    RouteDoc doc,
    std::string event,
    milliseconds every,
    std::function<Result<Tale>(const Call&)> open
) {
  const auto feed = std::make_shared<Feed>();
  feed->role = role;
  feed->event = std::move(event);
  feed->every = every;
  feeds_.push_back(feed);
  doc.gives = RouteDoc::Gives::kEvents;
  routes.Add(
      role,
      "GET",
      pattern,
      std::move(doc),
      [this, feed, open = std::move(open)](const Call& call) {
        auto own = open(call);
        return own ? Join(feed, call, *std::move(own)) : Answer::Of(own.error());
      }
  );
}

Answer LiveFeeds::Join(const std::shared_ptr<Feed>& feed, const Call& call, Tale own) {
  const auto stream = OpenEvents(call);
  if (!stream) {
    return Answer::Of(stream.error());
  }
  const Tale& make = own ? own : feed->make;
  const Json first = feed->first == First::kAll ? make() : Json(nullptr);
  if (!first.is_null()) {
    (*stream)->Send({feed->event, TextOf(first), {}});
  }
  const MutexLock lock(mu_);
  if (feed->viewers.empty()) {
    feed->due = Clock::Real().Now() + feed->every;
  }
  feed->viewers.push_back({*stream, call.request, Clock::Real().Now() + kCheckEvery, std::move(own)}
  );
  changed_.NotifyAll();
  return Answer::Sent();
}

void LiveFeeds::Start() {
  thread_ = Thread("console-live", [this](const std::stop_token& stop) { Run(stop); });
}

void LiveFeeds::Stop() {
  thread_.RequestStop();
  thread_.Join();
}

bool LiveFeeds::StillWelcome(const Feed& feed, Viewer& viewer) {
  const auto now = Clock::Real().Now();
  if (!viewer.stream->open()) {
    return false;
  }
  if (now < viewer.check_at) {
    return true;
  }
  viewer.check_at = now + kCheckEvery;
  const auto caller = access_.Identify(viewer.request);
  if (caller && caller->role >= feed.role) {
    return true;
  }
  viewer.stream->Close();
  return false;
}

// Without the lock held while the event is made: a viewer who joins does not wait for it.
void LiveFeeds::Tell(Feed& feed) {
  if (!feed.make) {
    TellEach(feed);
    return;
  }
  const Json json = feed.make();
  const std::string text = json.is_null() ? "" : TextOf(json);
  const MutexLock lock(mu_);
  std::erase_if(feed.viewers, [&](Viewer& viewer) { return !StillWelcome(feed, viewer); });
  for (const Viewer& viewer : feed.viewers) {
    if (!text.empty()) {
      viewer.stream->Send({feed.event, text, {}});
    }
  }
}

void LiveFeeds::TellEach(Feed& feed) {
  std::vector<std::pair<std::shared_ptr<http::EventStream>, Tale>> viewers;
  {
    const MutexLock lock(mu_);
    std::erase_if(feed.viewers, [&](Viewer& viewer) { return !StillWelcome(feed, viewer); });
    for (const Viewer& viewer : feed.viewers) {
      viewers.emplace_back(viewer.stream, viewer.own);
    }
  }
  for (const auto& [stream, tale] : viewers) {
    const Json json = tale();
    if (!json.is_null()) {
      stream->Send({feed.event, TextOf(json), {}});
    }
  }
}

void LiveFeeds::Run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    std::vector<std::shared_ptr<Feed>> due;
    {
      const MutexLock lock(mu_);
      const auto now = Clock::Real().Now();
      auto next = now + kNobodyThere;
      for (const auto& feed : feeds_) {
        if (feed->viewers.empty()) {
          continue;
        }
        if (feed->due <= now) {
          feed->due = now + feed->every;
          due.push_back(feed);
        }
        next = std::min(next, feed->due);
      }
      if (due.empty()) {
        changed_.WaitFor(mu_, stop, Deadline::After(next - now), [&] {
          return std::ranges::any_of(feeds_, [&](const auto& feed) {
            return !feed->viewers.empty() && feed->due < next;
          });
        });
      }
    }
    for (const auto& feed : due) {
      Tell(*feed);
    }
  }
}

}  // namespace rowhouse::console
