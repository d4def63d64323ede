// How what a pool tells of itself is written.
#include <algorithm>
#include <cstdio>

#include <poolproof/held_lease.hpp>
#include <poolproof/metrics.hpp>

namespace poolproof {
namespace {

using Seconds = std::chrono::duration<double>;

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", value);
  return text;
}

// A sum that grows for months must not stand still: six digits would, at eleven days.
std::string exact(std::chrono::nanoseconds sum) {
  char text[32];
  std::snprintf(text, sizeof text, "%.15g", Seconds(sum).count());
  return text;
}

std::string escaped(std::string_view label) {
  std::string result;
  for (const char c : label) {
    if (c == '\\' || c == '"') result += '\\';
    result += c == '\n' ? "\\n" : std::string(1, c);
  }
  return result;
}

// One metric after the other, each with its name in front.
class Page {
 public:
  explicit Page(std::string_view pool) : label_("pool=\"" + escaped(pool) + "\"") {}

  void metric(const char* name, const char* type, const char* help) {
    name_ = std::string("poolproof_") + name;
    text_ += "# HELP " + name_ + " " + help + "\n# TYPE " + name_ + " " + type + "\n";
  }
  void value(const std::string& value, const char* suffix = "", const std::string& labels = {}) {
    text_ += name_ + suffix + "{" + label_ + labels + "} " + value + "\n";
  }
  void counter(const char* name, const char* help, std::uint64_t count) {
    metric(name, "counter", help);
    value(std::to_string(count));
  }
  void gauge(const char* name, const char* help, std::size_t count) {
    metric(name, "gauge", help);
    value(std::to_string(count));
  }

  std::string text() && { return std::move(text_); }

 private:
  std::string label_;
  std::string name_;
  std::string text_;
};

void write_waits(Page& page, const PoolMetrics& metrics) {
  page.metric("acquire_wait_seconds", "histogram", "Time that acquires waited for other callers.");
  std::uint64_t lost = 0;
  for (const auto errors : metrics.errors) lost += errors;
  std::uint64_t all = 0;
  for (const auto waits : metrics.waits_in) all += waits;
  // Whoever did not wait, and has a lease.
  const std::uint64_t acquires = std::max(all, metrics.leases + lost);
  std::uint64_t sum = acquires - all;
  for (std::size_t i = 0; i < PoolMetrics::kBuckets.size(); ++i) {
    sum += metrics.waits_in[i];
    page.value(std::to_string(sum), "_bucket",
               ",le=\"" + number(Seconds(PoolMetrics::kBuckets[i]).count()) + "\"");
  }
  page.value(std::to_string(acquires), "_bucket", ",le=\"+Inf\"");
  page.value(exact(metrics.waited), "_sum");
  page.value(std::to_string(acquires), "_count");
}

}  // namespace

std::string to_string(const Place& place) {
  return std::string(place.file) + ":" + std::to_string(place.line);
}

std::string to_string(const HeldLease& lease) {
  return to_string(lease.acquired_at) + " has held server process " +
         std::to_string(lease.backend) + " for " + number(Seconds(lease.held_for).count()) + " s";
}

const char* name_of(AcquireError::Kind kind) {
  using Kind = AcquireError::Kind;
  switch (kind) {
    case Kind::timeout: return "timeout";
    case Kind::connect_failed: return "connect_failed";
    case Kind::cancelled: return "cancelled";
    case Kind::closed: return "closed";
    case Kind::hook_failed: return "hook_failed";
    case Kind::given_up: return "given_up";
    case Kind::in_use: return "in_use";
    case Kind::inherited: return "inherited";
  }
  return "?";
}

std::string to_prometheus(const PoolMetrics& metrics, std::string_view pool) {
  Page page(pool);
  const PoolStatus& now = metrics.status;
  page.gauge("slots", "Connections there may be now: idle and checked out.", now.size);
  page.gauge("idle", "Slots in the pool, for the next caller.", now.idle);
  page.gauge("checked_out", "Slots leased, or being prepared, reset or closed.", now.checked_out);
  page.gauge("overflow", "Slots beyond pool_size.", now.overflow);
  page.gauge("waiting", "Callers that wait for a slot.", now.waiting);
  page.gauge("detached", "Leases whose connection is no longer the pool's.", now.detached);
  page.counter("leases_total", "Leases that have begun.", metrics.leases);
  page.counter("waits_total", "Acquires that had to wait for other callers.", metrics.waits);
  page.metric("acquire_errors_total", "counter", "Acquires that ended without a lease.");
  for (std::size_t i = 0; i < PoolMetrics::kErrorKinds; ++i) {
    const char* const kind = name_of(static_cast<AcquireError::Kind>(i));
    page.value(std::to_string(metrics.errors[i]), "", std::string(",kind=\"") + kind + "\"");
  }
  page.counter("connects_total", "Connections opened.", metrics.connects);
  page.counter("failed_connects_total", "Connects that failed.", metrics.failed_connects);
  page.counter("closes_total", "Connections closed.", metrics.closes);
  page.counter("broken_total", "Connections closed as broken.", metrics.broken);
  write_waits(page, metrics);
  return std::move(page).text();
}

}  // namespace poolproof
