#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include "browse/scan.h"
#include "console/access.h"
#include "http/event_stream.h"
#include "http/server.h"

namespace rowhouse::console {

// One who is told what a scan finds, and ends it by going away.
class ScanViewer : public browse::ScanWatcher {
 public:
  // Ends the scan, too, when `with` is stopped.
  explicit ScanViewer(const std::stop_token& with) : with_(with, StopOnce{stop_}) {}

  std::stop_token stop() const { return stop_.get_token(); }

  // After the scan: how it ended.
  virtual void Finish(const Result<browse::ScanEnd>& end) = 0;

 protected:
  void Cancel() { stop_.request_stop(); }

 private:
  struct StopOnce {
    std::stop_source& stop;

    void operator()() const { stop.request_stop(); }
  };

  std::stop_source stop_;
  const std::stop_callback<StopOnce> with_;
};

// A page: a stream of events. It waits for a slow client, so that none of what is found is left
// out, and sends one away whose session has ended.
class PageViewer : public ScanViewer {
 public:
  PageViewer(
      const std::stop_token& with,
      std::shared_ptr<http::EventStream> stream,
      bool live,
      Access& access,
      http::Request request
  );

  void OnMatches(std::vector<browse::Match> matches) override;
  void OnProgress(const browse::ScanProgress& progress) override;
  void Finish(const Result<browse::ScanEnd>& end) override;

 private:
  bool StillWelcome();
  void Tell(std::string_view event, const std::string& data);

  const std::shared_ptr<http::EventStream> stream_;
  const bool live_;
  Access& access_;
  const http::Request request_;
  Clock::TimePoint check_at_;
};

// A program: the same as lines of JSON. On the worker's thread.
class LinesViewer : public ScanViewer {
 public:
  LinesViewer(http::ResponseWriter& response, bool live)
      : ScanViewer({}), response_(response), live_(live) {}

  void OnMatches(std::vector<browse::Match> matches) override;
  void OnProgress(const browse::ScanProgress& progress) override;
  void Finish(const Result<browse::ScanEnd>& end) override;

 private:
  void Tell(std::string_view name, const std::string& data);

  http::ResponseWriter& response_;
  const bool live_;
};

// A file of whole messages. On the worker's thread.
class FileViewer : public ScanViewer {
 public:
  enum class Format { kCsv, kLines };

  FileViewer(http::ResponseWriter& response, Format format)
      : ScanViewer({}), response_(response), format_(format) {}

  // The names of the columns.
  void Begin();

  void OnMatches(std::vector<browse::Match> matches) override;
  void OnProgress(const browse::ScanProgress& progress) override;

  // A file that is not whole is cut, so that nobody takes it for one.
  void Finish(const Result<browse::ScanEnd>& end) override;

 private:
  void Write(const std::string& text);

  http::ResponseWriter& response_;
  const Format format_;
};

}  // namespace rowhouse::console
