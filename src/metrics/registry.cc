#include "metrics/registry.h"

#include <iterator>

#include <fmt/format.h>

#include "base/check.h"

namespace rowhouse::metrics {

namespace {

std::string Escaped(std::string_view value) {
  std::string out;
  for (const char c : value) {
    if (c == '\n') {
      out += "\\n";
    } else if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else {
      out += c;
    }
  }
  return out;
}

std::string_view KindText(Kind kind) {
  switch (kind) {
    case Kind::kCounter:
      return "counter";
    case Kind::kGauge:
      return "gauge";
    case Kind::kHistogram:
      return "histogram";
  }
  return "untyped";
}

std::string Braced(const std::string& labels) {
  return labels.empty() ? "" : "{" + labels + "}";
}

void RenderHistogram(
    std::string_view name, const std::string& labels, const Histogram& h, std::string& out
) {
  const std::string before = labels.empty() ? "" : labels + ",";
  uint64_t total = 0;
  for (size_t i = 0; i <= h.bounds().size(); ++i) {
    total += h.count(i);
    const std::string bound = i < h.bounds().size() ? fmt::format("{}", h.bounds()[i]) : "+Inf";
    fmt::format_to(
        std::back_inserter(out), "{}_bucket{{{}le=\"{}\"}} {}\n", name, before, bound, total
    );
  }
  fmt::format_to(std::back_inserter(out), "{}_sum{} {}\n", name, Braced(labels), h.sum());
  fmt::format_to(std::back_inserter(out), "{}_count{} {}\n", name, Braced(labels), total);
}

}  // namespace

Counter& Registry::GetCounter(const MetricInfo& metric, const Labels& labels) {
  CHECK(metric.kind == Kind::kCounter);
  MutexLock lock(mu_);
  Series& s = Find(metric, labels);
  if (s.counter == nullptr) {
    s.counter = std::make_unique<Counter>();
  }
  return *s.counter;
}

Gauge& Registry::GetGauge(const MetricInfo& metric, const Labels& labels) {
  CHECK(metric.kind != Kind::kHistogram);
  MutexLock lock(mu_);
  Series& s = Find(metric, labels);
  if (s.gauge == nullptr) {
    s.gauge = std::make_unique<Gauge>();
  }
  return *s.gauge;
}

Histogram& Registry::GetHistogram(
    const MetricInfo& metric, const Labels& labels, std::span<const double> bounds
) {
  CHECK(metric.kind == Kind::kHistogram);
  MutexLock lock(mu_);
  Series& s = Find(metric, labels);
  if (s.histogram == nullptr) {
    s.histogram = std::make_unique<Histogram>(bounds);
  }
  return *s.histogram;
}

void Registry::OnScrape(std::function<void()> hook) {
  MutexLock lock(mu_);
  hooks_.push_back(std::move(hook));
}

void Registry::RunHooks() {
  std::vector<std::function<void()>> hooks;
  {
    MutexLock lock(mu_);
    hooks = hooks_;
  }
  for (const auto& hook : hooks) {
    hook();
  }
}

std::string Registry::PrometheusText() {
  RunHooks();
  std::string out;
  MutexLock lock(mu_);
  for (const auto& [name, family] : families_) {
    RenderFamily(family, out);
  }
  return out;
}

std::map<std::string, std::vector<Sample>, std::less<>> Registry::Read() {
  RunHooks();
  std::map<std::string, std::vector<Sample>, std::less<>> out;
  MutexLock lock(mu_);
  for (const auto& [name, family] : families_) {
    std::vector<Sample>& samples = out[name];
    for (const auto& [rendered, s] : family.series) {
      if (s.counter != nullptr) {
        samples.push_back({s.labels, static_cast<double>(s.counter->value())});
      } else if (s.gauge != nullptr) {
        samples.push_back({s.labels, s.gauge->value()});
      } else if (s.histogram != nullptr) {
        samples.push_back({s.labels, static_cast<double>(s.histogram->total())});
      }
    }
  }
  return out;
}

Registry::Series& Registry::Find(const MetricInfo& metric, const Labels& labels) {
  const auto [at, made] = families_.try_emplace(std::string(metric.name));
  Family& family = at->second;
  if (made) {
    family.info = metric;
  }
  CHECK(family.info.kind == metric.kind);
  std::string rendered = RenderLabels(labels);
  const auto known = family.series.find(rendered);
  if (known != family.series.end()) {
    return known->second;
  }
  Labels kept = labels;
  if (family.series.size() >= series_max_) {
    for (auto& [name, value] : kept) {
      value = "other";
    }
    rendered = RenderLabels(kept);
  }
  const auto [series, fresh] = family.series.try_emplace(std::move(rendered));
  if (fresh) {
    series->second.labels = std::move(kept);
  }
  return series->second;
}

std::string Registry::RenderLabels(const Labels& labels) const {
  std::string out;
  for (const Labels* some : {&constant_, &labels}) {
    for (const auto& [name, value] : *some) {
      fmt::format_to(
          std::back_inserter(out), "{}{}=\"{}\"", out.empty() ? "" : ",", name, Escaped(value)
      );
    }
  }
  return out;
}

void Registry::RenderFamily(const Family& family, std::string& out) {
  const std::string_view name = family.info.name;
  fmt::format_to(
      std::back_inserter(out),
      "# HELP {} {}\n# TYPE {} {}\n",
      name,
      family.info.help,
      name,
      KindText(family.info.kind)
  );
  for (const auto& [labels, s] : family.series) {
    if (s.counter != nullptr) {
      fmt::format_to(
          std::back_inserter(out), "{}{} {}\n", name, Braced(labels), s.counter->value()
      );
    } else if (s.gauge != nullptr) {
      fmt::format_to(std::back_inserter(out), "{}{} {}\n", name, Braced(labels), s.gauge->value());
    } else if (s.histogram != nullptr) {
      RenderHistogram(name, labels, *s.histogram, out);
    }
  }
}

}  // namespace rowhouse::metrics
