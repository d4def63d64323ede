#include "props/check/processes/loading.hpp"

#include <fmt/format.h>
#include <sys/wait.h>

#include <chrono>
#include <cstring>

#include "props/check/processes/child.hpp"

namespace poolproof::check {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr auto kPeriod = 20ms;
// Of processor time, and of real time: the disk may be slow.
constexpr auto kMostThinking = 1s;
constexpr auto kMostWaiting = 10s;

std::string how_it_ended(int status) {
  return WIFSIGNALED(status) ? fmt::format("kills the process: signal {} ({})", WTERMSIG(status),
                                           strsignal(WTERMSIG(status)))
                             : fmt::format("ends the process with status {}", WEXITSTATUS(status));
}

// What goes wrong, in a line; empty if nothing does.
std::string trial(const std::string& file) {
  Child child([&](const Outbox& out) {
    const auto loaded = Accused::load(file);
    const auto* const why = std::get_if<std::string>(&loaded);
    out.send(why == nullptr ? "" : *why);
  });
  const auto start = Clock::now();
  while (!child.ended()) {
    wait_for({&child}, kPeriod);
    if (child.thinking() > kMostThinking || Clock::now() - start > kMostWaiting) {
      return fmt::format("--pool {}: loading it does not come to an end", file);
    }
  }
  const auto messages = child.messages();
  if (!messages.empty()) return messages[0].get<std::string>();
  return fmt::format("--pool {}: loading it {}", file, how_it_ended(*child.ended()));
}

}  // namespace

std::variant<Accused, std::string> load_guarded(const std::string& file) {
  if (std::string why = trial(file); !why.empty()) return why;
  return Accused::load(file);
}

}  // namespace poolproof::check
