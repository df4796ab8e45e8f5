// The rules in Prometheus' language.

#include <cctype>

#include <fmt/format.h>

#include "alerts/rule.h"

namespace rowhouse::alerts {

namespace {

std::string Window(seconds window) {
  return fmt::format("{}m", std::chrono::duration_cast<std::chrono::minutes>(window).count());
}

std::string Series(const Rule& rule) {
  return rule.value.empty()
             ? std::string(rule.metric->name)
             : fmt::format("{}{{{}=\"{}\"}}", rule.metric->name, rule.label, rule.value);
}

// In a double-quoted YAML string.
std::string Quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
    }
    out += c;
  }
  return out + '"';
}

// "{what}" and "{value}" as Prometheus' templates.
std::string Template(std::string_view text) {
  std::string out(text);
  const auto replace = [&out](std::string_view from, std::string_view to) {
    for (size_t at = out.find(from); at != std::string::npos; at = out.find(from, at + to.size())) {
      out.replace(at, from.size(), to);
    }
  };
  replace("{what}", "{{ or $labels.table $labels.part $labels.pipeline }}");
  replace("{value}", "{{ printf \"%.0f\" $value }}");
  return out;
}

std::string RunbookLine(std::string_view manual, std::string_view rule) {
  const std::string where = Runbook(rule);
  if (manual.empty()) {
    return fmt::format("          runbook: {}\n", Quoted("docs/manual/" + where));
  }
  const std::string_view slash = manual.ends_with('/') ? "" : "/";
  return fmt::format(
      "          runbook_url: {}\n", Quoted(fmt::format("{}{}{}", manual, slash, where))
  );
}

}  // namespace

std::string Runbook(std::string_view rule) {
  std::string where = "operations.md#";
  for (const char c : rule) {
    where += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return where;
}

std::string Expression(const Rule& rule) {
  const std::string series = Series(rule);
  std::string out;
  switch (rule.condition) {
    case Rule::Condition::kAbove:
      out = fmt::format("{} > {}", series, rule.limit);
      break;
    case Rule::Condition::kBelow:
      out = fmt::format("{} < {}", series, rule.limit);
      break;
    case Rule::Condition::kRises:
      out = fmt::format(
          "{}({}[{}]) > {}",
          rule.metric->kind == metrics::Kind::kCounter ? "increase" : "delta",
          series,
          Window(rule.window),
          rule.limit
      );
      break;
    case Rule::Condition::kOlderThan:
      out = fmt::format("time() - ({} > 0) > {}", series, rule.limit);
      break;
    case Rule::Condition::kAboveShareOf:
      out = fmt::format("{} > {} * ({} > 0)", series, rule.limit, rule.of->name);
      break;
    case Rule::Condition::kFallsBelowDay:
      out = fmt::format(
          "rate({0}[{1}]) < {2} * avg_over_time(rate({0}[{1}])[1d:{1}])",
          series,
          Window(rule.window),
          rule.limit
      );
      break;
  }
  if (rule.also.metric != nullptr) {
    out += fmt::format(" and on (pipeline) {} > {}", rule.also.metric->name, rule.also.above);
  }
  if (!rule.unless.empty()) {
    out = fmt::format(
        "{} unless on (pipeline, instance, table) {}{{state=\"{}\"}} == 1",
        out,
        metrics::kTableState.name,
        rule.unless
    );
  }
  // Who stands by neither reads nor lags.
  return fmt::format(
      "({}) unless on (pipeline, instance) {}{{state=\"standby\"}} == 1",
      out,
      metrics::kPipelineState.name
  );
}

std::string PrometheusRules(std::string_view manual) {
  std::string out =
      "# Made by `rowhouse metrics rules`. Load it with rule_files: in prometheus.yml.\n"
      "groups:\n"
      "  - name: rowhouse\n"
      "    rules:\n"
      "      - alert: RowhouseDown\n"
      "        expr: up{job=\"rowhouse\"} == 0\n"
      "        for: 1m\n"
      "        labels: {severity: page}\n"
      "        annotations:\n"
      "          summary: \"rowhouse at {{ $labels.instance }} does not answer\"\n"
      "          description: \"Nothing is captured; what was committed waits in the binary log. "
      "Start it again.\"\n" +
      RunbookLine(manual, "RowhouseDown");
  for (const Rule& rule : AllRules()) {
    fmt::format_to(
        std::back_inserter(out),
        "      - alert: {}\n        expr: {}\n        for: {}s\n        labels: {{severity: {}}}\n"
        "        annotations:\n          summary: {}\n          description: {}\n{}",
        rule.name,
        Quoted(Expression(rule)),
        rule.lasting.count(),
        SeverityName(rule.severity),
        Quoted(Template(rule.says)),
        Quoted(fmt::format("{} {}", rule.why, Template(rule.fix))),
        RunbookLine(manual, rule.name)
    );
  }
  return out;
}

}  // namespace rowhouse::alerts
