// The fixture of the tests of the profile sqlalchemy: a pool, four callers, and a verb for each
// event. A verb returns all that the pool answers, in one line: reset(1) is the hook with
// connection 1, and (-) with none; CONNECT PING RESET CLOSE are asked of the driver; the rest is
// told a caller. For tests only; may include model/ and GoogleTest.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "model/pool_model.hpp"

namespace poolproof::model {

class QueuePool : public testing::Test {
 protected:
  static constexpr CallerId kAnn{1}, kBen{2}, kCat{3}, kDan{4};

  // Starts anew with this pool.
  void pool(PoolConfig config) {
    config.profile = Profile::sqlalchemy;
    config_ = config;
    state_ = initial(config);
  }

  // From now on, while any event is handled.
  void failing(const Failures& failures) { failures_ = failures; }

  std::string happens(const Event& event) {
    const Step step = model::step(config_, state_, event, failures_);
    state_ = step.after;
    std::string line;
    for (const Answer& answer : step.answers) {
      if (!line.empty()) line.append(" ");
      line.append(std::visit(Word{}, answer));
    }
    return line;
  }

  std::string acquire(CallerId caller) { return happens(Acquire{caller, config_.timeout}); }
  std::string connected(CallerId caller) { return happens(Connected{caller}); }
  std::string connect_failed(CallerId caller) { return happens(ConnectFailed{caller}); }
  std::string ping_succeeded(CallerId caller) { return happens(PingSucceeded{caller}); }
  std::string ping_failed(CallerId caller) { return happens(PingFailed{caller}); }
  std::string wake(CallerId caller) { return happens(Wake{caller}); }
  std::string release(CallerId caller) { return happens(Release{caller}); }
  std::string detach(CallerId caller) { return happens(Detach{caller}); }
  std::string dispose() { return happens(Dispose{}); }
  std::string invalidate(CallerId caller, Invalidation how = Invalidation::hard) {
    return happens(Invalidate{caller, how});
  }
  void time_is(Duration since_start) { happens(Advance{Time{since_start}}); }

  // The caller gets a new connection, and holds it.
  void lease_new(CallerId caller) {
    ASSERT_EQ(acquire(caller), "CONNECT");
    connected(caller);
    ASSERT_TRUE(state_.out.contains(caller));
  }

  // The caller leaves a new connection among the idle.
  void leave_idle(CallerId caller) {
    lease_new(caller);
    release(caller);
  }

  // That the caller waits, that nobody has told it to look again, and that there is room for it: a
  // wake-up was lost.
  bool sleeps_beside_room(CallerId caller) const {
    const auto is_asleep = [=](const Waiter& each) {
      return each.caller == caller && !each.notified;
    };
    return std::ranges::any_of(state_.waiters, is_asleep) && has_room(config_, state_);
  }

  Status status() const { return model::status(config_, state_); }

  // Records that count although nobody can have them any more.
  int lost() const { return status().size + status().overflow - static_cast<int>(slots(state_)); }

  const State& state() const { return state_; }

 private:
  struct Word {
    std::string operator()(const HookCalled& answer) const {
      return on(name(answer.hook), answer.connection);
    }
    std::string operator()(const OpenConnection&) const { return "CONNECT"; }
    std::string operator()(const PingConnection& answer) const {
      return on("PING", answer.connection);
    }
    std::string operator()(const ResetConnection& answer) const {
      return on("RESET", answer.connection);
    }
    std::string operator()(const CloseConnection& answer) const {
      return on("CLOSE", answer.connection);
    }
    std::string operator()(const Granted& answer) const { return on("granted", answer.connection); }
    std::string operator()(const TimedOut&) const { return "timed_out"; }
    std::string operator()(const ConnectionError&) const { return "connect_error"; }
    std::string operator()(const GivenUp&) const { return "given_up"; }
    std::string operator()(const HookError& answer) const {
      return std::string("throws(").append(name(answer.hook)).append(")");
    }
    std::string operator()(const auto&) const { return "never answered here"; }

    static std::string on(std::string_view what, std::optional<ConnectionId> connection) {
      const auto number = connection ? std::to_string(static_cast<int>(*connection)) : "-";
      return std::string(what).append("(").append(number).append(")");
    }
  };

  PoolConfig config_;
  State state_;
  Failures failures_;
};

}  // namespace poolproof::model
