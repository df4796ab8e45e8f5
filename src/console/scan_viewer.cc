#include "console/scan_viewer.h"

#include <utility>

#include "browse/json.h"
#include "console/answer.h"

namespace rowhouse::console {

namespace {

constexpr size_t kChunkBytes = size_t{64} << 10;
constexpr seconds kSlowest{60};  // for a client to take what waits for it
constexpr seconds kCheckEvery{60};

// Lists of rows, none of them much longer than a chunk.
template <typename Each>
void ForEachChunk(const std::vector<browse::Match>& matches, const Each& each) {
  std::string rows;
  for (const browse::Match& match : matches) {
    rows += rows.empty() ? "[" : ",";
    browse::AppendJson(match.row, rows);
    if (rows.size() > kChunkBytes) {
      each(rows + "]");
      rows.clear();
    }
  }
  if (!rows.empty()) {
    each(rows + "]");
  }
}

// How far a scan without an end is, nobody can say.
std::string ProgressText(browse::ScanProgress progress, bool live) {
  if (live) {
    progress.percent = -1;
  }
  std::string text;
  browse::AppendJson(progress, text);
  return text;
}

std::string EndText(const Result<browse::ScanEnd>& end) {
  if (end) {
    return TextOf({{"reason", browse::ReasonWord(end->reason)}});
  }
  Json json = {{"reason", "error"}};
  json.update(Answer::Of(end.error()).body);
  return TextOf(json);
}

}  // namespace

PageViewer::PageViewer(
    const std::stop_token& with,
    std::shared_ptr<http::EventStream> stream,
    bool live,
    Access& access,
    http::Request request
)
    : ScanViewer(with),
      stream_(std::move(stream)),
      live_(live),
      access_(access),
      request_(std::move(request)),
      check_at_(Clock::Real().Now() + kCheckEvery) {}

void PageViewer::Tell(std::string_view event, const std::string& data) {
  if (!stream_->AwaitRoom(Deadline::After(kSlowest)) ||
      stream_->Send({event, data, {}}) == http::EventStream::Sent::kClosed) {
    Cancel();
  }
}

bool PageViewer::StillWelcome() {
  if (Clock::Real().Now() < check_at_) {
    return true;
  }
  check_at_ = Clock::Real().Now() + kCheckEvery;
  const auto caller = access_.Identify(request_);
  return caller && caller->role >= Role::kViewer;
}

void PageViewer::OnMatches(std::vector<browse::Match> matches) {
  ForEachChunk(matches, [this](const std::string& rows) { Tell("records", rows); });
}

void PageViewer::OnProgress(const browse::ScanProgress& progress) {
  if (!stream_->open() || !StillWelcome()) {
    Cancel();
    return;
  }
  Tell("progress", ProgressText(progress, live_));
}

void PageViewer::Finish(const Result<browse::ScanEnd>& end) {
  if (end) {
    Tell("progress", ProgressText(end->progress, live_));
  }
  Tell("end", EndText(end));
  stream_->Close();
}

void LinesViewer::Tell(std::string_view name, const std::string& data) {
  const std::string line = "{\"" + std::string(name) + "\":" + data + "}\n";
  if (!response_.Write(line)) {
    Cancel();
  }
}

void LinesViewer::OnMatches(std::vector<browse::Match> matches) {
  ForEachChunk(matches, [this](const std::string& rows) { Tell("records", rows); });
}

void LinesViewer::OnProgress(const browse::ScanProgress& progress) {
  if (response_.ClientGone()) {
    Cancel();
    return;
  }
  Tell("progress", ProgressText(progress, live_));
}

void LinesViewer::Finish(const Result<browse::ScanEnd>& end) {
  if (end) {
    Tell("progress", ProgressText(end->progress, live_));
  }
  Tell("end", EndText(end));
}

void FileViewer::Begin() {
  if (format_ == Format::kCsv) {
    Write(browse::kCsvHead);
  }
}

void FileViewer::Write(const std::string& text) {
  if (!text.empty() && !response_.Write(text)) {
    Cancel();
  }
}

void FileViewer::OnMatches(std::vector<browse::Match> matches) {
  std::string text;
  for (const browse::Match& match : matches) {
    if (format_ == Format::kCsv) {
      browse::AppendCsvLine(*match.message, text);
    } else {
      browse::AppendJsonLine(*match.message, text);
    }
    if (text.size() > kChunkBytes) {
      Write(text);
      text.clear();
    }
  }
  Write(text);
}

void FileViewer::OnProgress(const browse::ScanProgress& /*progress*/) {
  if (response_.ClientGone()) {
    Cancel();
  }
}

void FileViewer::Finish(const Result<browse::ScanEnd>& end) {
  if (!end) {
    response_.Abort();
  } else if (!response_.started()) {
    Write("\n");
  }
}

}  // namespace rowhouse::console
