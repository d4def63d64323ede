// The laws hold for every history of the model, and every one of them can be broken: a law is shown
// a true step, then the same step with one lie in it.
#include <gtest/gtest.h>
// After GoogleTest, which it does not include itself.
#include <rapidcheck/gtest.h>

#include <cstdint>

#include "model/pool_fixture.hpp"

namespace poolproof::model {
namespace {

using namespace std::chrono_literals;

bool holds(LawId law, const Transition& transition) {
  return std::ranges::find(model_laws(), law, &Law::id)->holds(transition);
}

std::vector<Event> legal_events(const PoolConfig& config, const State& state) {
  std::vector<Event> events{Advance{state.now}, Advance{state.now + 1s}, Advance{state.now + 3s},
                            Dispose{}};
  for (const CallerId caller : {CallerId{1}, CallerId{2}, CallerId{3}, CallerId{4}}) {
    for (const std::optional<Duration> timeout : {std::optional<Duration>(1s), {2s}, {0s}, {}}) {
      events.push_back(Acquire{caller, timeout});
    }
    for (const auto how : {Invalidation::hard, Invalidation::soft, Invalidation::generation}) {
      events.push_back(Invalidate{caller, how});
    }
    events.insert(events.end(), {Release{caller}, Release{caller}, Connected{caller},
                                 ConnectFailed{caller}, PingSucceeded{caller}, PingFailed{caller},
                                 Detach{caller}, Cancel{caller}, Wake{caller}});
  }
  std::erase_if(events,
                [&](const Event& event) { return illegal(config, state, event).has_value(); });
  return events;
}

std::set<Hook> hooks_in(std::uint16_t bits) {
  std::set<Hook> hooks;
  for (int hook = 0; hook <= static_cast<int>(Hook::close_detached); ++hook) {
    if ((bits >> hook) % 2 == 1) hooks.insert(static_cast<Hook>(hook));
  }
  return hooks;
}

rc::Gen<Failures> some_failures() {
  const auto hooks = rc::gen::map(rc::gen::arbitrary<std::uint16_t>(), hooks_in);
  const auto failing = rc::gen::build<Failures>(
      rc::gen::set(&Failures::hooks, hooks),
      rc::gen::set(&Failures::checkout_says,
                   rc::gen::element(Disconnected::no, Disconnected::this_one, Disconnected::all)),
      rc::gen::set(&Failures::reset), rc::gen::set(&Failures::close));
  return rc::gen::weightedOneOf<Failures>({{4, rc::gen::just(Failures{})}, {1, failing}});
}

struct Choice {
  std::uint8_t event = 0;
  Failures failures;
};

void showValue(const Choice& choice, std::ostream& out) {
  out << int{choice.event} << to_string(choice.failures);
}

class ModelLaws : public PoolModel {
 protected:
  // The step that `event` would be now; the pool stays as it is.
  Transition if_happens(const Event& event, const Failures& failures = {}) const {
    return {config(), state(), event, step(config(), state(), event, failures), failures};
  }
};

RC_GTEST_PROP(EveryLegalHistory, KeepsEveryModelLaw, ()) {
  const PoolConfig config = *rc::gen::build<PoolConfig>(
      rc::gen::set(&PoolConfig::pool_size, rc::gen::inRange(0, 4)),
      rc::gen::set(&PoolConfig::max_overflow, rc::gen::inRange(-1, 3)),
      rc::gen::set(&PoolConfig::recycle,
                   rc::gen::element<std::optional<Duration>>(std::nullopt, 0s, 1s, 2s)),
      rc::gen::set(&PoolConfig::use_lifo), rc::gen::set(&PoolConfig::pre_ping),
      rc::gen::set(&PoolConfig::reset_on_return,
                   rc::gen::element(ResetOnReturn::rollback, ResetOnReturn::none)),
      rc::gen::set(&PoolConfig::patience, rc::gen::element<Duration>(0s, 1s, 4s)));
  const auto choices = *rc::gen::container<std::vector<Choice>>(rc::gen::build<Choice>(
      rc::gen::set(&Choice::event), rc::gen::set(&Choice::failures, some_failures())));
  const bool ends_closed = *rc::gen::arbitrary<bool>();

  RC_LOG() << to_string(config) << '\n';
  State state = initial(config);
  for (std::size_t i = 0; i < choices.size(); ++i) {
    const std::vector<Event> events = legal_events(config, state);
    Event event = events[choices[i].event % events.size()];
    if (ends_closed && i == choices.size() / 2) event = Close{};
    const Failures& failures = choices[i].failures;
    const Transition transition{config, state, event, step(config, state, event, failures),
                                failures};
    RC_LOG() << to_string(state) << ": " << to_string(event) << to_string(failures) << '\n';

    const auto broken = broken_law(transition);
    if (broken) RC_FAIL(std::string(sentence(*broken)));
    state = transition.step.after;
  }
}

// ---- CAP ----

TEST_F(ModelLaws, CapIsBrokenByASlotTooMany) {
  pool({.pool_size = 1, .max_overflow = 0});
  leave_idle(kAnn);
  Transition lie = if_happens(Acquire{kAnn, 1s});
  EXPECT_TRUE(holds(LawId::cap, lie));
  lie.step.after.preparing.push_back({kBen, Time{1s}, Slot{}, Time{0s}, SlotOrigin::fresh});
  EXPECT_FALSE(holds(LawId::cap, lie));
}

TEST_F(ModelLaws, CapIsBrokenByAnIdleConnectionTooMany) {
  pool({.pool_size = 1, .max_overflow = 1});
  lease_new(kAnn);
  leave_idle(kBen);
  Transition lie = if_happens(Release{kAnn});
  EXPECT_TRUE(holds(LawId::cap, lie));
  lie.step = {lie.before, {}};
  lie.step.after.out.clear();
  lie.step.after.idle.push_back(lie.before.out.at(kAnn));
  EXPECT_FALSE(holds(LawId::cap, lie));
}

TEST_F(ModelLaws, CapIsBrokenByAConnectBeforeTheCloseThatMakesRoomForIt) {
  pool({.pool_size = 1, .max_overflow = 0, .recycle = 0s});
  leave_idle(kAnn);
  time_is(1s);
  Transition lie = if_happens(Acquire{kAnn, 1s});
  EXPECT_TRUE(holds(LawId::cap, lie));
  std::ranges::reverse(lie.step.answers);
  EXPECT_FALSE(holds(LawId::cap, lie));
}

// ---- DUP ----

TEST_F(ModelLaws, DupIsBrokenByAConnectionThatIsLeasedAndStillIdle) {
  pool({.pool_size = 2});
  leave_idle(kAnn);
  Transition lie = if_happens(Acquire{kBen, 1s});
  EXPECT_TRUE(holds(LawId::dup, lie));
  lie.step.after.idle = lie.before.idle;
  EXPECT_FALSE(holds(LawId::dup, lie));
}

TEST_F(ModelLaws, DupIsBrokenByAGrantOfTheConnectionOfAnother) {
  pool({.pool_size = 2});
  lease_new(kAnn);
  acquire(kBen);
  Transition lie = if_happens(Connected{kBen});
  EXPECT_TRUE(holds(LawId::dup, lie));
  lie.step.answers = {Granted{kBen, kFirst}};
  EXPECT_FALSE(holds(LawId::dup, lie));
}

// ---- LEAK ----

TEST_F(ModelLaws, LeakIsBrokenByAConnectionThatIsDroppedAndNotClosed) {
  pool({.pool_size = 1});
  lease_new(kAnn);
  Transition lie = if_happens(Release{kAnn});
  EXPECT_TRUE(holds(LawId::leak, lie));
  lie.step.after.idle.clear();
  EXPECT_FALSE(holds(LawId::leak, lie));
}

TEST_F(ModelLaws, LeakIsBrokenByASlotHeldAfterAFailedConnect) {
  pool({.pool_size = 1});
  acquire(kAnn);
  Transition lie = if_happens(ConnectFailed{kAnn});
  EXPECT_TRUE(holds(LawId::leak, lie));
  lie.step.after.out[kAnn] = Slot{};
  EXPECT_FALSE(holds(LawId::leak, lie));
}

// ---- WAKE ----

TEST_F(ModelLaws, WakeIsBrokenByAFailedConnectThatTellsNobody) {
  pool({.pool_size = 1, .max_overflow = 0});
  acquire(kAnn);
  acquire(kBen);
  Transition lie = if_happens(ConnectFailed{kAnn});
  EXPECT_TRUE(holds(LawId::wake, lie));
  lie.step = {lie.before, {ConnectionError{kAnn}}};
  lie.step.after.preparing.clear();
  EXPECT_FALSE(holds(LawId::wake, lie));
}

TEST_F(ModelLaws, WakeIsBrokenByAReturnThatTellsNobody) {
  pool({.pool_size = 1, .max_overflow = 0});
  lease_new(kAnn);
  acquire(kBen);
  Transition lie = if_happens(Release{kAnn});
  EXPECT_TRUE(holds(LawId::wake, lie));
  lie.step = {lie.before, {}};
  lie.step.after.idle.push_back(lie.before.out.at(kAnn));
  lie.step.after.out.clear();
  EXPECT_FALSE(holds(LawId::wake, lie));
}

// ---- EARLY and LATE ----

TEST_F(ModelLaws, EarlyIsBrokenByATimeoutBeforeTheDeadline) {
  pool({.pool_size = 1, .max_overflow = 0});
  lease_new(kAnn);
  acquire(kBen, 2s);
  Transition lie = if_happens(Advance{Time{2s}});
  EXPECT_TRUE(holds(LawId::early, lie));
  lie.step.after.now = Time{1s};
  EXPECT_FALSE(holds(LawId::early, lie));
}

TEST_F(ModelLaws, EarlyIsBrokenByATimeoutOfOneWhoDoesNotAsk) {
  pool({.pool_size = 1});
  Transition lie = if_happens(Advance{Time{2s}});
  EXPECT_TRUE(holds(LawId::early, lie));
  lie.step.answers = {TimedOut{kAnn}};
  EXPECT_FALSE(holds(LawId::early, lie));
}

TEST_F(ModelLaws, LateIsBrokenByAWaiterWhoOutlivesTheDeadline) {
  pool({.pool_size = 1, .max_overflow = 0});
  lease_new(kAnn);
  acquire(kBen, 2s);
  Transition lie = if_happens(Advance{Time{2s}});
  EXPECT_TRUE(holds(LawId::late, lie));
  lie.step.after.waiters = lie.before.waiters;
  EXPECT_FALSE(holds(LawId::late, lie));
}

TEST_F(ModelLaws, LateIsBrokenByAConnectThatOutlivesTheDeadline) {
  pool({.pool_size = 1});
  acquire(kAnn, 2s);
  Transition lie = if_happens(Advance{Time{2s}});
  EXPECT_TRUE(holds(LawId::late, lie));
  lie.step.after.preparing = lie.before.preparing;
  EXPECT_FALSE(holds(LawId::late, lie));
}

TEST_F(ModelLaws, LateIsBrokenByADeadlineThatStartsAnewWithTheConnect) {
  pool({.pool_size = 1, .max_overflow = 0});
  lease_new(kAnn);
  invalidate(kAnn);
  acquire(kBen, 2s);
  time_is(1s);
  Transition lie = if_happens(Release{kAnn});
  EXPECT_TRUE(holds(LawId::late, lie));
  lie.step.after.preparing.front().deadline = Time{3s};
  EXPECT_FALSE(holds(LawId::late, lie));
}

// ---- FAIR ----

TEST_F(ModelLaws, FairIsBrokenByAGrantToTheSecondInTheQueue) {
  pool({.pool_size = 1, .max_overflow = 0});
  lease_new(kAnn);
  acquire(kBen);
  acquire(kCat);
  Transition lie = if_happens(Release{kAnn});
  EXPECT_TRUE(holds(LawId::fair, lie));
  lie.step.answers = {Granted{kCat, kFirst}};
  lie.step.after.waiters = {lie.before.waiters.front()};
  EXPECT_FALSE(holds(LawId::fair, lie));
}

TEST_F(ModelLaws, FairIsBrokenByANewcomerWhoOvertakes) {
  pool({.pool_size = 1, .max_overflow = 0});
  lease_new(kAnn);
  acquire(kBen);
  Transition lie = if_happens(Acquire{kCat, 1s});
  EXPECT_TRUE(holds(LawId::fair, lie));
  lie.step = {lie.before, {OpenConnection{kCat}}};
  EXPECT_FALSE(holds(LawId::fair, lie));
}

TEST_F(ModelLaws, FairIsBrokenByAQueueThatChangesItsOrder) {
  pool({.pool_size = 1, .max_overflow = 0});
  lease_new(kAnn);
  acquire(kBen);
  Transition lie = if_happens(Acquire{kCat, 1s});
  EXPECT_TRUE(holds(LawId::fair, lie));
  std::ranges::reverse(lie.step.after.waiters);
  EXPECT_FALSE(holds(LawId::fair, lie));
}

// ---- AGE ----

TEST_F(ModelLaws, AgeIsBrokenByAGrantOfAConnectionOlderThanRecycle) {
  pool({.pool_size = 1, .recycle = 10s});
  leave_idle(kAnn);
  time_is(10s);
  Transition lie = if_happens(Acquire{kAnn, 1s});
  EXPECT_TRUE(holds(LawId::age, lie));
  lie.config.recycle = 9s;
  EXPECT_FALSE(holds(LawId::age, lie));
}

TEST_F(ModelLaws, AgeIsBrokenByAGrantOfAConnectionThatWasClosed) {
  pool({.pool_size = 1});
  leave_idle(kAnn);
  Transition lie = if_happens(Acquire{kAnn, 1s});
  EXPECT_TRUE(holds(LawId::age, lie));
  lie.before.idle.front() = Slot{};
  EXPECT_FALSE(holds(LawId::age, lie));
}

TEST_F(ModelLaws, AgeIsBrokenByAReplacementWithoutCause) {
  pool({.pool_size = 1, .recycle = 10s});
  leave_idle(kAnn);
  time_is(11s);
  Transition lie = if_happens(Acquire{kAnn, 1s});
  EXPECT_TRUE(holds(LawId::age, lie));
  lie.config.recycle = 11s;
  EXPECT_FALSE(holds(LawId::age, lie));
}

TEST_F(ModelLaws, AgeIsBrokenByACloseOfWhatTheIdleHaveRoomFor) {
  pool({.pool_size = 1, .max_overflow = 1});
  lease_new(kAnn);
  leave_idle(kBen);
  Transition lie = if_happens(Release{kAnn});
  EXPECT_TRUE(holds(LawId::age, lie));
  lie.config.pool_size = 2;
  EXPECT_FALSE(holds(LawId::age, lie));
}

TEST_F(ModelLaws, AgeIsBrokenByAGrantOfARetiredConnection) {
  pool({.pool_size = 1});
  leave_idle(kAnn);
  Transition lie = if_happens(Acquire{kAnn, 1s});
  EXPECT_TRUE(holds(LawId::age, lie));
  lie.before.idle.front().connection->retired = true;
  EXPECT_FALSE(holds(LawId::age, lie));
}

// ---- FAIR with patience ----

TEST_F(ModelLaws, FairIsBrokenByOneWhoOvertakesAWaiterAtTheEndOfItsPatience) {
  pool({.pool_size = 1, .max_overflow = 0, .patience = 2s});
  lease_new(kAnn);
  acquire(kBen);
  release(kAnn);
  Transition lie = if_happens(Acquire{kCat, 1s});
  EXPECT_TRUE(holds(LawId::fair, lie));
  lie.before.waiters.front().since -= 2s;
  EXPECT_FALSE(holds(LawId::fair, lie));
}

// ---- DEAD ----

TEST_F(ModelLaws, DeadIsBrokenByALeaseOfWhatWasNotPinged) {
  pool({.pool_size = 1});
  leave_idle(kAnn);
  Transition lie = if_happens(Acquire{kAnn, 1s});
  EXPECT_TRUE(holds(LawId::dead, lie));
  lie.config.pre_ping = true;
  EXPECT_FALSE(holds(LawId::dead, lie));
}

// ---- CLEAN ----

TEST_F(ModelLaws, CleanIsBrokenByAReturnWithoutAReset) {
  pool({.pool_size = 1});
  lease_new(kAnn);
  Transition lie = if_happens(Release{kAnn});
  EXPECT_TRUE(holds(LawId::clean, lie));
  std::erase(lie.step.answers, Answer(ResetConnection{kFirst}));
  EXPECT_FALSE(holds(LawId::clean, lie));
}

TEST_F(ModelLaws, CleanIsBrokenByAConnectionThatIsKeptAfterAFailedReset) {
  pool({.pool_size = 1});
  lease_new(kAnn);
  Transition lie = if_happens(Release{kAnn});
  lie.failures.reset = true;
  EXPECT_FALSE(holds(LawId::clean, lie));
}

// ---- LIFE ----

TEST_F(ModelLaws, LifeIsBrokenByAnAcquireFromAClosedPool) {
  pool({.pool_size = 1});
  Transition lie = if_happens(Acquire{kAnn, 1s});
  EXPECT_TRUE(holds(LawId::life, lie));
  lie.before.closed = lie.step.after.closed = true;
  EXPECT_FALSE(holds(LawId::life, lie));
}

TEST_F(ModelLaws, LifeIsBrokenByAConnectionThatAClosedPoolKeeps) {
  pool({.pool_size = 1});
  lease_new(kAnn);
  happens(Close{});
  Transition lie = if_happens(Release{kAnn});
  EXPECT_TRUE(holds(LawId::life, lie));
  lie.step.after.idle.push_back(lie.before.out.at(kAnn));
  EXPECT_FALSE(holds(LawId::life, lie));
}

// ---- HOOK ----

// What QueuePool does when a connect listener throws.
TEST_F(ModelLaws, HookIsBrokenByAConnectionThatNobodyCloses) {
  pool({.pool_size = 1});
  acquire(kAnn);
  Transition lie = if_happens(Connected{kAnn}, {.hooks = {Hook::connect}});
  EXPECT_TRUE(holds(LawId::hook, lie));
  std::erase(lie.step.answers, Answer(CloseConnection{kFirst}));
  EXPECT_FALSE(holds(LawId::hook, lie));
  EXPECT_TRUE(holds(LawId::leak, lie));
}

TEST_F(ModelLaws, HookIsBrokenByALeaseThatAThrowingCheckinLeavesOut) {
  pool({.pool_size = 1});
  lease_new(kAnn);
  Transition lie = if_happens(Release{kAnn}, {.hooks = {Hook::checkin}});
  EXPECT_TRUE(holds(LawId::hook, lie));
  lie.step.after = lie.before;
  EXPECT_FALSE(holds(LawId::hook, lie));
}

}  // namespace
}  // namespace poolproof::model
