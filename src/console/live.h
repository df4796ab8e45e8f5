#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/thread.h"
#include "console/access.h"
#include "console/routes.h"
#include "http/event_stream.h"

namespace rowhouse::console {

// Tells viewers what changes: one thread for all feeds and all viewers.
//
// A feed makes its event once for all who look, and only while somebody does. A viewer whose
// session or token has ended is sent away within a minute.
//
// Place:   one a console. Threads: Add before serving; Stop once, from any thread.
class LiveFeeds {
 public:
  explicit LiveFeeds(Access& access) : access_(access) {}

  ~LiveFeeds();

  // What a viewer gets at once.
  enum class First { kAll, kNothing };

  // GET `pattern` becomes a stream that begins with `make()` (kAll) and then has it each `every`,
  // as event `event`; null is left out. kNothing is for feeds that tell what changed since the last
  // call; theirs is called by one thread only.
  void Add(
      ConsoleRoutes& routes,
      Role role,
      const std::string& pattern,
      std::string summary,
      std::string event,
      milliseconds every,
      std::function<Json()> make,
      First first = First::kAll
  );

  // What one viewer is told at each turn; null: nothing.
  using Tale = std::function<Json()>;

  // As above for what differs from viewer to viewer: `open` gives each its own, or refuses. Called
  // at once, without the event's being due, and then by one thread.
  void AddOwn(
      ConsoleRoutes& routes,
      Role role,
      const std::string& pattern,
      RouteDoc doc,
      std::string event,
      milliseconds every,
      std::function<Result<Tale>(const Call&)> open
  );

  void Start();
  void Stop();

 private:
  struct Viewer {
    std::shared_ptr<http::EventStream> stream;
    http::Request request;  // with the proof of who it is
    Clock::TimePoint check_at;
    Tale own;  // of AddOwn
  };

  struct Feed {
    Role role;
    std::string event;
    milliseconds every;
    Tale make;  // null: each viewer has its own
    First first = First::kAll;
    Clock::TimePoint due;
    std::vector<Viewer> viewers;
  };

  Answer Join(const std::shared_ptr<Feed>& feed, const Call& call, Tale own);
  void Run(const std::stop_token& stop);
  bool StillWelcome(const Feed& feed, Viewer& viewer);
  void Tell(Feed& feed);
  void TellEach(Feed& feed);

  Access& access_;
  Mutex mu_;
  CondVar changed_;
  std::vector<std::shared_ptr<Feed>> feeds_;  // the list is complete before Start
  Thread thread_;
};

// Opens the call's stream; the refusal, as an answer, where there are too many.
Result<std::shared_ptr<http::EventStream>> OpenEvents(
    const Call& call, http::EventStreamOptions options = {}
);

}  // namespace rowhouse::console
