#include "props/cli/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <string>

namespace poolproof::cli {
namespace {

using namespace std::chrono_literals;

constexpr int kWidth = 30;
constexpr auto kPeriod = 100ms;

volatile std::sig_atomic_t interrupted = 0;

}  // namespace

ProgressBar::ProgressBar(const check::SearchOptions& search, bool quiet, std::string_view unit)
    : search_(search), shown_(!quiet && isatty(STDERR_FILENO) != 0), unit_(unit) {
  struct sigaction action {};
  action.sa_handler = [](int) { interrupted = 1; };
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

// Of the budget that is closer to its end.
double ProgressBar::fraction(std::uint64_t done) const {
  const double by_count = static_cast<double>(done) / static_cast<double>(search_.schedules);
  if (!search_.patience) return by_count;
  return std::max(by_count, std::chrono::duration<double>(Clock::now() - start_) /
                                std::chrono::duration<double>(*search_.patience));
}

bool ProgressBar::is_due() {
  if (!shown_ || Clock::now() < next_) return false;
  next_ = Clock::now() + kPeriod;
  return true;
}

bool ProgressBar::show_shrinking(std::uint64_t tried) {
  if (is_due()) fmt::print(stderr, "\r{:<80}", fmt::format("making it smaller: {} runs", tried));
  return interrupted == 0;
}

bool ProgressBar::show(std::uint64_t done) {
  if (is_due()) {
    const double part = std::min(1.0, fraction(done));
    const double seconds = std::chrono::duration<double>(Clock::now() - start_).count();
    const auto filled = static_cast<std::size_t>(part * kWidth);
    fmt::print(stderr, "\r[{:<{}}] {:3.0f} %  {} {}, {:.0f}/s ", std::string(filled, '='), kWidth,
               part * 100, done, unit_, static_cast<double>(done) / std::max(seconds, 1e-3));
  }
  return interrupted == 0;
}

void ProgressBar::clear() {
  if (shown_) fmt::print(stderr, "\r{:<80}\r", "");
}

}  // namespace poolproof::cli
