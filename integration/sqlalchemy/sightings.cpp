#include "integration/sqlalchemy/sightings.hpp"

#include <algorithm>
#include <array>

namespace poolproof::integration {
namespace {

using namespace model;

template <class Kind>
bool answers(const Passage& passage) {
  return std::ranges::any_of(passage.step.answers, [](const Answer& answer) {
    return std::holds_alternative<Kind>(answer);
  });
}

template <Hook hook>
bool calls(const Passage& passage) {
  return std::ranges::any_of(passage.step.answers, [](const Answer& answer) {
    const auto* called = std::get_if<HookCalled>(&answer);
    return called != nullptr && called->hook == hook;
  });
}

template <Hook hook>
bool tells_error_of(const Passage& passage) {
  return std::ranges::any_of(passage.step.answers, [](const Answer& answer) {
    const auto* error = std::get_if<HookError>(&answer);
    return error != nullptr && error->hook == hook;
  });
}

// The waiter whose thread runs; null in any other event.
const Waiter* woken(const Passage& passage) {
  const auto* wake = std::get_if<Wake>(&passage.event);
  if (wake == nullptr) return nullptr;
  return &*std::ranges::find(passage.before.waiters, wake->caller, &Waiter::caller);
}

bool is_late(const Passage& passage) {
  const Waiter* waiter = woken(passage);
  return waiter != nullptr && waiter->deadline <= passage.before.now;
}

// Records that count although nobody can have them.
int lost(const PoolConfig& config, const State& state) {
  return config.pool_size + state.overflow - static_cast<int>(slots(state));
}

bool is_generation(const Passage& passage) {
  const auto* invalidation = std::get_if<Invalidate>(&passage.event);
  return (invalidation != nullptr && invalidation->how == Invalidation::generation) ||
         std::holds_alternative<PingFailed>(passage.event);
}

constexpr std::array kSightings{
    Sighting{"somebody is granted a connection", answers<Granted>},
    Sighting{"somebody times out", answers<TimedOut>},
    Sighting{"a connect fails", answers<ConnectionError>},
    Sighting{"somebody gives up", answers<GivenUp>},
    Sighting{"a ping", answers<PingConnection>},
    Sighting{"a detached connection is closed", calls<Hook::close_detached>},
    Sighting{"first_connect throws", tells_error_of<Hook::first_connect>},
    Sighting{"connect throws", tells_error_of<Hook::connect>},
    Sighting{"checkout throws", tells_error_of<Hook::checkout>},
    Sighting{"checkin throws", tells_error_of<Hook::checkin>},
    Sighting{"invalidate throws", tells_error_of<Hook::invalidate>},
    Sighting{"soft_invalidate throws", tells_error_of<Hook::soft_invalidate>},
    Sighting{"detach throws", tells_error_of<Hook::detach>},
    Sighting{"close throws", tells_error_of<Hook::close>},
    Sighting{"somebody sleeps beside room",
             [](const Passage& passage) {
               return has_room(passage.config, passage.step.after) &&
                      std::ranges::count(passage.step.after.waiters, false, &Waiter::notified) > 0;
             }},
    Sighting{"a newcomer overtakes",
             [](const Passage& passage) {
               return std::holds_alternative<Acquire>(passage.event) &&
                      !passage.before.waiters.empty() && answers<Granted>(passage);
             }},
    Sighting{"a robbed waiter goes to the tail",
             [](const Passage& passage) {
               const Waiter* waiter = woken(passage);
               return waiter != nullptr && passage.step.after.waiters.size() > 1 &&
                      passage.step.after.waiters.back().caller == waiter->caller;
             }},
    Sighting{"a notified waiter times out",
             [](const Passage& passage) {
               return is_late(passage) && woken(passage)->notified && answers<TimedOut>(passage);
             }},
    Sighting{"one that was not notified takes a record",
             [](const Passage& passage) {
               return is_late(passage) && !woken(passage)->notified && !passage.before.idle.empty();
             }},
    Sighting{"one that was too late connects all the same",
             [](const Passage& passage) {
               return is_late(passage) && answers<OpenConnection>(passage) &&
                      passage.before.overflow < passage.step.after.overflow;
             }},
    Sighting{"a record is lost",
             [](const Passage& passage) {
               return lost(passage.config, passage.step.after) >
                      lost(passage.config, passage.before);
             }},
    Sighting{"a record comes back that nobody counts since a dispose",
             [](const Passage& passage) {
               return status(passage.config, passage.step.after).checked_out < 0;
             }},
    Sighting{"a connection comes back that no checkout has seen",
             [](const Passage& passage) {
               return std::ranges::any_of(passage.step.after.idle, [](const Slot& slot) {
                 return slot.connection && slot.connection->fresh;
               });
             }},
    Sighting{"a generation is stamped",
             [](const Passage& passage) {
               return passage.before.invalidated != passage.step.after.invalidated;
             }},
    Sighting{"a generation is not stamped again",
             [](const Passage& passage) {
               return is_generation(passage) &&
                      passage.before.invalidated == passage.step.after.invalidated;
             }},
    Sighting{"a generation is stamped at the instant of a connect",
             [](const Passage& passage) {
               return passage.before.invalidated != passage.step.after.invalidated &&
                      std::ranges::any_of(passage.step.after.out, [&](const auto& lease) {
                        return lease.second.connection->born == passage.step.after.now;
                      });
             }},
};

}  // namespace

std::span<const Sighting> sightings() { return kSightings; }

}  // namespace poolproof::integration
