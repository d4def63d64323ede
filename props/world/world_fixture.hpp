// The fixture of the world's tests: a machine whose choices are a list or come from a seed, and
// what it told its observer. Tasks write down what they see; the test judges it when the run is
// over, because a failed assertion must not unwind a task. For tests only; may include props/world
// and GoogleTest.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <ostream>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "props/world/machine.hpp"

namespace poolproof::world {

inline std::string_view name(Ending ending) {
  switch (ending) {
    case Ending::finished: return "finished";
    case Ending::deadlock: return "deadlock";
    case Ending::runaway: return "runaway";
    case Ending::misuse: return "misuse";
    case Ending::unsupported: return "unsupported";
    case Ending::stopped: return "stopped";
  }
  return "?";
}
inline std::ostream& operator<<(std::ostream& out, Ending ending) { return out << name(ending); }

// The numbers that a run is given, a list for each stream; past its end a list goes on with 0.
struct Choices {
  std::vector<std::uint32_t> schedule = {}, waiter = {}, faults = {}, workload = {}, machine = {};
};

// Follows such lists.
class Script final : public Chooser {
 public:
  explicit Script(Choices choices)
      : streams_{std::move(choices.workload), std::move(choices.schedule),
                 std::move(choices.waiter), std::move(choices.faults), std::move(choices.machine)} {
  }

  std::size_t next(std::span<const Candidate> candidates) override {
    return choose(Stream::schedule, static_cast<std::uint32_t>(candidates.size()));
  }
  std::uint32_t choose(Stream stream, std::uint32_t count) override {
    const auto index = static_cast<std::size_t>(stream);
    const std::uint32_t number =
        at_[index] < streams_[index].size() ? streams_[index][at_[index]] : 0;
    ++at_[index];
    EXPECT_LT(number, count) << "choice " << at_[index] << " of stream " << index
                             << " does not fit";
    return number < count ? number : 0;
  }

 private:
  std::array<std::vector<std::uint32_t>, kStreams> streams_;
  std::array<std::size_t, kStreams> at_{};
};

// Any choice is as likely as the others; no fault strikes.
class Dice final : public Chooser {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}

  std::size_t next(std::span<const Candidate> candidates) override {
    return static_cast<std::size_t>(engine_() % candidates.size());
  }
  std::uint32_t choose(Stream stream, std::uint32_t count) override {
    return stream == Stream::faults ? 0 : static_cast<std::uint32_t>(engine_() % count);
  }

 private:
  std::mt19937_64 engine_;
};

// The tests of the world run twice, on either carrier: the environment says on which.
inline CarrierKind carrier_of_this_process() {
  const char* const chosen = std::getenv("POOLPROOF_CARRIER");
  return chosen != nullptr && std::string_view(chosen) == "thread" ? CarrierKind::thread
                                                                   : CarrierKind::fiber;
}

class WorldFixture : public testing::Test, protected Observer {
 protected:
  using Body = std::function<void()>;

  // Runs these tasks side by side. No choices: the plainest run, one task nearly after the other.
  Ending run(Choices choices, std::vector<Body> tasks) {
    Script script(std::move(choices));
    return run_under(script, std::move(tasks));
  }
  Ending run(std::vector<Body> tasks) { return run(Choices{}, std::move(tasks)); }
  Ending run(Body task) { return run(Choices{}, std::move(task)); }
  Ending run(Choices choices, Body task) {
    return run(std::move(choices), std::vector<Body>{std::move(task)});
  }

  Ending run_with_seed(std::uint64_t seed, std::vector<Body> tasks) {
    Dice dice(seed);
    return run_under(dice, std::move(tasks));
  }

  Ending run_under(Chooser& chooser, std::vector<Body> tasks) {
    quiet_.clear();
    return machine_.run(chooser, *this, [&] {
      for (std::size_t i = 1; i < tasks.size(); ++i) machine_.scheduler.spawn(tasks[i]);
      tasks.front()();
    });
  }

  // ---- from inside a task ----
  // A scheduling point, where any task may go on.
  void yield() { machine_.scheduler.point({OperationKind::yield}); }
  void sleep(Duration duration) {
    machine_.scheduler.sleep_until(machine_.scheduler.now() + duration);
  }

  // ---- from anywhere ----
  // How much virtual time has passed in the run.
  Duration elapsed() const { return machine_.scheduler.now().time_since_epoch(); }
  const std::string& refusal() const { return machine_.scheduler.refusal(); }

  // The spans of time in which no task could run.
  using Span = std::pair<Duration, Duration>;
  const std::vector<Span>& quiet_spans() const { return quiet_; }

  Machine machine_{carrier_of_this_process()};

 private:
  void quiet(Time from, Time to) override {
    quiet_.emplace_back(from.time_since_epoch(), to.time_since_epoch());
  }
  void opened(postgres::SessionId) override {}
  void ended(postgres::SessionId, EndedBy) override {}
  void used(postgres::SessionId) override {}
  void queried(postgres::SessionId, std::string_view, const postgres::SessionState&) override {}
  void struck(FaultKind, Place) override {}

  std::vector<Span> quiet_;
};

}  // namespace poolproof::world
