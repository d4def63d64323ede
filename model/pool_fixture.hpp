// The fixture of the model's tests: a pool, four callers, and a verb for each event. A verb returns
// the pool's answers without calls of hooks and resets, which every lease comes with; trace() has
// all of them. Every step is judged by all of model_laws().
// For tests only; may include model/ and GoogleTest.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <concepts>
#include <ostream>

#include "model/laws.hpp"
#include "model/pool_model.hpp"

namespace poolproof::model {

// Lets GoogleTest print what has a to_string here.
template <class T>
requires requires(const T& value) {
  { to_string(value) } -> std::same_as<std::string>;
}
std::ostream& operator<<(std::ostream& out, const T& value) { return out << to_string(value); }

class PoolModel : public testing::Test {
 protected:
  using Answers = std::vector<Answer>;

  static constexpr CallerId kAnn{1}, kBen{2}, kCat{3}, kDan{4};
  static constexpr ConnectionId kFirst{1}, kSecond{2}, kThird{3};

  // Starts anew with this pool.
  void pool(const PoolConfig& config) {
    config_ = config;
    state_ = initial(config);
  }

  Answers happens(const Event& event, const Failures& failures = {}) {
    const Transition transition{config_, state_, event, step(config_, state_, event, failures),
                                failures};
    const auto broken = broken_law(transition);
    EXPECT_FALSE(broken) << id(*broken) << " " << to_string(state_) << ": " << to_string(event)
                         << to_string(failures);
    state_ = transition.step.after;
    trace_ = transition.step.answers;
    Answers answers = trace_;
    std::erase_if(answers, [](const Answer& answer) {
      return std::holds_alternative<HookCalled>(answer) ||
             std::holds_alternative<ResetConnection>(answer);
    });
    return answers;
  }

  // All answers of the last step, in order.
  const Answers& trace() const { return trace_; }

  Answers acquire(CallerId caller, std::optional<Duration> timeout = std::nullopt) {
    return happens(Acquire{caller, timeout});
  }
  Answers connected(CallerId caller) { return happens(Connected{caller}); }
  Answers connect_failed(CallerId caller) { return happens(ConnectFailed{caller}); }
  Answers release(CallerId caller) { return happens(Release{caller}); }
  Answers invalidate(CallerId caller, Invalidation how = Invalidation::hard) {
    return happens(Invalidate{caller, how});
  }
  Answers detach(CallerId caller) { return happens(Detach{caller}); }
  Answers cancel(CallerId caller) { return happens(Cancel{caller}); }
  Answers wake(CallerId caller) { return happens(Wake{caller}); }
  Answers time_is(Duration since_start) { return happens(Advance{Time{since_start}}); }

  // The caller gets a new connection, and holds it.
  void lease_new(CallerId caller) {
    ASSERT_THAT(acquire(caller), testing::ElementsAre(OpenConnection{caller}));
    connected(caller);
  }

  // The caller leaves an EMPTY slot among the idle.
  void leave_empty_slot(CallerId by) {
    lease_new(by);
    invalidate(by);
    release(by);
  }

  // The caller leaves a new connection among the idle.
  void leave_idle(CallerId by) {
    lease_new(by);
    release(by);
  }

  const PoolConfig& config() const { return config_; }
  const State& state() const { return state_; }

 private:
  PoolConfig config_;
  State state_;
  Answers trace_;
};

}  // namespace poolproof::model
