// The laws hold for every history of strict: any legal events in any order, whatever fails.
#include <gtest/gtest.h>
// After GoogleTest, which it does not include itself.
#include <rapidcheck/gtest.h>

#include <cstdint>

#include "model/pool_fixture.hpp"

namespace poolproof::model {
namespace {

using namespace std::chrono_literals;

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
    events.insert(events.end(),
                  {Release{caller}, Release{caller}, Connected{caller}, ConnectFailed{caller},
                   PingSucceeded{caller}, PingFailed{caller}, Detach{caller}, Cancel{caller},
                   Wake{caller}, Maintain{caller}, Connected{caller, config.recycle_jitter},
                   ConnectFailed{caller, config.connect_backoff / 4}});
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

rc::Gen<PoolClass> some_class() {
  return rc::gen::element(PoolClass::queue_pool, PoolClass::null_pool, PoolClass::static_pool,
                          PoolClass::singleton_thread_pool, PoolClass::assertion_pool);
}

RC_GTEST_PROP(EveryLegalHistory, KeepsEveryModelLaw, ()) {
  PoolConfig config = *rc::gen::build<PoolConfig>(
      rc::gen::set(&PoolConfig::pool_size, rc::gen::inRange(0, 4)),
      rc::gen::set(&PoolConfig::max_overflow, rc::gen::inRange(-1, 3)),
      rc::gen::set(&PoolConfig::recycle,
                   rc::gen::element<std::optional<Duration>>(std::nullopt, 0s, 1s, 2s)),
      rc::gen::set(&PoolConfig::use_lifo), rc::gen::set(&PoolConfig::pre_ping),
      rc::gen::set(&PoolConfig::reset_on_return,
                   rc::gen::element(ResetOnReturn::rollback, ResetOnReturn::none)),
      rc::gen::set(&PoolConfig::patience, rc::gen::element<Duration>(0s, 1s, 4s)),
      rc::gen::set(&PoolConfig::pool_class, some_class()),
      rc::gen::set(&PoolConfig::idle_timeout,
                   rc::gen::element<std::optional<Duration>>(std::nullopt, 0s, 1s)),
      rc::gen::set(&PoolConfig::connect_backoff, rc::gen::element<Duration>(0s, 2s)));
  config.min_idle = *rc::gen::inRange(0, config.pool_size + 1);
  if (config.recycle) config.recycle_jitter = *rc::gen::element<Duration>(0s, *config.recycle);
  const auto choices = *rc::gen::container<std::vector<Choice>>(rc::gen::build<Choice>(
      rc::gen::set(&Choice::event), rc::gen::set(&Choice::failures, some_failures())));
  const bool ends_closed = *rc::gen::arbitrary<bool>();

  RC_LOG() << to_string(config) << '\n';
  State state = initial(config);
  for (std::size_t i = 0; i < choices.size(); ++i) {
    const std::vector<Event> events = legal_events(config, state);
    Event event = events[choices[i].event % events.size()];
    if (ends_closed && i == choices.size() / 2) {
      event =
          illegal(config, state, Drain{CallerId{1}, 1s}) ? Event(Close{}) : Drain{CallerId{1}, 1s};
    }
    const Failures& failures = choices[i].failures;
    const Transition transition{config, state, event, step(config, state, event, failures),
                                failures};
    RC_LOG() << to_string(state) << ": " << to_string(event) << to_string(failures) << '\n';

    const auto broken = broken_law(transition);
    if (broken) RC_FAIL(std::string(sentence(*broken)));
    state = transition.step.after;
  }
}

}  // namespace
}  // namespace poolproof::model
