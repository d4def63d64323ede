// Our pool does exactly what the model does, at each instant and to each session, whatever is asked
// of it: see conformance.hpp.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "props/laws/conformance.hpp"

namespace poolproof::conformance {
namespace {

using namespace std::chrono_literals;
using model::Hook;
using model::PoolClass;
using model::PoolConfig;
using model::ResetOnReturn;

rc::Gen<Command> commands() {
  const auto action = rc::gen::weightedElement<Action>({{40, Action::acquire},
                                                        {12, Action::cancel},
                                                        {24, Action::release},
                                                        {8, Action::begin},
                                                        {4, Action::invalidate},
                                                        {4, Action::invalidate_softly},
                                                        {4, Action::invalidate_generation},
                                                        {4, Action::detach},
                                                        {4, Action::dispose},
                                                        {1, Action::close},
                                                        {8, Action::maintain},
                                                        {6, Action::warm_up},
                                                        {1, Action::drain},
                                                        {6, Action::kill},
                                                        {10, Action::server_is_well},
                                                        {2, Action::server_refuses},
                                                        {10, Action::server_is_slow}});
  // A caller that nobody will ever serve would keep the run from ending: 3 s are "for ever".
  const auto timeout = rc::gen::element<std::optional<Duration>>(3005ms, 0ms, 27ms, 61ms, 139ms);
  const auto a_few =
      rc::gen::resize(3, rc::gen::container<std::vector<Hook>>(rc::gen::element(
                             Hook::first_connect, Hook::connect, Hook::checkout, Hook::checkin,
                             Hook::reset, Hook::invalidate, Hook::soft_invalidate, Hook::detach,
                             Hook::close, Hook::close_detached)));
  const auto throwing = rc::gen::map(a_few, [](const std::vector<Hook>& hooks) {
    return std::set<Hook>(hooks.begin(), hooks.end());
  });
  return rc::gen::build<Command>(
      rc::gen::set(&Command::caller, rc::gen::inRange<std::uint32_t>(0, kCallers)),
      rc::gen::set(&Command::action, action), rc::gen::set(&Command::timeout, timeout),
      rc::gen::set(&Command::number, rc::gen::inRange<std::uint32_t>(0, 4)),
      rc::gen::set(&Command::throwing, throwing),
      rc::gen::set(&Command::checkout_says,
                   rc::gen::element(model::Disconnected::no, model::Disconnected::this_one,
                                    model::Disconnected::all)));
}

rc::Gen<PoolConfig> configs() {
  const auto any = rc::gen::build<PoolConfig>(
      rc::gen::set(&PoolConfig::pool_size, rc::gen::weightedElement<int>({{1, 0}, {5, 1}, {3, 2}})),
      rc::gen::set(&PoolConfig::max_overflow,
                   rc::gen::weightedElement<int>({{1, -1}, {5, 0}, {2, 1}, {1, 2}})),
      rc::gen::set(&PoolConfig::timeout,
                   rc::gen::element<std::optional<Duration>>(30s, 0s, 20ms, 97ms)),
      rc::gen::set(&PoolConfig::recycle, rc::gen::weightedElement<std::optional<Duration>>(
                                             {{3, std::nullopt}, {1, 0ms}, {1, 22ms}, {1, 60ms}})),
      rc::gen::set(&PoolConfig::pool_class,
                   rc::gen::weightedElement<PoolClass>({{6, PoolClass::queue_pool},
                                                        {1, PoolClass::null_pool},
                                                        {2, PoolClass::static_pool},
                                                        {2, PoolClass::singleton_thread_pool},
                                                        {1, PoolClass::assertion_pool}})),
      rc::gen::set(&PoolConfig::use_lifo, rc::gen::arbitrary<bool>()),
      rc::gen::set(&PoolConfig::pre_ping, rc::gen::arbitrary<bool>()),
      rc::gen::set(&PoolConfig::reset_on_return,
                   rc::gen::element(ResetOnReturn::rollback, ResetOnReturn::commit,
                                    ResetOnReturn::discard, ResetOnReturn::none)),
      rc::gen::set(&PoolConfig::patience,
                   rc::gen::weightedElement<Duration>({{3, 0ms}, {1, 15ms}, {1, 80ms}})),
      rc::gen::set(&PoolConfig::idle_timeout,
                   rc::gen::element<std::optional<Duration>>(std::nullopt, 0ms, 15ms, 44ms)),
      rc::gen::set(&PoolConfig::min_idle, rc::gen::inRange(0, 3)),
      rc::gen::set(&PoolConfig::connect_backoff,
                   rc::gen::weightedElement<Duration>({{3, 0ms}, {1, 20ms}, {1, 90ms}})));
  return rc::gen::map(any, [](PoolConfig config) {
    if (config.pool_size > 0) config.min_idle = std::min(config.min_idle, config.pool_size);
    return config;
  });
}

rc::Gen<Script> scripts() {
  return rc::gen::build<Script>(
      rc::gen::set(&Script::config, configs()),
      rc::gen::set(&Script::hooked, rc::gen::arbitrary<bool>()),
      rc::gen::set(&Script::transactions, rc::gen::arbitrary<bool>()),
      rc::gen::set(&Script::commands, rc::gen::container<std::vector<Command>>(commands())));
}

RC_GTEST_PROP(Conformance, ThePoolDoesWhatTheModelDoesAtEachInstant, ()) {
  const Script script = *rc::gen::resize(60, scripts());
  const Expectation expected = by_the_model(script);
  RC_CLASSIFY(expected.ambiguous);
  if (expected.ambiguous) return;
  const Log happened = by_the_pool(script, expected.steps);
  RC_LOG() << difference(expected.log, happened);
  RC_ASSERT(happened == expected.log);
}

}  // namespace
}  // namespace poolproof::conformance
